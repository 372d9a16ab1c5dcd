// Package plain is the form in which an app's data leaves Alcove and comes
// back: files that can be read without it.
//
// A folder of one export holds
//
//	<name>.sqlite     a plain SQLite database with everything
//	csv/<table>.csv   each table as text
//	data.json         everything as text
//	schema.sql        the statements that make the tables
//	README.txt        what these files are
//
// SQLite is exact. What the other two write where their format has no word for
// it:
//
// CSV is RFC 4180 with a header and CRLF. Text is always in quotes, NULL is
// nothing at all, and "" is empty text. Numbers are bare, floating point ones
// with a point or an exponent, infinity as 9e999. x'00ff' is a blob in
// hexadecimal, t'ff' the bytes of text that is not UTF-8. When read, a bare
// field that is none of these is text, since other programs leave the quotes
// out.
//
// JSON keeps integers as digits (up to 64 bits) and floating point numbers with
// a point or an exponent. What it has no form for is an object with one member:
// a blob {"base64": "…"}, text that is not UTF-8 {"text_base64": "…"}, infinity
// {"float": "Infinity"} or "-Infinity".
//
// The values an app keeps by key are MessagePack. They are given as such
// ("msgpack" in base64; in SQLite and CSV the column value of alcove_kv), which
// is what an import reads, and once more as JSON, for people.
//
// Rows that the app has assigned to the vault's space are in a table
// alcove_spaces, if there are any, whose column tbl has short names. An app's own
// table of that name goes before; they are then left out.
//
// Writing happens beside the chosen folder and ends with one renaming. Reading
// trusts nothing: a file may come from anywhere.
package plain

// App is whose data it is.
type App struct {
	ID      string `json:"id"` // "<lineage hex>.<name>"
	Name    string `json:"name"`
	Title   string `json:"title"`
	Version string `json:"version"`
}

// Column is a column that holds data; computed ones are not written.
type Column struct {
	Name       string
	Type       string // as declared, may be empty
	NotNull    bool
	Default    string // SQL, empty if none
	PrimaryKey int    // place in the primary key from 1, 0 if not in it
}

// Table is one table under its short name.
type Table struct {
	Name     string
	SQL      string // CREATE TABLE
	Columns  []Column
	Sequence int64 // last automatic key of an AUTOINCREMENT table, else 0
}

// Object is an index, view or trigger.
type Object struct {
	Kind string // "index", "view", "trigger"
	Name string
	SQL  string
}

// Schema is what an app has made.
type Schema struct {
	Tables  []Table
	Objects []Object // in the order they were made
}

// A value of a row is nil, int64, float64, string or []byte, where a []byte is
// never nil.

// kvTable is the name of the values by key where a table has to have one. An
// app's own table of that name goes before; the values are then in data.json
// only.
const kvTable = "alcove_kv"
