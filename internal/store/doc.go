// Package store is the encrypted SQLite database of a vault: everything a vault
// holds, except for its key files, is in it.
//
// The file format is told in SPEC.md and lives in the folder sealvfs. The rest
// is here: connections (one writer, a few readers, and reading connections of
// their own for each extension), the host's schema in numbered steps, the
// confinement of an extension's SQL to its own tables, and the check of a whole
// vault.
//
// It is the only package that knows the database driver. Host code gets
// *sql.Tx from View and Update; extension code reaches the database only
// through Confined and Migrate.
//
// What stays in memory: SQLite overwrites all memory it frees, among it the
// page cache when the store closes, and the key schedules are overwritten too.
// Values that were handed out as Go strings and slices belong to the garbage
// collector; Alcove cannot overwrite them.
package store
