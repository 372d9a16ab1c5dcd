package manifest

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// grammar is every permission there is: resource, action, and which targets
// the action can have. kv and an extension's own tables are implicit and never
// declared.
var grammar = map[string]map[string]target{
	"db": {
		"read": tableTarget, "readWrite": tableTarget, "create": tableTarget,
		"delete": tableTarget, "alterDrop": tableTarget,
	},
	"files":         {"read": fileTarget, "readWrite": fileTarget, "pick": pickTarget},
	"net":           {"fetch": fetchTarget, "websocket": socketTarget, "private": fetchTarget},
	"shell":         {"run": programTarget, "terminal": programTarget},
	"secrets":       {"use": noTarget},
	"passwords":     {"read": tagTarget, "readWrite": tagTarget},
	"mail":          {"fetch": mailTarget, "send": mailTarget},
	"spaces":        {"read": noTarget, "readWrite": noTarget},
	"storage":       {"read": storageTarget, "readWrite": storageTarget},
	"clipboard":     {"read": noTarget, "write": noTarget},
	"notifications": {"show": noTarget},
	"peers":         {"call": peerTarget},
	"background":    {"run": noTarget},
}

// target is the form of a permission's target.
type target struct {
	form *regexp.Regexp
	also func(string) bool // nil, or what the expression cannot say
	want string            // ends "the target has to be …"
}

// The targets. Patterns have a "*" only where their comment names one.
var (
	noTarget = target{form: regexp.MustCompile(`^$`), want: "left out"}

	// A full table name, or its beginning down to at least the lineage and "*".
	tableTarget = target{
		form: regexp.MustCompile(`^[0-9a-f]{64}__(\*|[a-z][a-z0-9-]{0,39}__(\*|[a-z][a-z0-9_-]{0,62}\*?))$`),
		also: func(s string) bool { return strings.Count(s, "__") == 2 || strings.HasSuffix(s, "__*") },
		want: "a full table name like <64 hex digits>__<extension>__<table>, or the beginning of one with “*”",
	}

	// A known folder, then a path; "*" is any part of a name, "**" any depth.
	fileTarget = target{
		form: regexp.MustCompile(`^\{(documents|downloads|desktop|pictures|music|videos|home)\}(/[^/\\:"<>|?\x00-\x1f\x7f]+)*$`),
		also: func(s string) bool {
			for segment := range strings.SplitSeq(s, "/") {
				if segment == "." || segment == ".." || textProblem(segment) != "" {
					return false
				}
				if strings.Contains(segment, "**") && segment != "**" {
					return false
				}
			}
			return true
		},
		want: "a path that starts with a known folder, like {documents}/Reports/*",
	}

	pickTarget = target{form: regexp.MustCompile(`^(file|folder)$`), want: "“file” or “folder”"}

	// An address whose path may end in "*", with "*." before the host for its
	// subdomains; or "*" for anywhere that speaks TLS.
	fetchTarget  = addressTarget("https?")
	socketTarget = addressTarget("https?|wss?")

	programTarget = target{
		form: regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]{0,63}$`),
		want: "the name of one program, like git, without a path",
	}

	// One tag of a person's, or "*" for every item; never part of a tag.
	tagTarget = target{
		form: regexp.MustCompile(`^(\*|[^*,\x00-\x1f\x7f]+)$`),
		also: func(s string) bool { return len(s) <= MaxTag && textProblem(s) == "" && norm.NFC.IsNormalString(s) },
		want: "one tag of at most 64 bytes without a comma, like work, or “*”",
	}

	// The host of a mail server, or the name of a domain with all hosts under it.
	mailTarget = target{
		form: regexp.MustCompile(`^(\*|[a-z0-9:]([a-z0-9.:-]{0,251}[a-z0-9])?)$`),
		also: mailHost,
		want: "the name of a mail server or of its domain, like example.com, or “*”",
	}

	// The server, the bucket and the folder of a storage, or "*" for any of the
	// person's.
	storageTarget = target{
		form: regexp.MustCompile(`^(\*|https?://(` + hostLabel + `(\.` + hostLabel + `)*|\[[0-9a-f:]{2,39}\])(:[1-9][0-9]{0,4})?/[^/]+(/.+)?)$`),
		also: func(s string) bool { return s == "*" || hostProblem(s) == "" && inStorage(s) },
		want: "the address of a bucket like https://s3.example.com/bucket, or “*”",
	}

	peerTarget = target{
		form: regexp.MustCompile(`^([0-9a-f]{64}|\*)\.[a-z][a-z0-9-]{0,39}/(\*|[a-z][A-Za-z0-9._-]{0,62})$`),
		want: "<publisher key or *>.<extension>/<method>",
	}
)

