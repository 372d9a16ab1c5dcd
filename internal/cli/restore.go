package cli

import (
	"context"
	"fmt"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/vault"
)

// restoreCommand is `alcove ext restore`.
type restoreCommand struct {
	Extension string `arg:"" help:"Its id, or its name if only one has it."`
	To        string `arg:"" name:"moment" help:"A moment of alcove ext history, or a time of this machine's clock such as '2026-11-29 14:30'."`
	vaultFlags
	DryRun bool `name:"dry-run" help:"Only say what would change."`
}

// Run puts the tables of one extension back to how they were, all or nothing.
func (c *restoreCommand) Run(ctx context.Context, out *output) error {
	to, err := readMoment(c.To)
	if err != nil {
		return err
	}
	return c.with(ctx, func(u *vault.Unlocked) error {
		id, err := findExtension(ctx, u, c.Extension)
		if err != nil {
			return err
		}
		if c.DryRun {
			return c.compare(ctx, u, id, to, out)
		}
		done, err := u.Extensions.PutBack(ctx, id, to)
		if err != nil {
			tellInTheWay(out, err)
			return err
		}
		tellLost(out, done.Lost)
		text := fmt.Sprintf("%s is as it was at %s: %d rows came back, %d were changed, %d are gone.\nTo undo this: alcove ext restore %s %s --vault %s\n",
			id, localTime(done.At), done.Added, done.Changed, done.Removed, id, done.Undo, shellWord(c.Vault))
		if done.Added+done.Changed+done.Removed == 0 {
			text = fmt.Sprintf("%s already is as it was at %s. Nothing was changed.\n", id, localTime(done.At))
		}
		return out.print(text, struct {
			verdict
			ID string `json:"id"`
			extension.PutBack
		}{good, id.String(), done})
	})
}

func (c *restoreCommand) compare(ctx context.Context, u *vault.Unlocked, id manifest.ID, to extension.Moment, out *output) error {
	d, err := u.Extensions.Difference(ctx, id, to)
	if err != nil {
		return err
	}
	tellLost(out, d.Lost)
	text := fmt.Sprintf("%s already is as it was at %s.\n", id, localTime(d.At))
	if len(d.Tables) > 0 {
		rows := [][]string{}
		for _, t := range d.Tables {
			rows = append(rows, []string{"  " + t.Name, fmt.Sprintf("%d rows would come back, %d would be changed, %d would go", t.Added, t.Changed, t.Removed)})
		}
		text = fmt.Sprintf("To be as it was at %s, in %s:\n%s", localTime(d.At), id, table(rows))
	}
	return out.print(text, struct {
		verdict
		ID string `json:"id"`
		extension.Difference
	}{good, id.String(), d})
}

func tellLost(out *output, lost int) {
	if lost > 0 {
		out.note("%d old values belong to columns that the extension has no longer, and stay away.", lost)
	}
}

// tellInTheWay says which rows cannot be as they were, and why.
func tellInTheWay(out *output, err error) {
	rows, _ := fault.Of(err).Data["rows"].([]extension.InTheWay)
	why := map[string]string{
		"unique":     "another row has a value that must be unique",
		"foreign":    "a row that they refer to is not there",
		"constraint": "they do not fit into the table as it is now",
	}
	for _, r := range rows {
		out.note("%s, %d rows: %s.", printable(r.Table), r.Rows, why[r.Why])
	}
}
