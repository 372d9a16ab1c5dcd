package plain

import (
	"fmt"
	"strings"
	"time"
)

// Names in the folder.
const (
	csvFolder  = "csv"
	jsonFile   = "data.json"
	schemaFile = "schema.sql"
	readmeFile = "README.txt"
)

func databaseName(app App) string { return fileName(app.Name) + ".sqlite" }

// schemaText is the schema as statements that SQLite runs as they are.
func schemaText(schema Schema) string {
	var b strings.Builder
	for _, t := range schema.Tables {
		b.WriteString(t.SQL + ";\n\n")
	}
	for _, o := range schema.Objects {
		b.WriteString(o.SQL + ";\n\n")
	}
	return b.String()
}

func readme(app App, at time.Time) string {
	return fmt.Sprintf(`%s
Exported from Alcove on %s, version %s of the app (%s).

This folder is NOT encrypted. Whoever can read it can read the data. Delete it
when you no longer need it.

%-24s all tables and values: a plain SQLite 3 database, exact
%-24s each table as text with a header line (RFC 4180, UTF-8)
%-24s all tables and values as text
%-24s the statements that make the tables
Computed columns are in the SQLite file only.

In the CSV files text is in quotes; a field with nothing in it is NULL, "" is
empty text. x'00ff' is a blob in hexadecimal, t'ff' is text that is not UTF-8.
A spreadsheet may take text that begins with = + - or @ for a formula: import
the columns as text.

In %s a blob is {"base64": "..."}, text that is not UTF-8 is
{"text_base64": "..."}, and infinity is {"float": "Infinity"}. Whole numbers
have up to 64 bits: read them with a parser that keeps them.

Values that the app keeps by key are in the table %s and under "values".
They are MessagePack; "json" or "value" is the same for reading.
A table alcove_spaces says which rows the app noted as belonging to the vault.

To bring the data back: install the app, then
  alcove ext import NAME THIS_FOLDER --vault DIR
`, line(app.Title), at.UTC().Format("2006-01-02 15:04 MST"), line(app.Version), line(app.ID),
		databaseName(app), csvFolder+"/", jsonFile, schemaFile, jsonFile, kvTable)
}

// line keeps a title from adding lines of its own.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }
