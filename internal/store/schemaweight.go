package store

import (
	"fmt"

	"github.com/alcove-vault/alcove/internal/fault"
)

// maxWeight is how much SQLite may have to look up for all views and triggers of
// an extension, counted in questions to the authorizer: about one for each column
// or table in each place that it comes to, also by way of other views. SQLite
// does it for everybody's views and triggers whenever anybody alters a table, and
// views that use each other can multiply it beyond any measure.
const maxWeight = 10_000

// weigh refuses an extension whose views and triggers come to more. They are
// compiled, not run.
func (m *migrator) weigh() error {
	var texts []string
	written := map[string]bool{}
	err := m.handle.objects(func(o object) {
		switch {
		case !m.ownObject(o):
		case o.kind == "view":
			texts = append(texts, "SELECT * FROM "+quoteName(o.name))
		case o.kind == "trigger" && !isCaptureTrigger(o.name, ""):
			written[o.table] = true
		}
	})
	for table := range written {
		if err != nil {
			return err
		}
		var columns []string
		columns, err = m.columnNames(table)
		name := quoteName(table)
		texts = append(texts, "INSERT INTO "+name+" DEFAULT VALUES", "DELETE FROM "+name)
		if len(columns) > 0 {
			texts = append(texts, "UPDATE "+name+" SET "+quoteName(columns[0])+" = NULL")
		}
	}
	if err != nil {
		return err
	}
	weight := 0
	m.conn.guard.Store(&guard{weight: &weight})
	defer m.conn.guard.Store(nil)
	for _, text := range texts {
		// What does not compile for another reason is nobody's burden.
		if st, _, _ := m.handle.prepare(text, 0); st != nil {
			st.finish()
		}
		if weight > maxWeight {
			return fault.New("quota.schema", fmt.Sprintf(
				"The views and triggers of the app use each other so much that SQLite has more than %d things to look up for them. Make them flatter, or fewer.", maxWeight))
		}
	}
	return nil
}
