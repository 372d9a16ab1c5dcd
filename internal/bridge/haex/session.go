package haex

import "context"

// context answers what the extension is told of its place. Its SDK asks for it
// first, so this is how the extension says that it has started.
func (t *turn) context(context.Context) (Result, error) {
	t.host.Ready()
	return tree(t.host.Context()), nil
}

// respondAction answers an action of an assistant, of which Alcove has none.
func (t *turn) respondAction(context.Context) (Result, error) {
	t.args.text("requestId")
	if t.args.err != nil {
		return nil, t.args.err
	}
	return nil, errNoEntry
}
