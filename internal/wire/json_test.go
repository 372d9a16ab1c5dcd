package wire_test

import (
	"errors"
	"math"
	"testing"

	"github.com/alcove-vault/alcove/internal/wire"
)

func TestJSONKeepsTheOrderOfMembers(t *testing.T) {
	data, err := wire.Encode(func(e *wire.Encoder) error {
		return errors.Join(e.EncodeMapLen(3),
			e.EncodeString("z"), e.EncodeArrayLen(5), e.EncodeInt(-1), e.EncodeFloat64(0.5), e.EncodeFloat64(math.Inf(1)), e.EncodeNil(), e.EncodeBool(true),
			e.EncodeString("a"), e.EncodeString("<é\"\n>"),
			e.EncodeString("b"), e.EncodeBytes([]byte{1, 2, 3}))
	})
	if err != nil {
		t.Fatal(err)
	}
	v, err := wire.Parse(data, wire.Limits{Bytes: 1000, Depth: 5, Items: 20})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(v.JSON()), `{"z":[-1,0.5,null,null,true],"a":"<é\"\n>","b":"AQID"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
