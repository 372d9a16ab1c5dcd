package plain

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/alcove-vault/alcove/internal/fault"
)

// sqliteSource reads a database that may come from anywhere. It is opened as a
// file that nobody writes, read-only and without trust in its schema, and the
// authorizer allows two things: to read the schema, and to read columns of the
// table whose turn it is. So no view, trigger or virtual table of the file is
// ever run. Each table's pages are checked before its rows are read.
type sqliteSource struct {
	pool        *sql.DB
	conn        *sql.Conn
	tables      []sqliteTable
	allowed     string // table that may be read now, lower case; "" for the schema
	done, total int64
}

type sqliteTable struct {
	name     string
	real     bool // not a view or virtual table
	columns  []string
	computed []string
	count    int64 // rows
}

func openSQLite(ctx context.Context, path string) (_ Source, err error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, unreadable(err)
	}
	// The file is read as it lies there, without what another program has not
	// yet put into it, which is beside the file itself and not beside a link to it.
	if abs, err = filepath.EvalSymlinks(abs); err != nil {
		return nil, unreadable(err)
	}
	for _, suffix := range []string{"-wal", "-journal"} {
		if info, err := os.Lstat(abs + suffix); err == nil && info.Size() > 0 {
			return nil, fault.New(CodeInUse, "Another program has this database open, or did not finish writing it. Close it there, then import again.")
		}
	}
	q := url.Values{"mode": {"ro"}, "immutable": {"1"}, "_defensive": {"1"}, "_dqs": {"0"}, "_pragma": {
		"trusted_schema(0)", "query_only(1)", "cell_size_check(1)", "temp_store(MEMORY)", "mmap_size(0)",
		"ignore_check_constraints(1)", // or the check would compute what the file says
		"foreign_keys(0)", "cache_size(-8192)",
	}}
	s := &sqliteSource{pool: sql.OpenDB(connector(address(abs, q)))}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	s.pool.SetMaxOpenConns(1)
	if s.conn, err = s.pool.Conn(ctx); err != nil {
		return nil, s.explain(err)
	}
	for id, value := range map[int]int{
		sqlite3.SQLITE_LIMIT_LENGTH: MaxCell, sqlite3.SQLITE_LIMIT_SQL_LENGTH: maxNames, sqlite3.SQLITE_LIMIT_COLUMN: maxParts,
		sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100, sqlite3.SQLITE_LIMIT_ATTACHED: 0, sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
		sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1, sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
	} {
		if _, err := sqlite.Limit(s.conn, id, value); err != nil {
			return nil, err
		}
	}
	err = s.conn.Raw(func(dc any) error {
		auth, ok := dc.(sqlite.AuthorizerRegisterer)
		if !ok {
			return fmt.Errorf("the driver has no authorizer")
		}
		return auth.RegisterAuthorizer(s.authorize)
	})
	if err != nil {
		return nil, err
	}
	return s, s.explain(s.describe(ctx))
}

// authorize is asked for every access that a statement compiles to.
func (s *sqliteSource) authorize(action sqlite.AuthorizerActionCode, a, b, database, inside string) sqlite.AuthorizerReturnCode {
	a = strings.ToLower(a)
	switch action {
	case sqlite.AuthSelect:
		if inside == "" {
			return sqlite.AuthorizerOK
		}
	case sqlite.AuthRead:
		// The database is left out where only the rows count.
		if inside == "" && (database == "main" || database == "" && b == "") && (a == s.allowed || s.allowed == "" && (a == "sqlite_master" || a == "sqlite_schema")) {
			return sqlite.AuthorizerOK
		}
	case sqlite.AuthFunction:
		if s.allowed == "" || b == "count" {
			return sqlite.AuthorizerOK // of our own text: nothing of the file is compiled while it reads the schema
		}
	case sqlite.AuthPragma:
		if (a == "table_xinfo" || a == "quick_check") && strings.EqualFold(b, s.allowed) {
			return sqlite.AuthorizerOK
		}
	}
	return sqlite.AuthorizerDeny
}
