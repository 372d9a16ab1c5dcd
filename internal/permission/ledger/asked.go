package ledger

import (
	"context"

	"github.com/alcove-vault/alcove/internal/permission"
)

// Past is what became of the questions about one target.
type Past struct {
	Asked int // how often
	Noes  int // since it was last allowed, as far as the lines go
	// Last is what the person said last, "" if they did not answer.
	Last permission.Decision
}

// codeNo is the code of a call that a person said no to.
const codeNo = "permission.denied"

// Asked returns what became of the questions of one app about one target. The
// last of them may not be answered yet.
func (l *Ledger) Asked(ctx context.Context, extension int64, k permission.Key) (p Past, err error) {
	uses, err := l.OnTarget(ctx, extension, k)
	if err != nil || uses.Asked == 0 {
		return p, err
	}
	p.Asked = int(uses.Asked)
	if uses.LastUsed > 0 {
		p.Last = permission.Allow
	}
	first := true
	err = l.each(ctx, func(scan func(...any) error) error {
		var code string
		err := scan(&code)
		if first {
			if p.Last = ""; code == codeNo {
				p.Last = permission.Deny
			}
			first = false
		}
		if code == codeNo {
			p.Noes++
		}
		return err
	}, `SELECT code FROM alcove_call_line WHERE extension = ? AND class = ? AND resource = ? AND action = ? AND target = ? AND at > ?
		ORDER BY id DESC`, extension, int64(ClassRefused), k.Resource, k.Action, cut(Target(k), maxTarget), uses.LastUsed)
	return p, err
}
