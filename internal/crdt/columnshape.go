package crdt

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// columnShape is a column as a hidden row needs it, and what a row gets in it
// that comes from a device without the column.
type columnShape struct {
	name      string
	declared  string // type; "" for one that converts nothing
	converts  conversion
	collation string
	generated string // expression, or ""
	empty     sqlvalue.Value
	notNull   bool
	strict    string // type of a STRICT table's column, upper case; "" takes every value
}

// conversion is what SQLite does to values that a column is given: the column's
// affinity.
type conversion byte

const (
	asIs conversion = iota
	asText
	asNumeric // INTEGER too: they differ in CAST only
	asReal
)

// conversionOf is the conversion that a declared type stands for.
func conversionOf(declared string) conversion {
	switch affinity(declared) {
	case "TEXT":
		return asText
	case "BLOB":
		return asIs
	case "REAL":
		return asReal
	}
	return asNumeric
}

// loadColumnShapes reads the columns of a table, generated ones included.
func loadColumnShapes(tx *store.Tx, name string) ([]columnShape, error) {
	q := tx.Query("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE")
	q.Text(1, []byte(name))
	if !q.Step() {
		return nil, errDamaged
	}
	definitions, strict := splitTable(string(q.ColumnBytes(0)))
	q.Reset()
	var list []columnShape
	var defaults []string
	var notNull []bool
	q = tx.Query(`SELECT name, type, "notnull", dflt_value FROM pragma_table_xinfo(?)`)
	q.Text(1, []byte(name))
	for q.Step() {
		c := columnShape{name: string(q.ColumnBytes(0)), declared: string(q.ColumnBytes(1)), collation: "BINARY"}
		if strict && strings.EqualFold(c.declared, "ANY") {
			c.declared = ""
		}
		c.converts = conversionOf(c.declared)
		if strict {
			c.strict = strings.ToUpper(c.declared)
		}
		if d, ok := definitions[strings.ToLower(c.name)]; ok {
			c.collation, c.generated = d.collation, d.generated
		}
		list = append(list, c)
		defaults = append(defaults, string(q.ColumnBytes(3)))
		notNull = append(notNull, q.ColumnInt(2) != 0)
	}
	if err := q.Err(); err != nil {
		return nil, err
	}
	for i := range list {
		v, ok, err := constantDefault(tx, defaults[i])
		if err != nil {
			return nil, err
		}
		if !ok || v.Tag == sqlvalue.Null && notNull[i] {
			if v = (sqlvalue.Value{}); notNull[i] {
				v = emptyOf(list[i].converts)
			}
		}
		list[i].empty, list[i].notNull = v, notNull[i]
	}
	return list, nil
}

// emptyOf is the value of a column that must not be NULL and has no default.
func emptyOf(a conversion) sqlvalue.Value {
	switch a {
	case asText:
		return sqlvalue.Value{Tag: sqlvalue.Text}
	case asIs:
		return sqlvalue.Value{Tag: sqlvalue.Blob}
	}
	return sqlvalue.Value{Tag: sqlvalue.Integer}
}

// constantDefault evaluates a default that is the same on every device.
func constantDefault(tx *store.Tx, text string) (v sqlvalue.Value, ok bool, err error) {
	if text == "" {
		return v, true, nil
	}
	for _, w := range sqlWords(text) {
		c := w[0]
		name := isNameByte(c) && !isDigit(c) && (len(w) == 1 || w[1] != '\'')
		switch strings.ToUpper(w) {
		case "NULL", "TRUE", "FALSE":
			name = false
		}
		if name || c == '"' || c == '`' || c == '[' {
			return v, false, nil
		}
	}
	q := tx.Query("SELECT " + text)
	if q.Step() {
		v = columnValue(q, 0)
		v.Data = append([]byte(nil), v.Data...)
		q.Reset()
	}
	return v, true, q.Err()
}

func shapeNamed(list []columnShape, name string) int {
	for i := range list {
		if strings.EqualFold(list[i].name, name) {
			return i
		}
	}
	return -1
}

// convert does to a value of a key what a column's conversion does, so that the
// key is named by what the table will hold. It matters only between devices
// whose versions of the table declare the column differently.
func (a conversion) convert(v sqlvalue.Value) sqlvalue.Value {
	switch {
	case a == asText && v.Tag == sqlvalue.Integer:
		return sqlvalue.Value{Tag: sqlvalue.Text, Data: strconv.AppendInt(nil, v.Int, 10)}
	case (a == asNumeric || a == asReal) && v.Tag == sqlvalue.Text:
		text := strings.Trim(string(v.Data), " \t\n\v\f\r")
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return sqlvalue.Value{Tag: sqlvalue.Integer, Int: n}
		}
		if strings.ContainsAny(text, "xXpPnN_") {
			return v // Go reads what SQLite does not
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil || math.IsInf(f, 0) {
			return sqlvalue.Value{Tag: sqlvalue.Float, Float: f}
		}
	}
	return v
}

// hold is all that a column's conversion does to a value: what the table will
// hold of it.
func (a conversion) hold(tx *store.Tx, v sqlvalue.Value) (sqlvalue.Value, error) {
	v = a.convert(v)
	switch {
	case a == asReal && v.Tag == sqlvalue.Integer:
		return sqlvalue.Value{Tag: sqlvalue.Float, Float: float64(v.Int)}, nil
	case a == asReal && v.Tag == sqlvalue.Float && v.Float == 0:
		return sqlvalue.Value{Tag: sqlvalue.Float}, nil // without a sign
	case a == asNumeric && v.Tag == sqlvalue.Float && v.Float == math.Trunc(v.Float) && math.Abs(v.Float) < 1<<63:
		return sqlvalue.Value{Tag: sqlvalue.Integer, Int: int64(v.Float)}, nil
	case a == asText && v.Tag == sqlvalue.Float:
		q := tx.Query("SELECT CAST(? AS TEXT)") // it has digits of its own
		q.Float(1, v.Float)
		if q.Step() {
			v = sqlvalue.Value{Tag: sqlvalue.Text, Data: bytes.Clone(q.ColumnBytes(0))}
			q.Reset()
		}
		return v, q.Err()
	}
	return v, nil
}

// fits reports whether the column takes v, as it is or as its type makes it. What
// a device with another version of the table wrote may not fit.
func (c *columnShape) fits(v sqlvalue.Value) bool {
	if v.Tag == sqlvalue.Null {
		return !c.notNull
	}
	switch c.strict {
	case "INT", "INTEGER":
		return v.Tag == sqlvalue.Integer || v.Tag == sqlvalue.Float && v.Float == math.Trunc(v.Float) && math.Abs(v.Float) < 1<<53
	case "REAL":
		return v.Tag == sqlvalue.Integer || v.Tag == sqlvalue.Float
	case "TEXT":
		return v.Tag != sqlvalue.Blob
	case "BLOB":
		return v.Tag == sqlvalue.Blob
	}
	return true
}
