package permission

import "github.com/alcove-vault/alcove/internal/manifest"

// Call is what one call wants, with the facts that constraints are judged by.
// Its target is exact: a full table name, a path that starts with a folder
// token, an absolute URL, a program, "<lineage>.<name>/<method>". A target that
// is not in its normal form (".." in a path, a user name in a URL) is covered
// by nothing.
type Call struct {
	Key
	Method    string   // net: upper case, "" counts as GET
	Arguments []string // shell: what follows the program
	Recursive bool     // files: walks a tree
	// Folder says that a path names a folder, so that its own name needs no
	// file extension. What is in it is held against Bounds.Extensions.
	Folder bool
	// Fresh says that the person is to be asked about this one call, whatever
	// they allowed before. Item names what it is about.
	Fresh bool
	Item  string
	// Browser says that an address is shown in the person's own browser instead
	// of being fetched.
	Browser bool
	// Chosen says that the person chooses, in a picker of Alcove's own, what the
	// call gets. That is their answer, so there is no other question before it.
	Chosen bool
}

// Rate is how many calls there may be in a span of time. The zero Rate is no
// bound.
type Rate struct {
	Requests int `json:"requests"`
	Seconds  int `json:"seconds"`
}

// Bounds is what a permission that covers a call leaves to the capability to
// enforce. The zero value bounds nothing.
type Bounds struct {
	MaxFileSize int64 // bytes
	MaxResponse int64 // bytes
	Rate        Rate
	// Extensions are the only file name extensions that may be picked, shown
	// or touched, small letters without a dot; nil is any.
	Extensions []string
	// Rule is the declared permission that covers the call. Limiters of rates
	// are kept by it.
	Rule Key
}

// Verdict is the answer to one call.
type Verdict string

// The verdicts besides Ask, which is a word for both the decision and the
// verdict.
const (
	Undeclared Verdict = "undeclared" // the manifest does not mention it: refused without a prompt
	Forbidden  Verdict = "forbidden"  // the vault's policy forbids it, whatever else was decided
	Denied     Verdict = "denied"     // the person said no
	Allowed    Verdict = "allowed"    // the person said yes
)

// Ruling is a verdict and what goes with it.
type Ruling struct {
	Verdict Verdict
	Bounds  Bounds
	Reason  string // the app's own words, of the declared permission
	Grant   *Key   // the grant that decided, nil if none did
}

// How long a grant lasts at most.
const (
	ScopeAlways  = "always"
	ScopeSession = "session" // ends with the frame or when the vault is locked; never stored
)

// How a grant came to be.
const (
	HowReview   = "review"
	HowPrompt   = "prompt"
	HowPicker   = "picker"
	HowSettings = "settings"
)

// Grant is a person's decision. Its target may be narrower than what is
// declared. Times are Unix milliseconds.
type Grant struct {
	Key
	Decision  Decision
	Scope     string // ScopeAlways or ScopeSession; "" counts as always
	Until     int64  // from then on it counts as ask; 0: no date
	UsesLeft  int64  // counted down by Use; 0: no count
	How       string
	DecidedAt int64
	LastUsed  int64 // 0: never
	Used      int64 // times
	Denied    int64 // times a call was refused by it
	Keep      bool  // does not end when it is unused for long
	// Constraints are the person's own terms, narrower than the declared ones;
	// nil: none.
	Constraints *manifest.Constraints
}

// Live reports whether the grant still counts at now.
func (g *Grant) Live(now int64) bool {
	return (g.Until == 0 || now < g.Until) && g.UsesLeft >= 0
}
