package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/vault"
)

// timeShape is how times are shown, and the finest way to give one.
const timeShape = "2006-01-02 15:04:05"

// historyCommand is `alcove ext history`.
type historyCommand struct {
	Extension string `arg:"" help:"Its id, or its name if only one has it."`
	vaultFlags
	Before string `placeholder:"MOMENT" help:"Show what was before this moment, which an earlier answer names."`
	Limit  int    `default:"30" help:"How many moments, at most 100."`
	Days   int    `placeholder:"N" help:"Keep the history for N days. Usual is 90."`
	Share  int    `placeholder:"N" help:"Let it take N percent of the data, but always 1 MiB. Usual is 20."`
	Off    bool   `xor:"switch" help:"Keep no history, and forget the one there is."`
	On     bool   `xor:"switch" help:"Keep a history again. It begins now."`
	Yes    bool   `help:"Do not ask before the history is forgotten."`
}

// Run lists when an extension's tables were changed, after setting what was
// given.
func (c *historyCommand) Run(ctx context.Context, out *output) error {
	return c.with(ctx, func(u *vault.Unlocked) error {
		id, err := findExtension(ctx, u, c.Extension)
		if err != nil {
			return err
		}
		before, err := readMoment(c.Before)
		if err != nil {
			return err
		}
		h, err := u.Extensions.History(ctx, id, before, c.Limit)
		if err != nil {
			return err
		}
		if b := c.bounds(h.HistoryBounds); b != h.HistoryBounds {
			if h.On && !b.On && !c.Yes {
				if err := confirm(fmt.Sprintf("Forget the history of %s? The data stays, but there is no way back to how it was.", id)); err != nil {
					return err
				}
			}
			if err := u.Extensions.SetHistory(ctx, id, b); err != nil {
				return err
			}
			if h, err = u.Extensions.History(ctx, id, before, c.Limit); err != nil {
				return err
			}
		}
		return out.print(historyText(id.String(), h), struct {
			verdict
			ID string `json:"id"`
			extension.History
		}{good, id.String(), h})
	})
}

func (c *historyCommand) bounds(b extension.HistoryBounds) extension.HistoryBounds {
	if c.Days != 0 {
		b.Days = c.Days
	}
	if c.Share != 0 {
		b.Share = c.Share
	}
	b.On = (b.On || c.On) && !c.Off
	return b
}

func historyText(id string, h extension.History) string {
	if !h.On {
		return fmt.Sprintf("No history is kept of %s. --on begins one.\n", id)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "History of %s: %d days, %d %% of the data; %s now.\n", id, h.Days, h.Share, limitText("storage", h.Bytes))
	if h.Oldest > 0 {
		fmt.Fprintf(&b, "Nothing can be told from before %s.\n", localTime(h.Oldest))
	}
	if len(h.Moments) == 0 {
		b.WriteString("No change is in it.\n")
	}
	var rows [][]string
	for _, m := range h.Moments {
		what := tableChanges(m.Tables)
		if m.Before != "" {
			what = "before the update from version " + m.Before
		}
		if m.PutBackTo > 0 {
			what = "before it was put back to " + localTime(m.PutBackTo)
		}
		rows = append(rows, []string{"  " + m.Moment.String(), localTime(m.At), what})
	}
	b.WriteString(table(rows))
	if h.More {
		fmt.Fprintf(&b, "There is more: --before %s\n", h.Moments[len(h.Moments)-1].Moment)
	}
	return b.String()
}

// tableChanges is "notes: 1 added, 2 changed; folders: 1 removed".
func tableChanges(list []extension.TableChange) string {
	var tables []string
	for _, t := range list {
		var parts []string
		for _, p := range []struct {
			n    int
			what string
		}{{t.Added, "added"}, {t.Changed, "changed"}, {t.Removed, "removed"}} {
			if p.n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
			}
		}
		tables = append(tables, t.Name+": "+strings.Join(parts, ", "))
	}
	return strings.Join(tables, "; ")
}

func localTime(ms int64) string { return time.UnixMilli(ms).Format(timeShape) }

// oldestMoment is when the least number that is taken for a moment was, in Unix
// milliseconds: in the year 2000. A date such as 20261129 is a smaller number.
var oldestMoment = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// readMoment reads a moment as it is printed, or a local time. That is the end of
// its second, since lists show no less: what is listed under a time is before it.
// An empty text is the moment 0. Errors: usage; request.malformed for a time out
// of bounds.
func readMoment(text string) (extension.Moment, error) {
	if text == "" {
		return 0, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if m := extension.Moment(n); m.At() >= oldestMoment {
			return m, nil
		}
	}
	for _, shape := range []string{timeShape, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(shape, text, time.Local); err == nil {
			return extension.MomentAt(t.Add(time.Second - time.Millisecond))
		}
	}
	return 0, fault.New(codeUsage, fmt.Sprintf("%q is neither a moment of alcove ext history nor a time such as %q. Give one of these.", printable(text), "2026-11-29 14:30"))
}
