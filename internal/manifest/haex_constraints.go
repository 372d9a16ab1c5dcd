package manifest

import (
	"bytes"
	"encoding/json"
	"strings"
)

// haexTerms are all constraints that Alcove can hold, of any category.
type haexTerms struct {
	Columns           *[]string `json:"columns"`
	Limit             *int64    `json:"limit"`         // rows
	MaxFileSize       *int64    `json:"max_file_size"` // bytes
	AllowedExtensions *[]string `json:"allowed_extensions"`
	Recursive         *bool     `json:"recursive"`
	Methods           *[]string `json:"methods"`
	RateLimit         *struct {
		Requests   int `json:"requests"`
		PerMinutes int `json:"per_minutes"`
	} `json:"rate_limit"`
}

// haexConstraints puts the constraints of an entry into Alcove's. It is false if
// one cannot be held: without it the entry would give more than its author
// wrote. Which of them fit the category is for Constraints.Check.
func haexConstraints(entry json.RawMessage) (*Constraints, bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(entry, &fields) != nil {
		return nil, false
	}
	raw := fields["constraints"]
	if raw == nil || string(raw) == "null" {
		return nil, true
	}
	var t haexTerms
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&t) != nil {
		return nil, false
	}
	c, ok := &Constraints{Recursive: t.Recursive}, true
	list := func(from *[]string, into *[]string, spell func(string) string) {
		if from == nil {
			return
		}
		ok = ok && len(*from) > 0 // an empty list would narrow to nothing
		for _, s := range *from {
			*into = append(*into, spell(s))
		}
	}
	number := func(from, into *int64) {
		if from != nil {
			ok, *into = ok && *from > 0, *from
		}
	}
	list(t.Columns, &c.Columns, strings.Clone)
	list(t.AllowedExtensions, &c.Extensions, func(s string) string { return strings.ToLower(strings.TrimPrefix(s, ".")) })
	list(t.Methods, &c.Methods, strings.ToUpper)
	number(t.Limit, &c.MaxRows)
	number(t.MaxFileSize, &c.MaxFileSize)
	if t.RateLimit != nil {
		c.Rate = &Rate{Requests: t.RateLimit.Requests, Seconds: t.RateLimit.PerMinutes * 60}
	}
	return c, ok
}
