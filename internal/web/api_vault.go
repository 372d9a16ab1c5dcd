package web

import (
	"context"
	"strings"
	"time"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/vault"
	"github.com/alcove-vault/alcove/internal/words"
)

// suggested is how many words a suggested passphrase has: 77 bits.
const suggested = 6

var errNoDialog = fault.New("dialog.unavailable", "A browser cannot open this dialog. Use Alcove's window, or the command line.")

// vaultMethods make, open and lock vaults.
func vaultMethods() map[string]apiMethod {
	return map[string]apiMethod{
		"vault.suggest":           bind((*Server).suggest),
		"vault.begin":             bind((*Server).beginVault),
		"vault.save_kit":          bind((*Server).saveKit),
		"vault.finish":            bind((*Server).finishVault),
		"vault.discard":           bind((*Server).discardVault),
		"vault.check_kit":         bind((*Server).checkKit),
		"vault.unlock":            bind((*Server).unlock),
		"vault.lock":              bind((*Server).lock),
		"vault.change_passphrase": bind((*Server).changePassphrase),
		"vault.select":            bind((*Server).selectVault),
		"vault.add":               bind((*Server).addVault),
		"vault.check":             bind((*Server).checkVault),
	}
}

type byID struct {
	ID string `json:"id"`
}

func (s *Server) suggest(context.Context, none) (map[string]string, error) {
	return map[string]string{"passphrase": strings.Join(words.Random(suggested), " ")}, nil
}

type newVault struct {
	Name       string `json:"name"`
	Folder     string `json:"folder"`
	Passphrase secret `json:"passphrase"`
}

func (p *newVault) wipe() { clear(p.Passphrase) }

// newKit is the one answer that holds a secret of the vault: the recovery kit,
// which a person has to write down. Ask are positions from 0.
type newKit struct {
	ID       string   `json:"id"`
	Words    []string `json:"words"`
	Key      string   `json:"key"`
	Ask      [2]int   `json:"ask"`
	Text     string   `json:"text"`
	FileName string   `json:"file_name"`
}

func (s *Server) beginVault(ctx context.Context, p newVault) (newKit, error) {
	id, pending, err := s.gate.Begin(ctx, p.Name, p.Folder, p.Passphrase)
	if err != nil {
		return newKit{}, err
	}
	kit := pending.Kit()
	if kit == nil {
		return newKit{}, vault.ErrPendingUnknown
	}
	list := kit.Words()
	text, name := pending.Printable(time.Now())
	return newKit{ID: id, Words: list[:], Key: kit.Key(), Ask: pending.Ask(), Text: text, FileName: name}, nil
}

type savedKit struct {
	Path *string `json:"path"` // nil: cancelled, or a browser, which saves it by itself
}

func (s *Server) saveKit(ctx context.Context, p byID) (savedKit, error) {
	pending, err := s.gate.Pending(p.ID)
	if err != nil {
		return savedKit{}, err
	}
	if s.shell == nil {
		return savedKit{}, nil
	}
	text, name := pending.Printable(time.Now())
	path, err := s.shell.SaveText(ctx, name, []byte(text))
	if err != nil || path == "" {
		return savedKit{}, err
	}
	return savedKit{Path: &path}, nil
}

type answers struct {
	ID      string    `json:"id"`
	Answers [2]string `json:"answers"`
}

func (s *Server) finishVault(ctx context.Context, p answers) (none, error) {
	return none{}, s.gate.Finish(ctx, p.ID, p.Answers)
}

func (s *Server) discardVault(_ context.Context, p byID) (none, error) {
	s.gate.Discard(p.ID)
	return none{}, nil
}

type kitText struct {
	Recovery secret `json:"recovery"`
}

func (p *kitText) wipe() { clear(p.Recovery) }

// checkKit says whether a recovery kit opens the vault, before a new passphrase
// is asked for.
func (s *Server) checkKit(_ context.Context, p kitText) (none, error) {
	return none{}, s.gate.CheckKit(string(p.Recovery))
}

type credentials struct {
	Passphrase    secret `json:"passphrase"`
	Recovery      secret `json:"recovery"`
	NewPassphrase secret `json:"new_passphrase"`
}

func (p *credentials) wipe() {
	clear(p.Passphrase)
	clear(p.Recovery)
	clear(p.NewPassphrase)
}

func (s *Server) unlock(ctx context.Context, p credentials) (none, error) {
	tell := s.progress("unlock")
	tell(0, 0)
	defer tell(1, 1)
	if len(p.Recovery) > 0 {
		return none{}, s.gate.UnlockWithKit(ctx, string(p.Recovery), p.NewPassphrase)
	}
	return none{}, s.gate.Unlock(ctx, p.Passphrase)
}

func (s *Server) lock(context.Context, none) (none, error) {
	return none{}, s.gate.Lock(vault.ReasonRequest)
}

type newPassphrase struct {
	Old secret `json:"old"`
	New secret `json:"new"`
}

func (p *newPassphrase) wipe() {
	clear(p.Old)
	clear(p.New)
}

// changePassphrase asks for the old passphrase again: a page that is left open
// is not enough to take over a vault.
func (s *Server) changePassphrase(ctx context.Context, p newPassphrase) (none, error) {
	return none{}, s.gate.ChangePassphrase(ctx, p.Old, p.New)
}

func (s *Server) selectVault(ctx context.Context, p byID) (none, error) {
	return none{}, s.gate.Select(ctx, p.ID)
}

type folder struct {
	Folder string `json:"folder"`
}

func (s *Server) addVault(ctx context.Context, p folder) (*byID, error) {
	if p.Folder == "" {
		if s.shell == nil {
			return nil, errNoDialog
		}
		var err error
		if p.Folder, err = s.shell.PickFolder(ctx, "Open a vault's folder"); err != nil || p.Folder == "" {
			return nil, err
		}
	}
	known, err := s.gate.AddFolder(ctx, p.Folder)
	if err != nil {
		return nil, err
	}
	return &byID{ID: known.ID}, nil
}

// checkVault looks at every page, row and package of the open vault. It ends
// with the first thing that is not as it was written.
func (s *Server) checkVault(ctx context.Context, _ none) (none, error) {
	u, err := s.gate.Vault()
	if err != nil {
		return none{}, err
	}
	tell := s.progress("check")
	if err := u.Store.Check(ctx, tell); err != nil {
		return none{}, err
	}
	return none{}, u.Extensions.Check(ctx, tell)
}
