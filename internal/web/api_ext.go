package web

import (
	"context"
	"net/url"
	"strings"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/extension"
	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
)

// extMethods are about installed apps.
func extMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"ext.list":      bind((*Server).listApps),
		"ext.kept":      bind((*Server).keptData),
		"ext.detail":    bind((*Server).detailOf),
		"ext.set_grant": bind((*Server).setGrant),
		"ext.set_limit": bind((*Server).setLimit),
		"ext.disable":   bind((*Server).disableApp),
		"ext.enable":    bind((*Server).enableApp),
		"ext.remove":    bind((*Server).removeApp),
		"ext.open":      bind((*Server).openApp),
		"ext.close":     bind((*Server).closeApp),
		"ext.failed":    bind((*Server).appFailed),
		"ext.meters":    bind((*Server).metersOf),
		"ext.hide":      bind((*Server).hideApp),
		"ext.show":      bind((*Server).showApp),
	}
}

// appID is the app a request is about.
type appID struct {
	ID manifest.ID `json:"id"`
}

func (s *Server) listApps(ctx context.Context, _ none) (map[string]any, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	list, err := u.Extensions.List(ctx)
	return map[string]any{"extensions": list}, err
}

// keptData lists the apps that were removed and whose data was kept. ext.remove
// with delete_data ends that, and data.export takes it out.
func (s *Server) keptData(ctx context.Context, _ none) (map[string]any, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	list, err := u.Extensions.Kept(ctx)
	return map[string]any{"kept": list}, err
}

func (s *Server) detailOf(ctx context.Context, p appID) (extension.Detail, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return extension.Detail{}, err
	}
	return u.Extensions.Detail(ctx, p.ID)
}

// grant is a decision. The passphrase is needed where it lets the app run
// programs.
// metersOf tells what an open app uses.
func (s *Server) metersOf(ctx context.Context, p appID) (map[string][]bridge.Meter, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	list, err := u.Bridge.Meters(ctx, p.ID)
	return map[string][]bridge.Meter{"meters": list}, err
}

type grant struct {
	ID         manifest.ID      `json:"id"`
	Choice     extension.Choice `json:"choice"`
	Passphrase secret           `json:"passphrase"`
}

func (p *grant) wipe() { clear(p.Passphrase) }

// setGrant keeps a decision; it counts at once in frames that are open.
func (s *Server) setGrant(ctx context.Context, p grant) (map[string]extension.Detail, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	if err := s.confirmGrant(allowsPrograms(p.Choice), p.Passphrase); err != nil {
		return nil, err
	}
	if err := u.Extensions.SetGrant(ctx, p.ID, p.Choice); err != nil {
		return nil, err
	}
	key := permission.Key{Resource: p.Choice.Resource, Action: p.Choice.Action, Target: p.Choice.Target}
	if err := u.Bridge.Decide(ctx, p.ID, key); err != nil {
		return nil, err
	}
	detail, err := u.Extensions.Detail(ctx, p.ID)
	return map[string]extension.Detail{"detail": detail}, err
}

type limit struct {
	ID    manifest.ID `json:"id"`
	Name  string      `json:"name"`
	Value int64       `json:"value"`
}

// setLimit keeps a limit; it counts at once in frames that are open.
func (s *Server) setLimit(ctx context.Context, p limit) (map[string]extension.Detail, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	limits, err := u.Extensions.SetLimit(ctx, p.ID, p.Name, p.Value)
	if err != nil {
		return nil, err
	}
	u.Bridge.Limit(p.ID, limits)
	detail, err := u.Extensions.Detail(ctx, p.ID)
	return map[string]extension.Detail{"detail": detail}, err
}

func (s *Server) disableApp(ctx context.Context, p appID) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	if err := u.Extensions.Disable(ctx, p.ID); err != nil {
		return none{}, err
	}
	u.Bridge.CloseApp(p.ID)
	s.events.post("extensions", none{})
	return none{}, nil
}

func (s *Server) enableApp(ctx context.Context, p appID) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	if err := u.Extensions.Enable(ctx, p.ID); err != nil {
		return none{}, err
	}
	s.events.post("extensions", none{})
	return none{}, nil
}

