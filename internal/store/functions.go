package store

import "strings"

// allowedFunctions are the SQL functions an extension may call. Left out is
// what reaches beyond the statement's own values: files, extensions, compile
// options, full-text and spatial helpers, and counters of the connection; and
// json_patch, which compares every key of one value with every key of the
// other and cannot be ended while it does.
var allowedFunctions = set(`
	abs char coalesce concat concat_ws format glob hex if ifnull iif instr last_insert_rowid length like
	likelihood likely lower ltrim max min nullif octet_length printf quote random randomblob replace
	round rtrim sign soundex substr substring trim typeof unhex unicode unistr unistr_quote unlikely upper zeroblob
	subtype

	avg count group_concat median percentile percentile_cont percentile_disc string_agg sum total

	cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number

	current_date current_time current_timestamp date datetime julianday strftime time timediff unixepoch

	acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi
	pow power radians sin sinh sqrt tan tanh trunc

	json json_array json_array_insert json_array_length json_error_position json_extract json_group_array
	json_group_object json_insert json_object json_pretty json_quote json_remove json_replace
	json_set json_type json_valid jsonb jsonb_array jsonb_array_insert jsonb_extract jsonb_group_array
	jsonb_group_object jsonb_insert jsonb_object jsonb_remove jsonb_replace jsonb_set -> ->>
`)

// readableFunctions are the functions that stand in the place of a table.
var readableFunctions = set(`json_each json_tree jsonb_each jsonb_tree`)

// alterFunctions are what SQLite itself calls to rewrite the schema.
var alterFunctions = set(`
	sqlite_rename_column sqlite_rename_table sqlite_rename_test sqlite_drop_column sqlite_rename_quotefix
	sqlite_add_constraint sqlite_drop_constraint sqlite_find_constraint sqlite_fail
`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
