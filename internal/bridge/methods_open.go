package bridge

import (
	"context"
	"net/http"

	"github.com/alcove-vault/alcove/internal/capability/network"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

var errOpenScheme = fault.New("net.address", "Only addresses that begin with https:// or http:// are shown in a browser. Show the person the text instead, so that they can copy it.")

// parseOpenAddress shows an address in the person's own browser. An address
// carries what an app writes into it, so it takes the permission to reach it,
// and the person is asked each time.
func parseOpenAddress(s *Session, a *args) work {
	address, err := network.Parse(a.text("url", network.MaxAddress))
	if err != nil {
		a.refuse(err)
	} else if address.Scheme != "https" && address.Scheme != "http" {
		a.refuse(errOpenScheme)
	}
	url := address.String()
	want := permission.Call{Key: permission.Key{Resource: "net", Action: "fetch", Target: url}, Method: http.MethodGet, Fresh: true, Browser: true}
	return work{wants: s.ofDesk(want), run: func(ctx context.Context, _ grantedTerms) (result, error) {
		return empty, s.bridge.desk.OpenAddress(ctx, url)
	}}
}
