package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// apiMethod is one method of the host API: msgpack parameters to a result that
// encoding/json can spell.
type apiMethod func(s *Server, ctx context.Context, params []byte) (any, error)

// none is the parameters or the result of a method without any.
type none struct{}

// bind makes a method of a function with typed parameters.
func bind[P, R any](run func(*Server, context.Context, P) (R, error)) apiMethod {
	return func(s *Server, ctx context.Context, params []byte) (any, error) {
		var p P
		if err := unmarshal(params, &p); err != nil {
			return nil, fault.Wrap("request.malformed", "The request does not fit this version of Alcove. Reload the page.", err)
		}
		if w, ok := any(&p).(wiper); ok {
			defer w.wipe()
		}
		return run(s, ctx, p)
	}
}

// wiper is implemented by parameters that hold a secret.
type wiper interface{ wipe() }

// secret is a passphrase or a recovery kit in a request. It is decoded into
// memory of its own, which bind overwrites when the method returns.
type secret []byte

func (secret) String() string { return "[redacted]" }

// apiMethods is the whole host API.
func apiMethods() map[string]apiMethod {
	all := make(map[string]apiMethod)
	for _, area := range []map[string]apiMethod{
		stateMethods(), vaultMethods(), settingsMethods(), installMethods(), extMethods(), dataMethods(),
		permissionMethods(), policyMethods(), promptMethods(), pickMethods(), itemMethods(), accountMethods(), storageMethods(), externalMethods(),
	} {
		for name, method := range area {
			all[name] = method
		}
	}
	return all
}

// serveAPI answers {ok: result} or {error: {code, message, data}}.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, body []byte) {
	defer clear(body)
	name := strings.TrimPrefix(r.URL.Path, "/_host/api/")
	method, ok := s.methods[name]
	if !ok {
		refuse(w, http.StatusNotFound, "There is no such method.")
		return
	}
	result, err := method(s, r.Context(), body)
	if err != nil {
		s.writeFault(w, name, err)
		return
	}
	writeOK(w, func(e *wire.Encoder) error { return wire.Tree(e, result) })
}

// writeOK answers {ok: result}.
func writeOK(w http.ResponseWriter, result func(*wire.Encoder) error) {
	writeMsgpack(w, func(e *wire.Encoder) error {
		return errors.Join(e.EncodeMapLen(1), e.EncodeString("ok"), result(e))
	})
}

// writeFault answers {error: {code, message, data}}. A fault without a code
// is logged and tells nothing.
func (s *Server) writeFault(w http.ResponseWriter, what string, err error) {
	f := fault.Of(err)
	if f.Code == fault.CodeInternal {
		s.log.Error("a request failed", "what", what, "error", err)
	}
	writeMsgpack(w, func(e *wire.Encoder) error {
		return wire.Tree(e, map[string]any{"error": map[string]any{"code": f.Code, "message": f.Message, "data": f.Data}})
	})
}
