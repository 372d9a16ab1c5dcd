package spelling

import (
	"regexp"
	"slices"
	"strings"
)

// The place of a storage on S3 is its server's origin, a bucket, and the folders
// in it, with "/" between them. Permissions name it, and storages are kept by it.
var (
	bucketForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	foldersForm = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)
)

// IsBucket reports whether a bucket can have this name.
func IsBucket(name string) bool {
	return bucketForm.MatchString(name) && !strings.Contains(name, "..")
}

// IsFolders reports whether path names one folder in a bucket, or several, each
// in the one before it, and none that leads up or nowhere.
func IsFolders(path string) bool {
	return foldersForm.MatchString(path) && !slices.ContainsFunc(strings.Split(path, "/"), func(name string) bool {
		return name == "." || name == ".."
	})
}
