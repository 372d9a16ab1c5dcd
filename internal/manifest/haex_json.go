package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/alcove-vault/alcove/internal/manifest/strictjson"
)

// HaexFileName is the manifest's place in a package made for haex-vault.
const HaexFileName = "haextension/manifest.json"

// CanonicalHaex reads a haex manifest as JSON that every reader reads alike and
// returns it in canonical form (RFC 8785). Whether it is one is for ParseHaex.
//
// A key that is a number, or "__proto__", is refused: JavaScript puts the one
// before all others and makes the other vanish, so that its signer and another
// reader see two documents.
func CanonicalHaex(data []byte) ([]byte, error) {
	text, err := strictjson.Canonical(data, limits)
	if err != nil {
		return nil, jsonFault(HaexFileName, err)
	}
	err = EachKey(text, func(key string) error {
		index, err := strconv.ParseUint(key, 10, 32)
		if key == "__proto__" || err == nil && index != math.MaxUint32 && strconv.FormatUint(index, 10) == key {
			return Refuse(CodeUnknownKey, fmt.Sprintf("The extension's %s has the key %q, which not every reader keeps in its place.", HaexFileName, key))
		}
		return nil
	})
	return text, err
}

// EachKey calls check with every key of a JSON value, however deep.
func EachKey(text []byte, check func(key string) error) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("canonical manifest: %w", err)
	}
	return walkKeys(value, check)
}

func walkKeys(value any, check func(key string) error) error {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if err := check(key); err != nil {
				return err
			}
			if err := walkKeys(v[key], check); err != nil {
				return err
			}
		}
	case []any:
		for _, inner := range v {
			if err := walkKeys(inner, check); err != nil {
				return err
			}
		}
	}
	return nil
}
