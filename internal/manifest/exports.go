package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/alcove-vault/alcove/internal/fault"
)

// What a call to an exported method does.
const (
	EffectRead  = "read"  // it answers
	EffectWrite = "write" // it changes something of the extension's
	EffectPick  = "pick"  // the person chooses one of the items it offers
)

// Export is one method that other extensions can call, once the person allows
// it. Params and Result are JSON Schemas within the bounds of SPEC.md.
type Export struct {
	Method      string          `json:"method"`
	Description string          `json:"description"` // what it does, for people
	Effect      string          `json:"effect"`
	Params      json.RawMessage `json:"params"`
	Result      json.RawMessage `json:"result"`
	Seconds     int             `json:"seconds"` // until a call is given up; 0: DefaultSeconds
}

// DefaultSeconds is how long a call to another extension may take where its
// manifest does not say.
const DefaultSeconds = 10

// Exported returns the method with this name, if the extension exports it.
func (m *Manifest) Exported(method string) (Export, bool) {
	i := slices.IndexFunc(m.Exports, func(e Export) bool { return e.Method == method })
	if i < 0 {
		return Export{}, false
	}
	return m.Exports[i], true
}

// maxSchema is the largest schema, in bytes.
const maxSchema = 16 << 10

var methodForm = regexp.MustCompile(`^[a-z][A-Za-z0-9._-]{0,62}$`)

func (m *Manifest) validateExports() error {
	seen := make(map[string]bool, len(m.Exports))
	for i, e := range m.Exports {
		refuse := func(format string, args ...any) error {
			return Refuse(CodeExportInvalid, fmt.Sprintf("exports[%d]: ", i)+fmt.Sprintf(format, args...))
		}
		if !methodForm.MatchString(e.Method) {
			return refuse("%q is no method name: a small letter, then at most 62 letters, digits, “.”, “_” or “-”.", e.Method)
		}
		if seen[e.Method] {
			return refuse("the extension exports %q twice.", e.Method)
		}
		seen[e.Method] = true
		for name, schema := range map[string]json.RawMessage{"params": e.Params, "result": e.Result} {
			if _, err := compileSchema(schema); err != nil {
				return refuse("%s of %q %s.", name, e.Method, err)
			}
		}
	}
	return nil
}

// Form is a schema that values are held against.
type Form struct{ schema *jsonschema.Schema }

// Forms returns the schemas of what e takes and gives.
func (e Export) Forms() (params, result Form, err error) {
	if params.schema, err = compileSchema(e.Params); err != nil {
		return Form{}, Form{}, fmt.Errorf("params of %s: %w", e.Method, err)
	}
	if result.schema, err = compileSchema(e.Result); err != nil {
		return Form{}, Form{}, fmt.Errorf("result of %s: %w", e.Method, err)
	}
	return params, result, nil
}

// Check says what is wrong with a value, made of nil, bool, numbers, string,
// []any and map[string]any, as a sentence without the value; "" if nothing is.
func (f Form) Check(value any) string {
	err := f.schema.Validate(value)
	if err == nil {
		return ""
	}
	invalid, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // the library documents this type
	if !ok {
		return "it is not JSON"
	}
	for len(invalid.Causes) > 0 {
		invalid = invalid.Causes[0]
	}
	where := "/" + strings.Join(invalid.InstanceLocation, "/")
	if len(where) > 200 {
		where = strings.ToValidUTF8(where[:200], "") + "…"
	}
	return fmt.Sprintf("%s does not fit %s", where, strings.Join(invalid.ErrorKind.KeywordPath(), "/"))
}

// keywords are those a schema may use, and which of them hold schemas. Without
// references and uniqueItems no value takes long to check.
var keywords = map[string]rune{
	"type": 0, "const": 0, "enum": 0, "title": 0, "description": 0,
	"required": 0, "maxProperties": 0, "minProperties": 0,
	"maxItems": 0, "minItems": 0, "maxLength": 0, "minLength": 0, "pattern": 0,
	"minimum": 0, "maximum": 0, "exclusiveMinimum": 0, "exclusiveMaximum": 0, "multipleOf": 0,
	"items": 's', "additionalProperties": 's', "properties": 'm', "prefixItems": 'l', "anyOf": 'l',
}

// compileSchema makes a schema of its text. Its errors end a sentence that
// begins with what the schema is for.
func compileSchema(text json.RawMessage) (*jsonschema.Schema, error) {
	if len(text) > maxSchema {
		return nil, errors.New("is larger than 16 KiB")
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, errors.New("is not JSON")
	}
	if err := plainSchema(document); err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("export.json", document); err != nil {
		return nil, errors.New("is no JSON Schema")
	}
	schema, err := compiler.Compile("export.json")
	if err != nil {
		return nil, errors.New("is no JSON Schema: one of its keywords has a value it cannot have")
	}
	return schema, nil
}

// plainSchema refuses keywords that are not in the list. The depth is bounded
// by that of the manifest.
func plainSchema(document any) error {
	if _, ok := document.(bool); ok {
		return nil
	}
	fields, ok := document.(map[string]any)
	if !ok {
		return errors.New("is no JSON Schema")
	}
	for key, value := range fields {
		kind, known := keywords[key]
		if !known {
			return fmt.Errorf("uses the keyword %.40q, which exports cannot have", key)
		}
		var inner []any
		switch kind {
		case 's':
			inner = []any{value}
		case 'l':
			inner, _ = value.([]any)
		case 'm':
			properties, _ := value.(map[string]any)
			inner = slices.Collect(maps.Values(properties))
		}
		for _, i := range inner {
			if err := plainSchema(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// MethodName is the last part of the target of a call to another extension,
// "<lineage>.<name>/<method>", and the extension that exports it.
func MethodName(target string) (ID, string, error) {
	app, method, _ := strings.Cut(target, "/")
	id, err := ParseID(app)
	if err != nil || !methodForm.MatchString(method) {
		return ID{}, "", fault.New("request.malformed", "A method of another app is named “<64 hex digits>.<extension>/<method>”.")
	}
	return id, method, nil
}
