package items

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alcove-vault/alcove/internal/fault"
)

func goodStorage() Storage {
	return Storage{Name: "Backups", Endpoint: "https://s3.example.com", Region: "eu-central-1", Bucket: "alcove", AccessKey: "AKIA", Secret: "secret"}
}

func TestAStorageIsKeptChangedSharedAndRemoved(t *testing.T) {
	d := newDevice(t)
	one := goodStorage()
	one.Endpoint, one.Region, one.Prefix, one.Owner, one.Token = " S3.Example.com.:443 ", "", "/a/b/", "app", "token"
	id, err := d.AddStorage(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Storage(t.Context(), id)
	if err != nil || s.Place() != "https://s3.example.com/alcove/a/b" || s.Region != "us-east-1" || s.Secret != "secret" || s.Token != "token" {
		t.Errorf("%s, %s, %v", s.Place(), s.Region, err)
	}
	change := s
	change.Secret, change.Token, change.Owner, change.PathStyle, change.Name = "", "", "another", true, "Old"
	if err := d.ChangeStorage(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if s, err = d.Storage(t.Context(), id); err != nil || s.Secret != "secret" || s.Token != "token" || s.Owner != "app" || !s.PathStyle || s.Name != "Old" {
		t.Errorf("%s, %s, %v, %v", s.Name, s.Owner, s.PathStyle, err)
	}
	change.Secret = "other"
	if err := d.ChangeStorage(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if s, err = d.Storage(t.Context(), id); err != nil || s.Secret != "other" || s.Token != "" {
		t.Errorf("a token outlives its secret: %v", err)
	}
	if err := d.ShareStorage(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if s, err = d.Storage(t.Context(), id); err != nil || s.Owner != "" || s.Secret != "other" || s.From != "app" || s.Typed() {
		t.Errorf("%s, %s, %v", s.Owner, s.From, err)
	}
	change = s
	change.From, change.Name = "", "Ours"
	err = errors.Join(d.ChangeStorage(t.Context(), change), d.ShareStorage(t.Context(), id))
	if s, _ = d.Storage(t.Context(), id); err != nil || s.Typed() || s.Name != "Ours" {
		t.Errorf("%s, %s, %v", s.Name, s.From, err)
	}
	change.Endpoint = "https://s3.example.org"
	err = d.ChangeStorage(t.Context(), change)
	if s, _ = d.Storage(t.Context(), id); err != nil || !s.Typed() {
		t.Errorf("the person typed another address, and it is still %s's: %v", s.From, err)
	}
	list, err := d.Storages(t.Context())
	if diff := cmp.Diff([]StorageSummary{s.Summary()}, list); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := d.RemoveStorage(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"remove": d.RemoveStorage(t.Context(), id), "change": d.ChangeStorage(t.Context(), s), "share": d.ShareStorage(t.Context(), id),
		"get": func() error { _, err := d.Storage(t.Context(), id); return err }(),
	} {
		if fault.Code(err) != "items.no_storage" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestStoragesHaveBounds(t *testing.T) {
	d := newDevice(t)
	for name, tt := range map[string]struct {
		spoil func(*Storage)
		code  string
	}{
		"no name":             {func(s *Storage) { s.Name = " " }, "items.name"},
		"name of two lines":   {func(s *Storage) { s.Name = "a\nb" }, "items.text"},
		"another scheme":      {func(s *Storage) { s.Endpoint = "ftp://s3.example.com" }, "items.endpoint"},
		"a path":              {func(s *Storage) { s.Endpoint = "https://example.com/storage/s3" }, "items.endpoint"},
		"a user":              {func(s *Storage) { s.Endpoint = "https://ada@s3.example.com" }, "items.endpoint"},
		"a query":             {func(s *Storage) { s.Endpoint = "https://s3.example.com/?a" }, "items.endpoint"},
		"no port":             {func(s *Storage) { s.Endpoint = "https://s3.example.com:0" }, "items.endpoint"},
		"high port":           {func(s *Storage) { s.Endpoint = "https://s3.example.com:65536" }, "items.endpoint"},
		"no host":             {func(s *Storage) { s.Endpoint = "https://" }, "items.endpoint"},
		"half a number":       {func(s *Storage) { s.Endpoint = "https://127.1" }, "items.endpoint"},
		"a number in hex":     {func(s *Storage) { s.Endpoint = "https://0x7f000001" }, "items.endpoint"},
		"no letters":          {func(s *Storage) { s.Endpoint = "https://xn--a" }, "items.endpoint"},
		"a zone":              {func(s *Storage) { s.Endpoint = "http://[fe80::1%25eth0]" }, "items.endpoint"},
		"short bucket":        {func(s *Storage) { s.Bucket = "ab" }, "items.bucket"},
		"bucket with a slash": {func(s *Storage) { s.Bucket = "alcove/.." }, "items.bucket"},
		"dots":                {func(s *Storage) { s.Bucket = "al..cove" }, "items.bucket"},
		"region of two":       {func(s *Storage) { s.Region = "eu central" }, "items.region"},
		"region of Amazon":    {func(s *Storage) { s.Endpoint, s.Region = "", "eu.evil.example/" }, "items.endpoint"},
		"up and out":          {func(s *Storage) { s.Prefix = "a/../b" }, "items.prefix"},
		"nothing between":     {func(s *Storage) { s.Prefix = "a//b" }, "items.prefix"},
		"long prefix":         {func(s *Storage) { s.Prefix = strings.Repeat("a", MaxPrefix+1) }, "items.too_long"},
		"no access key":       {func(s *Storage) { s.AccessKey = "" }, "items.access_key"},
		"two access keys":     {func(s *Storage) { s.AccessKey = "a b" }, "items.access_key"},
		"no secret":           {func(s *Storage) { s.Secret = "" }, "items.secret"},
		"a header":            {func(s *Storage) { s.Token = "a\r\nb" }, "items.secret"},
		"long secret":         {func(s *Storage) { s.Secret = strings.Repeat("x", MaxPassword+1) }, "items.too_long"},
	} {
		s := goodStorage()
		tt.spoil(&s)
		if _, err := d.AddStorage(t.Context(), s); fault.Code(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range MaxStorages {
		if _, err := d.AddStorage(t.Context(), goodStorage()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.AddStorage(t.Context(), goodStorage()); fault.Code(err) != "quota.storages" {
		t.Errorf("%v", err)
	}
}

func TestAnEndpointHasOneForm(t *testing.T) {
	for in, want := range map[string]string{
		"s3.example.com": "https://s3.example.com", "HTTP://NAS:80/": "http://nas", "https://[::1]:9000": "https://[::1]:9000",
		"http://[::1]": "http://[::1]", "https://s3.example.com:0443": "https://s3.example.com", "127.0.0.1:9000": "https://127.0.0.1:9000",
		"[0:0:0::1]": "https://[::1]", "http://[::FFFF:10.0.0.1]:9000": "http://10.0.0.1:9000",
	} {
		if got, err := CleanEndpoint(in); err != nil || got != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
}

// TestAStorageOfAnotherDeviceThatLiesIsNowhere: what it says is held against the
// limits when it is read.
func TestAStorageOfAnotherDeviceThatLiesIsNowhere(t *testing.T) {
	a, b := newDevice(t), newDevice(t)
	id, err := a.AddStorage(t.Context(), goodStorage())
	if err != nil {
		t.Fatal(err)
	}
	a.tell(t, b)
	if s, err := b.Storage(t.Context(), id); err != nil || s.Secret != "secret" || s.Place() != "https://s3.example.com/alcove" {
		t.Errorf("%s, %v", s.Place(), err)
	}
	err = a.st.Update(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE alcove__items__storage SET bucket = '../other' WHERE id = ?`, id)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a.tell(t, b)
	if s, err := b.Storage(t.Context(), id); err != nil || s.Place() != "" || s.Endpoint != "" {
		t.Errorf("%s, %v", s.Place(), err)
	}
}
