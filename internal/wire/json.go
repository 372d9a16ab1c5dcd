package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
)

// JSON writes v as JSON text, members of maps in the order in which they came.
// Bytes become base64, and what JSON has no form for, such as a number that is
// none, null.
func (v Value) JSON() []byte {
	var out bytes.Buffer
	v.writeJSON(&out)
	return out.Bytes()
}

func (v Value) writeJSON(out *bytes.Buffer) {
	h := v.head()
	switch h.kind {
	case Array:
		var member Value
		rest := v[h.size:]
		out.WriteByte('[')
		for i := range h.count {
			if i > 0 {
				out.WriteByte(',')
			}
			member, rest = cut(rest)
			member.writeJSON(out)
		}
		out.WriteByte(']')
	case Map:
		var key, member Value
		rest := v[h.size:]
		out.WriteByte('{')
		for i := range h.count {
			if i > 0 {
				out.WriteByte(',')
			}
			key, rest = cut(rest)
			member, rest = cut(rest)
			name, _ := key.Text()
			writeText(out, name)
			out.WriteByte(':')
			member.writeJSON(out)
		}
		out.WriteByte('}')
	default:
		v.writeScalar(out)
	}
}

func (v Value) writeScalar(out *bytes.Buffer) {
	scalar, _ := v.Scalar()
	switch s := scalar.(type) {
	case bool:
		out.WriteString(strconv.FormatBool(s))
	case int64:
		out.WriteString(strconv.FormatInt(s, 10))
	case float64:
		if math.IsNaN(s) || math.IsInf(s, 0) {
			out.WriteString("null")
			return
		}
		text, _ := json.Marshal(s) // as JavaScript writes it; a finite number cannot fail
		out.Write(text)
	case string:
		writeText(out, s)
	case []byte:
		writeText(out, base64.StdEncoding.EncodeToString(s))
	default:
		out.WriteString("null")
	}
}

// writeText quotes as JSON.stringify does: < and & stay as they are.
func writeText(out *bytes.Buffer, s string) {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)           // a string cannot fail
	out.Truncate(out.Len() - 1) // the line feed that Encode adds
}
