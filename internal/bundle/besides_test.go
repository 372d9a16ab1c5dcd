package bundle_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/alcove-vault/alcove/internal/bundle"
	"github.com/alcove-vault/alcove/internal/bundle/bundletest"
	"github.com/alcove-vault/alcove/internal/fault"
)

// besidesOpen holds what is refused elsewhere than in Open, by code.
var besidesOpen = map[string]func(t *testing.T) error{
	bundle.CodeReleaseDiffers: func(t *testing.T) error {
		b := open(t, goodRecipe().build(t))
		_, err := bundle.Recheck(b.Signature, [32]byte{1}, stored(b))
		return err
	},
	bundle.CodeUnreadable: func(t *testing.T) error {
		b := open(t, goodRecipe().build(t))
		_, err := bundle.Recheck(b.Signature, b.Release, func(string) ([]byte, error) { return nil, errors.New("gone") })
		return err
	},
	bundle.CodePrivateKeyInside: func(t *testing.T) error {
		file, err := bundle.MarshalKey(bundletest.Key(1))
		if err != nil {
			t.Fatal(err)
		}
		_, err = bundle.Pack(fstest.MapFS{"keys/publisher.pem": {Data: file}}, bundletest.Key(1))
		return err
	},
	bundle.CodeKeyFileMalformed: func(*testing.T) error {
		_, err := bundle.ParseKey([]byte("not a key"))
		return err
	},
}

func TestEachRefusalBesidesOpen(t *testing.T) {
	for code, refuse := range besidesOpen {
		if err := refuse(t); fault.Code(err) != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}

func open(t testing.TB, data []byte) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stored is a package as a vault would keep it: by path.
func stored(b *bundle.Bundle) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		data, ok := b.Content(path)
		if !ok {
			return nil, fs.ErrNotExist
		}
		return data, nil
	}
}
