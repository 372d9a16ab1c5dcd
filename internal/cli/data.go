package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/alcove-vault/alcove/internal/vault"
)

// exportCommand is `alcove ext export`.
type exportCommand struct {
	Extension string `arg:"" help:"Its id, or its name if only one has it."`
	vaultFlags
	Out string `required:"" placeholder:"DIR" help:"The folder to make, which must not exist." type:"path"`
}

type exportedTable struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// Run writes the data of one extension as plain files.
func (c *exportCommand) Run(ctx context.Context, out *output) error {
	return c.with(ctx, func(u *vault.Unlocked) error {
		id, err := findExtension(ctx, u, c.Extension)
		if err != nil {
			return err
		}
		meter := newMeter(out, "Exporting")
		done, err := u.Extensions.Export(ctx, id, c.Out, meter.progress)
		meter.done()
		if err != nil {
			return err
		}
		tables := []exportedTable{}
		rows := [][]string{}
		for _, t := range done.Tables {
			tables = append(tables, exportedTable(t))
			rows = append(rows, []string{"  " + t.Name, count(t.Rows, "row")})
		}
		if done.Values > 0 {
			rows = append(rows, []string{"  values", fmt.Sprint(done.Values)})
		}
		for _, name := range done.Left {
			out.note("%s does not work in a plain database and is in schema.sql only.", printable(name))
		}
		return out.print(fmt.Sprintf("Exported %s to %s. These files are not encrypted.\n%s", id, filepath.Clean(c.Out), table(rows)), struct {
			verdict
			ID     string          `json:"id"`
			Out    string          `json:"out"`
			Tables []exportedTable `json:"tables"`
			Values int64           `json:"values"`
			Left   []string        `json:"left,omitempty"`
		}{good, id.String(), c.Out, tables, done.Values, done.Left})
	})
}

// importCommand is `alcove ext import`.
type importCommand struct {
	Extension string `arg:"" help:"Its id, or its name if only one has it. It has to be installed."`
	From      string `arg:"" name:"file" help:"The folder of an export, or its .sqlite file, data.json or one CSV file; or a decrypted database of haex-vault, of which this extension's tables are read." type:"path"`
	vaultFlags
	Replace bool `help:"Let rows and values of the file go in the place of those with the same key. Without it, what is there stays."`
}

type importedTable struct {
	Name    string `json:"name"`
	Written int64  `json:"written"`
	Stays   int64  `json:"stays"` // rows of the vault that the file has too
}

// Run reads the data of one extension, all or nothing.
func (c *importCommand) Run(ctx context.Context, out *output) error {
	return c.with(ctx, func(u *vault.Unlocked) error {
		id, err := findExtension(ctx, u, c.Extension)
		if err != nil {
			return err
		}
		meter := newMeter(out, "Importing")
		done, err := u.Extensions.Import(ctx, id, c.From, c.Replace, meter.progress)
		meter.done()
		if err != nil {
			return err
		}
		tables := []importedTable{}
		var text strings.Builder
		fmt.Fprintf(&text, "Imported into %s.\n", id)
		rows := [][]string{}
		for _, t := range done.Tables {
			tables = append(tables, importedTable(t))
			rows = append(rows, []string{"  " + t.Name, fmt.Sprintf("%d written, %d stay as they were", t.Written, t.Stays)})
		}
		if done.Values+done.Stays > 0 {
			rows = append(rows, []string{"  values", fmt.Sprintf("%d written, %d stay as they were", done.Values, done.Stays)})
		}
		text.WriteString(table(rows))
		return out.print(text.String(), struct {
			verdict
			ID     string          `json:"id"`
			Tables []importedTable `json:"tables"`
			Values int64           `json:"values"`
			Stay   int64           `json:"values_stay"`
		}{good, id.String(), tables, done.Values, done.Stays})
	})
}
