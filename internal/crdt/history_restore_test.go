package crdt

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// consistent fails the test if the clocks of a table are not what the changes
// since the beginning lead to.
func (r *replica) consistent(name string) {
	r.t.Helper()
	states := map[GlobalID]map[string]*oracleRow{}
	_, err := mergeInto(states, bytes.NewReader(r.changesOf(0)))
	must(r.t, err)
	if err := sameState(states[testID(name, "")], r.stored(name), 5); err != nil {
		r.t.Fatalf("the changes against the clocks: %v", err)
	}
}

func TestRestoreMakesWhatWas(t *testing.T) {
	runs, each := 3, 12
	if fullTests() {
		runs, each = 40, 30
	}
	for _, s := range flushShapes {
		t.Run(s.name, func(t *testing.T) {
			for seed := range runs {
				rnd := rand.New(rand.NewPCG(uint64(seed), 4))
				r := newReplica(t)
				createTracked(r, s.sql)
				type seen struct {
					h    int64
					rows []string
				}
				moments := []seen{{0, nil}}
				var log []string
				for range each {
					for range 1 + rnd.IntN(3) {
						r.scribble(rnd, &s, &log)
						moments = append(moments, seen{r.present(), r.dump(s.name)})
					}
					to := moments[rnd.IntN(len(moments))]
					before := r.present()
					out, err := r.Restore(t.Context(), Scope{App: testApp}, to.h)
					if err != nil {
						t.Fatalf("seed %d, to %x: %v %v\n%s", seed, to.h, err, out, strings.Join(log, "\n"))
					}
					log = append(log, "-- restored")
					if got := r.dump(s.name); !slices.Equal(got, to.rows) {
						t.Fatalf("seed %d, to %x: %q, want %q\n%s", seed, to.h, got, to.rows, strings.Join(log, "\n"))
					}
					if n := out.Inserted + out.Updated + out.Deleted; (n > 0) != (r.present() > before) {
						t.Fatalf("%d rows were put back, but the clock went from %x to %x", n, before, r.present())
					}
					moments = append(moments, seen{r.present(), to.rows})
				}
				for _, m := range moments {
					if got := r.dumpAt(s.name, m.h); !slices.Equal(got, m.rows) {
						t.Fatalf("seed %d, at %x: %q, want %q\n%s", seed, m.h, got, m.rows, strings.Join(log, "\n"))
					}
				}
				r.consistent(s.name)
				must(t, r.st.Close())
			}
		})
	}
}

func TestUndoLeavesWhatCameLater(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, title, body)")
	r.exec("INSERT INTO notes VALUES ('a', 'A', 1), ('b', 'B', 1), ('c', 'C', 1)")
	from := r.present()
	r.exec("UPDATE notes SET title = 'spam', body = 2", "INSERT INTO notes VALUES ('d', 'spam', 2), ('e', 'spam', 2)", "DELETE FROM notes WHERE id = 'c'")
	upto := r.present()
	r.exec("UPDATE notes SET title = 'mine' WHERE id IN ('b', 'e')")
	out, err := r.UndoSpan(t.Context(), Scope{App: testApp, Table: "notes"}, from, upto)
	must(t, err)
	if out.Inserted != 1 || out.Updated != 2 || out.Deleted != 1 || out.Kept != 2 {
		t.Errorf("%+v", out)
	}
	want := r.rowsOf("SELECT * FROM (VALUES ('a', 'A', 1), ('b', 'mine', 1), ('c', 'C', 1), ('e', 'mine', 2))", 3)
	if got := r.dump("notes"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRestoreOfOneRow(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, title UNIQUE)")
	r.exec("INSERT INTO notes VALUES ('a', 'A'), ('b', 'B')")
	then := r.present()
	r.exec("UPDATE notes SET title = 'free' WHERE id = 'a'", "UPDATE notes SET title = 'A' WHERE id = 'b'")
	swapped := r.dump("notes")
	key := []byte{3, 1, 'a'}
	out, err := r.Restore(t.Context(), Scope{testApp, "notes", key}, then)
	if fault.Code(err) != "crdt.restore_conflict" || len(out.Conflicts) != 1 || out.Conflicts[0].Why != "unique" || !bytes.Equal(out.Conflicts[0].Key, key) {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := r.dump("notes"); !slices.Equal(got, swapped) {
		t.Fatalf("something was done: %q", got)
	}
	_, err = r.Restore(t.Context(), Scope{testApp, "notes", nil}, then)
	must(t, err)
	if got := r.dump("notes"); !slices.Equal(got, r.rowsOf("SELECT * FROM (VALUES ('a', 'A'), ('b', 'B'))", 2)) {
		t.Fatalf("%q", got)
	}
}

func TestRestoreNeedsParents(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE boxes (id TEXT PRIMARY KEY NOT NULL)")
	createTracked(r, "CREATE TABLE things (id TEXT PRIMARY KEY NOT NULL, box REFERENCES boxes ON DELETE CASCADE)")
	r.exec("INSERT INTO boxes VALUES ('x')", "INSERT INTO things VALUES ('t', 'x')")
	then := r.present()
	r.exec("DELETE FROM boxes")
	if _, err := r.Restore(t.Context(), Scope{testApp, "things", nil}, then); fault.Code(err) != "crdt.restore_conflict" {
		t.Fatalf("a thing without its box: %v", err)
	}
	if len(r.dump("things")) != 0 {
		t.Fatal("something was done")
	}
	out, err := r.Restore(t.Context(), Scope{App: testApp}, then)
	if err != nil || out.Inserted != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
}

// TestRestoreDoesNotRunTheAppsTriggers: what they did is put back as well.
func TestRestoreDoesNotRunTheAppsTriggers(t *testing.T) {
	r := newReplica(t)
	createTracked(r, "CREATE TABLE notes (id TEXT PRIMARY KEY NOT NULL, n)")
	createTracked(r, "CREATE TABLE log (id TEXT PRIMARY KEY NOT NULL)")
	r.exec("CREATE TRIGGER noted AFTER INSERT ON notes BEGIN INSERT INTO log VALUES (NEW.id || random()); END")
	r.exec("INSERT INTO notes VALUES ('a', 1)")
	then := r.present()
	r.exec("DELETE FROM notes")
	_, err := r.Restore(t.Context(), Scope{App: testApp}, then)
	must(t, err)
	if len(r.dump("notes")) != 1 || len(r.dump("log")) != 1 {
		t.Fatalf("%q %q", r.dump("notes"), r.dump("log"))
	}
	r.exec("INSERT INTO notes VALUES ('b', 1)")
	if len(r.dump("log")) != 2 {
		t.Fatal("the trigger does not run any more")
	}
}

// A collection lowers stamps: what came after the span is not taken for a part of
// it.
func TestUndoLeavesWhatCameLaterAlsoAfterACollection(t *testing.T) {
	a := newReplica(t)
	createTracked(a, `CREATE TABLE n (id TEXT PRIMARY KEY, x)`)
	a.exec(`INSERT INTO n VALUES ('k', 0)`)
	from := a.present()
	a.exec(`UPDATE n SET x = 1`, `INSERT INTO n VALUES ('l', 1)`)
	upto := a.present()
	a.exec(`UPDATE n SET x = 'later'`)
	a.collectNow()
	out, err := a.UndoSpan(t.Context(), Scope{App: testApp}, from, upto)
	must(t, err)
	if out.Kept != 2 || out.Updated+out.Deleted != 0 {
		t.Errorf("%+v", out)
	}
	same(t, `SELECT * FROM n ORDER BY id`, "k later\nl later", a)
}
