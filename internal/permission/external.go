package permission

// AskClient puts into words that another program on this computer wants to ask
// an app. Name is what the program calls itself, mark its key in short, origin
// what a browser says of it, "" for no browser.
func AskClient(title, name, mark, origin string) Asking {
	t := english()
	message := "ask.external"
	if name == "" {
		message += ".nameless"
	}
	from := Fact{Label: t.say("ask.label.from"), Text: visible(origin), Code: true}
	if origin == "" {
		from = t.fact("from", t.say("ask.external.program"))
	}
	return Asking{
		Icon: "plug",
		Sentence: t.compose(message, map[string][]Segment{
			"client": {{Text: quote(name), Strong: true}}, "title": {{Text: quoteTitle(title), Strong: true}},
		}),
		Facts: []Fact{
			from,
			{Label: t.say("ask.label.mark"), Text: visible(mark), Code: true},
			t.fact("note", t.say("ask.external.note", "title", quoteTitle(title))),
		},
	}
}
