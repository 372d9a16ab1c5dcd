package crdt

import (
	"fmt"
	"strings"

	"github.com/alcove-vault/alcove/internal/store"
)

// link is a foreign key between two tracked tables, as queries need it.
type link struct {
	child, parent *merging
	childSet      columns // of the child's columns
	parentSet     columns // of the parent's
	width         int

	orphans    string // visible children without a visible parent, in a stretch of rowids or of one key
	allOrphans string // the same in the whole table
	parents    string // hidden parents that a visible child would have
	fits       string // whether a hidden child's parent is visible, or hidden only for a foreign key
	values     string // what children of a visible row of parent would have
	waiting    string // hidden children of a visible row of parent
	children   string // visible children of given values; "" if that means to read the whole table
}

// loadLinks reads the foreign keys of an app's tables. One to a table that is
// not tracked, or not there, binds no one: what only this device has decides
// nothing that every device must see alike.
func (m *merger) loadLinks(app string) error {
	if m.unlinked || m.linked[app] {
		return nil
	}
	m.linked[app] = true
	for _, t := range m.reg.tables {
		if t.app != app {
			continue
		}
		for _, f := range t.parents {
			p := m.reg.byName[f.parent]
			if p == nil || p.name == "" || p.app != app {
				continue
			}
			child, err := m.of(t)
			if err != nil {
				return err
			}
			parent, err := m.of(p)
			if err != nil {
				return err
			}
			if err := m.addLink(child, parent, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *merger) addLink(child, parent *merging, f foreignKey) error {
	l := &link{child: child, parent: parent, width: len(f.child)}
	names := f.parentCols
	if len(names) == 0 {
		for _, i := range parent.t.key {
			names = append(names, parent.t.columns[i].name)
		}
	}
	if len(names) != len(f.child) {
		return nil // SQLite calls it a mismatch and refuses every row
	}
	alike := true
	var exact, quick, given, null, of []string
	for n, i := range f.child {
		c := quote(child.t.columns[i].name)
		l.childSet |= 1 << child.t.columns[i].bit
		k := shapeNamed(parent.every, names[n])
		if k < 0 {
			return nil
		}
		if i := parent.t.columnNamed(names[n]); i >= 0 {
			l.parentSet |= 1 << parent.t.columns[i].bit
		} else {
			l.parentSet = parent.t.all
		}
		a, b := child.cols[i], parent.every[k]
		alike = alike && a.converts == b.converts && a.collation == b.collation
		// The child's value is compared as the parent's column does it.
		exact = append(exact, fmt.Sprintf("p.%s = +c.%s", quote(names[n]), c))
		quick = append(quick, fmt.Sprintf("c.%s = p.%s", c, quote(names[n])))
		given = append(given, fmt.Sprintf("c.%s = ?%d", c, n+1))
		null = append(null, "c."+c+" IS NULL")
		of = append(of, "p."+quote(names[n]))
	}
	there := strings.Join(exact, " AND ")
	none := strings.Join(null, " OR ")
	ct, pt, ch, ph := quote(child.t.name), quote(parent.t.name), child.t.of(kindHidden), parent.t.of(kindHidden)
	keys := strings.ReplaceAll(child.merged.keysVisible, "x.", "c.")
	l.allOrphans = "SELECT " + keys + " FROM " + ct + " c WHERE NOT (" + none + ") AND NOT EXISTS (SELECT 1 FROM " + pt + " p WHERE " + there + ")"
	l.orphans = l.allOrphans + " AND " + child.t.isRow("c.", 1)
	if child.t.rowid {
		l.orphans = l.allOrphans + " AND c." + child.t.rowidName + " BETWEEN ?1 AND ?2"
	}
	l.parents = "SELECT p.alcove_k FROM " + ct + " c CROSS JOIN " + ph + " p WHERE " + child.t.isRow("c.", 1) + " AND p.alcove_why = '" + whyForeign + "' AND " + there
	l.fits = "SELECT 1 FROM " + ch + " c WHERE c.alcove_rid = ?1 AND (" + none + " OR EXISTS (SELECT 1 FROM " + pt + " p WHERE " + there + ")%s)"
	l.values = "SELECT " + strings.Join(of, ", ") + " FROM " + pt + " p WHERE " + parent.t.isRow("p.", 1)
	on := there
	if alike {
		on = strings.Join(quick, " AND ")
	}
	l.waiting = "SELECT c.alcove_k FROM " + pt + " p CROSS JOIN " + ch + " c WHERE " + parent.t.isRow("p.", 1) + " AND c.alcove_why = '" + whyForeign + "' AND " + on
	if alike {
		indexed, err := hasIndex(m.tx, child, l.childSet)
		if err != nil {
			return err
		}
		if indexed {
			l.children = "SELECT " + keys + " FROM " + ct + " c WHERE " + strings.Join(given, " AND ")
		}
	}
	child.linkSet |= l.childSet
	parent.refSet |= l.parentSet
	m.links = append(m.links, l)
	return nil
}

// fitsText is link.fits; a hidden parent can be looked for only if there is a
// table of them.
func (l *link) fitsText() string {
	if !l.parent.t.hides {
		return fmt.Sprintf(l.fits, "")
	}
	there := strings.TrimSuffix(l.fits[strings.Index(l.fits, " p WHERE ")+len(" p WHERE "):], ")%s)")
	return fmt.Sprintf(l.fits, " OR EXISTS (SELECT 1 FROM "+l.parent.t.of(kindHidden)+" p WHERE p.alcove_why = '"+whyForeign+"' AND "+there+")")
}

// hasIndex reports whether the rows of a table can be found by the columns of
// set: the columns that an index begins with are these.
func hasIndex(tx *store.Tx, g *merging, set columns) (bool, error) {
	var key columns
	for _, i := range g.t.key {
		if key |= 1 << g.t.columns[i].bit; key == set {
			return true, nil
		}
	}
	q := tx.Query(`SELECT l.name, x.name, x.coll FROM pragma_index_list(?) l, pragma_index_xinfo(l.name) x WHERE x.key AND NOT l.partial ORDER BY l.seq, x.seqno`)
	q.Text(1, []byte(g.t.name))
	last, seen, ok := "", columns(0), true
	for q.Step() {
		if name := string(q.ColumnBytes(0)); name != last {
			last, seen, ok = name, 0, true
		}
		i := g.t.columnNamed(string(q.ColumnBytes(1)))
		if i < 0 || !strings.EqualFold(g.cols[i].collation, string(q.ColumnBytes(2))) {
			ok = false
			continue
		}
		if seen |= 1 << g.t.columns[i].bit; ok && seen == set {
			q.Reset()
			return true, q.Err()
		}
	}
	return false, q.Err()
}

// linkedColumns are the columns of a table that decide about parents and
// children.
func (g *merging) linkedColumns() columns { return g.linkSet | g.refSet }

// referenced are the columns of a table that other rows refer to.
func (g *merging) referenced() columns { return g.refSet }
