package extension

import (
	"github.com/alcove-vault/alcove/internal/permission"
)

// Kinds of a review.
const (
	KindInstall   = "install"
	KindUpdate    = "update"
	KindReinstall = "reinstall"
	KindDowngrade = "downgrade"
)

// Source is where a package came from.
type Source struct {
	Kind     string // dialog, drop, argument, cli, bundled or upload
	FileName string // as the person sees it; a path is cut to its last part
}

// Review is everything a person is shown before a package is installed.
// Times are Unix milliseconds, sizes bytes.
type Review struct {
	ID              string `json:"id"`
	Kind            string `json:"kind"`
	Extension       string `json:"extension"` // "<lineage hex>.<name>"
	Name            string `json:"name"`
	Title           string `json:"title"`
	Version         string `json:"version"`
	PreviousVersion string `json:"previous_version"` // "" unless installed
	// KeptData says that an earlier removal left data, which it will find.
	KeptData bool `json:"kept_data"`
	// KeptVersion is the newest version that wrote them, or "".
	KeptVersion string          `json:"kept_version"`
	Description string          `json:"description"`
	Author      string          `json:"author"`
	Homepage    string          `json:"homepage"`
	Icon        string          `json:"icon"` // data URL, "" if it has none
	Publisher   ReviewPublisher `json:"publisher"`
	Warning     *Warning        `json:"warning"`
	File        FileFacts       `json:"file"`
	Dialect     string          `json:"dialect"` // of the manifest
	// OlderSignature says that the publisher's signature is over the contents in
	// one piece, not over each file by its name. What is installed is held against
	// Alcove's own list of what this review is about.
	OlderSignature bool                 `json:"older_signature"`
	Lines          []permission.Line    `json:"lines"`
	Threat         []permission.Segment `json:"threat"`
	// Refusal is why it cannot be accepted, nil if it can.
	Refusal *Refusal `json:"refusal"`
}

// Publisher is a publisher's key for people to compare.
type Publisher struct {
	Key   string    `json:"key"`
	Words [6]string `json:"words"`
	Hex   string    `json:"hex"`
}

// ReviewPublisher is a publisher's key and what this vault knows about it.
type ReviewPublisher struct {
	Publisher
	Seen      bool     `json:"seen"`
	FirstSeen int64    `json:"first_seen"` // 0 if not seen
	Apps      []string `json:"apps"`       // titles of its other apps that are installed
}

// Warning is something that must not be overlooked.
type Warning struct {
	Code  string    `json:"code"`  // "name_taken"
	Title string    `json:"title"` // of the app that has the name
	Words [6]string `json:"words"` // of that app's publisher
	Hex   string    `json:"hex"`
}

// WarningNameTaken is the code of the warning that another publisher's app
// has the same name or title.
const WarningNameTaken = "name_taken"

// FileFacts are facts about the package. Hashes are in hex.
type FileFacts struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"` // of the file
	Files   int    `json:"files"`
	SHA256  string `json:"sha256"`  // of the file
	Release string `json:"release"` // of what is signed
}

// Refusal is a fault as a review shows it.
type Refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}
