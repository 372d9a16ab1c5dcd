package ledger

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestSumsAreExact whatever is recorded, written, merged, folded and trimmed, and
// whenever the vault is locked: the sums of each resource are those of a model,
// and what was counted by minutes and days adds up to the same.
func TestSumsAreExact(t *testing.T) {
	b := usual()
	b.lines, b.allLines, b.targets, b.allTargets, b.cells, b.fold = 5, 20, 4, 9, 6, 2
	b.minutes, b.trimAfter = 12, 10
	rapid.Check(t, func(rt *rapid.T) {
		p := newPlace(t, &b)
		defer p.close()
		type about struct {
			extension int64
			action    string
		}
		want := map[about]Uses{}
		for range rapid.IntRange(1, 120).Draw(rt, "steps") {
			switch rapid.IntRange(0, 12).Draw(rt, "step") {
			case 0:
				p.flush()
			case 1:
				p.again()
			case 2:
				p.clock = p.clock.Add(time.Duration(rapid.Int64Range(0, 3*Day).Draw(rt, "wait")) * time.Millisecond)
			case 3:
				p.trim()
				p.flush()
			default:
				e := fetch(rapid.Int64Range(1, 2).Draw(rt, "app"), fmt.Sprintf("https://%d.example", rapid.IntRange(0, 9).Draw(rt, "host")))
				if rapid.Bool().Draw(rt, "socket") {
					e.Action = "websocket"
				}
				k := about{e.Extension, e.Action}
				u := want[k]
				switch rapid.IntRange(0, 3).Draw(rt, "verdict") {
				case 0:
					e = refused(e)
					u.Refused++
				case 1:
					e.Code = "net.timeout"
					u.Failed++
				case 2:
					e.Asked = true
					u.Asked++
				default:
					u.Done++
				}
				u.In, u.Out, u.Took = u.In+e.In, u.Out+e.Out, u.Took+e.Took.Microseconds()
				want[k] = u
				p.ledger.Record(e)
			}
		}
		for k, u := range want {
			got := p.sum(k.extension, "net", k.action).Uses
			got.LastUsed, got.LastRefused, got.LastAsked = 0, 0, 0
			if got != u {
				rt.Fatalf("%+v: %+v in the ledger, %+v were recorded", k, got, u)
			}
		}
		sums := `SELECT coalesce(sum(done + failed * 1000 + refused * 1000000 + asked * 1000000000), 0) FROM `
		if all, counted := p.number(sums+`alcove_call_target`), p.number(sums+`alcove_call_count`); all != counted {
			rt.Fatalf("%d by target, %d by time", all, counted)
		}
		if n := p.number(`SELECT count(*) FROM alcove_call_target`); n > 2*(b.targets+2)+2 {
			rt.Fatalf("%d targets", n)
		}
	})
}
