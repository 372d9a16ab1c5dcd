package crdt

import "strings"

// outgoing is what a migration leaves for other devices. Who ran it with the
// same result sees no change in it; who had other rows converges.
type outgoing struct {
	tables []*outgoingTable
}

type outgoingTable struct {
	t    *table
	kind byte
	rids []int64
	runs []run // besides rids, or nil
	dead [][]byte
}

func (o *outgoing) of(t *table, kind byte) *outgoingTable {
	if n := len(o.tables); n > 0 && o.tables[n-1].t == t && o.tables[n-1].kind == kind {
		return o.tables[n-1]
	}
	o.tables = append(o.tables, &outgoingTable{t: t, kind: kind})
	return o.tables[len(o.tables)-1]
}

// row notes that cells of a row, or the whole row, have a stamp of the
// migration.
func (o *outgoing) row(t *table, rid int64) {
	out := o.of(t, sectionMigrated)
	out.rids = append(out.rids, rid)
}

// buried notes the key of a row that the migration deleted.
func (o *outgoing) buried(t *table, k []byte) {
	out := o.of(t, sectionMigrated)
	out.dead = append(out.dead, k)
}

// begun notes the rows of a table that begins to be tracked.
func (o *outgoing) begun(t *table, kind byte, r run) {
	out := o.of(t, kind)
	out.runs = append(out.runs, r)
}

// ship puts all of it into the outbox, with where this device stands now.
func (m *migration) ship() error {
	var data []byte
	for _, out := range m.out.tables {
		runs := out.runs
		if runs == nil {
			runs = runsOf(out.rids)
		}
		if len(runs) > 0 || len(out.dead) > 0 {
			data = appendSection(data, out.t.id, out.kind, runs, out.dead)
		}
	}
	if !m.step.Development && m.step.Ordinal > 0 {
		note, err := noteLevel(m.tx, m.reg.sites.self, strings.ToLower(m.step.App), m.tick(), uint32(m.step.Ordinal))
		if err != nil {
			return err
		}
		data = append(data, note...)
	}
	if len(data) == 0 {
		return nil
	}
	return send(m.tx, m.tick(), data)
}
