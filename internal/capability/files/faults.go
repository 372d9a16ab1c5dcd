package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/alcove-vault/alcove/internal/fault"
)

// Faults an app's author meets.
var (
	errPath       = fault.New("files.path_invalid", "This is not a path Alcove takes. Write it from a known folder on, like {documents}/Reports/a.txt.")
	errOutside    = fault.New("files.outside", "A link on the way leads out of the folders that apps can be let at. Ask the person to pick the file or the folder it leads to.")
	errElsewhere  = fault.New("files.outside", "The path lies in none of the folders that apps can be let at. Ask the person to pick the file or the folder.")
	errProtected  = fault.New("files.protected", "No app gets at this place: it holds a vault, keys, or settings that start programs. Choose another place.")
	errInstructs  = fault.New("files.protected", "Other programs take instructions from what has this name, so no app writes it. Choose another name.")
	errNotRegular = fault.New("files.not_regular", "This is no ordinary file or folder, but a device, a socket, a pipe or a link. Alcove opens none of them for apps. Choose another one.")
	errNotFolder  = fault.New("files.not_folder", "This is a file, and a folder is needed. Choose a folder.")
	errIsFolder   = fault.New("files.is_folder", "This is a folder, and a file is needed. Choose a file in it.")
	errNotFound   = fault.New("files.not_found", "There is no file or folder with this path. It may have been moved or deleted: look again at what is there.")
	errNoFolder   = fault.New("files.not_found", "This computer has no such folder of its own for this person. Ask the person to pick one.")
	errNoPick     = fault.New("files.not_found", "This was not picked for this app, or is not remembered. Ask the person to pick it again.")
	errExists     = fault.New("files.exists", "There is a file or folder with this path already. Choose another name, or say that a file may be replaced.")
	errNotEmpty   = fault.New("files.not_empty", "The folder is not empty. Say that its content is to be deleted too, if it is.")
	errTooLarge   = fault.New("files.too_large", "The file is larger than is allowed here. Read or write it as a stream if it may be larger at all.")
	errTooMany    = fault.New("files.too_many", "There is more in this folder than Alcove works on at once. Do it folder by folder.")
	errTooDeep    = fault.New("files.too_deep", "Folders are inside each other deeper than Alcove follows. Do it folder by folder.")
	errChanged    = fault.New("files.changed", "Something was moved, replaced or changed in the meantime by somebody else. Look again, then repeat the call.")
	errNoSpace    = fault.New("files.no_space", "There is no space left on the disk, or none for this person. Nothing was changed. Free some, then repeat the call.")
	errReadOnly   = fault.New("files.read_only", "The file, or the disk it is on, can only be read. Choose another place, or make it writable first.")
	errNoAccess   = fault.New("files.no_access", "The operating system does not let this person at the file or folder. Change its permissions there, or choose another one.")
	errBusy       = fault.New("files.busy", "Another program uses the file or folder. Close it there, then repeat the call.")
	errSame       = fault.New("files.same", "A folder cannot be moved or copied into itself. Choose a place outside of it.")
	errRoot       = fault.New("files.root", "A folder that was granted as a whole cannot itself be moved, replaced or deleted. Do that to what is in it.")
	errClosed     = fault.New("files.closed", "This stream has ended. Open the file again.")
	errOtherDisk  = fault.New("files.other_disk", "Another disk is mounted somewhere in this folder. Name the folders one by one.")
	errTooWide    = fault.New("files.too_wide", "This folder holds everything this person has. Pick a folder inside it.")
	errWatching   = fault.New("files.unwatchable", "The operating system cannot watch this folder. Look at it again from time to time.")
	errWatchers   = fault.New("quota.watchers", "The app watches as many files and folders as it may at once. Close a watch that is no longer needed, or watch the folder that holds them with recursive.")
	errWatchedAll = fault.New("quota.watchers", "All apps together watch as many files and folders as Alcove lets them. Look at this one again from time to time, or ask the person to close another app.")
	errDisk       = fault.New("files.disk", "The disk or the operating system answered with an error. Check the disk, then repeat the call.")
)

// needFile and needFolder say why something of this kind is not what is needed.
func needFile(kind Kind) error {
	switch kind {
	case File:
		return nil
	case Folder:
		return errIsFolder
	case Link:
		return errChanged // links were followed when the path was resolved
	}
	return errNotRegular
}

func needFolder(kind Kind) error {
	switch kind {
	case Folder:
		return nil
	case File:
		return errNotFolder
	case Link:
		return errChanged
	}
	return errNotRegular
}

// invalid says what is wrong with a path.
func invalid(why string, values ...any) error {
	return fault.New(errPath.Code, "This is not a path Alcove takes: "+fmt.Sprintf(why, values...)+".")
}

// explain gives an error of the operating system the fault that says what to
// do about it. Faults and the end of a context stay what they are.
func explain(err error) error {
	var known *fault.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	if f := systemFault(err); f != nil {
		return caused(f, err)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return caused(errNotFound, err)
	case errors.Is(err, fs.ErrExist):
		return caused(errExists, err)
	case errors.Is(err, fs.ErrPermission):
		return caused(errNoAccess, err)
	}
	return caused(errDisk, err)
}

func caused(f *fault.Error, err error) error { return fault.Wrap(f.Code, f.Message, err) }
