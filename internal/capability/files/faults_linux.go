package files

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/alcove-vault/alcove/internal/fault"
)

// systemFault returns the fault for an error that only Linux has.
func systemFault(err error) *fault.Error {
	for _, known := range []struct {
		errno unix.Errno
		fault *fault.Error
	}{
		{unix.ENOSPC, errNoSpace},
		{unix.EDQUOT, errNoSpace},
		{unix.EFBIG, errTooLarge},
		{unix.EROFS, errReadOnly},
		{unix.ENOTEMPTY, errNotEmpty},
		{unix.EISDIR, errIsFolder},
		{unix.ENOTDIR, errNotFolder},
		{unix.ELOOP, errChanged},
		{unix.EBUSY, errBusy},
		{unix.ETXTBSY, errBusy},
		{unix.ENXIO, errNotRegular},
		{unix.ENODEV, errNotRegular},
		{unix.ESTALE, errChanged},
		{unix.ENAMETOOLONG, fault.New(errPath.Code, "The disk does not hold names this long. Choose a shorter one.")},
	} {
		if errors.Is(err, known.errno) {
			return known.fault
		}
	}
	return nil
}
