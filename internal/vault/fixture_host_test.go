package vault

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/alcove-vault/alcove/internal/capability/secrets"
	"github.com/alcove-vault/alcove/internal/capability/spaces"
	"github.com/alcove-vault/alcove/internal/external"
	"github.com/alcove-vault/alcove/internal/items"
	"github.com/alcove-vault/alcove/internal/manifest"
	"github.com/alcove-vault/alcove/internal/permission"
	"github.com/alcove-vault/alcove/internal/permission/ledger"
)

// writeFixtureHost keeps in a vault what is not an app's own data: items, an
// account, a storage, a secret, a row of the space, what the app did, and a
// program that may ask it.
func writeFixtureHost(t *testing.T, u *Unlocked, app manifest.ID, row int64) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	seed, err := base32.StdEncoding.DecodeString("JBSWY3DPEHPK3PXP")
	must(err)
	totp := &items.TOTP{Secret: seed, Algorithm: "SHA1", Digits: 6, Period: 30, Issuer: "Bank"}
	title, name, password := "Bank", "ada", "pass wörd"
	urls, tags := []string{"https://bank.example"}, []string{"money", "home"}
	fields := []items.Field{{Name: "PIN", Value: "0042", Hidden: true}}
	_, err = u.Items.Create(ctx, items.Change{Title: &title, Username: &name, Password: &password, URLs: &urls, Tags: &tags, TOTP: &totp, Fields: &fields}, nil)
	must(err)
	_, err = u.Items.AddAccount(ctx, items.Account{
		Address: "ada@mail.example", Name: "Ada", User: "ada", Password: "mail",
		IMAP: items.Server{Host: "imap.mail.example", Port: 993, Security: items.TLS},
		SMTP: items.Server{Host: "smtp.mail.example", Port: 465, Security: items.TLS},
	})
	must(err)
	_, err = u.Items.AddStorage(ctx, items.Storage{
		Name: "Photos", Endpoint: "https://s3.example", Region: "eu", Bucket: "photos", Prefix: "ada",
		PathStyle: true, AccessKey: "access", Secret: "secret", Owner: app.String(),
	})
	must(err)
	must(fixtureSecrets(u, app, row).Set(ctx, "token", secrets.Value{Data: []byte("t0ken"), Text: true}, true))
	table, err := spaces.Own(app.TablePrefix(), app.Table("notes"))
	must(err)
	_, err = spaces.New(u.Store, app.TablePrefix()).Assign(ctx, []spaces.Row{{Table: table, Key: "a", Group: "g", Type: "note", Label: "one"}})
	must(err)
	u.Ledger.Record(ledger.Entry{
		Extension: row, Method: "net.fetch", In: 10, Out: 2,
		Key: permission.Key{Resource: "net", Action: "fetch", Target: "https://example.com"},
	})
	must(u.Ledger.Flush(ctx))
	must(clientMemory{u}.Save(ctx, []external.Kept{{
		Client: external.Client{ID: "00112233445566778899aabbccddeeff", Key: "a2V5", Name: "Browser"},
		App:    app.String(), Decision: external.Allow, At: 1,
	}}))
}

// fixtureHost is what writeFixtureHost wrote as it is read now, a line each.
func fixtureHost(t *testing.T, u *Unlocked, app manifest.ID, row int64) (lines []string) {
	t.Helper()
	ctx := t.Context()
	note := func(what string, value any, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, what+" "+string(text))
	}
	listed, err := u.Items.List(ctx, nil)
	note("items", len(listed), err)
	for _, one := range listed {
		item, err := u.Items.Get(ctx, one.ID, nil)
		note("item", item, err)
	}
	accounts, err := u.Items.Accounts(ctx)
	note("accounts", len(accounts), err)
	for _, one := range accounts {
		account, err := u.Items.Account(ctx, one.ID)
		note("account", account, err)
	}
	storages, err := u.Items.Storages(ctx)
	note("storages", len(storages), err)
	for _, one := range storages {
		storage, err := u.Items.Storage(ctx, one.ID)
		note("storage", storage, err)
	}
	value, found, err := fixtureSecrets(u, app, row).Get(ctx, "token", true)
	note("secret", fmt.Sprintf("%s %v", value.Data, found), err)
	table, err := spaces.Own(app.TablePrefix(), app.Table("notes"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := spaces.New(u.Store, app.TablePrefix()).Rows(ctx, table, nil)
	note("space", rows, err)
	uses, err := u.Ledger.Targets(ctx, row, "net", "fetch", 10)
	note("uses", uses, err)
	kept, err := clientMemory{u}.Load(ctx)
	note("programs", kept, err)
	return lines
}

func fixtureSecrets(u *Unlocked, app manifest.ID, row int64) *secrets.Space {
	return secrets.New(u.Store, u.source, row, app.String())
}

// rowOf is where an app is in alcove_extension.
func rowOf(t *testing.T, u *Unlocked, app manifest.ID) int64 {
	t.Helper()
	run, err := u.Extensions.Start(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	return run.Row
}
