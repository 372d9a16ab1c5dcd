package permission_test

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

func naiveFits(c *manifest.Constraints, call permission.Call) bool {
	if c == nil {
		return true
	}
	if call.Resource == "net" && c.Methods != nil {
		method := call.Method
		if method == "" {
			method = "GET"
		}
		found := false
		for _, m := range c.Methods {
			found = found || m == method
		}
		if !found {
			return false
		}
	}
	if call.Resource == "shell" && c.Arguments != nil {
		found := false
		for _, pattern := range c.Arguments {
			found = found || naiveArguments(pattern, call.Arguments)
		}
		if !found {
			return false
		}
	}
	if call.Resource == "files" {
		if c.Recursive != nil && *c.Recursive == false && call.Recursive {
			return false
		}
		if c.Extensions != nil && call.Action != "pick" && !call.Folder {
			parts := strings.Split(call.Target, "/")
			pieces := strings.Split(parts[len(parts)-1], ".")
			if len(pieces) < 2 || len(pieces) == 2 && pieces[0] == "" {
				return false
			}
			found := false
			for _, e := range c.Extensions {
				found = found || e == naiveSmall(pieces[len(pieces)-1])
			}
			return found
		}
	}
	return true
}

func naiveArguments(pattern, arguments []string) bool {
	if len(pattern) == 0 {
		return len(arguments) == 0
	}
	if len(pattern) == 1 && pattern[0] == "**" {
		return true
	}
	return len(arguments) > 0 && naiveWild(pattern[0], arguments[0]) && naiveArguments(pattern[1:], arguments[1:])
}
