package crdt

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/sqlvalue"
	"github.com/alcove-vault/alcove/internal/store"
)

// migrated is a device with one app that has migrations.
type migrated struct {
	*replica
	list    []store.Migration
	others  []store.Migration // of another app
	options store.MigrateOptions
}

var migratedApp = strings.Repeat("a1", 32) + "__notes__"

// own expands {x} to the quoted full name of x.
func own(text string) string {
	text = strings.ReplaceAll(text, "{__new_", `"__new_`+migratedApp)
	text = strings.ReplaceAll(text, "{", `"`+migratedApp)
	return strings.ReplaceAll(text, "}", `"`)
}

func newMigrated(t testing.TB, texts ...string) *migrated {
	t.Helper()
	m := &migrated{replica: newReplica(t)}
	for _, text := range texts {
		m.migrate(text)
	}
	return m
}

// migrate runs one more migration.
func (m *migrated) migrate(text string) {
	m.t.Helper()
	if err := m.tryMigrate(text); err != nil {
		m.t.Fatalf("%s: %v", text, err)
	}
}

func (m *migrated) tryMigrate(text string) error {
	step := store.Migration{Name: fmt.Sprintf("%04d", len(m.list)), SQL: own(text), Hash: sha256.Sum256([]byte(text))}
	list := append(slices.Clone(m.list), step)
	_, err := m.st.Migrate(m.t.Context(), nil, 1, store.Rights{Own: migratedApp}, list, m.options)
	if err == nil {
		m.list = list
		must(m.t, m.Check(m.t.Context(), nil))
	}
	return err
}

// do runs statements of the app, captured.
func (m *migrated) do(texts ...string) {
	m.t.Helper()
	for i := range texts {
		texts[i] = own(texts[i])
	}
	m.exec(texts...)
}

// table returns a tracked table, or nil.
func (m *migrated) table(short string) (found *table) {
	m.t.Helper()
	must(m.t, m.st.ViewTx(m.t.Context(), func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err == nil {
			found = reg.byName[migratedApp+short]
		}
		return err
	}))
	return found
}

// state is the content and the clocks of a table: by the text of the key, the
// life, the birth, and each column's value and stamp, unless it is the birth's.
func (m *migrated) state(short string) map[string]string {
	m.t.Helper()
	all := map[string]string{}
	must(m.t, m.st.ViewTx(m.t.Context(), func(tx *store.Tx) error {
		reg, err := loadRegistry(tx)
		if err != nil {
			return err
		}
		t := reg.byName[migratedApp+short]
		if t == nil {
			return fmt.Errorf("%s is not tracked", short)
		}
		names := ""
		for _, c := range t.columns {
			names += ", " + quote(c.name)
		}
		rowid := "0"
		if t.rowid {
			rowid = t.rowidName
		}
		q := tx.Query("SELECT " + rowid + names + " FROM " + quote(t.name))
		for q.Step() {
			rid := q.ColumnInt(0)
			values := make([]any, len(t.columns))
			for i := range values {
				values[i] = q.ColumnValue(i + 1)
			}
			var key []string
			for _, i := range t.key {
				key = append(key, fmt.Sprint(values[i]))
			}
			if !t.rowid {
				var k []byte
				for n, i := range t.key {
					k = sqlvalue.AppendKey(k, sqlvalue.Of(values[i]), t.collations[n])
				}
				if rid, err = t.numberOfKey(tx, k); err != nil {
					return err
				}
			}
			var c clocks
			if err := t.loadClocks(tx, rid, &c); err != nil {
				return fmt.Errorf("row %v: %w", key, err)
			}
			line := []string{}
			for i, col := range t.columns {
				part := fmt.Sprintf("%s=%v", col.name, values[i])
				if st, ok := c.of(col.bit); ok {
					part += "@" + m.stampText(reg, st)
				}
				line = append(line, part)
			}
			slices.Sort(line)
			all[strings.Join(key, "/")] = fmt.Sprintf("%d %s %s", c.life(), m.stampText(reg, c.birth), strings.Join(line, " "))
		}
		return q.Err()
	}))
	return all
}

func (m *migrated) stampText(reg *registry, st stamp) string {
	switch {
	case st.site == reservedSite && st.h == 0:
		return fmt.Sprintf("r%d", st.m)
	case st.site == reg.sites.self && st.m == 0:
		return fmt.Sprintf("s%d", st.h)
	case st.site == reg.sites.self:
		return fmt.Sprintf("s%d.%d", st.h, st.m)
	}
	return fmt.Sprintf("%d:%d.%d", st.site, st.h, st.m)
}

// check compares the state of a table with what is wanted. In what is wanted,
// every time of this device is written as s and a letter that stands for it.
func (m *migrated) check(short string, want map[string]string) {
	m.t.Helper()
	got := m.state(short)
	letters := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		fields := strings.Fields(got[key])
		for i, f := range fields {
			at := strings.LastIndex(f, "@") + 1
			if i == 0 || at == 0 && i != 1 || !strings.HasPrefix(f[at:], "s") {
				continue
			}
			h, dot, _ := strings.Cut(f[at+1:], ".")
			if letters[h] == "" {
				letters[h] = string(rune('a' + len(letters)))
			}
			f = f[:at] + "s" + letters[h]
			if dot != "" {
				f += "." + dot
			}
			fields[i] = f
		}
		got[key] = strings.Join(fields, " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		m.t.Errorf("%s: %s", short, diff)
	}
}
