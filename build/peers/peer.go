package main

import (
	"context"
	"database/sql"
	"fmt"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// peer is how a kind of tracking is used.
type peer struct {
	version string   // SQL that tells it
	track   string   // SQL that begins to track table t
	last    []string // before a connection closes
	// changes is what is extracted, and apply what takes a row of it.
	changes, apply string
}

// peers are used as their own documentation does.
var peers = map[string]peer{
	"plain": {},
	"sqlite-sync": {
		version: "SELECT cloudsync_version()",
		track:   "SELECT cloudsync_init('t')",
		last:    []string{"SELECT cloudsync_terminate()"},
		changes: "SELECT cloudsync_payload_encode(tbl, pk, col_name, col_value, col_version, db_version, site_id, cl, seq) FROM cloudsync_changes WHERE db_version > 0",
		apply:   "SELECT cloudsync_payload_apply(?)",
	},
	// The schema is named because version 0.16.3 passes its default one on
	// without the byte that ends it.
	"cr-sqlite": {
		version: "SELECT '0.16.3'",
		track:   "SELECT crsql_as_crr('main', 't')",
		last:    []string{"SELECT crsql_finalize()"},
		changes: `SELECT "table", pk, cid, val, col_version, db_version, site_id, cl, seq FROM crsql_changes WHERE db_version > 0`,
		apply:   `INSERT INTO crsql_changes ("table", pk, cid, val, col_version, db_version, site_id, cl, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	},
}

// subject is a peer and the file it is loaded from.
type subject struct {
	name, file string
	peer       peer
	said       string // its version
}

func (s *subject) register() {
	d := &sqlite3.SQLiteDriver{}
	if s.file != "" {
		d.Extensions = []string{s.file}
	}
	sql.Register(s.name, d)
}

func (s *subject) label() string {
	if s.said == "" {
		return s.name
	}
	return s.name + " " + s.said
}

// database is one file with table t.
type database struct {
	*sql.Conn
	pool *sql.DB
	peer peer
	path string
}

// ddl is the table of Alcove's own benchmark, with the defaults that both
// peers ask for.
const ddl = `CREATE TABLE t (id TEXT PRIMARY KEY NOT NULL, title TEXT NOT NULL DEFAULT '', body TEXT NOT NULL DEFAULT '',
	n INTEGER NOT NULL DEFAULT 0, ratio REAL NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0)`

func (s *subject) open(path string) (*database, error) {
	pool, err := sql.Open(s.name, "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_cache_size=-65536")
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	d := &database{conn, pool, s.peer, path}
	if err := d.exec(ddl); err != nil {
		return nil, err
	}
	if s.peer.track == "" {
		return d, nil
	}
	if err := d.value(s.peer.version, &s.said); err != nil {
		return nil, err
	}
	var ignored any
	return d, d.value(s.peer.track, &ignored)
}

func (d *database) close() error {
	var ignored any
	for _, text := range d.peer.last {
		if err := d.value(text, &ignored); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	if err := d.Conn.Close(); err != nil {
		return err
	}
	return d.pool.Close()
}

func (d *database) exec(text string, args ...any) error {
	_, err := d.ExecContext(context.Background(), text, args...)
	return err
}

func (d *database) value(text string, into any, args ...any) error {
	return d.QueryRowContext(context.Background(), text, args...).Scan(into)
}
