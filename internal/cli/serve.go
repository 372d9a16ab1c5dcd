package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/adrg/xdg"

	"github.com/alcove-vault/alcove/internal/fault"
	"github.com/alcove-vault/alcove/internal/keys"
	"github.com/alcove-vault/alcove/internal/vault"
	"github.com/alcove-vault/alcove/internal/web"
)

// serveCommand is `alcove serve`.
type serveCommand struct {
	Vault   string `required:"" placeholder:"DIR" help:"The vault's folder. If it does not exist, the interface offers to make a vault there." type:"path"`
	Listen  string `default:"127.0.0.1:0" placeholder:"ADDRESS" help:"The loopback address to listen on; port 0 takes a free one."`
	URLFile string `name:"url-file" placeholder:"FILE" help:"Also write the address to FILE, with mode 0600. The address contains a secret." type:"path"`
	passphraseFlag
	jsonFlag
}

// shutdownTime bounds how long answers may take to end.
const shutdownTime = 2 * time.Second

// Run serves until ctx ends, then locks.
func (c *serveCommand) Run(ctx context.Context, o *Options, out *output) error {
	address, err := loopback(c.Listen)
	if err != nil {
		return err
	}
	if _, err := fs.Stat(o.Assets, "index.html"); err != nil {
		return fault.Wrap("serve.no_interface", "This Alcove was built without its interface. Build it with make build.", err)
	}
	log := slog.New(slog.NewTextHandler(out.stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	gate, err := vault.NewGate(vault.GateOptions{
		ConfigDir: filepath.Join(xdg.ConfigHome, "alcove"), Only: c.Vault, Log: log, Machine: true,
	})
	if err != nil {
		return err
	}
	err = c.serve(ctx, gate, address, log, o, out)
	return errors.Join(err, gate.Close())
}

func (c *serveCommand) serve(ctx context.Context, gate *vault.Gate, address string, log *slog.Logger, o *Options, out *output) error {
	if err := c.unlock(ctx, gate); err != nil {
		return err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp4", address)
	if err != nil {
		return fault.Wrap("serve.listen", fmt.Sprintf("Alcove cannot listen on %s: %v. Choose another port, or 0 for a free one.", address, err), err)
	}
	site := web.New(web.Options{
		Gate: gate, HostAssets: o.Assets, BundledNotes: o.Notes, Mode: web.ModeBrowser, Version: o.Version, Log: log,
	})
	server := site.HTTP()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	err = c.announce(fmt.Sprintf("http://%s/#token=%s", listener.Addr(), site.Token()), out)
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-served:
			served <- err
		}
	}
	// The page hears of the lock and its frames save while it is still served.
	err = errors.Join(err, gate.Lock(vault.ReasonQuit))
	if c.URLFile != "" {
		_ = os.Remove(c.URLFile) // its secret is worth nothing now
	}
	site.Close()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if server.Shutdown(ending) != nil {
		_ = server.Close()
	}
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}

// unlock opens the vault at the start if a passphrase file was given.
func (c *serveCommand) unlock(ctx context.Context, gate *vault.Gate) error {
	if gate.State().Phase == vault.PhaseOnboarding {
		return nil // the new vault gets its passphrase in the browser
	}
	if c.PassphraseFile == "" {
		return vault.Look(c.Vault)
	}
	passphrase, err := c.read("")
	if err != nil {
		return err
	}
	defer clear(passphrase)
	return gate.Unlock(ctx, passphrase)
}

func (c *serveCommand) announce(url string, out *output) error {
	if c.URLFile != "" {
		if err := keys.ReplaceFile(c.URLFile, []byte(url+"\n")); err != nil {
			return badFile("The address cannot be written", err)
		}
	}
	return out.print(url+"\n", struct {
		verdict
		Address string `json:"address"`
	}{good, url})
}

// loopback returns the address to listen on, which only this machine reaches.
func loopback(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fault.Wrap(codeUsage, fmt.Sprintf("%q is no address to listen on. Give 127.0.0.1:PORT.", address), err)
	}
	if host != "127.0.0.1" && host != "localhost" {
		return "", fault.New(codeUsage, fmt.Sprintf("Alcove serves to this machine only, so it does not listen on %q. Give 127.0.0.1:PORT; to reach it from elsewhere, forward the port with ssh.", host))
	}
	return net.JoinHostPort("127.0.0.1", port), nil
}
