package plain

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// cell reads one value.
func (p *jsonParser) cell() (any, error) {
	token, err := p.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case nil:
		return nil, nil
	case string:
		return v, nil
	case bool:
		if v {
			return int64(1), nil
		}
		return int64(0), nil
	case json.Number:
		if n, ok := parseNumber(v.String()); ok {
			return n, nil
		}
		return nil, fmt.Errorf("the number %.40s", v)
	case json.Delim:
		if v == '{' {
			return p.marked()
		}
	}
	return nil, fmt.Errorf("%v where a value has to be", token)
}

// marked reads the rest of an object that stands for a value of which JSON has
// no form of its own.
func (p *jsonParser) marked() (value any, err error) {
	err = p.members(func(name string) error {
		var b []byte
		var err error
		switch {
		case value != nil:
			err = errors.New("a value with several members")
		case name == "base64":
			b, err = p.bytes()
			value = b
		case name == "text_base64":
			b, err = p.bytes()
			value = string(b)
		case name == "float":
			value, err = p.infinity()
		default:
			err = fmt.Errorf("a value with the member %.40q", name)
		}
		return err
	})
	if err == nil && value == nil {
		err = errors.New("an empty object where a value has to be")
	}
	return value, err
}

func (p *jsonParser) infinity() (any, error) {
	name, err := p.rawText()
	switch {
	case err != nil:
		return nil, err
	case name == "Infinity":
		return math.Inf(1), nil
	case name == "-Infinity":
		return math.Inf(-1), nil
	}
	return nil, fmt.Errorf("the number %.40q", name)
}

func (p *jsonParser) bytes() ([]byte, error) {
	s, err := p.rawText()
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.AppendDecode([]byte{}, []byte(s))
}

// text reads a string, also one given as bytes.
func (p *jsonParser) text() (string, error) {
	v, err := p.cell()
	if err != nil {
		return "", err
	}
	s, ok := v.(string)
	if !ok {
		return "", errors.New("something else where text has to be")
	}
	return s, nil
}

func (p *jsonParser) rawText() (string, error) {
	token, err := p.Token()
	if err != nil {
		return "", err
	}
	s, ok := token.(string)
	if !ok {
		return "", errors.New("something else where text has to be")
	}
	return s, nil
}
