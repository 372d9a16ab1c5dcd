package store

import "modernc.org/sqlite"

// guard judges the statements of one extension.
type guard struct{}

// authorize is the authorizer of every connection. Without a guard the
// statement is the host's.
func (c *conn) authorize(action sqlite.AuthorizerActionCode, a, b, database, object string) sqlite.AuthorizerReturnCode {
	return sqlite.AuthorizerOK
}
