package store

import (
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Withheld is the cause of a db.denied that is about a table of another
// extension, or of the host: what the statement would have done with it. It is
// for who keeps account of what extensions try; the extension is not told,
// since the name may be one that it cannot know.
type Withheld struct {
	Action Action
	Table  string // in small letters
}

func (w *Withheld) Error() string {
	return "nothing grants " + string(w.Action) + " of a table of others"
}

// denied is the fault for a statement that may not run. Of is nil where it is
// not about a table of others.
func denied(reason string, of *Withheld) *fault.Error {
	if of == nil {
		return fault.New("db.denied", reason)
	}
	return fault.Wrap("db.denied", reason, of)
}

// spot is where in a statement a name stands, by the words before it.
type spot struct {
	first string    // of the statement
	words [3]string // the last first, in small letters; "" is something else
}

// next goes on behind a token.
func (s *spot) next(t lexeme) {
	w := s.words
	switch {
	case t.mark == ';':
		*s = spot{}
	case t.mark == '.': // behind the name of the database, whose spot this is
		s.words = [3]string{w[1], w[2]}
	case t.mark != 0 || t.quoted:
		s.words = [3]string{"", w[0], w[1]}
	default:
		s.words = [3]string{strings.ToLower(t.word), w[0], w[1]}
		if s.first == "" {
			s.first = s.words[0]
		}
	}
}

// action is what the statement does with a table whose name stands here.
func (s *spot) action() Action {
	last, before := s.words[0], s.words[1]
	table := last == "table" || last == "exists"
	switch {
	case last == "into", last == "update", before == "or" && s.first == "update":
		return ActionReadWrite
	case last == "from" && before == "delete":
		return ActionDelete
	case s.first == "create" && table:
		return ActionCreate
	case (s.first == "drop" || s.first == "alter") && table, s.first == "create" && last == "on":
		return ActionAlterDrop
	}
	return ActionRead
}
