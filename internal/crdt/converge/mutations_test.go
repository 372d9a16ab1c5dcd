package converge

// mutations are the rules, each broken. The one that make test tries is first.
var mutations = []mutation{
	{name: "merge rule: the earlier value wins", file: "row.go", old: "case c < 0:\n\t\td.take |= set", new: "case c > 0:\n\t\td.take |= set"},
	{name: "tie break: by a number of this device", file: "stamp.go", old: "return bytes.Compare(s.ids[a.site][:], s.ids[b.site][:])", new: "return cmp.Compare(b.site, a.site)"},
	{name: "causal length: a new life is no longer than the last", file: "flush_lives.go", old: "return t.anotherLife(d.cl), nil, t.dropTomb(tx, k)", new: "return d.cl - 1, nil, t.dropTomb(tx, k)"},
	{name: "causal length: a replaced row is the same life", file: "flush_lives.go", old: "return t.anotherLife(d.cl), d, nil", new: "return d.cl, d, nil"},
	{name: "causal length: a longer life is merged column by column", file: "mergerow.go", old: "case in.cl > f.life():", new: "case in.cl > f.life()+1000:"},
	{name: "birth: the later one is not taken over", file: "row.go", old: "\t\tout.birth = in.birth\n", new: ""},
	{name: "unique: the older row stays", file: "unique.go", old: "return o > 0", new: "return o < 0"},
	{name: "unique: rows of one transaction the other way round on this device", file: "unique.go", old: "return a.id < b.id", new: "return a.id > b.id", tests: "TestOfRowsBornAtOnceTheSmallerKeyIsSeen"},
	{name: "unique: nobody comes back", file: "unique.go", old: "func (g *merging) released(id []byte) error {\n\tif !g.edge.hidden {", new: "func (g *merging) released(id []byte) error {\n\tif true {"},
	{name: "foreign keys: orphans that came are not noticed", file: "foreign.go", old: "func (l *link) goGained() error {\n", new: "func (l *link) goGained() error {\n\tif l != nil {\n\t\treturn nil\n\t}\n"},
	{name: "flush: a row that has clocks keeps them", file: "flush_write.go", old: "\tf.clocks.set(u.set, st)\n", new: ""},
	{name: "flush: deletions leave no tombstone", file: "flush_write.go", old: "if err := t.storeTomb(tx, d.k, tomb{d.cl + 1, st}); err != nil {", new: "if err := error(nil); err != nil {"},
	{name: "flush: what a failed statement captured stays", file: "../store/savepoint.go", old: "m.FxRollbackTo = address(savepointBack)", new: "m.FxRollbackTo = address(savepointRelease)"},
	{name: "apply: what was collected comes back", file: "mergerow.go", old: "st.site != reservedSite && st.m == 0 && st.h <= at(m.sender.gone, st.site)", new: "st.site < 0", tests: "TestWhatWasCollectedDoesNotComeBack"},
	{name: "apply: gaps are not noticed", file: "apply.go", old: "if h.from > seen[h.site] {", new: "if h.from < 0 {"},
	{name: "collection: a new life forgets how long the last was", file: "stable.go", old: "if err != nil || floor <= reg.floors[gid] {", new: "if true {"},
	{name: "collection: tombstones go where migrations make rows", file: "collect_table.go", old: "return !c.alone && ", new: "return false && ", tests: "TestADeletedSeedStaysDeletedAfterACollection"},
	{name: "migrations: a tombstone that is settled wins", file: "stable.go", old: "if !made || cl >= d.cl {", new: "if made || cl >= d.cl {", tests: "TestARowThatAMigrationMadeWinsOverASettledTombstone"},
}
