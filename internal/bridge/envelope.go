package bridge

import (
	"errors"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// Bounds of what crosses the bridge.
const (
	MaxEnvelope = 8 << 20  // bytes of a request
	MaxReply    = 40 << 20 // bytes of a reply
	maxDepth    = 32
	maxItems    = 400_000   // values in one request, keys included
	maxMethod   = 64        // bytes of a method's name
	maxID       = 1<<53 - 1 // what a page holds exactly
)

// request is one decoded envelope: {v: 1, id, method, params}.
type request struct {
	ID     uint64
	Method string
	Params map[string]wire.Value // alias the envelope's bytes
}

// decodeRequest opens an envelope. Where the envelope is unusable but its id
// could be read, the id comes back with the error, so that the caller's
// promise is settled.
func decodeRequest(data []byte) (request, error) {
	value, err := wire.Parse(data, wire.Limits{Bytes: MaxEnvelope, Depth: maxDepth, Items: maxItems})
	if errors.Is(err, wire.ErrTooLarge) {
		return request{}, errTooLarge
	}
	if err != nil {
		return request{}, malformed("The call is not one well-formed MessagePack value.")
	}
	fields, ok := value.Fields()
	if !ok {
		return request{}, malformed("The call is not a map with text keys.")
	}
	var r request
	if r.ID, ok = fields["id"].Uint64(); !ok || r.ID > maxID {
		r.ID = 0
		return request{}, malformed("The call has no id, a whole number from 0 to 2^53 - 1.")
	}
	if v, ok := fields["v"].Uint64(); !ok || v != 1 {
		return r, malformed("The call is not of version 1, the only one this Alcove speaks.")
	}
	if r.Method, ok = fields["method"].Text(); !ok || r.Method == "" || len(r.Method) > maxMethod {
		return r, malformed("The call names no method.")
	}
	if r.Params, ok = fields["params"].Fields(); !ok {
		return r, malformed("The call's params are not a map with text keys.")
	}
	if len(fields) != 4 {
		return r, malformed("The call has keys beside v, id, method and params.")
	}
	return r, nil
}

// readID returns the id of an envelope that is refused for another reason than
// its content, or 0.
func readID(data []byte) uint64 {
	r, _ := decodeRequest(data)
	return r.ID
}

// encodeResult writes {id, ok: result}.
func encodeResult(id uint64, result result) ([]byte, error) {
	data, err := wire.Encode(func(e *wire.Encoder) error {
		return errors.Join(e.EncodeMapLen(2), e.EncodeString("id"), e.EncodeUint(id), e.EncodeString("ok"), result(e))
	})
	if err != nil {
		return nil, err
	}
	if len(data) > MaxReply {
		return nil, errReplyTooLarge
	}
	return data, nil
}

// encodeError writes {id, error: {code, message, data}}. It cannot fail: data
// that has no encoding is left out.
func encodeError(id uint64, err error) []byte {
	f := fault.Of(err)
	write := func(data map[string]any) ([]byte, error) {
		return wire.Encode(func(e *wire.Encoder) error {
			return errors.Join(
				e.EncodeMapLen(2), e.EncodeString("id"), e.EncodeUint(id), e.EncodeString("error"),
				e.EncodeMapLen(3), e.EncodeString("code"), e.EncodeString(f.Code),
				e.EncodeString("message"), e.EncodeString(f.Message),
				e.EncodeString("data"), wire.Tree(e, data))
		})
	}
	out, encErr := write(f.Data)
	if encErr != nil {
		out, _ = write(nil)
	}
	return out
}

// encodeError writes an error in the session's dialect.
func (s *Session) encodeError(id uint64, err error) []byte {
	if s.haex == nil {
		return encodeError(id, err)
	}
	f := fault.Of(err)
	out, encErr := wire.Encode(func(e *wire.Encoder) error {
		return errors.Join(e.EncodeMapLen(2), e.EncodeString("id"), e.EncodeUint(id), e.EncodeString("error"), haex.WriteError(e, f))
	})
	if encErr != nil { // its data has no encoding
		return s.encodeError(id, fault.New(f.Code, f.Message))
	}
	return out
}

// result writes the value of a reply.
type result func(*wire.Encoder) error

// empty is the result of a method that has nothing to say.
func empty(e *wire.Encoder) error { return e.EncodeMapLen(0) }
