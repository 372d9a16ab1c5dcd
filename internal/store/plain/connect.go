package plain

import (
	"context"
	"database/sql/driver"

	"modernc.org/sqlite"
)

// connector opens one address. It keeps this package from registering a
// driver under a name of its own.
type connector string

func (c connector) Connect(context.Context) (driver.Conn, error) {
	return new(sqlite.Driver).Open(string(c))
}
func (c connector) Driver() driver.Driver { return new(sqlite.Driver) }