type removal struct {
	ID         manifest.ID `json:"id"`
	DeleteData bool        `json:"delete_data"`
}

// removeApp ends the app's sessions first, so that nothing of it is written
// while its data go, and again afterwards, for one that was opened meanwhile.
func (s *Server) removeApp(ctx context.Context, p removal) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	u.Bridge.CloseApp(p.ID)
	if err := u.RemoveApp(ctx, p.ID, p.DeleteData); err != nil {
		return none{}, err
	}
	u.Bridge.CloseApp(p.ID)
	s.stopped.started(p.ID.String())
	s.events.post("extensions", none{})
	return none{}, nil
}

type opening struct {
	ID          manifest.ID `json:"id"`
	Environment struct {
		Theme         string `json:"theme"`
		Locale        string `json:"locale"`
		Platform      string `json:"platform"`
		ReducedMotion bool   `json:"reduced_motion"`
	} `json:"environment"`
	Hidden bool `json:"hidden"` // another app needs it; no person opened it
}

// opened is an app's new frame. Src is relative to the host page. Session is
// its secret; events name it by Frame.
type opened struct {
	Session string         `json:"session"`
	Frame   string         `json:"frame"`
	Src     string         `json:"src"`
	Context bridge.Context `json:"context"`
	Dialect string         `json:"dialect"`
	Display string         `json:"display"`
	Title   string         `json:"title"`
}

func (s *Server) openApp(ctx context.Context, p opening) (opened, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return opened{}, err
	}
	u.Bridge.Attach(frames{s.events})
	open := u.Bridge.Open
	if p.Hidden {
		open = u.Bridge.OpenHidden
	}
	session, err := open(ctx, p.ID, bridge.Environment(p.Environment))
	if err != nil {
		if fault.Code(err) == extension.CodeQuarantined {
			s.events.post("extensions", none{})
		}
		return opened{}, err
	}
	s.stopped.started(p.ID.String())
	s.lacking.open(session.Secret, session.Path)
	return opened{
		Session: session.Secret, Frame: session.ID, Src: extensionPath + session.Path + "/" + escape(session.Entry),
		Context: session.Context, Dialect: session.Dialect, Display: session.Running.Manifest.Display, Title: session.Context.Title,
	}, nil
}

// escape writes the path of a file so that a URL can hold it.
func escape(file string) string {
	parts := strings.Split(file, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

type sessionEnd struct {
	Session string `json:"session"`
	Reason  string `json:"reason"`
}

// hideApp answers {kept}: whether the app goes on now that its tab is closed.
func (s *Server) hideApp(_ context.Context, p sessionEnd) (map[string]bool, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return nil, err
	}
	return map[string]bool{"kept": u.Bridge.Hide(p.Session)}, nil
}

// showApp tells that the app has a tab again.
func (s *Server) showApp(_ context.Context, p sessionEnd) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	u.Bridge.Show(p.Session)
	return none{}, nil
}

func (s *Server) closeApp(_ context.Context, p sessionEnd) (none, error) {
	s.lacking.close(p.Session)
	if u, err := s.gate.Vault(); err == nil {
		u.Bridge.Close(p.Session)
	}
	return none{}, nil
}

// failed is what may tell an author why an app did not start: files that it asked
// for and that its package does not have.
type failed struct {
	Missing []string `json:"missing"`
}

// appFailed ends a session whose frame the page found hung or crashed.
func (s *Server) appFailed(_ context.Context, p sessionEnd) (failed, error) {
	if p.Reason != reasonHang && p.Reason != reasonCrash {
		return failed{}, fault.New("request.malformed", "An app fails by a crash or a hang. Reload the page.")
	}
	u, err := s.gate.Vault()
	if err != nil {
		return failed{}, err
	}
	out := failed{Missing: s.lacking.close(p.Session)}
	if app, ok := u.Bridge.Info(p.Session); ok {
		u.Bridge.Close(p.Session)
		s.stop(app, p.Reason)
	}
	return out, nil
}
