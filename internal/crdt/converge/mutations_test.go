package converge

// mutations are the rules, each broken.
var mutations = []mutation{
	{name: "tie break", file: "stamp.go", old: `return bytes.Compare(s.ids[a.site][:], s.ids[b.site][:])`, new: `return cmp.Compare(a.site, b.site)`},
}
