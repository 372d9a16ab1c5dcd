package plain

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Codes of this package.
const (
	CodeExists     = "export.exists"     // the folder is there already
	CodeFolder     = "export.folder"     // it cannot be written
	CodeSchema     = "export.schema"     // a table cannot be made under its short name
	CodeTooMuch    = "export.too_large"  // over what an archive may have
	CodeUnreadable = "import.unreadable" // the file is missing or cannot be opened
	CodeFormat     = "import.format"     // it is none of the formats
	CodeCorrupt    = "import.corrupt"    // it is one, but broken
	CodeNoTables   = "import.no_tables"  // its tables are of other extensions
	CodeInUse      = "import.in_use"     // another program has not finished writing it
	CodeTooLarge   = "import.too_large"  // over a limit
)

func errFolder(err error) error {
	return fault.Wrap(CodeFolder, fmt.Sprintf("The export cannot be written there: %s. Nothing was left behind. Choose another place.", reason(err)), err)
}

// reason is what the system said, without the path.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err.Error()
	}
	return err.Error()
}

func errCorrupt(format, why string, err error) error {
	return fault.Wrap(CodeCorrupt, fmt.Sprintf("The %s file is damaged or was not written by Alcove: %s. Nothing was imported. Choose another file, or export it once more.", format, why), err)
}

func errTooLarge(what string) error {
	return fault.New(CodeTooLarge, what+" Nothing was imported. Import a smaller part of it.")
}

func unreadable(err error) error {
	return fault.Wrap(CodeUnreadable, fmt.Sprintf("The file to import cannot be read: %s. Check that it is there and that you may read it.", reason(err)), err)
}
