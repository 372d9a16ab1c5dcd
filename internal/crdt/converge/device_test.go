package converge

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/crdt"
	"github.com/alcove-vault/alcove/internal/crdt/model"
	"github.com/alcove-vault/alcove/internal/store"
)

var (
	testContext = context.Background()
	prefix      = strings.Repeat("ab", 32) + "__try__"
)

const extension = 1

// reporter is what a device tells its failures to: a test, a random run, or a
// process of its own.
type reporter interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// keys are those of every vault of these tests: a device is a copy of an empty
// vault.
type keys struct{}

func (keys) VaultID() [16]byte   { return [16]byte{1} }
func (keys) ActiveKeyID() uint32 { return 1 }
func (keys) Subkey(use string, id uint32) ([]byte, error) {
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(use), id))
	return sum[:], nil
}

// device is one real vault with the clock of its own.
type device struct {
	t       reporter
	name    string
	dir     string
	st      *store.Store
	engine  *crdt.Engine
	app     *store.Confined
	now     func() time.Time
	schema  *schemaDef // what it has migrated to
	applied []store.Migration
}

// newDevice makes a device in a folder of its own, out of a vault that has
// written nothing yet. Its site is made of name, so that ties are broken alike
// in every run of a seed.
func newDevice(t reporter, root, name string, vault []byte, now func() time.Time) *device {
	d := &device{t: t, name: name, dir: filepath.Join(root, name), now: now}
	d.must(os.Mkdir(d.dir, 0o700))
	d.must(os.WriteFile(filepath.Join(d.dir, store.FileName), vault, 0o600))
	d.openStore()
	d.rename(name)
	d.openEngine()
	return d
}

// rename gives the device a site that is the same in every run of a seed. The
// device has written nothing under the one it has; the engine reads it when it
// is opened.
func (d *device) rename(name string) {
	sum := sha256.Sum256([]byte(name))
	d.must(d.st.UpdateTx(testContext, func(tx *store.Tx) error {
		q := tx.Query("UPDATE alcove_crdt_site SET uuid = ? WHERE id = (SELECT site FROM alcove_crdt_self)")
		q.Blob(1, sum[:16])
		return q.Run()
	}))
}

// file closes the device and returns its database.
func (d *device) file() []byte {
	d.must(d.close())
	data, err := os.ReadFile(filepath.Join(d.dir, store.FileName))
	d.must(err)
	return data
}

func (d *device) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatalf("device %s: %v", d.name, err)
	}
}

func (d *device) openStore() {
	var err error
	d.st, err = store.Open(testContext, d.dir, keys{}, store.WithCache(1<<20))
	d.must(err)
}

func (d *device) openEngine() {
	var err error
	d.engine, err = crdt.Open(testContext, d.st, crdt.WithNow(d.now))
	d.must(err)
	d.app = d.st.Confine(store.Rights{Own: prefix}, store.DefaultLimits())
}

func (d *device) close() error {
	if d.st == nil {
		return nil
	}
	d.app.Close()
	err := d.st.Close()
	d.st = nil
	return err
}

// restart closes the vault and opens it again.
func (d *device) restart() {
	// On a busy machine the store gives up waiting for its own upkeep; what it
	// committed is there all the same.
	if err := d.close(); err != nil && !strings.Contains(err.Error(), "a transaction did not end") {
		d.must(err)
	}
	d.openStore()
	d.openEngine()
}

// full puts full names into text.
func full(text string) string {
	return strings.NewReplacer("{__new_", `"__new_`+prefix, "{", `"`+prefix, "}", `"`).Replace(text)
}

// migrate applies one migration more, which makes the device's schema s.
func (d *device) migrate(s *schemaDef, name, text string) error {
	text = full(text)
	list := slices.Concat(d.applied, []store.Migration{{Name: name, SQL: text, Hash: sha256.Sum256([]byte(text))}})
	_, err := d.st.Migrate(testContext, nil, extension, store.Rights{Own: prefix}, list, store.MigrateOptions{AutomaticIntegerKeys: true})
	if err == nil {
		d.schema, d.applied = s, list
	}
	return err
}

// run runs the statements of a transaction as the app.
func (d *device) run(list ...statement) error {
	var out []store.Statement
	for _, s := range list {
		out = append(out, store.Statement{SQL: full(s.sql), Params: s.params})
	}
	_, err := d.app.Transaction(testContext, out)
	return err
}

// exec is one statement that must go well.
func (d *device) exec(sql string, params ...any) {
	d.t.Helper()
	if err := d.run(statement{sql: sql, params: params}); err != nil {
		d.t.Fatalf("device %s: %s: %v", d.name, sql, err)
	}
}

// rows is the result of a query, one string for each row.
func (d *device) rows(sql string, params ...any) []string {
	d.t.Helper()
	got, err := d.app.Query(testContext, store.Statement{SQL: full(sql), Params: params})
	d.must(err)
	out := []string{}
	for _, row := range got.Rows {
		var parts []string
		for _, v := range row {
			parts = append(parts, fmt.Sprintf("%#v", v))
		}
		out = append(out, strings.Join(parts, " "))
	}
	return out
}

func (d *device) observe() *observed {
	d.t.Helper()
	var o *observed
	d.must(d.st.ViewTx(testContext, func(tx *store.Tx) (err error) {
		o, err = observe(tx, d.schema, prefix)
		return err
	}))
	return o
}

// vector is what the device has seen, without the sites it has seen nothing of.
func (d *device) vector() crdt.Vector {
	d.t.Helper()
	v, err := d.engine.Vector(testContext)
	d.must(err)
	maps.DeleteFunc(v, func(_ crdt.SiteID, h int64) bool { return h == 0 })
	return v
}

func (d *device) self() model.Site { return model.Site(d.engine.Self()) }
