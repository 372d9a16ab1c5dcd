package permission

// clauses puts powers into what follows "it could". Tense is "threat" or
// "before", the prefix of the messages that depend on it.
func (t texts) clauses(p *powers, tense string) []Segment {
	var out [][]Segment
	add := func(name string, what, where []Segment) {
		args := map[string][]Segment{"what": what, "where": where}
		if name == "can.send" || name == "can.leave" {
			args["background"] = t.background(p, tense)
		}
		out = append(out, t.compose(name, args))
	}
	all := nouns{now: append([]string{t["what.own"]}, p.learn.now...), ask: p.learn.ask}
	switch {
	case !p.far.empty():
		add("can.send", t.list(all, tense), t.list(p.far, tense))
		if !p.near.empty() {
			add("can.leave.too", nil, t.list(p.near, tense))
		}
	case !p.near.empty():
		add("can.leave", t.list(all, tense), t.list(p.near, tense))
	case !p.learn.empty():
		add("can.keep", t.list(p.learn, tense), nil)
	}
	if !p.swap.empty() {
		add("can.swap", t.list(p.swap, tense), nil)
	}
	if !p.harm.empty() {
		add("can.harm", t.list(p.harm, tense), nil)
	}
	if p.far.empty() && p.near.empty() {
		if p.harm.empty() {
			add(tense+".own", nil, nil)
		}
		if p.background != Deny {
			out = append(out, t.compose("can.background.alone", nil))
		}
	}
	var sentence []Segment
	for i, clause := range out {
		switch {
		case i == 0:
		case i == len(out)-1:
			sentence = append(sentence, Segment{Text: t["clause.end"]})
		default:
			sentence = append(sentence, Segment{Text: t["clause.comma"]})
		}
		sentence = append(sentence, clause...)
	}
	return merge(sentence)
}

func (t texts) background(p *powers, tense string) []Segment {
	switch {
	case p.background == Allow:
		return t.compose("can.background", nil)
	case p.background == Ask && tense == "before":
		return t.compose("can.background.before", nil)
	case p.background == Ask:
		return t.compose("can.background.ask", nil)
	}
	return nil
}

// list names exact things, those that need a yes after those that do not.
func (t texts) list(n nouns, tense string) []Segment {
	now, ask := t.join(n.now), t.join(n.ask)
	switch {
	case len(n.ask) == 0:
		return now
	case len(n.now) == 0:
		return t.compose(tense+".ask", map[string][]Segment{"list": ask})
	default:
		return t.compose(tense+".ask.mixed", map[string][]Segment{"now": now, "ask": ask})
	}
}

// join makes "A, B and C" of strong segments.
func (t texts) join(items []string) []Segment {
	var out []Segment
	for i, item := range items {
		switch {
		case i == 0:
		case i == len(items)-1:
			out = append(out, Segment{Text: t["list.and"]})
		default:
			out = append(out, Segment{Text: t["list.comma"]})
		}
		out = append(out, Segment{Text: item, Strong: true})
	}
	return out
}

// joinText makes "A, B or C" of texts.
func joinText(items []string, comma, last string) string {
	out := ""
	for i, item := range items {
		switch {
		case i == 0:
		case i == len(items)-1:
			out += last
		default:
			out += comma
		}
		out += item
	}
	return out
}

// weaken takes the emphasis off: what was so before is no news.
func weaken(list []Segment) []Segment {
	out := make([]Segment, len(list))
	for i, s := range list {
		out[i] = Segment{Text: s.Text}
	}
	return merge(out)
}
