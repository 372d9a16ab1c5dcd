package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// bounded are functions of SQLite that need more time than their values are
// long, and cannot be ended: they read a JSON of many parts slowly, go through it
// anew for each path, and take long for each letter of a format. What would take
// more than about 100 ms is refused as too large.
var bounded = []struct {
	names string
	most  int64
	work  func(c sqlCall, args int) int64
}{
	{
		"json jsonb json_valid json_type json_array_length json_pretty json_error_position json_extract jsonb_extract json_remove jsonb_remove -> ->>",
		maxJSONWork,
		func(c sqlCall, args int) int64 { return c.json() * int64(args+2) / 4 },
	},
	{
		"json_insert json_replace json_set json_array_insert jsonb_insert jsonb_replace jsonb_set jsonb_array_insert",
		maxJSONWork,
		func(c sqlCall, args int) int64 { return c.json() * int64(args+1) / 2 },
	},
	{"printf format strftime", maxFormat, func(c sqlCall, _ int) int64 { return c.length(0) }},
}

const (
	maxJSONWork = 40 << 20  // as json counts
	maxFormat   = 512 << 10 // bytes
	smallJSON   = 64 << 10  // bytes, up to which nothing takes long
	jsonPart    = 16        // so many bytes take as long as one part
)

// json is how much there is to do for a JSON in the first argument: its bytes,
// and its parts besides.
func (c sqlCall) json() int64 {
	n := c.length(0)
	if n <= smallJSON {
		return 0
	}
	data := c.blob(0)
	if c.kind(0) == sqlite3.SQLITE_BLOB {
		return 2 * n // it is parsed already
	}
	parts := 0
	for _, mark := range []string{",", "[", "{"} {
		parts += bytes.Count(data, []byte(mark))
	}
	return n + jsonPart*int64(parts)
}

// length is that of argument i in bytes, 0 for a number or NULL.
func (c sqlCall) length(i int) int64 {
	if kind := c.kind(i); kind != sqlite3.SQLITE_TEXT && kind != sqlite3.SQLITE_BLOB {
		return 0
	}
	return int64(sqlite3.Xsqlite3_value_bytes(c.tls, c.arg(i)))
}

// boundedBodies are what C memory points to, kept from the collector.
var boundedBodies struct {
	sync.Mutex
	all  map[uintptr]func(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr)
	each filterFunction
}

// installBounded bounds them in all connections of the process: SQLite keeps
// one record of a function of its own, which a statement that calls it leads to.
// It is called before a connection is used.
func (h handle) installBounded() error {
	boundedBodies.Lock()
	defer boundedBodies.Unlock()
	if boundedBodies.all != nil {
		return nil
	}
	all := map[uintptr]func(*libc.TLS, uintptr, int32, uintptr){}
	for _, f := range bounded {
		for _, name := range strings.Fields(f.names) {
			defs, err := h.definitions(name)
			if err != nil {
				return err
			}
			for at, def := range defs {
				whole := function[func(*libc.TLS, uintptr, int32, uintptr)](def.FxSFunc)
				all[at] = func(tls *libc.TLS, ctx uintptr, argc int32, argv uintptr) {
					if argc > 0 && f.work(sqlCall{tls, ctx, argv}, int(argc)) > f.most {
						sqlite3.Xsqlite3_result_error_toobig(tls, ctx)
						return
					}
					whole(tls, ctx, argc, argv)
				}
				def.FxSFunc = address(all[at])
			}
		}
	}
	if err := h.boundEach(); err != nil {
		return err
	}
	boundedBodies.all = all
	return nil
}

// boundEach does the same for the functions that stand in the place of a table.
// They have one module.
func (h handle) boundEach() error {
	st, _, err := h.prepare("SELECT 1 FROM json_each(?)", 0)
	if err != nil {
		return err
	}
	st.finish()
	for e := (*sqlite3.Tsqlite3)(pointer(h.db)).FaModule.Ffirst; e != 0; {
		elem := (*sqlite3.THashElem)(pointer(e))
		e = elem.Fnext
		if libc.GoString(elem.FpKey) != "json_each" {
			continue
		}
		module := (*sqlite3.Tsqlite3_module)(pointer((*sqlite3.TModule)(pointer(elem.Fdata)).FpModule))
		whole := function[filterFunction](module.FxFilter)
		boundedBodies.each = func(tls *libc.TLS, cursor uintptr, plan int32, name uintptr, argc int32, argv uintptr) int32 {
			if argc > 0 && (sqlCall{tls: tls, argv: argv}).json() > maxJSONWork {
				return sqlite3.SQLITE_TOOBIG
			}
			return whole(tls, cursor, plan, name, argc, argv)
		}
		module.FxFilter = address(boundedBodies.each)
		return nil
	}
	return errors.New("json_each is not where it is expected")
}

type filterFunction = func(tls *libc.TLS, cursor uintptr, plan int32, name uintptr, argc int32, argv uintptr) int32

// definitions are SQLite's records of a function, one for each number of
// arguments or one for all of them, by their address.
func (h handle) definitions(name string) (map[uintptr]*sqlite3.TFuncDef, error) {
	calls := []string{name + "(?)", name + "(?, ?)", name + "(?, ?, ?)"}
	if name[0] == '-' {
		calls = []string{"? " + name + " ?"}
	}
	defs := map[uintptr]*sqlite3.TFuncDef{}
	for _, call := range calls {
		st, _, err := h.prepare("SELECT "+call, 0)
		if err != nil {
			continue // it does not take so many
		}
		v := (*sqlite3.TVdbe)(pointer(st.p))
		for _, o := range operations(v.FaOp, v.FnOp) {
			if o.Fopcode != sqlite3.OP_Function && o.Fopcode != sqlite3.OP_PureFunc {
				continue
			}
			at := (*sqlite3.Tsqlite3_context)(pointer(operand(&o))).FpFunc
			if def := (*sqlite3.TFuncDef)(pointer(at)); libc.GoString(def.FzName) == name {
				defs[at] = def
			}
		}
		st.finish()
	}
	if len(defs) == 0 {
		return nil, fmt.Errorf("function %s is not where it is expected", name)
	}
	return defs, nil
}
