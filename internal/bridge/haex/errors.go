package haex

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/wire"
)

// Numbers of faults, as apps of this dialect know them.
const (
	security       = 1000
	notFound       = 1001
	denied         = 1002
	promptRequired = 1004
	database       = 2000
	filesystem     = 2001
	shellFault     = 2003
	filesystemPath = 2004
	web            = 2005
	manifestFault  = 3000
	validation     = 3001
	storage        = 6000
	limitExceeded  = 7000
	unsupported    = 8000
	unavailable    = 8001
)

// Faults of the dialect itself.
var (
	errUnsupported = fault.New("method.unsupported", "Alcove does not do this for apps, and will not: it is not supported here. Offer the person another way.")
	errNoEntry     = fault.New("haex.not_found", "There is nothing with this id: it has ended, or never was. Start it again.")
	errNoAccount   = fault.New("items.no_account", "There is no mail account of this user at this server in the vault. The person can add it in Passwords, Mail accounts; what opens it stays there.")
	errEnvironment = fault.New("shell.environment", "Alcove starts programs with an environment of its own. Leave out env.")
)

// CodePrompt is the code of a call that the person is asked about. Its data are
// a Prompt's fields.
const CodePrompt = "permission.prompt"

// Prompt is a question that was put to the person. The event which tells the
// answer has the same texts, to the letter.
type Prompt struct {
	ResourceType string `json:"resourceType"`
	Action       string `json:"action"`
	Target       string `json:"target"`
}

// resourceTypes are the names of resources that differ in this dialect.
var resourceTypes = map[string]string{"files": "fs", "net": "web", "storage": "filesync"}

// PromptOf names what is asked about. What has no target of its own is all there
// is.
func PromptOf(resource, action, target string) Prompt {
	if target == "" {
		target = "*"
	}
	if name, ok := resourceTypes[resource]; ok {
		resource = name
	}
	return Prompt{resource, action, target}
}

// Asked is the fault of a call that the person is asked about. The SDK waits
// for the answer and makes the call again.
func (f *Frame) Asked(p Prompt) error {
	id, name := f.host.Name()
	return fault.New(CodePrompt, "The person is asked whether the app may do this. The call is made again when they have answered.").
		With("extensionId", id).With("extensionName", name).
		With("resourceType", p.ResourceType).With("action", p.Action).With("target", p.Target)
}

// numbers are those of exact codes.
var numbers = map[string]int{
	CodePrompt:               promptRequired,
	"haex.not_found":         notFound,
	"method.unknown":         unsupported,
	"method.unsupported":     unsupported,
	"capability.unavailable": unavailable,
	"session.ended":          unavailable,
	"request.aborted":        unavailable,
	"request.fetched":        unavailable,
	"files.path_invalid":     filesystemPath,
	"files.not_found":        filesystemPath,
	"request.too_large":      limitExceeded,
	"spaces.table":           security,
	"spaces.not_found":       notFound,
	"notifications.unknown":  notFound,
	"items.not_found":        notFound,
	"items.scope":            denied,
	"items.no_account":       notFound,
	"mail.no_folder":         notFound,
	"mail.no_message":        notFound,
	"mail.draft":             validation,
	"mail.flag":              validation,
	"mail.sender":            validation,
	"mail.too_large":         limitExceeded,
	"items.no_storage":       notFound,
	"storage.no_object":      notFound,
	"storage.no_bucket":      notFound,
	"storage.not_own":        denied,
	"storage.key":            validation,
	"storage.too_large":      limitExceeded,
}

// areas are the numbers of all other codes, by the word they begin with.
var areas = map[string]int{
	"permission": denied, "quota": limitExceeded, "request": validation,
	"db": database, "kv": storage, "files": filesystem, "dialog": filesystem, "pick": filesystem,
	"net": web, "shell": shellFault, "notifications": limitExceeded, "handle": notFound,
	"manifest": manifestFault, "vault": unavailable, "items": validation, "mail": web, "spaces": validation, "storage": storage,
}

// Number is the number of a code of Alcove's.
func Number(code string) int {
	if n, ok := numbers[code]; ok {
		return n
	}
	area, _, _ := strings.Cut(code, ".")
	if n, ok := areas[area]; ok {
		return n
	}
	return unavailable
}

// WriteError writes an error as apps of this dialect take it: {code, message,
// reason}, where reason is Alcove's own code, with the texts of a prompt beside
// them, or with details.
func WriteError(e *wire.Encoder, f *fault.Error) error {
	out := map[string]any{"code": Number(f.Code), "message": f.Message, "reason": f.Code}
	if f.Code == CodePrompt {
		maps.Copy(out, f.Data)
	} else if len(f.Data) > 0 {
		out["details"] = f.Data
	}
	return wire.Tree(e, out)
}

// has reports whether err is a fault with one of the codes.
func has(err error, codes ...string) bool {
	f, ok := errors.AsType[*fault.Error](err)
	return ok && slices.Contains(codes, f.Code)
}
