package manifest

import "github.com/alcove-vault/alcove/internal/fault"

// The codes of everything that can be wrong with an alcove.json. SPEC.md says
// which check gives which, and in which order.
const (
	CodeTooLarge             = "manifest.too_large"
	CodeNotUTF8              = "manifest.not_utf8"
	CodeBadJSON              = "manifest.bad_json"
	CodeTooDeep              = "manifest.too_deep"
	CodeDuplicateKey         = "manifest.duplicate_key"
	CodeNewerFormat          = "manifest.newer_format"
	CodeUnknownFormat        = "manifest.unknown_format"
	CodeOtherAlcove          = "manifest.needs_other_alcove"
	CodeUnknownKey           = "manifest.unknown_key"
	CodeFieldMissing         = "manifest.field_missing"
	CodeFieldType            = "manifest.field_type"
	CodeFieldTooLong         = "manifest.field_too_long"
	CodeFieldInvalid         = "manifest.field_invalid"
	CodeKeyMismatch          = "manifest.key_mismatch"
	CodeNotCanonical         = "manifest.not_canonical"
	CodeNameInvalid          = "manifest.name_invalid"
	CodeVersionInvalid       = "manifest.version_invalid"
	CodeEnginesInvalid       = "manifest.engines_invalid"
	CodeTextInvalid          = "manifest.text_invalid"
	CodeHomepageInvalid      = "manifest.homepage_invalid"
	CodeDuplicateEntry       = "manifest.duplicate_entry"
	CodePermissionUnknown    = "manifest.permission_unknown"
	CodePermissionTarget     = "manifest.permission_target"
	CodePermissionConstraint = "manifest.permission_constraint"
	CodeExportInvalid        = "manifest.export"
	CodeTableName            = "manifest.table_name"
	CodeMigrationPlaceholder = "manifest.migration_placeholder"
	CodeEntryMissing         = "manifest.entry_missing"
	CodeEntryType            = "manifest.entry_type"
	CodeIconMissing          = "manifest.icon_missing"
	CodeIconType             = "manifest.icon_type"
	CodeIconTooLarge         = "manifest.icon_too_large"
	CodeMigrationMissing     = "manifest.migration_missing"
	CodeMigrationType        = "manifest.migration_type"
	CodeMigrationText        = "manifest.migration_text"
	CodeMigrationJournal     = "manifest.migration_journal"
)

// CodeKeyMalformed and CodeIDMalformed are of names given by a person or a
// script, not of a manifest.
const (
	CodeKeyMalformed = "manifest.key_malformed"
	CodeIDMalformed  = "manifest.id_malformed"
)

// Advice ends every message that only the author of the extension can act on.
const Advice = " Its author has to correct this and pack it again; nothing was installed."

// Refuse is the error for an extension whose alcove.json cannot be accepted.
// what is a whole sentence.
func Refuse(code, what string) *fault.Error {
	return fault.New(code, what+Advice)
}
