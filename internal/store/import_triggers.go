package store

import "github.com/alcove-vault/alcove/internal/spelling"

// withoutTriggers drops the extension's triggers and returns what makes them
// again, in their order. Triggers that the host has on its tables stay, and are
// then made again after them, because SQLite runs the newest trigger first and
// the host's have to be that.
func (m *importer) withoutTriggers() (restore func() error, err error) {
	type trigger struct{ name, text string }
	var own, hosts []trigger
	err = m.rows("SELECT name, lower(tbl_name), sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid", nil, func(row []any) error {
		name, _ := row[0].(string)
		table, _ := row[1].(string)
		text, _ := row[2].(string)
		switch _, onOwn := spelling.OwnTable(m.own, table); {
		case object{name: name, table: table}.belongsTo(m.own):
			own = append(own, trigger{name, text})
		case onOwn:
			hosts = append(hosts, trigger{name, text})
		}
		return nil
	})
	drop := func(list []trigger) error {
		for _, t := range list {
			if err := m.exec("DROP TRIGGER " + quoteName(t.name)); err != nil {
				return err
			}
		}
		return nil
	}
	if err == nil {
		err = drop(own)
	}
	return func() error {
		if len(own) == 0 {
			return nil
		}
		if err := drop(hosts); err != nil {
			return err
		}
		for _, t := range append(own, hosts...) {
			if err := m.exec(t.text); err != nil {
				return err
			}
		}
		return nil
	}, err
}
