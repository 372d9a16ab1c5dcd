package items

import "slices"

// Item is all there is of one. Times are Unix milliseconds.
type Item struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Username string   `json:"username"`
	Password string   `json:"password"`
	URLs     []string `json:"urls"`
	Note     string   `json:"note"`
	Tags     []string `json:"tags"`
	TOTP     *TOTP    `json:"totp"` // nil: none
	Fields   []Field  `json:"fields"`
	Created  int64    `json:"created"`
	Changed  int64    `json:"changed"`
	Deleted  int64    `json:"deleted"` // 0: it is not
}

// Field is one more value of an item, under a name of the person's own.
type Field struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Hidden bool   `json:"hidden"` // it is shown as dots, like a password
}

// String keeps values out of logs and errors.
func (Item) String() string { return "[redacted]" }

// GoString does so too.
func (Item) GoString() string { return "[redacted]" }

// String keeps values out of logs and errors.
func (Field) String() string { return "[redacted]" }

// GoString does so too.
func (Field) GoString() string { return "[redacted]" }

// Summary is what a list has of an item: nothing that opens anything.
type Summary struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	Username string   `json:"username"`
	URLs     []string `json:"urls"`
	Tags     []string `json:"tags"`
	// What there is, not what it is.
	HasPassword bool  `json:"hasPassword"`
	HasTOTP     bool  `json:"hasTotp"`
	HasNote     bool  `json:"hasNote"`
	Fields      int   `json:"fields"`
	Created     int64 `json:"created"`
	Changed     int64 `json:"changed"`
	Deleted     int64 `json:"deleted"`
}

// Change is what becomes of an item; what is nil stays as it is.
type Change struct {
	Title    *string
	Username *string
	Password *string
	URLs     *[]string
	Note     *string
	Tags     *[]string
	TOTP     **TOTP // to nil takes it away
	Fields   *[]Field
}

// String keeps values out of logs and errors.
func (Change) String() string { return "[redacted]" }

// GoString does so too.
func (Change) GoString() string { return "[redacted]" }

// apply makes the change in i, tidies what can be tidied, and holds the outcome
// against the limits.
func (c Change) apply(i *Item) error {
	set(&i.Title, c.Title)
	set(&i.Username, c.Username)
	set(&i.Password, c.Password)
	set(&i.URLs, c.URLs)
	set(&i.Note, c.Note)
	set(&i.Tags, c.Tags)
	set(&i.TOTP, c.TOTP)
	set(&i.Fields, c.Fields)
	tags, err := CleanTags(i.Tags)
	if err != nil {
		return err
	}
	i.Tags = tags
	return i.check()
}

// touches reports whether the change is about anything.
func (c Change) touches() bool {
	return c.Title != nil || c.Username != nil || c.Password != nil || c.URLs != nil || c.Note != nil ||
		c.Tags != nil || c.TOTP != nil || c.Fields != nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// Scope says whether items with these tags are for who asks; nil says so of all.
type Scope func(tags []string) bool

func (s Scope) has(tags []string) bool { return s == nil || s(tags) }

// Tag is a tag that items have.
type Tag struct {
	Name  string `json:"name"`
	Items int    `json:"items"`
}

// TagsOf are the tags of some items, by name.
func TagsOf(list []Summary) []Tag {
	counts := map[string]int{}
	for _, i := range list {
		for _, t := range i.Tags {
			counts[t]++
		}
	}
	tags := make([]Tag, 0, len(counts))
	for name, n := range counts {
		tags = append(tags, Tag{name, n})
	}
	slices.SortFunc(tags, func(a, b Tag) int { return compareText(a.Name, b.Name) })
	return tags
}
