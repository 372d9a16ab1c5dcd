package external

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alcove-vault/alcove/internal/manifest"
)

// Types of messages.
const (
	typeHandshake = "handshake"
	typeGreeting  = "handshakeResponse"
	typeRequest   = "request"
	typeResponse  = "response"
	typeUpdate    = "authorizationUpdate"
	typePing      = "ping"
	typePong      = "pong"
	typeError     = "error"
)

// Codes of errors that are told a client in the clear.
const (
	codeParse        = "PARSE_ERROR"
	codeHandshake    = "INVALID_HANDSHAKE"
	codeUnauthorized = "UNAUTHORIZED"
	codeDecryption   = "DECRYPTION_ERROR"
	codeReplayed     = "REPLAYED"
	codeTooMany      = "TOO_MANY_REQUESTS"
	codeNotFound     = "EXTENSION_NOT_FOUND"
	codeDenied       = "PERMISSION_DENIED"
	codeTimeout      = "TIMEOUT"
	codeFailed       = "REQUEST_FAILED"
)

// Bounds of texts and trees.
const (
	maxName    = 80 // characters
	maxAction  = 64 // bytes
	maxID      = 128
	maxAsked   = 16 // extensions that a client names
	maxDepth   = 30
	maxMembers = 100_000
	oldest     = 1 // versions of the protocol
	newest     = 2
)

// message is any message of a client. What a version does not know is let pass.
type message struct {
	Type string `json:"type"`

	// Of a handshake.
	Version int `json:"version"`
	Client  *struct {
		ID    string `json:"clientId"`
		Name  string `json:"clientName"`
		Key   string `json:"publicKey"`
		Asked []struct {
			Name string `json:"name"`
			Key  string `json:"extensionPublicKey"`
		} `json:"requestedExtensions"`
	} `json:"client"`

	// Of a request.
	Action   string `json:"action"`
	Text     string `json:"message"`
	IV       string `json:"iv"`
	ClientID string `json:"clientId"`
	Key      string `json:"publicKey"`
	AppKey   string `json:"extensionPublicKey"`
	AppName  string `json:"extensionName"`
}

var errMessage = errors.New("not a message")

// parse reads one message.
func parse(data []byte) (m message, err error) {
	if len(data) > maxMessage || bounded(data) != nil || json.Unmarshal(data, &m) != nil {
		return message{}, errMessage
	}
	switch m.Type {
	case typeHandshake:
		if m.Client == nil || len(m.Client.Asked) > maxAsked {
			return message{}, errMessage
		}
	case typeRequest:
		if !plainWord(m.Action) {
			return message{}, errMessage
		}
	case "":
		return message{}, errMessage
	}
	return m, nil
}

// bounded reports whether data is one JSON object that is neither too deep nor
// has too many members.
func bounded(data []byte) error {
	if !utf8.Valid(data) {
		return errMessage
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	depth, members := 0, 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) && members > 0 && depth == 0 {
			return nil
		}
		if err != nil {
			return errMessage
		}
		if members++; members > maxMembers {
			return errMessage
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if members == 1 && token != json.Delim('{') {
				return errMessage
			}
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		default:
			if depth == 0 {
				return errMessage
			}
		}
		if depth > maxDepth || depth == 0 && dec.More() {
			return errMessage
		}
	}
}

// plainWord reports whether s can name an action: characters of ASCII that can
// be seen, so that it reads the same wherever it is shown.
func plainWord(s string) bool {
	return s != "" && len(s) <= maxAction && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

// idOf is the extension that a client names by its key and its name.
func idOf(key, name string) (manifest.ID, bool) {
	lineage, err := manifest.ParseKey(key)
	return manifest.ID{Lineage: lineage, Name: name}, err == nil && manifest.ValidName(name)
}

// cleanName makes one line of what a client calls itself. What cannot be seen,
// or turns the direction of what can, becomes a space.
func cleanName(s string) string {
	runes := []rune(strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) || manifest.Blank(r) {
			return ' '
		}
		return r
	}, s)), " "))
	if len(runes) > maxName {
		runes = append(runes[:maxName-1], '…')
	}
	return string(runes)
}

// greeting answers a handshake.
type greeting struct {
	Type       string `json:"type"`
	Version    int    `json:"version"`
	Key        string `json:"serverPublicKey"`
	Authorized bool   `json:"authorized"`
	Pending    bool   `json:"pendingApproval"`
}

// envelope is a request or its answer, sealed.
type envelope struct {
	Type     string `json:"type"`
	Action   string `json:"action"`
	Text     string `json:"message"`
	IV       string `json:"iv"`
	ClientID string `json:"clientId"`
	Key      string `json:"publicKey"`
}

type update struct {
	Type       string `json:"type"`
	Authorized bool   `json:"authorized"`
}

type failure struct {
	Type    string `json:"type"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// response is what an answer holds, sealed.
type response struct {
	RequestID string          `json:"requestId"`
	Success   bool            `json:"success"`
	Data      json.RawMessage `json:"data,omitempty"`
	Error     string          `json:"error,omitempty"`
	Code      string          `json:"errorCode,omitempty"`
}
