package plain

// Host is whose data is written, and when that has to end.
type Host interface {
	// Alive is the error that the export ends with, nil while it may go on.
	Alive() error
	// OpenDatabase opens the plain database at one of SQLite's addresses.
	OpenDatabase(address string) (Database, error)
}

// Database is the plain database while it is written. What the app's author
// wrote into the schema is computed there, so whatever is done with it ends soon
// after the export has to, with the error that Alive gives. Errors of SQLite
// have a method Code.
type Database interface {
	Exec(text string, args ...any) error // one statement
	Prepare(text string) (Insert, error)
	Serialize() ([]byte, error) // the file that the database would be
	Close() error
}

// Insert is a statement that is run for each row of a table.
type Insert interface {
	Run(values []any) error
	Close()
}
