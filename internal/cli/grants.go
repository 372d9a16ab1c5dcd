package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

// maxGrantFile bounds what is read of a grant file.
const maxGrantFile = 1 << 20

// Values of --grant that are no file.
const (
	grantAll     = "all"
	grantDefault = "default"
)

// choicesOf turns --grant into the answers to a review: "all" allows every
// line, "default" keeps what the review starts with, and a file is a list of
// {resource, action, target, decision} for lines of the review.
func choicesOf(grant string, review *extension.Review) ([]extension.Choice, error) {
	switch grant {
	case grantDefault:
		return nil, nil
	case grantAll:
		var all []extension.Choice
		for _, l := range review.Lines {
			if l.Choosable() {
				all = append(all, extension.Choice{Resource: l.Resource, Action: l.Action, Target: l.Target, Decision: permission.Allow})
			}
		}
		return all, nil
	}
	data, err := readBounded(grant, maxGrantFile)
	if err != nil {
		return nil, badFile("The grant file cannot be read", err)
	}
	return parseGrants(data)
}

func parseGrants(data []byte) ([]extension.Choice, error) {
	if len(data) > maxGrantFile {
		return nil, badGrants(fmt.Sprintf("it has more than %d bytes", maxGrantFile), nil)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var list []extension.Choice
	if err := d.Decode(&list); err != nil {
		return nil, badGrants(err.Error(), err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, badGrants("something follows the list", err)
	}
	for i, c := range list {
		switch c.Decision {
		case permission.Allow, permission.Ask, permission.Deny:
		default:
			return nil, badGrants(fmt.Sprintf("entry %d decides %q, which is none of allow, ask, deny", i+1, c.Decision), nil)
		}
	}
	return list, nil
}

func badGrants(why string, err error) error {
	return fault.Wrap("cli.bad_grants",
		"The grant file is not a list of {resource, action, target, decision}: "+why+". Nothing was installed.", err)
}
