package bridge

import (
	"context"
	"crypto/sha256"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/capability/files"
	"github.com/alcove-vault/alcove/internal/permission"
)

// eventHaex tells the page that events wait for a frame of the dialect haex. It
// takes them with haex.MethodTake.
const eventHaex = "haex.events"

// haexHost is a session as its dialect knows it.
type haexHost struct{ s *Session }

var _ haex.Host = haexHost{}

func (h haexHost) Name() (id, name string) { return h.s.Context.ID, h.s.Context.Name }

func (h haexHost) Own() string { return h.s.Context.Prefix }

func (h haexHost) Context() haex.Context {
	c := h.s.Context
	return haex.Context{Theme: c.Theme, Locale: c.Locale, Platform: c.Platform, DeviceID: h.s.deviceName()}
}

// deviceName names this device to one app, and to no other.
func (s *Session) deviceName() string { return s.nameOf("device", s.bridge.device) }

// nameOf makes a UUID of what something is to Alcove, another one for each app.
func (s *Session) nameOf(kind string, of []byte) string {
	sum := sha256.Sum256(slices.Concat([]byte("alcove haex "+kind+" "), of, []byte(s.Context.ID)))
	id := uuid.UUID(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // version 8, variant of RFC 9562
	return id.String()
}

func (h haexHost) Judge(call permission.Call) permission.Verdict { return h.s.judge(call).Verdict }

func (h haexHost) JudgePath(ctx context.Context, action, path string) permission.Verdict {
	place, err := h.s.files.Resolve(ctx, path)
	if err != nil {
		return permission.Undeclared
	}
	call := permission.Call{Key: permission.Key{Resource: "files", Action: action}, Folder: true}
	_, verdict := h.s.decisive(call, place.Spellings())
	return verdict
}

func (h haexHost) Programs() (list []haex.Program) {
	for _, p := range h.s.Running.Manifest.Permissions {
		if p.Resource != "shell" || p.Action != "terminal" {
			continue
		}
		if found, err := h.s.bridge.programs.Find(p.Target); err == nil {
			list = append(list, haex.Program{Name: found.Name, Path: found.Path})
		}
	}
	return list
}

func (h haexHost) Spell(path string) (string, error) { return h.s.files.Spell(path) }

func (h haexHost) Absolute(path string) string { return h.s.files.Absolute(path) }

func (h haexHost) Folder(token string) (string, bool) {
	for _, p := range h.s.Running.Manifest.Permissions {
		if p.Resource == "files" && files.FolderOf(p.Target) == token {
			return h.s.files.Folder(token)
		}
	}
	return "", false
}

func (h haexHost) Background(work func(context.Context, haex.Caller)) error {
	return h.s.background(work)
}

func (h haexHost) Signal() {
	h.s.tell(eventFrame, h.s.ID+" "+eventHaex, map[string]any{"session": h.s.ID, "name": eventHaex, "data": map[string]any{}})
}

func (h haexHost) Ready() { h.s.started() }

// lentMethods are methods of Alcove's own that only a dialect calls.
func lentMethods() map[string]*method {
	all := map[string]*method{
		haex.MethodClear: {name: haex.MethodClear, implicit: true, deadline: deadlineKV, parse: func(s *Session, _ *args) work {
			return work{run: func(ctx context.Context, _ grantedTerms) (result, error) { return empty, s.values.Clear(ctx) }}
		}},
		haex.MethodMigrate: {name: haex.MethodMigrate, implicit: true, deadline: deadlineDB, parse: parseMigrateWritten},
		haex.MethodAsked:   {name: haex.MethodAsked, deadline: deadlineDB, parse: parseAsked},
		haex.MethodReplace: {name: haex.MethodReplace, deadline: deadlineItems, parse: parsePasswordReplace},
		haex.MethodCompose: {name: haex.MethodCompose, deadline: deadlineItems, parse: parseMailCompose},
		haex.MethodOpen:    {name: haex.MethodOpen, outside: true, deadline: deadlineDesk, parse: parseOpenAddress},
	}
	maps.Copy(all, spaceMethods())
	return all
}
