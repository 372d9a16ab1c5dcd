package converge

import (
	"database/sql"
	"errors"
	"strings"

	"pgregory.net/rapid"
)

// attempt is a statement of a transaction of the host.
type attempt struct {
	statement
	undone bool // by ROLLBACK TO
}

func (a attempt) String() string {
	if a.undone {
		return a.statement.String() + " undone"
	}
	return a.statement.String()
}

// host runs a transaction as the host can: a statement that fails is undone
// alone, others are undone with ROLLBACK TO, and the rest is committed. What was
// undone must be as if it had never been.
func (w *world) host(r *rapid.T, m *member) {
	w.t.Helper()
	var list []attempt
	for _, s := range transactions(m.schema).Draw(r, "transaction") {
		list = append(list, attempt{s, rapid.IntRange(0, 3).Draw(r, "undone") == 0})
	}
	before, seen := m.held, m.vector()
	var went []statement
	err := m.st.Update(testContext, func(tx *sql.Tx) error {
		for _, a := range list {
			failed, err := a.run(tx)
			switch {
			case err != nil:
				return err
			case failed:
				w.counts["statements that failed alone"]++
			case a.undone:
				w.counts["statements that were rolled back to"]++
			}
			// OR FAIL keeps what came before the failure.
			if !a.undone && (!failed || strings.Contains(a.sql, "OR FAIL")) {
				went = append(went, a.statement)
			}
		}
		return nil
	})
	w.note("%s as the host: %v: %v", m.name, list, err)
	w.became(m, before, seen, went, err)
}

// run reports whether the statement failed, and an error of what is around it.
func (a attempt) run(tx *sql.Tx) (failed bool, err error) {
	around := func(text string) {
		if a.undone && err == nil {
			_, err = tx.Exec(text)
		}
	}
	around("SAVEPOINT part")
	if err != nil {
		return false, err
	}
	_, failure := tx.Exec(full(a.sql), a.params...)
	around("ROLLBACK TO part")
	around("RELEASE part")
	if err != nil {
		err = errors.Join(failure, err)
	}
	return failure != nil, err
}
