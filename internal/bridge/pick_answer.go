package bridge

import (
	"path/filepath"
	"slices"

	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/permission"
)

// PickShown tells that the page has painted the picker. It can be answered
// after arming.Time.
func (b *Bridge) PickShown(id uint64) error {
	p, err := b.pickers.at(id)
	if err != nil {
		return err
	}
	b.pickers.mu.Lock()
	defer b.pickers.mu.Unlock()
	p.seen.Painted(b.pickers.now())
	return nil
}

// PickAnswer gives the app what the person picked: absolute paths in the dialog
// of Alcove's own, the id of an item, none where it is only about remembering. Nothing happens
// where one of them cannot be picked, and the picker stays.
//
// Errors: pick.gone, pick.none, pick.many, prompt.armed, files.extension and
// those of files.CheckPick.
func (b *Bridge) PickAnswer(id uint64, paths []string, remember bool) error {
	p, err := b.pickers.at(id)
	if err != nil {
		return err
	}
	if err := b.pickers.armed(p); err != nil {
		return err
	}
	answer := picked{remember: remember}
	switch p.Stage {
	case stageItem:
		if answer.item, err = p.checkItem(paths); err != nil {
			return err
		}
	case stageChoose:
		if answer.picks, err = p.session.checkPicks(p, paths); err != nil {
			return err
		}
	}
	return b.pickers.settle(p, answer)
}

func (q *pickers) armed(p *choosing) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return p.seen.Check(q.now())
}

// PickDismiss closes the picker: nothing is picked, or remembered.
func (b *Bridge) PickDismiss(id uint64) error {
	p, err := b.pickers.at(id)
	if err != nil {
		return err
	}
	return b.pickers.settle(p, picked{})
}

// settle ends a picker, once.
func (q *pickers) settle(p *choosing, answer picked) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.list, p)
	if i < 0 {
		return errPickGone
	}
	q.list = slices.Delete(q.list, i, i+1)
	p.answer <- answer
	q.changed()
	return nil
}

// checkItem is the one item that was chosen.
func (p *choosing) checkItem(ids []string) (string, error) {
	if len(ids) > 1 {
		return "", errPickMany
	}
	for _, i := range p.Items {
		if len(ids) == 1 && i.ID == ids[0] {
			return i.ID, nil
		}
	}
	return "", errPickNone
}

// checkPicks makes picks of what the person chose.
func (s *Session) checkPicks(p *choosing, paths []string) ([]files.Pick, error) {
	switch {
	case len(paths) == 0:
		return nil, errPickNone
	case len(paths) > 1 && !p.Multiple:
		return nil, errPickMany
	case len(paths) > maxPicks:
		return nil, errPickCrowd
	}
	picks := make([]files.Pick, len(paths))
	for i, path := range paths {
		if p.Kind != files.PickFolder && !permission.HasExtension(filepath.Base(path), p.only) {
			return nil, errExtensions.With("extensions", p.only)
		}
		var err error
		if picks[i], err = s.files.CheckPick(path, p.Kind, p.Writable); err != nil {
			return nil, err
		}
	}
	return picks, nil
}
