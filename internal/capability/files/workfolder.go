package files

import "context"

// WorkFolder returns the absolute path of a folder for a program to run in, all
// links resolved. It may be another one by the time it is used: whoever does
// has to compare. Errors: files.not_found, files.not_folder and the place's
// own refusal.
func (s *Space) WorkFolder(ctx context.Context, p Place) (string, error) {
	info, err := s.Stat(ctx, p)
	if err != nil {
		return "", err
	}
	if info.Kind != Folder {
		return "", errNotFolder
	}
	return p.real(), nil
}
