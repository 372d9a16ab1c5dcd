package words_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/alcove-vault/alcove/internal/words"
)

func TestWordsComeBackAsTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 38, 38).Draw(t, "bytes")
		got, err := words.Decode(words.Encode(b, 24), len(b))
		if err != nil || !bytes.Equal(got, b) {
			t.Fatalf("%x became %x, %v", b, got, err)
		}
	})
}

func TestFirstAndLastWordOfTheList(t *testing.T) {
	got := words.Encode([]byte{0x1e, 0x5f}, 2) // 7775 = last word
	if got[0] != "abacus" || got[1] != "zoom" {
		t.Errorf("got %v", got)
	}
}

func TestUnknownWordIsNamedByPosition(t *testing.T) {
	if _, err := words.Decode([]string{"abacus", "notaword"}, 4); err == nil || err.Error() != "word 2 is not in the word list" {
		t.Errorf("err = %v", err)
	}
}

func TestTooManyWordsForTheSize(t *testing.T) {
	if _, err := words.Decode([]string{"zoom", "zoom", "zoom"}, 2); err == nil {
		t.Error("no error")
	}
}

func TestRandomWordsDiffer(t *testing.T) {
	a, b := words.Random(6), words.Random(6)
	if len(a) != 6 || len(b) != 6 {
		t.Fatalf("lengths %d %d", len(a), len(b))
	}
	same := 0
	for i := range a {
		if a[i] == b[i] {
			same++
		}
	}
	if same == 6 {
		t.Error("two suggestions are equal")
	}
}
