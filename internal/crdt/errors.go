package crdt

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/spelling"
)

func tooManyColumns(table string) error {
	return fault.New("quota.schema", fmt.Sprintf("The table %s has more than %d columns. "+
		"A table that syncs cannot have more. Split it, or let its name end in %s.", table, maxColumns, spelling.LocalSuffix))
}

func cloneFault() error {
	return fault.New("crdt.clone", "Another device has seen changes of this device that it does not know itself. "+
		"It was restored from an older backup, or copied. Let it join again as a new device.")
}

func wornOut() error {
	return fault.New("crdt.worn_out", "This row was deleted and made again more often than can be told to other devices. Make it under another key.")
}

func collectedFault() error {
	return fault.New("crdt.collected", "The changes were forgotten, because every device was taken to have them. "+
		"The other device has to begin with a snapshot.")
}

func horizonFault() error {
	return fault.New("crdt.horizon", "Changes were to be forgotten that this device has not seen itself. Nothing was forgotten. Let the devices meet, then try again.")
}

// behindFault: here says that it is this device that was away for too long.
func behindFault(site SiteID, here bool) error {
	if here {
		return fault.New("crdt.behind", "This device was away for so long that the others have forgotten what it would need. "+
			"Let it join again as a new device.").With("site", hex.EncodeToString(site[:])).With("here", true)
	}
	return fault.New("crdt.behind", "A device was away for so long that what it sends can no longer be merged. "+
		"Let it join again as a new device.").With("site", hex.EncodeToString(site[:])).With("here", false)
}

// malformed: a changeset says what none can say.
func malformed(what string) error {
	return changesetFault(fmt.Errorf("%w: %s", errMalformedChanges, what))
}

// gap: something is missing before a changeset.
func gap(site SiteID, have, need int64) error {
	return fault.New("crdt.gap", "Changes from another device cannot be taken yet: earlier ones are missing. Let the devices send what they have; then these are taken too.").
		With("site", fmt.Sprintf("%x", site[:])).With("have", have).With("need", need)
}

// changesetFault gives what is wrong with a changeset a code. io.EOF and other
// errors pass.
func changesetFault(err error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case errors.Is(err, errTruncatedChanges):
		return fault.Wrap("crdt.truncated", "Changes from another device arrived only in part. Nothing of them was taken. Let the other device send them again.", err)
	case errors.Is(err, errMalformedChanges):
		return fault.Wrap("crdt.malformed", "Changes from another device are damaged. Nothing of them was taken. Let the other device send them again.", err)
	case errors.Is(err, errNewerChanges):
		return fault.Wrap("crdt.newer_format", "Changes come from a device with a newer version of Alcove. Update Alcove on this device, then they are taken.", err)
	}
	return err
}
