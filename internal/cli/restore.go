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
		text := fmt.Sprintf("%s is as it was at %s: %s came back, %d changed, %d gone.\nTo undo this: alcove ext restore %s %s --vault %s\n",
			id, localTime(done.At), count(done.Added, "row"), done.Changed, done.Removed, id, done.Undo, shellWord(c.Vault))
		if done.Added+done.Changed+done.Removed == 0 {
			text = asItWas(id, done.At, done.Lost+done.Gone) + " Nothing was changed.\n"
		}
		text += stayAway(done.Lost, done.Gone)
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
	text := asItWas(id, d.At, d.Lost+d.Gone) + "\n"
	if len(d.Tables) > 0 {
		rows := [][]string{}
		for _, t := range d.Tables {
			rows = append(rows, []string{"  " + t.Name, fmt.Sprintf("%s would come back, %d would be changed, %d would go", count(t.Added, "row"), t.Changed, t.Removed)})
		}
		text = fmt.Sprintf("To be as it was at %s, in %s:\n%s", localTime(d.At), id, table(rows))
	}
	text += stayAway(d.Lost, d.Gone)
	return out.print(text, struct {
		verdict
		ID string `json:"id"`
		extension.Difference
	}{good, id.String(), d})
}

// asItWas says that there is nothing to put back. away is how much cannot be.
func asItWas(id manifest.ID, at int64, away int) string {
	if away > 0 {
		return fmt.Sprintf("What can be put back of %s already is as it was at %s.", id, localTime(at))
	}
	return fmt.Sprintf("%s already is as it was at %s.", id, localTime(at))
}

// stayAway says what of then cannot come back, because there is no place for it.
func stayAway(lost, gone int) (text string) {
	if gone > 0 {
		text += fmt.Sprintf("%s of tables that the extension no longer has, or that have another key now, cannot be put back.\n", count(gone, "row"))
	}
	if lost > 0 {
		text += fmt.Sprintf("%s of columns that the extension does not have now cannot be put back.\n", count(lost, "old value"))
	}
	return text
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
		out.note("%s, %s: %s.", printable(r.Table), count(r.Rows, "row"), why[r.Why])
	}
}
