package store

import "maps"

// forOwner reports whether table is reached not by the statement itself but by
// what its owner has defined: actor, a view or trigger of the owner; or a
// foreign key between it and a table that is written, of which SQLite tells
// nothing. Tracking's triggers may read what they are told. Both are noted, and
// vouched for before the statement runs.
func (g *guard) forOwner(actor, table, column string, reading bool) bool {
	owner := ownerOf(table)
	if owner == "" || len(g.rights.Grants) == 0 {
		return false
	}
	if actor == "" {
		if reading && column == "" && !g.names[table] {
			note(&g.counted, owner) // perhaps the rows of a view, none of whose columns matter
			return true
		}
		if len(g.changed) == 0 || g.names[table] {
			return false
		}
		note(&g.kin, table)
		return true
	}
	if ownerOf(actor) != owner && (!reading || !isCaptureTrigger(actor, "")) {
		return false
	}
	if g.names[actor] && !g.mayRead(actor, "") {
		return false // SQLite does not always ask about the view itself
	}
	note(&g.actors, actor)
	return true
}

func note(set *map[string]bool, name string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[name] = true
}

// vouch denies the statement if what acted for its owner is not a view or
// trigger, or if what was reached by a foreign key is not. It is called between
// the compiling and the running of the statement.
func (c *conn) vouch(g *guard) error {
	for owner := range g.counted {
		if !g.reached[owner] {
			g.deny(reasonForeign)
		}
	}
	if len(g.actors) == 0 && len(g.kin) == 0 {
		return nil
	}
	c.guard.Store(nil)
	defer c.guard.Store(g)
	for actor := range g.actors {
		found := false
		err := c.handle.rows("SELECT 1 FROM sqlite_schema WHERE type IN ('view', 'trigger') AND lower(name) = ?", []any{actor},
			func([]any) error { found = true; return nil })
		if err != nil {
			return err
		}
		if !found {
			g.deny(reasonForeign)
		}
	}
	return c.vouchKin(g)
}

// vouchKin makes sure that foreign keys lead from the written tables to all
// those that were noted.
func (c *conn) vouchKin(g *guard) error {
	if len(g.kin) == 0 {
		return nil
	}
	var pairs [][2]string
	err := c.handle.rows(`SELECT lower(t.name), lower(k."table") FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS k WHERE t.type = 'table'`,
		nil, func(row []any) error {
			child, _ := row[0].(string)
			parent, _ := row[1].(string)
			pairs = append(pairs, [2]string{child, parent})
			return nil
		})
	reached := maps.Clone(g.changed)
	for grown := true; grown; {
		grown = false
		for _, p := range pairs {
			if reached[p[0]] != reached[p[1]] {
				reached[p[0]], reached[p[1]], grown = true, true, true
			}
		}
	}
	for table := range g.kin {
		if !reached[table] {
			g.withhold(reasonForeign, ActionRead, table)
		}
	}
	return err
}
