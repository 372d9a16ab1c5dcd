package external

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// Bounds of what is decided and asked.
const (
	maxKept      = 200 // decisions for good
	maxPassing   = 200 // decisions until the vault is locked; the oldest go first
	maxQuestions = 8   // that wait at once
	// Programs can make themselves new keys, and ask anew with each.
	questionEvery  = 20 * time.Second
	questionsBurst = 4
	// What was refused is written down like this at most: no program fills what is
	// noted about an app that it may not ask.
	refusalEvery  = time.Minute
	refusalsBurst = 20
)

var (
	errFull    = fault.New("external.too_many", "There are too many programs that may ask apps. Take it back from one of them in Settings, Other programs, then allow this one again.")
	errUnknown = fault.New("external.not_found", "There is no such program any more: it was taken back already. Look at the list again.")
)

// Kept is one decision, about one client and one extension.
type Kept struct {
	Client
	App      string   `json:"app"` // the extension's id
	Decision Decision `json:"decision"`
	At       int64    `json:"at"` // Unix milliseconds
}

// Allowed reports whether the person said yes.
func (k Kept) Allowed() bool { return k.Decision == Allow }

// Listed is a decision as a person sees it.
type Listed struct {
	Kept
	Mark   string // the client's id in groups of four
	Title  string // of the extension; its name where it cannot be asked now
	Always bool   // or until the vault is locked
}

// Memory keeps decisions in the vault.
type Memory interface {
	Load(ctx context.Context) ([]Kept, error)
	Save(ctx context.Context, list []Kept) error
}

// Clients are the programs that a person decided about in an open vault, and
// what the person is asked about others.
type Clients struct {
	apps   Apps
	memory Memory
	now    func() time.Time

	saving sync.Mutex // orders changes of what is kept

	mu        sync.Mutex
	kept      []Kept
	passing   []Kept // until the vault is locked
	questions []*question
	last      uint64
	rate      *rate.Limiter
	refusals  *rate.Limiter // that are noted
	news      chan struct{} // closed and replaced when anything was decided
	tell      func()
}

// NewClients reads what was decided before.
func NewClients(ctx context.Context, apps Apps, memory Memory) (*Clients, error) {
	kept, err := memory.Load(ctx)
	if err != nil {
		return nil, err
	}
	return &Clients{
		apps: apps, memory: memory, kept: kept, now: time.Now, last: firstQuestion,
		rate: rate.NewLimiter(rate.Every(questionEvery), questionsBurst), refusals: rate.NewLimiter(rate.Every(refusalEvery), refusalsBurst),
		news: make(chan struct{}), tell: func() {},
	}, nil
}

// OnChange makes fn the one that is told when another question is to be shown,
// or none, and when something was decided. It must not wait.
func (c *Clients) OnChange(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tell = fn
}

// standing is what a client may expect.
type standing struct {
	authorized bool // it may ask some extension
	pending    bool // the person is being asked
}

// greet asks the person about those of the extensions that nothing is decided
// about, and can be asked.
func (c *Clients) greet(ctx context.Context, client Client, apps []manifest.ID) standing {
	for _, id := range apps {
		if _, decided := c.decision(client, id); decided {
			continue
		}
		if title, err := c.apps.Askable(ctx, id); err == nil {
			c.ask(client, id, title)
		}
	}
	return c.standing(client)
}

func (c *Clients) standing(client Client) (s standing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, list := range [][]Kept{c.passing, c.kept} {
		s.authorized = s.authorized || slices.ContainsFunc(list, func(k Kept) bool { return k.same(client) && k.Allowed() })
	}
	s.pending = slices.ContainsFunc(c.questions, func(q *question) bool { return q.client.same(client) })
	return s
}

// decision is what was decided about a client and an extension. A newer word of
// the person goes before an older one.
func (c *Clients) decision(client Client, id manifest.ID) (Kept, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, list := range [][]Kept{c.passing, c.kept} {
		if at := slices.IndexFunc(list, func(k Kept) bool { return k.same(client) && k.App == id.String() }); at >= 0 {
			return list[at], true
		}
	}
	return Kept{}, false
}

// changes is closed at the next decision.
func (c *Clients) changes() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.news
}

// changed tells everybody who waits. The caller holds mu.
func (c *Clients) changed() {
	close(c.news)
	c.news = make(chan struct{})
	c.tell()
}

// decide writes a decision down, in the vault where it is for good.
func (c *Clients) decide(ctx context.Context, k Kept, always bool) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	other := func(old Kept) bool { return old.same(k.Client) && old.App == k.App }
	c.mu.Lock()
	kept := slices.DeleteFunc(slices.Clone(c.kept), other)
	c.mu.Unlock()
	if always {
		if len(kept) >= maxKept {
			return errFull
		}
		kept = append(kept, k)
		if err := c.memory.Save(ctx, kept); err != nil {
			return err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.passing = slices.DeleteFunc(c.passing, other)
	if always {
		c.kept = kept
	} else {
		c.passing = append(c.passing, k)
		c.passing = c.passing[max(0, len(c.passing)-maxPassing):]
	}
	return nil
}

// List is what was decided, what is for good first.
func (c *Clients) List(ctx context.Context) []Listed {
	c.mu.Lock()
	kept, passing := slices.Clone(c.kept), slices.Clone(c.passing)
	c.mu.Unlock()
	out := []Listed{}
	add := func(list []Kept, always bool) {
		for _, k := range list {
			l := Listed{Kept: k, Mark: spaced(k.ID), Title: k.App, Always: always}
			if id, err := manifest.ParseID(k.App); err == nil {
				if title, err := c.apps.Askable(ctx, id); err == nil {
					l.Title = title
				} else {
					l.Title = id.Name
				}
			}
			out = append(out, l)
		}
	}
	add(kept, true)
	add(passing, false)
	return out
}

// Forget takes back what was decided about a client and an extension: the next
// time the person is asked. It counts at once.
//
// Errors: external.not_found.
func (c *Clients) Forget(ctx context.Context, key, origin, app string) error {
	client := Client{Key: key, Origin: origin}
	return c.forget(ctx, func(k Kept) bool { return k.same(client) && k.App == app })
}

// ForgetApp takes back everything about an extension, which is gone.
func (c *Clients) ForgetApp(ctx context.Context, id manifest.ID) error {
	c.drop(func(q *question) bool { return q.app == id })
	err := c.forget(ctx, func(k Kept) bool { return k.App == id.String() })
	if fault.Code(err) == errUnknown.Code {
		return nil
	}
	return err
}

func (c *Clients) forget(ctx context.Context, which func(Kept) bool) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	gone := slices.DeleteFunc(slices.Concat(c.passing, c.kept), func(k Kept) bool { return !which(k) })
	kept := slices.DeleteFunc(slices.Clone(c.kept), which)
	saved := len(kept) != len(c.kept)
	c.mu.Unlock()
	if len(gone) == 0 {
		return errUnknown
	}
	if saved {
		if err := c.memory.Save(ctx, kept); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.kept = kept
	c.passing = slices.DeleteFunc(c.passing, which)
	c.changed()
	c.mu.Unlock()
	for _, k := range gone {
		if id, err := manifest.ParseID(k.App); err == nil {
			c.apps.Decided(ctx, id, k.Client, TakenBack)
		}
	}
	return nil
}

// spaced writes an id in groups of four, as a person compares it.
func spaced(id string) string {
	var parts []string
	for part := range slices.Chunk([]byte(id), 4) {
		parts = append(parts, string(part))
	}
	return strings.Join(parts, " ")
}