// mailHost reports whether a host, or a domain, belongs to somebody: no public
// suffix of several labels, and a number only in its one form.
func mailHost(s string) bool {
	if s == "*" {
		return true
	}
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.String() == s && !addr.Is4In6() && addr.Zone() == ""
	}
	return mailName.MatchString(s) && !spelling.EndsInNumber(s) && hostProblem("https://"+s+"/") == "" && (!strings.Contains(s, ".") || WildcardBase(s))
}

var mailName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

// inStorage reports whether what follows the server of a storage is a bucket,
// and folders in it where there is more.
func inStorage(place string) bool {
	_, rest, _ := strings.Cut(place, "://")
	_, rest, _ = strings.Cut(rest, "/")
	bucket, folders, more := strings.Cut(rest, "/")
	return spelling.IsBucket(bucket) && (!more || spelling.IsFolders(folders))
}

// MaxTag is how many bytes a tag of items can have.
const MaxTag = 64

// hostLabel is one part of the name of a host.
const hostLabel = `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`

func addressTarget(schemes string) target {
	return target{
		form: regexp.MustCompile(`^(\*|(` + schemes + `)://(\*\.` + hostLabel + `(\.` + hostLabel + `)+|` + hostLabel + `(\.` + hostLabel + `)*|\[[0-9a-f:]{2,39}\])(:[1-9][0-9]{0,4})?/[A-Za-z0-9._~!$&'()+,;=:@%/-]*\*?)$`),
		also: func(s string) bool {
			for segment := range strings.SplitSeq(s, "/") {
				plain, err := url.PathUnescape(segment)
				if err != nil || plain == "." || plain == ".." || strings.Count(plain, "*") != strings.Count(segment, "*") {
					return false
				}
			}
			return true
		},
		want: "an address like https://api.example.com/*, https://*.example.com/* or “*”",
	}
}

// validate checks resource, action and target against the grammar.
func (p Permission) validate() *fault.Error {
	actions, ok := grammar[p.Resource]
	if !ok {
		return Refuse(CodePermissionUnknown, fmt.Sprintf("the extension asks for %q, which Alcove does not know.", p.Resource))
	}
	t, ok := actions[p.Action]
	if !ok {
		return Refuse(CodePermissionUnknown, fmt.Sprintf("the extension asks for %s.%s, which Alcove does not know.", p.Resource, p.Action))
	}
	if p.Resource == "net" {
		if why := hostProblem(p.Target); why != "" {
			return Refuse(CodePermissionTarget, fmt.Sprintf("the target of %s.%s %s.", p.Resource, p.Action, why))
		}
	}
	if !t.form.MatchString(p.Target) || (t.also != nil && !t.also(p.Target)) {
		return Refuse(CodePermissionTarget, fmt.Sprintf("the target of %s.%s has to be %s, and is %q.", p.Resource, p.Action, t.want, p.Target))
	}
	return nil
}

// Actions returns the actions of a resource, nil for an unknown one.
func Actions(resource string) map[string]bool {
	var out map[string]bool
	for action := range grammar[resource] {
		if out == nil {
			out = make(map[string]bool, len(grammar[resource]))
		}
		out[action] = true
	}
	return out
}
