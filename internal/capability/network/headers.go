package network

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/alcove-vault/alcove/internal/spelling"
)

// Bounds of what an app sends besides a body.
const (
	MaxHeaders     = 64       // headers of a request
	MaxHeaderBytes = 16 << 10 // bytes of their names and values
)

// Header is one header; a name may come several times. Each character of a
// value is one byte of it, as in the Fetch Standard.
type Header struct{ Name, Value string }

// forbidden are the headers of a request that are not the app's to send: those
// of the Fetch Standard ("forbidden request-header"), which belong to the
// connection or say something on behalf of the person, those that ask a server
// to take the request for one with another method, and the user agent.
var forbidden = []string{
	"accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
	"access-control-request-private-network", "alt-used", "connection", "content-length", "cookie", "cookie2",
	"date", "dnt", "expect", "host", "http2-settings", "keep-alive", "origin", "referer", "set-cookie", "te",
	"trailer", "transfer-encoding", "upgrade", "user-agent", "via",
	"x-http-method", "x-http-method-override", "x-method-override",
}

// requestHeaders checks the headers an app wants to send.
func requestHeaders(list []Header) (http.Header, error) {
	if len(list) > MaxHeaders {
		return nil, badRequest("A request has at most %d headers.", MaxHeaders)
	}
	out, size := make(http.Header, len(list)+3), 0
	for _, h := range list {
		name := spelling.LowerASCII(h.Name)
		if size += len(name) + len(h.Value); size > MaxHeaderBytes {
			return nil, badRequest("The headers of a request have at most %d bytes together.", MaxHeaderBytes)
		}
		value, ok := toBytes(strings.Trim(h.Value, " \t"))
		switch {
		case !ok:
			return nil, badRequest("The value of the header %q has a character beyond U+00FF, which no byte stands for.", name)
		case !httpguts.ValidHeaderFieldName(name):
			return nil, badRequest("A header's name has letters, digits and the signs of a token in it, nothing else.")
		case !httpguts.ValidHeaderFieldValue(value):
			return nil, badRequest("The value of the header %q has a line break or a control character in it.", name)
		case slices.Contains(forbidden, name), strings.HasPrefix(name, "proxy-"), strings.HasPrefix(name, "sec-"):
			return nil, badRequest("The header %q is not the app's to send.", name)
		}
		out[http.CanonicalHeaderKey(name)] = append(out[http.CanonicalHeaderKey(name)], value)
	}
	return out, nil
}

// complete adds what Alcove itself sends.
func complete(h http.Header) {
	h.Set("User-Agent", UserAgent)
	if h.Get("Accept") == "" {
		h.Set("Accept", "*/*")
	}
	// A range of packed bytes is of no use to anybody.
	if h.Get("Range") != "" {
		h.Set("Accept-Encoding", "identity")
	} else {
		h.Set("Accept-Encoding", "gzip, deflate")
	}
}

// answerHeaders lists the headers of an answer in the order of their names,
// without cookies, of which there are none, and without what described the
// packed body where it was unpacked.
func answerHeaders(h http.Header, unpacked bool) []Header {
	var list []Header
	for name, values := range h {
		name = spelling.LowerASCII(name)
		switch name {
		case "set-cookie", "set-cookie2":
			continue
		case "content-encoding", "content-length":
			if unpacked {
				continue
			}
		}
		for _, value := range values {
			list = append(list, Header{name, fromBytes(value)})
		}
	}
	slices.SortStableFunc(list, func(a, b Header) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Method checks a method and returns it in capital letters.
func Method(name string) (string, error) {
	if name == "" {
		return http.MethodGet, nil
	}
	if len(name) > 32 || !httpguts.ValidHeaderFieldName(name) {
		return "", badRequest("A method is a word like GET or POST, of at most 32 letters.")
	}
	switch upper := strings.ToUpper(name); upper {
	case http.MethodConnect, http.MethodTrace, "TRACK":
		return "", badRequest("The method %s is not possible: it is about the way to the server, not about what is there.", upper)
	default:
		return upper, nil
	}
}

// toBytes turns characters into the bytes that they stand for.
func toBytes(text string) (string, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return "", false
		}
		out = append(out, byte(r))
	}
	return string(out), true
}

// fromBytes turns bytes into the characters that stand for them.
func fromBytes(value string) string {
	out := make([]rune, len(value))
	for i := range len(value) {
		out[i] = rune(value[i])
	}
	return string(out)
}
