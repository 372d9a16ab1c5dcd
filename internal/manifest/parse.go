package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/Masterminds/semver/v3"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest/strictjson"
)

var limits = strictjson.Limits{Bytes: 256 << 10, Depth: 16}

// Parse reads and checks an alcove.json for a host of the given version. The
// first failure wins: JSON, format version, engines, shape (JSON Schema),
// meaning. What needs the rest of the package, such as whether the entry
// exists, is checked by package bundle.
func Parse(data []byte, host string) (*Manifest, error) {
	hostVersion, err := semver.StrictNewVersion(host)
	if err != nil {
		return nil, fmt.Errorf("host version %q: %w", host, err)
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		return nil, Refuse(CodeBadJSON, "The extension's alcove.json begins with a byte order mark, which JSON does not have. Save it as UTF-8 without one.")
	}
	canonical, err := strictjson.Canonical(data, limits)
	if err != nil {
		return nil, jsonFault(FileName, err)
	}
	// Before anything else about its content, so that an extension of the
	// future says which Alcove it needs, and not that its keys are unknown.
	if err := judgeFuture(canonical, hostVersion); err != nil {
		return nil, err
	}
	if err := validateShape(canonical); err != nil {
		return nil, err
	}
	m := &Manifest{Dialect: DialectAlcove, Display: DisplayTab}
	if err := json.Unmarshal(canonical, m); err != nil {
		return nil, Refuse(CodeFieldType, "The extension's alcove.json does not have the expected form.")
	}
	if err := m.validateMeaning(); err != nil {
		return nil, err
	}
	return m, nil
}

func jsonFault(file string, err error) error {
	what := "The extension's " + file
	kinds := []struct {
		kind       error
		code, what string
	}{
		{strictjson.ErrTooLarge, CodeTooLarge, what + " is larger than 256 KiB."},
		{strictjson.ErrNotUTF8, CodeNotUTF8, what + " is not UTF-8 text."},
		{strictjson.ErrTooDeep, CodeTooDeep, what + " is nested more than 16 levels deep."},
		{strictjson.ErrDuplicate, CodeDuplicateKey, what + " gives one key twice, so that it can be read in two ways (" + err.Error() + ")."},
	}
	for _, k := range kinds {
		if errors.Is(err, k.kind) {
			return Refuse(k.code, k.what)
		}
	}
	return Refuse(CodeBadJSON, what+" is not valid JSON ("+err.Error()+").")
}

// judgeFuture looks only at formatVersion and engines.alcove. What is missing
// or of a wrong type is left to the schema.
func judgeFuture(canonical []byte, host *semver.Version) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(canonical, &fields) != nil {
		return Refuse(CodeFieldType, "The extension's alcove.json is not a JSON object.")
	}
	if raw, ok := fields["formatVersion"]; ok {
		version, err := strconv.ParseUint(string(raw), 10, 64)
		if err == nil && version > 1 {
			return fault.New(CodeNewerFormat, fmt.Sprintf(
				"This extension is written for a newer Alcove: its format is %d, and this Alcove %s knows format 1. Update Alcove, then install it again.", version, host))
		}
		if err != nil || version != 1 {
			return Refuse(CodeUnknownFormat, "The extension's alcove.json has a formatVersion that is not 1.")
		}
	}
	var engines map[string]any
	if json.Unmarshal(fields["engines"], &engines) == nil {
		return judgeEngines(engines["alcove"], host)
	}
	return nil
}

func judgeEngines(alcove any, host *semver.Version) error {
	text, ok := alcove.(string)
	if !ok || len(text) > 100 {
		return nil
	}
	if wanted, err := semver.NewConstraint(text); err == nil && !wanted.Check(host) {
		return fault.New(CodeOtherAlcove, fmt.Sprintf(
			"This extension needs Alcove %s, and this is Alcove %s. Update Alcove, or get a release of the extension for this version.", text, host)).
			With("needs", text)
	}
	return nil
}
