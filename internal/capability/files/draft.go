package files

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"strings"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
)

// A draft is a file that is not finished. It is in the folder it is meant for,
// on Linux without a name as long as that is possible, so that a crash leaves
// nothing. What has a name is never listed.
type draft struct {
	file   *os.File
	in     *folder
	name   string // "" as long as there is none
	before entry  // what is replaced, kind Absent if nothing
}

const (
	draftPrefix = ".alcove-"
	draftSuffix = ".part"
)

// isDraft reports whether a name is one of those that drafts have.
func isDraft(name string) bool {
	digits, ok := strings.CutPrefix(spelling.Fold(name), draftPrefix)
	if ok {
		digits, ok = strings.CutSuffix(digits, draftSuffix)
	}
	return ok && len(digits) == 16 && strings.Trim(digits, "0123456789abcdef") == ""
}

func draftName() string {
	var raw [8]byte
	rand.Read(raw[:]) // never fails: the runtime aborts where there is no randomness
	return draftPrefix + hex.EncodeToString(raw[:]) + draftSuffix
}

// discard removes the draft. After publish it only closes the file.
func (d *draft) discard() {
	d.file.Close()
	if d.name != "" {
		_ = d.in.removeFile(d.name)
		d.name = ""
	}
}

// publish gives the draft its name, durably. Nobody ever sees a part of it.
// What is there already is replaced only where that is said, and only if it is
// still an ordinary file.
func (d *draft) publish(name string, replace bool) error {
	if err := d.file.Sync(); err != nil {
		return explain(err)
	}
	if replace {
		now, err := d.in.stat(name)
		switch {
		case err == nil && now.kind == Folder:
			return errIsFolder
		case err == nil && now.kind != File:
			return errChanged // it was a file or nothing when it was resolved
		case err != nil && fault.Code(err) != errNotFound.Code:
			return err
		}
	}
	if err := d.give(name, replace); err != nil {
		return err
	}
	return d.in.sync()
}

// renameDraft is give for a draft that has a name.
func (d *draft) renameDraft(name string, replace bool) error {
	err := d.in.rename(d.name, d.in, name, replace)
	if errors.Is(err, errCrossDevice) {
		err = errChanged // the folder is another one now
	}
	if err == nil {
		d.name = ""
	}
	return err
}
