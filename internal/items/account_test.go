package items

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

func good() Account {
	return Account{
		Address: "ada@example.com", Name: "Ada", Password: "secret",
		IMAP: Server{" IMAP.example.com. ", 993, TLS}, SMTP: Server{"smtp.example.com", 587, StartTLS},
	}
}

func TestAnAccountIsKeptChangedAndRemoved(t *testing.T) {
	d := newDevice(t)
	id, err := d.AddAccount(t.Context(), good())
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Account(t.Context(), id)
	if err != nil || a.IMAP != (Server{"imap.example.com", 993, TLS}) || a.User != "ada@example.com" || a.Password != "secret" {
		t.Errorf("%v, %v, %v", a.IMAP, a.User, err)
	}
	change := a
	change.Password, change.Name = "", "Ada B."
	if err := d.ChangeAccount(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if a, err = d.Account(t.Context(), id); err != nil || a.Password != "secret" || a.Name != "Ada B." {
		t.Errorf("%v, %v", a.Name, err)
	}
	list, err := d.Accounts(t.Context())
	if diff := cmp.Diff([]AccountSummary{a.summary()}, list); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := d.RemoveAccount(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"remove": d.RemoveAccount(t.Context(), id), "change": d.ChangeAccount(t.Context(), a),
		"get": func() error { _, err := d.Account(t.Context(), id); return err }(),
	} {
		if fault.Code(err) != "items.no_account" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestAccountsHaveBounds(t *testing.T) {
	d := newDevice(t)
	for name, tt := range map[string]struct {
		spoil func(*Account)
		code  string
	}{
		"no address":      {func(a *Account) { a.Address = "ada" }, "items.address"},
		"two addresses":   {func(a *Account) { a.Address = "ada@example.com, eve@example.com" }, "items.address"},
		"a header":        {func(a *Account) { a.Address = "ada@example.com\nBcc: eve@example.com" }, "items.address"},
		"name of two":     {func(a *Account) { a.Name = "Ada\nBcc: eve@example.com" }, "items.text"},
		"password of two": {func(a *Account) { a.Password = "a\r\nb" }, "items.text"},
		"long password":   {func(a *Account) { a.Password = strings.Repeat("x", MaxPassword+1) }, "items.too_long"},
		"no host":         {func(a *Account) { a.IMAP.Host = "" }, "items.host"},
		"an address":      {func(a *Account) { a.SMTP.Host = "https://smtp.example.com" }, "items.host"},
		"host and port":   {func(a *Account) { a.SMTP.Host = "smtp.example.com:25" }, "items.host"},
		"no port":         {func(a *Account) { a.IMAP.Port = 0 }, "items.port"},
		"high port":       {func(a *Account) { a.IMAP.Port = 65536 }, "items.port"},
		"in the clear":    {func(a *Account) { a.SMTP.Security = "none" }, "items.security"},
	} {
		a := good()
		tt.spoil(&a)
		if _, err := d.AddAccount(t.Context(), a); fault.Code(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range MaxAccounts {
		if _, err := d.AddAccount(t.Context(), good()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.AddAccount(t.Context(), good()); fault.Code(err) != "quota.accounts" {
		t.Errorf("%v", err)
	}
}
