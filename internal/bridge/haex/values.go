package haex

import (
	"encoding/base64"
	"errors"
	"math"

	"github.com/alcove-vault/alcove/internal/wire"
)

// bind makes of a call's values what SQL takes. Lists and objects become JSON
// text, bytes stay bytes, and a number without a fraction is a whole one, however
// it came. ok is false for what has no form.
func bind(list []wire.Value) ([]any, bool) {
	out := make([]any, len(list))
	for i, v := range list {
		switch v.Kind() {
		case wire.Array, wire.Map:
			out[i] = string(v.JSON())
			continue
		}
		scalar, ok := v.Scalar()
		if !ok {
			return nil, false
		}
		if f, isFloat := scalar.(float64); isFloat {
			scalar = whole(f)
		}
		out[i] = scalar
	}
	return out, true
}

// whole is a number as SQL takes it.
func whole(f float64) any {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return nil // as JSON writes it
	case f == math.Trunc(f) && f >= -(1<<63) && f < 1<<63:
		return int64(f)
	}
	return f
}

// writeCell writes a value of a result: bytes as base64, and a number that is
// none as 0.
func writeCell(e *wire.Encoder, v wire.Value) error {
	if data, ok := v.Blob(); ok {
		return e.EncodeString(base64.StdEncoding.EncodeToString(data))
	}
	if f, ok := v.Float64(); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return e.EncodeInt(0)
	}
	return wire.Raw(e, v)
}

// writeOutcome writes {columns, rows, rowsAffected, lastInsertId} of the result
// of a statement.
func writeOutcome(fields map[string]wire.Value) Result {
	return func(e *wire.Encoder) error {
		rows, _ := fields["rows"].Array()
		affected := fields["rowsAffected"]
		err := errors.Join(e.EncodeMapLen(4), e.EncodeString("columns"))
		if columns, ok := fields["columns"]; ok {
			err = errors.Join(err, wire.Raw(e, columns))
		} else {
			err = errors.Join(err, e.EncodeArrayLen(0))
		}
		err = errors.Join(err, e.EncodeString("rows"), e.EncodeArrayLen(len(rows)))
		for _, row := range rows {
			cells, _ := row.Array()
			err = errors.Join(err, e.EncodeArrayLen(len(cells)))
			for _, cell := range cells {
				err = errors.Join(err, writeCell(e, cell))
			}
		}
		err = errors.Join(err, e.EncodeString("rowsAffected"))
		if affected == nil {
			err = errors.Join(err, e.EncodeInt(0))
		} else {
			err = errors.Join(err, wire.Raw(e, affected))
		}
		err = errors.Join(err, e.EncodeString("lastInsertId"))
		if last, ok := fields["lastInsertId"]; ok {
			return errors.Join(err, wire.Raw(e, last))
		}
		return errors.Join(err, e.EncodeNil())
	}
}
