package vault

import (
	"context"

	"github.com/alcove-vault/alcove/internal/bridge"
	"github.com/alcove-vault/alcove/internal/bridge/haex"
	"github.com/alcove-vault/alcove/internal/external"
	"github.com/alcove-vault/alcove/internal/manifest"
)

// Names in alcove_setting. They are part of the vault's format.
const (
	settingExternal = "host.external"
	settingClients  = "host.external_clients"
)

// External is whether other programs may ask apps, and where.
type External struct {
	On   bool `json:"on"`
	Port int  `json:"port"`
}

// ExternalState is External and what became of it.
type ExternalState struct {
	External
	// Problem is why programs cannot connect although they may: nil if they can.
	Problem error
}

// External returns whether other programs may ask the apps of this vault. They
// may not where nobody said so.
func (u *Unlocked) External(ctx context.Context) (ExternalState, error) {
	chosen, err := u.externalChoice(ctx)
	u.externalMu.Lock()
	defer u.externalMu.Unlock()
	return ExternalState{External: chosen, Problem: u.externalProblem}, err
}

func (u *Unlocked) externalChoice(ctx context.Context) (External, error) {
	chosen := External{Port: external.DefaultPort}
	err := u.jsonSetting(ctx, settingExternal, &chosen)
	if !external.ValidPort(chosen.Port) {
		chosen.Port = external.DefaultPort
	}
	return chosen, err
}

// SetExternal keeps the choice and does it. A port that is taken is kept all the
// same, and told by External.
//
// Errors: external.port.
func (u *Unlocked) SetExternal(ctx context.Context, chosen External) error {
	if !external.ValidPort(chosen.Port) {
		return external.ErrPort
	}
	if err := u.setJSONSetting(ctx, settingExternal, chosen); err != nil {
		return err
	}
	u.serveExternal(chosen)
	return nil
}

// serveExternal lets programs connect where they may, and nowhere else.
func (u *Unlocked) serveExternal(chosen External) {
	u.externalMu.Lock()
	defer u.externalMu.Unlock()
	if u.externalServer != nil {
		u.externalServer.Close()
		u.externalServer = nil
	}
	u.externalProblem = nil
	if !chosen.On {
		u.Clients.Withdraw()
	}
	if !chosen.On || u.ctx.Err() != nil {
		return
	}
	u.externalServer, u.externalProblem = external.Serve(chosen.Port, bridge.AppsAgent, u.Clients, clientApps{u}, u.log)
	if u.externalProblem != nil {
		u.log.Warn("other programs cannot connect", "port", chosen.Port, "error", u.externalProblem)
	}
}

// closeExternal ends every connection. The vault's context has ended before, so no
// other can be made.
func (u *Unlocked) closeExternal() {
	u.externalMu.Lock()
	defer u.externalMu.Unlock()
	if u.externalServer != nil {
		u.externalServer.Close()
		u.externalServer = nil
	}
}

// RemoveApp removes an app as extension.Registry.Remove does, and takes back which
// programs may ask it: one that is installed again begins anew. Errors: those of
// Remove.
func (u *Unlocked) RemoveApp(ctx context.Context, id manifest.ID, deleteData bool) error {
	if err := u.Clients.ForgetApp(ctx, id); err != nil {
		return err
	}
	if err := u.Extensions.Remove(ctx, id, deleteData); err != nil {
		return err
	}
	return u.Clients.ForgetApp(ctx, id) // what was said meanwhile
}

// clientApps are the apps of a vault as other programs know them.
type clientApps struct{ u *Unlocked }

var _ external.Apps = clientApps{}

func (a clientApps) Askable(ctx context.Context, id manifest.ID) (string, error) {
	return a.u.Bridge.Askable(ctx, id)
}

func (a clientApps) Ask(ctx context.Context, id manifest.ID, r external.Request) (external.Answer, error) {
	answer, err := a.u.Bridge.AskExternal(ctx, id, asked(r))
	if err != nil {
		return external.Answer{}, err
	}
	out := external.Answer{Success: answer.Success, Error: answer.Error}
	if answer.Data != nil {
		out.Data = answer.Data.JSON()
	}
	return out, nil
}

func (a clientApps) Refused(ctx context.Context, id manifest.ID, r external.Request) {
	a.u.Bridge.RefuseExternal(ctx, id, asked(r))
}

// Decided writes a line as those about permissions are, about every action:
// "external.request * NAME allow".
func (a clientApps) Decided(ctx context.Context, id manifest.ID, c external.Client, d external.Decision) {
	kind, detail := "granted", "external.request * "+c.Name+" "+string(d)
	if d == external.TakenBack {
		kind, detail = "revoked", "external.request * "+c.Name
	}
	if err := a.u.Extensions.Note(context.WithoutCancel(ctx), id, kind, detail); err != nil {
		a.u.log.Warn("what was decided about a program could not be noted", "extension", id.String(), "error", err)
	}
}

func asked(r external.Request) bridge.External {
	return bridge.External{Name: r.Client.Name, Request: haex.Request{Key: r.Client.Key, Action: r.Action, Payload: r.Payload}}
}

// clientMemory keeps decisions about programs in the vault.
type clientMemory struct{ u *Unlocked }

var _ external.Memory = clientMemory{}

func (m clientMemory) Load(ctx context.Context) (list []external.Kept, err error) {
	return list, m.u.jsonSetting(ctx, settingClients, &list)
}

func (m clientMemory) Save(ctx context.Context, list []external.Kept) error {
	return m.u.setJSONSetting(ctx, settingClients, list)
}
