package store

import (
	"fmt"
	"slices"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/store/plain"
)

// uniqueKeys returns the keys of a table that are of columns and of all rows.
// The first is the one that rows are told apart by: the primary key, or else
// the first unique one.
func (m *importer) uniqueKeys(t *portable) ([]uniqueKey, error) {
	var keys []uniqueKey
	var names []string
	err := m.rows(`SELECT name, origin FROM pragma_index_list(?) WHERE "unique" AND NOT partial ORDER BY seq DESC`, []any{t.full}, func(row []any) error {
		name, _ := row[0].(string)
		names = append(names, name)
		keys = append(keys, uniqueKey{primary: row[1] == "pk"})
		return nil
	})
	for i := range keys {
		if err == nil {
			err = m.keyColumns(names[i], &keys[i])
		}
	}
	if err != nil {
		return nil, err
	}
	keys = slices.DeleteFunc(keys, func(k uniqueKey) bool { return slices.Contains(k.columns, "") })
	slices.SortStableFunc(keys, func(a, b uniqueKey) int {
		switch {
		case a.primary == b.primary:
			return 0
		case a.primary:
			return -1
		}
		return 1
	})
	if len(keys) > 0 && keys[0].primary {
		return keys, nil
	}
	// A rowid that a column shows has no index.
	for _, c := range t.plain.Columns {
		if c.PrimaryKey > 0 {
			return append([]uniqueKey{{columns: []string{lowerASCII(c.Name)}, collations: []string{"BINARY"}, primary: true}}, keys...), nil
		}
	}
	return keys, nil
}

// keyColumns reads the columns of an index; an expression has an empty name.
func (m *importer) keyColumns(index string, key *uniqueKey) error {
	return m.rows("SELECT lower(name), coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno", []any{index}, func(row []any) error {
		name, _ := row[0].(string)
		collation, _ := row[1].(string)
		key.columns, key.collations = append(key.columns, name), append(key.collations, collation)
		return nil
	})
}

// brokenKeys counts the foreign keys that do not hold, for each table.
func (m *importer) brokenKeys(tables []portable) (map[string]int, error) {
	broken := map[string]int{}
	for _, t := range tables {
		err := m.rows("SELECT 1 FROM pragma_foreign_key_check(?)", []any{t.full}, func([]any) error {
			broken[t.full]++
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return broken, nil
}

// compareKeys refuses an import that leaves more of them broken than there
// were.
func (m *importer) compareKeys(tables []portable, before map[string]int) error {
	after, err := m.brokenKeys(tables)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if after[t.full] > before[t.full] {
			return fault.New("import.foreign_key", fmt.Sprintf(
				"Rows of the table %q would refer to rows that are not there. Nothing was imported. Import the whole export, or replace what is there.", t.plain.Name)).
				With("table", t.plain.Name)
		}
	}
	return nil
}

// Value implements plain.Visitor.
func (m *importer) Value(key string, msgpack []byte) error {
	if err := m.count(key, msgpack); err != nil {
		return err
	}
	if !plain.CheckValue(key, msgpack) {
		return fault.New("import.value", fmt.Sprintf("The value that the app keeps under %.80q is not one that Alcove wrote. Nothing was imported. Choose another file, or export it once more.", key))
	}
	if m.clears {
		return nil
	}
	text := "INSERT INTO alcove_kv (extension, key, value, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1"
	if m.policy == Replace {
		text = "INSERT INTO alcove_kv (extension, key, value, updated_at) VALUES (?, ?, ?, ?) " +
			"ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at RETURNING 1"
	}
	written := false
	err := m.rows(text, []any{m.data.Extension, key, msgpack, time.Now().UnixMilli()}, func([]any) error {
		written = true
		return nil
	})
	if written {
		m.out.Values++
	} else {
		m.out.Stays++
	}
	return err
}

// checkKept holds the values by key to what an app may keep.
func (m *importer) checkKept() error {
	return m.rows("SELECT count(*), coalesce(sum(octet_length(key) + length(value)), 0) FROM alcove_kv WHERE extension = ?",
		[]any{m.data.Extension}, func(row []any) error {
			n, _ := row[0].(int64)
			size, _ := row[1].(int64)
			if m.out.Values > 0 && (n > plain.MaxValues || size > plain.MaxKept) {
				return fault.New(plain.CodeTooLarge, "The app would keep more than 10,000 values, or 64 MiB of them. Nothing was imported. Delete some in the app, then import again.")
			}
			return nil
		})
}
