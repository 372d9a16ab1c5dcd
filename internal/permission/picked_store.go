package permission

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxPicked is how many files and folders are remembered for one extension.
const MaxPicked = 1_000

// ErrTooManyPicked is the error for one more than MaxPicked.
var ErrTooManyPicked = errors.New("too many picked files")

// Picked is a file or folder of this computer that a person picked for an
// extension.
type Picked struct {
	ID       string // 16 hex digits
	Path     string // absolute, after links
	Folder   bool   // with everything in it
	Writable bool
	PickedAt int64 // Unix milliseconds
}

// Grant is what the picking allows.
func (p Picked) Grant() Grant {
	g := Grant{
		Key:      Key{Resource: "files", Action: "read", Target: pickedPrefix + p.ID + "}"},
		Decision: Allow, Scope: ScopeAlways, How: HowPicker, DecidedAt: p.PickedAt,
	}
	if p.Writable {
		g.Action = "readWrite"
	}
	if p.Folder {
		g.Target += "/**"
	}
	return g
}

// LoadPicked reads what is remembered for one extension, the oldest first.
func LoadPicked(ctx context.Context, tx *sql.Tx, extension int64) ([]Picked, error) {
	rows, err := tx.QueryContext(ctx,
		`SELECT id, path, folder, writable, picked_at FROM alcove_picked WHERE extension = ? ORDER BY picked_at, id`, extension)
	if err != nil {
		return nil, fmt.Errorf("load picked files: %w", err)
	}
	defer rows.Close()
	var list []Picked
	for rows.Next() {
		var p Picked
		if err := rows.Scan(&p.ID, &p.Path, &p.Folder, &p.Writable, &p.PickedAt); err != nil {
			return nil, fmt.Errorf("load picked files: %w", err)
		}
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("load picked files: %w", err)
	}
	return list, nil
}

// PickedFor returns what was picked that a grant is about, nil if nothing is.
func PickedFor(list []Picked, k Key) *Picked {
	at := slices.IndexFunc(list, func(p Picked) bool { return p.Grant().Key == k })
	if at < 0 {
		return nil
	}
	return &list[at]
}

// KeepPicked remembers what a person picked, with the grant for it.
func KeepPicked(ctx context.Context, tx *sql.Tx, extension int64, p Picked) error {
	g := p.Grant()
	if _, _, ok := pickedRoot(g.Target); !ok || p.Path == "" {
		return fmt.Errorf("keep picked file: %q is no id of one", p.ID)
	}
	var stored int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM alcove_picked WHERE extension = ? AND id <> ?`, extension, p.ID).Scan(&stored); err != nil {
		return fmt.Errorf("keep picked file: %w", err)
	}
	if stored >= MaxPicked {
		return ErrTooManyPicked
	}
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO alcove_picked (id, extension, path, folder, writable, picked_at) VALUES (?, ?, ?, ?, ?, ?)`,
		p.ID, extension, p.Path, p.Folder, p.Writable, p.PickedAt); err != nil {
		return fmt.Errorf("keep picked file: %w", err)
	}
	return Set(ctx, tx, extension, g)
}

// forgetPicked forgets what was picked once no grant is about it.
func forgetPicked(ctx context.Context, tx *sql.Tx, extension int64, key Key) error {
	root, _, ok := pickedRoot(key.Target)
	if !ok || key.Resource != "files" {
		return nil
	}
	id := strings.TrimSuffix(strings.TrimPrefix(root, pickedPrefix), "}")
	if _, err := tx.ExecContext(ctx,
		`DELETE FROM alcove_picked WHERE extension = ? AND id = ? AND NOT EXISTS (
		   SELECT 1 FROM alcove_grant WHERE extension = ? AND resource = 'files' AND target IN (?, ?))`,
		extension, id, extension, root, root+"/**"); err != nil {
		return fmt.Errorf("forget picked file: %w", err)
	}
	return nil
}
