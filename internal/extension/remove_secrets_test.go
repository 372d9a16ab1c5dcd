package extension_test

import "testing"

// TestRemovingAnAppRemovesItsSecrets: also where its data is kept, for a later
// release that nobody has reviewed yet.
func TestRemovingAnAppRemovesItsSecrets(t *testing.T) {
	v := newVault(t)
	id := v.install(feedReader(t, "1.0.0", nil))
	v.exec(`INSERT INTO alcove_secret (extension, name, sealed, ask, updated_at) SELECT id, 'token', x'00', 0, 0 FROM alcove_extension`)
	if err := v.Remove(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	if got := v.query(`SELECT count(*) FROM alcove_secret`); got != int64(0) {
		t.Errorf("%v secrets are left", got)
	}
}
