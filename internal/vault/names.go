package vault

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const maxNameLength = 60 // characters

// cleanName returns the folder name for a vault that a person calls name. It
// is one that every system and every synchronised folder can hold.
func cleanName(name string) (string, error) {
	if !utf8.ValidString(name) {
		return "", badName("it is not valid text")
	}
	name = norm.NFC.String(strings.TrimSpace(name))
	switch {
	case name == "":
		return "", badName("it is empty")
	case utf8.RuneCountInString(name) > maxNameLength:
		return "", badName(fmt.Sprintf("it has more than %d characters", maxNameLength))
	case strings.HasPrefix(name, "."), strings.HasSuffix(name, "."):
		return "", badName("it starts or ends with a dot")
	}
	for _, r := range name {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return "", badName(fmt.Sprintf("it contains %q", r))
		}
		if !unicode.IsGraphic(r) {
			return "", badName("it contains an invisible character")
		}
	}
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	stem = strings.TrimSpace(stem)
	switch {
	case stem == "CON", stem == "PRN", stem == "AUX", stem == "NUL",
		len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9':
		return "", badName("Windows keeps this name for a device")
	}
	return name, nil
}
