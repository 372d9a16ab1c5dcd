package store

import (
	"strings"
	"testing"

	"github.com/alcove-vault/alcove/internal/fault"
)

// TestWhatWouldTakeLongIsRefused: no function can be ended while it runs. The
// values come as parameters, so that nothing else takes long.
func TestWhatWouldTakeLongIsRefused(t *testing.T) {
	_, c := twoExtensions(t)
	dense := "[" + strings.Repeat("1,", 4_000_000) + "1]"
	object := "{" + strings.Repeat(`"a":1,`, 1_000_000) + `"b":1}`
	text := `["` + strings.Repeat("x", 8_000_000) + `"]`
	small := "[" + strings.Repeat("1,", 30_000) + "1]"
	for _, tt := range []struct {
		sql, value, code string
	}{
		{"SELECT json_valid(?)", dense, "quota.bytes"},
		{"SELECT json(?1) IS NULL", dense, "quota.bytes"},
		{"SELECT ?1 -> 0", dense, "quota.bytes"},
		{"SELECT ?1 ->> 0", dense, "quota.bytes"},
		{"SELECT json_array_length(?1, '$')", dense, "quota.bytes"},
		{"SELECT json_set(?1, '$[0]', 1) IS NULL", dense, "quota.bytes"},
		{"SELECT count(*) FROM json_each(?1)", dense, "quota.bytes"},
		{"SELECT count(*) FROM jsonb_tree(?1, '$[0]')", dense, "quota.bytes"},
		{"SELECT json_extract(?1" + strings.Repeat(", '$.b'", 5) + ")", object, "quota.bytes"},
		{"SELECT ?1 ->> '$.b'", object, ""},
		{"SELECT length(?1 ->> 0)", text, ""},
		{"SELECT json_extract(?1, '$[1]', '$[2]')", text, ""},
		{"SELECT json_extract(?1" + strings.Repeat(", '$[30000]'", 100) + ") IS NULL", small, ""},
		{"SELECT count(*) FROM json_each(?1)", small, ""},
		{"SELECT printf(?1) IS NULL", strings.Repeat("%d", 400_000), "quota.bytes"},
		{"SELECT strftime(?1) IS NULL", strings.Repeat("%V", 400_000), "quota.bytes"},
		{"SELECT length(printf('%s', ?1))", text, ""},
	} {
		_, err := c.Query(t.Context(), Statement{SQL: tt.sql, Params: []any{tt.value}})
		if fault.Code(err) != tt.code {
			t.Errorf("%.60s: %v", tt.sql, err)
		}
	}
}
