package cli

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/vault"
)

// limitsCommand is `alcove ext limits`.
type limitsCommand struct {
	Extension string `arg:"" help:"Its id, or its name if only one has it."`
	vaultFlags
	Set []string `sep:"none" placeholder:"NAME=VALUE" help:"Change a limit: storage=512MB, time=30s, rows=100000, or storage=usual for what it is without a change. Give it once for each limit."`
}

// Run shows the limits of one extension, after changing those that were given.
func (c *limitsCommand) Run(ctx context.Context, out *output) error {
	return c.with(ctx, func(u *vault.Unlocked) error {
		id, err := findExtension(ctx, u, c.Extension)
		if err != nil {
			return err
		}
		detail, err := u.Extensions.Detail(ctx, id)
		if err != nil {
			return err
		}
		changes, err := limitChanges(detail.Limits, c.Set)
		if err != nil {
			return err
		}
		for _, l := range changes {
			limits, err := u.Extensions.SetLimit(ctx, id, l.Name, l.Value)
			if err != nil {
				return err
			}
			detail.Limits = limits.List()
		}
		rows := [][]string{}
		for _, l := range detail.Limits {
			var notes []string
			if l.Name == "storage" {
				notes = append(notes, limitText(l.Name, detail.TableBytes)+" used")
			}
			if l.Value != l.Default {
				notes = append(notes, "usual is "+limitText(l.Name, l.Default))
			}
			row := []string{"  " + l.Name, limitText(l.Name, l.Value)}
			if len(notes) > 0 {
				row = append(row, strings.Join(notes, ", "))
			}
			rows = append(rows, row)
		}
		return out.print(fmt.Sprintf("Limits of %s:\n%s", id, table(rows)), struct {
			verdict
			ID     string            `json:"id"`
			Used   int64             `json:"table_bytes"` // what counts for storage
			Limits []extension.Limit `json:"limits"`
		}{good, id.String(), detail.TableBytes, detail.Limits})
	})
}

// limitChanges reads what --set was given. Nothing is changed before all of it
// makes sense.
func limitChanges(limits []extension.Limit, set []string) (changes []extension.Limit, err error) {
	for _, text := range set {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, fault.New(codeUsage, fmt.Sprintf("--set takes NAME=VALUE, such as storage=512MB, not %q.", printable(text)))
		}
		var found *extension.Limit
		var names []string
		for _, l := range limits {
			if names = append(names, l.Name); l.Name == name {
				found = &l
			}
		}
		if found == nil {
			return nil, fault.New(codeUsage, fmt.Sprintf("There is no limit called %q. There are %s.", printable(name), strings.Join(names, ", ")))
		}
		n, err := found.Default, error(nil)
		if value != "usual" {
			n, err = limitValue(name, strings.TrimSpace(value))
		}
		if err != nil || n < found.Min || n > found.Max {
			return nil, fault.New(codeUsage, fmt.Sprintf("The limit %s can be between %s and %s, or usual; not %q.",
				name, limitText(name, found.Min), limitText(name, found.Max), printable(value)))
		}
		found.Value = n
		changes = append(changes, *found)
	}
	return changes, nil
}

// The units of sizes, larger ones first, those that divide by 1,000 before the
// others.
var sizeUnits = []struct {
	name  string
	bytes int64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// limitValue reads a value with its unit: a size in bytes, a time in
// milliseconds, or a number.
func limitValue(name, text string) (int64, error) {
	switch name {
	case "time":
		d, err := time.ParseDuration(text)
		return d.Milliseconds(), err
	case "storage", "bytes", "statement", "network", "files", "traffic":
		unit := int64(1)
		for _, u := range sizeUnits {
			if rest, ok := strings.CutSuffix(strings.ToLower(text), strings.ToLower(u.name)); ok {
				text, unit = strings.TrimSpace(rest), u.bytes
				break
			}
		}
		if strings.Trim(text, "0123456789.") != "" {
			return 0, strconv.ErrSyntax
		}
		n, err := strconv.ParseFloat(text, 64)
		if err == nil && (n*float64(unit) > 1<<53 || unit == 1 && n != math.Trunc(n)) {
			return 0, strconv.ErrRange
		}
		return int64(math.Round(n * float64(unit))), err
	default:
		return strconv.ParseInt(text, 10, 64)
	}
}

// limitText writes a value so that limitValue reads it; sizes that are not whole
// are rounded to one place.
func limitText(name string, n int64) string {
	switch name {
	case "time":
		return (time.Duration(n) * time.Millisecond).String()
	case "storage", "bytes", "statement", "network", "files", "traffic":
		for _, u := range sizeUnits {
			if n >= u.bytes && n%u.bytes == 0 {
				return fmt.Sprintf("%d %s", n/u.bytes, u.name)
			}
		}
		for _, u := range sizeUnits[:4] {
			if n >= u.bytes {
				return strconv.FormatFloat(float64(n)/float64(u.bytes), 'f', 1, 64) + " " + u.name
			}
		}
		return fmt.Sprintf("%d bytes", n)
	default:
		return strconv.FormatInt(n, 10)
	}
}
