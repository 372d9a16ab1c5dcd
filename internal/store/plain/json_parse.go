package plain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// jsonParser walks through a document of the one shape that is known. Members
// it does not know are passed over, so that a later version may add some.
type jsonParser struct {
	*json.Decoder
	ctx     context.Context
	visitor Visitor
	row     []any
}

// object reads an object and calls fn at each member's value.
func (p *jsonParser) object(fn func(name string) error) error {
	if err := p.expect('{'); err != nil {
		return err
	}
	return p.members(fn)
}

// members reads the rest of an object that was begun.
func (p *jsonParser) members(fn func(name string) error) error {
	for p.More() {
		token, err := p.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the parser allows nothing else here
		if err := fn(name); err != nil {
			return err
		}
	}
	return p.expect('}')
}

// array reads an array and calls fn at each element.
func (p *jsonParser) array(fn func() error) error {
	if err := p.expect('['); err != nil {
		return err
	}
	for p.More() {
		if err := fn(); err != nil {
			return err
		}
	}
	return p.expect(']')
}

func (p *jsonParser) expect(want json.Delim) error {
	token, err := p.Token()
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("%v where %v has to be", token, want)
	}
	return nil
}

// skip passes over a value of any kind.
func (p *jsonParser) skip() error {
	for depth := 0; ; {
		token, err := p.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > 1000 {
				return errors.New("it is nested too deep")
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func (p *jsonParser) document() error {
	known := false
	err := p.object(func(name string) error {
		switch {
		case name == "format":
			format, err := p.text()
			if err == nil && format != jsonFormat {
				err = fmt.Errorf("its format is %.40q and not %s", format, jsonFormat)
			}
			known = true
			return err
		case name == "tables" && known:
			return p.array(p.table)
		case name == "values" && known:
			return p.array(p.value)
		}
		return p.skip()
	})
	if err == nil && !known {
		err = errors.New(`it does not begin with "format": "` + jsonFormat + `"`)
	}
	if err == nil {
		if _, end := p.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("something follows the end")
		}
	}
	return err
}

func (p *jsonParser) table() error {
	var name string
	var columns []string
	begun := false
	err := p.object(func(member string) error {
		switch member {
		case "name":
			var err error
			name, err = p.text()
			return err
		case "columns":
			return p.array(func() error {
				column := ""
				err := p.object(func(member string) (err error) {
					if member != "name" {
						return p.skip()
					}
					column, err = p.text()
					return err
				})
				if columns = append(columns, column); err == nil && len(columns) > maxParts {
					err = errTooLarge("A table has too many columns.")
				}
				return err
			})
		case "rows":
			if name == "" || len(columns) == 0 || begun {
				return errors.New("a table whose name and columns do not come before its rows")
			}
			begun = true
			if err := p.visitor.Table(name, columns, nil); err != nil {
				return err
			}
			return p.array(func() error { return p.cells(name, len(columns)) })
		}
		return p.skip()
	})
	if err == nil && !begun {
		err = errors.New("a table without rows")
	}
	return err
}

func (p *jsonParser) cells(table string, columns int) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	p.row = p.row[:0]
	err := p.array(func() error {
		v, err := p.cell()
		if p.row = append(p.row, v); err == nil && len(p.row) > columns {
			err = fmt.Errorf("a row of the table %s with more than %d values", table, columns)
		}
		return err
	})
	if err == nil && len(p.row) < columns {
		err = fmt.Errorf("a row of the table %s with %d values instead of %d", table, len(p.row), columns)
	}
	if err != nil {
		return err
	}
	return p.visitor.Row(p.row)
}

func (p *jsonParser) value() error {
	key, found := "", false
	var msgpack []byte
	err := p.object(func(name string) (err error) {
		switch name {
		case "key":
			key, err = p.text()
			return err
		case "msgpack":
			msgpack, err = p.bytes()
			found = true
			return err
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	if !found {
		return errors.New(`a value kept by key without "msgpack"`)
	}
	return p.visitor.Value(key, msgpack)
}
