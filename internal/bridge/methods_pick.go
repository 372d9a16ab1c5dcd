package bridge

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/permission"
)

const (
	maxPicks     = 100 // files in one answer
	maxHeldPicks = 1000
	maxEndings   = 32
)

var errPicks = fault.New("quota.files", "The app has been given 1,000 files and folders already. Give some back with files.forget.")

// given is what an app is told of something picked.
type given struct {
	Path       string `json:"path"` // "{picked-…}"
	Name       string `json:"name"`
	Kind       string `json:"kind"` // file or folder
	Writable   bool   `json:"writable"`
	Remembered bool   `json:"remembered"`
}

func givenOf(p files.Pick, remembered bool) given {
	kind := files.PickFile
	if p.Folder {
		kind = files.PickFolder
	}
	return given{Path: p.Target(), Name: filepath.Base(p.Path), Kind: kind, Writable: p.Writable, Remembered: remembered}
}

// parsePick answers {picks}: none where the person closed the dialog. What they
// pick is the grant; nobody is asked besides.
func parsePick(s *Session, a *args) work {
	p := &choosing{session: s, Picker: Picker{
		Stage: stageChoose, Kind: a.text("kind", 16),
		Multiple: a.optionalTruth("multiple"), Writable: a.optionalTruth("writable"), Remember: a.optionalTruth("remember"),
		Name: a.optionalText("suggestedName", 255), Extensions: a.optionalTexts("extensions", maxEndings, 16), Names: []string{},
	}}
	want := permission.Call{Key: permission.Key{Resource: "files", Action: "pick", Target: files.PickFile}, Chosen: true}
	switch p.Kind {
	case files.PickFile:
	case files.PickFolder:
		want.Target, p.Extensions, p.Multiple = files.PickFolder, nil, false
	case files.PickSave:
		p.Writable, p.Multiple = true, false
	default:
		a.fail("The argument %q must be file, folder or save.", "kind")
	}
	return work{
		wants: wanting(want),
		quota: func() error {
			if len(s.picks.All()) >= maxHeldPicks {
				return errPicks
			}
			return s.bridge.pickers.allows(s.Running.Row)
		},
		run: func(ctx context.Context, terms grantedTerms) (result, error) {
			p.Extension, p.Title, p.only = s.Running.ID.String(), s.Context.Title, terms[0].Extensions
			p.Extensions = offered(p.Extensions, p.only)
			p.Reason = s.judge(want).Reason
			answer, err := s.pick(ctx, p)
			if err != nil {
				return nil, err
			}
			s.bridge.pickers.closed(s.Running.Row, len(answer.picks) == 0)
			list := make([]given, len(answer.picks))
			for i, pick := range answer.picks {
				if err := s.take(ctx, pick, answer.remember); err != nil {
					return nil, err
				}
				list[i] = givenOf(pick, answer.remember)
			}
			return tree(map[string]any{"picks": list}), nil
		},
	}
}

// offered are the endings to show: those asked for that are declared.
func offered(asked, declared []string) []string {
	if declared == nil || len(asked) == 0 {
		return slices.Concat(asked, declared)
	}
	return slices.DeleteFunc(slices.Clone(asked), func(e string) bool { return !slices.Contains(declared, e) })
}

// pick lets the person pick: in the desktop's own dialog where there is a
// desktop, and otherwise in one of Alcove's.
func (s *Session) pick(ctx context.Context, p *choosing) (picked, error) {
	if s.sight.hidden.Load() {
		return picked{}, errUnseen
	}
	if s.bridge.desk == nil {
		return s.bridge.pickers.ask(ctx, p)
	}
	r := PickRequest{Kind: PickKind(p.Kind), Title: pickTitle(p), Name: p.Name, Extensions: p.Extensions}
	if p.Kind == files.PickFile && p.Multiple {
		r.Kind = PickFiles
	}
	paths, err := s.bridge.desk.Pick(ctx, r)
	if err != nil || len(paths) == 0 {
		return picked{}, err
	}
	answer := picked{}
	if answer.picks, err = s.checkPicks(p, paths); err != nil || !p.Remember {
		return answer, err
	}
	// The desktop's dialog has no place for the question, so it comes after.
	after := &choosing{session: s, Picker: p.Picker}
	after.Stage = stageRemember
	for _, path := range paths {
		after.Names = append(after.Names, filepath.Base(path))
	}
	later, err := s.bridge.pickers.ask(ctx, after)
	answer.remember = later.remember
	return answer, err
}

func pickTitle(p *choosing) string {
	what := map[string]string{
		files.PickFile: "Choose a file for %s", files.PickFolder: "Choose a folder for %s", files.PickSave: "Choose where %s saves",
	}[p.Kind]
	if p.Kind == files.PickFile && p.Multiple {
		what = "Choose files for %s"
	}
	if p.Writable && p.Kind != files.PickSave {
		what += ", which it can change"
	}
	return fmt.Sprintf(what, p.Title)
}

// take gives the session what was picked, or the extension for good.
func (s *Session) take(ctx context.Context, pick files.Pick, remember bool) error {
	p := permission.Picked{
		ID: pick.Digits(), Path: pick.Path, Folder: pick.Folder, Writable: pick.Writable,
		PickedAt: s.bridge.now().UnixMilli(),
	}
	if !remember {
		g := p.Grant()
		g.Scope = permission.ScopeSession
		s.picks.Add(pick)
		s.give(g)
		return nil
	}
	if err := s.bridge.apps.Picked(ctx, s.Running.ID, p); err != nil {
		return err
	}
	for _, other := range s.bridge.of(s.Running.ID) {
		other.picks.Add(pick)
	}
	return s.bridge.Decide(ctx, s.Running.ID, p.Grant().Key)
}

// parsePicked answers {picks}: what the app can come back to, and what it was
// given since it was opened.
func parsePicked(s *Session, _ *args) work {
	return work{run: func(ctx context.Context, _ grantedTerms) (result, error) {
		remembered, err := s.bridge.apps.PickedFiles(ctx, s.Running.Row)
		if err != nil {
			return nil, err
		}
		list := []given{}
		for _, p := range s.picks.All() {
			call := permission.Call{Key: permission.Key{Resource: "files", Action: "read", Target: p.Target()}, Folder: true}
			if s.judge(call).Verdict != permission.Allowed {
				continue
			}
			list = append(list, givenOf(p, slices.ContainsFunc(remembered, func(r permission.Picked) bool { return r.ID == p.Digits() })))
		}
		return tree(map[string]any{"picks": list}), nil
	}}
}

// parseForget gives something picked back.
func parseForget(s *Session, a *args) work {
	path := a.text("path", maxFilePath)
	return work{run: func(ctx context.Context, _ grantedTerms) (result, error) {
		for _, p := range s.picks.All() {
			if p.Target() != path {
				continue
			}
			key := permission.Picked{ID: p.Digits(), Folder: p.Folder, Writable: p.Writable}.Grant().Key
			for _, other := range s.bridge.of(s.Running.ID) {
				other.picks.Remove(p.Token)
			}
			return empty, s.bridge.Revoke(ctx, s.Running.ID, key)
		}
		return empty, nil
	}}
}
