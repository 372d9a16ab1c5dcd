package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/vault"
)

// conflictsCommand is `alcove ext conflicts`.
type conflictsCommand struct {
	Extension string `arg:"" help:"Its id, or its name if only one has it."`
	vaultFlags
	Before  int64 `placeholder:"ID" help:"Show those that are older than this one."`
	Limit   int   `default:"30" help:"How many, at most 100."`
	Restore int64 `placeholder:"ID" xor:"what" help:"Bring back what this one lost or hid."`
	Dismiss int64 `placeholder:"ID" xor:"what" help:"Take this one off the list. A hidden row stays hidden."`
}

// Run lists what gave way when changes of several devices met, after restoring
// or dismissing one.
func (c *conflictsCommand) Run(ctx context.Context, out *output) error {
	return c.with(ctx, func(u *vault.Unlocked) error {
		id, err := findExtension(ctx, u, c.Extension)
		if err != nil {
			return err
		}
		switch {
		case c.Restore != 0:
			err = u.Extensions.RestoreConflict(ctx, id, c.Restore)
		case c.Dismiss != 0:
			err = u.Extensions.DismissConflict(ctx, id, c.Dismiss)
		}
		if err != nil {
			return err
		}
		list, err := u.Extensions.Conflicts(ctx, id, c.Before, c.Limit)
		if err != nil {
			return err
		}
		return out.print(conflictsText(id.String(), list), struct {
			verdict
			ID string `json:"id"`
			extension.Conflicts
		}{good, id.String(), list})
	})
}

func conflictsText(id string, c extension.Conflicts) string {
	if len(c.List) == 0 {
		return fmt.Sprintf("There are no conflicts in %s.\n", id)
	}
	kinds := map[string]string{
		"lost":    "a newer change of another device won over",
		"fork":    "another device wrote something else at the same instant as",
		"unique":  "hidden, because a newer row has the same unique value",
		"key":     "hidden, because another device used the same number for a newer row",
		"foreign": "hidden, because a row that it refers to is not there",
		"refused": "kept aside, because the table does not take it",
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Conflicts in %s: %d.\n", id, c.Total)
	var rows [][]string
	for _, x := range c.List {
		what := x.Gone
		if len(what) == 0 {
			what = x.Row
		}
		rows = append(rows, []string{fmt.Sprintf("  %d", x.ID), localTime(x.At), x.Table, kinds[x.Kind] + ": " + cellsText(what)})
	}
	b.WriteString(table(rows))
	if c.More {
		fmt.Fprintf(&b, "There are more: --before %d\n", c.List[len(c.List)-1].ID)
	}
	return b.String()
}

// maxCellShown is how many characters of a value fit on a line.
const maxCellShown = 40

// cellsText is "title = Lisbon, body = …".
func cellsText(list []extension.Cell) string {
	var parts []string
	for _, c := range list {
		text := []rune(c.Text)
		shown := string(text[:min(len(text), maxCellShown)])
		switch {
		case c.Type == "null":
			shown = "nothing"
		case c.Type == "blob":
			shown = fmt.Sprintf("%d bytes", c.Size)
		case c.Cut || len(text) > maxCellShown:
			shown += "…"
		}
		parts = append(parts, c.Column+" = "+shown)
	}
	return strings.Join(parts, ", ")
}
