package manifest

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed alcove.schema.json
var schemaText string

// Schema returns the JSON Schema of alcove.json (draft 2020-12).
func Schema() string { return schemaText }

var shape = sync.OnceValues(func() (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(schemaText))
	if err != nil {
		return nil, fmt.Errorf("manifest schema: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("alcove.schema.json", document); err != nil {
		return nil, fmt.Errorf("manifest schema: %w", err)
	}
	return compiler.Compile("alcove.schema.json")
})

// problem is one thing the schema objects to, as a sentence.
type problem struct {
	code, sentence string
}

// maxProblems bounds how many sentences an error carries.
const maxProblems = 20

// validateShape checks canonical JSON against the schema. All objections are
// in the error's Data under "problems"; the first gives code and message.
func validateShape(canonical []byte) error {
	schema, err := shape()
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(canonical))
	if err != nil {
		return Refuse(CodeBadJSON, "The extension's alcove.json is not valid JSON.")
	}
	err = schema.Validate(document)
	if err == nil {
		return nil
	}
	invalid, ok := err.(*jsonschema.ValidationError) //nolint:errorlint // the library documents this type
	if !ok {
		return fmt.Errorf("manifest schema: %w", err)
	}
	problems := collect(invalid, nil)
	slices.SortFunc(problems, func(a, b problem) int {
		if c := rank(a.code) - rank(b.code); c != 0 {
			return c
		}
		return strings.Compare(a.sentence, b.sentence)
	})
	problems = slices.Compact(problems)
	sentences := make([]string, 0, maxProblems)
	for _, p := range problems[:min(len(problems), maxProblems)] {
		sentences = append(sentences, p.sentence)
	}
	refused := Refuse(problems[0].code, "The extension's alcove.json is not right: "+problems[0].sentence)
	return refused.With("problems", sentences)
}

// rank orders objections: an unknown key first, since it is often a misspelt
// one and then explains the missing one.
func rank(code string) int {
	return slices.Index([]string{CodeUnknownKey, CodeFieldMissing, CodeFieldType, CodeNameInvalid, CodeFieldTooLong, CodeHomepageInvalid, CodeFieldInvalid}, code)
}

func collect(e *jsonschema.ValidationError, into []problem) []problem {
	for _, cause := range e.Causes {
		into = collect(cause, into)
	}
	if len(e.Causes) == 0 {
		into = append(into, describe(e)...)
	}
	return into
}

func describe(e *jsonschema.ValidationError) []problem {
	field := fieldName(e.InstanceLocation)
	one := func(code, format string, args ...any) []problem {
		return []problem{{code, fmt.Sprintf(format, args...)}}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		var out []problem
		for _, name := range k.Properties {
			out = append(out, one(CodeUnknownKey, "%s is not a known key.", fieldName(append(slices.Clone(e.InstanceLocation), name)))...)
		}
		return out
	case *kind.Required:
		var out []problem
		for _, name := range k.Missing {
			out = append(out, one(CodeFieldMissing, "%s is missing.", fieldName(append(slices.Clone(e.InstanceLocation), name)))...)
		}
		return out
	case *kind.Type:
		return one(CodeFieldType, "%s is of type %s, and has to be of type %s.", field, k.Got, strings.Join(k.Want, " or "))
	case *kind.MaxLength:
		return one(CodeFieldTooLong, "%s has %d characters, and at most %d are allowed.", field, k.Got, k.Want)
	case *kind.MaxItems:
		return one(CodeFieldTooLong, "%s has %d items, and at most %d are allowed.", field, k.Got, k.Want)
	case *kind.MaxProperties:
		return one(CodeFieldTooLong, "%s has %d keys, and at most %d are allowed.", field, k.Got, k.Want)
	case *kind.MinLength:
		return one(CodeFieldInvalid, "%s is empty.", field)
	case *kind.Pattern:
		switch field {
		case "name":
			return one(CodeNameInvalid, "name has to start with a small letter and go on with small letters, digits and “-”.")
		case "homepage":
			return one(CodeHomepageInvalid, "homepage has to be an https address.")
		}
		return one(CodeFieldInvalid, "%s has a key that is not a language tag like en, de or pt-BR.", field)
	case *kind.Enum:
		return one(CodeFieldInvalid, "%s has to be one of %s.", field, strings.Trim(fmt.Sprintf("%q", k.Want), "[]"))
	case *kind.PropertyNames:
		return one(CodeFieldInvalid, "%s has the key %.40q, which is not a language tag like en, de or pt-BR.", field, k.Property)
	}
	return one(CodeFieldInvalid, "%s is not as the format wants it.", field)
}

// fieldName is a place in the manifest the way an author would write it:
// permissions[2].reason.
func fieldName(location []string) string {
	if len(location) == 0 {
		return "the file"
	}
	var b strings.Builder
	for _, part := range location {
		if _, err := strconv.Atoi(part); err == nil && b.Len() > 0 {
			b.WriteString("[" + part + "]")
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		if len(part) > 60 {
			part = strings.ToValidUTF8(part[:60], "") + "…"
		}
		b.WriteString(part)
	}
	return b.String()
}
