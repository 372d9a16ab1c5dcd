package network

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// maxRedirects are followed.
const maxRedirects = 10

// redirect reports whether a status is one of a redirect (Fetch Standard).
func redirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// next returns the request that a redirect asks for. As in the Fetch Standard,
// 303, and 301 and 302 after POST, become GET without a body, and what proves
// who asks stays with the origin that it was meant for.
func (h hop) next(status int, location string) (hop, error) {
	address, err := h.resolve(location)
	if err != nil {
		return hop{}, err
	}
	if h.address.Secure() && !address.Secure() {
		return hop{}, errDowngrade.With("host", address.Host)
	}
	n := hop{method: h.method, address: address, headers: h.headers.Clone(), body: h.body}
	becomesGet := status == http.StatusSeeOther && h.method != http.MethodGet && h.method != http.MethodHead ||
		(status == http.StatusMovedPermanently || status == http.StatusFound) && h.method == http.MethodPost
	if becomesGet {
		n.method, n.body = http.MethodGet, nil
		for _, name := range []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type"} {
			n.headers.Del(name)
		}
	}
	if address.Origin() != h.address.Origin() {
		n.headers.Del("Authorization")
	}
	return n, nil
}

// resolve reads a Location, which may be relative, like any other address.
func (h hop) resolve(location string) (Address, error) {
	base, err := h.address.url()
	if err != nil {
		return Address{}, err
	}
	// Browsers escape the spaces that a server left in.
	location, _, _ = strings.Cut(strings.ReplaceAll(location, " ", "%20"), "#")
	if strings.ContainsFunc(location, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\\' }) {
		return Address{}, badRedirect(nil)
	}
	switch end := strings.IndexAny(location, ":/?"); {
	case end >= 0 && location[end] == ':': // a scheme: an address of its own
	case strings.HasPrefix(location, "//"):
		location = h.address.Scheme + ":" + location
	default:
		ref, err := url.Parse(location)
		if err != nil {
			return Address{}, badRedirect(nil)
		}
		location = base.ResolveReference(ref).String()
	}
	address, err := Parse(location)
	if err != nil {
		return Address{}, badRedirect(err)
	}
	if address.Scheme != "http" && address.Scheme != "https" {
		return Address{}, badRedirect(nil)
	}
	return address, nil
}

func badRedirect(err error) error {
	message := "The server redirects to something that is no address of the web."
	if err != nil {
		message = "The server redirects to an address that Alcove does not connect to. " + fault.Of(err).Message
	}
	return fault.Wrap("net.redirect_refused", message, err)
}
