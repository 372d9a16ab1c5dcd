package bundle

import "github.com/alcove-vault/alcove/internal/fault"

// Codes of the container: the ZIP and the names in it.
const (
	CodeArchiveTooLarge  = "bundle.archive_too_large"
	CodeNotZip           = "bundle.not_zip"
	CodeTrailingBytes    = "bundle.trailing_bytes"
	CodeLeadingBytes     = "bundle.leading_bytes"
	CodeComment          = "bundle.comment"
	CodeZip64            = "bundle.zip64"
	CodeMultiDisk        = "bundle.multi_disk"
	CodeTooManyEntries   = "bundle.too_many_entries"
	CodeBadStructure     = "bundle.bad_structure"
	CodeEncrypted        = "bundle.encrypted"
	CodeDataDescriptor   = "bundle.data_descriptor"
	CodeUnknownFlags     = "bundle.unknown_flags"
	CodeUnknownMethod    = "bundle.unknown_method"
	CodeExtraField       = "bundle.extra_field"
	CodeSymlink          = "bundle.symlink"
	CodeDirectoryEntry   = "bundle.directory_entry"
	CodeSpecialFile      = "bundle.special_file"
	CodePathEmpty        = "bundle.path_empty"
	CodePathTooLong      = "bundle.path_too_long"
	CodePathNotUTF8      = "bundle.path_not_utf8"
	CodePathControl      = "bundle.path_control"
	CodePathBackslash    = "bundle.path_backslash"
	CodePathAbsolute     = "bundle.path_absolute"
	CodePathDrive        = "bundle.path_drive"
	CodePathCharacter    = "bundle.path_character"
	CodePathTraversal    = "bundle.path_traversal"
	CodePathNotClean     = "bundle.path_not_clean"
	CodePathTrailing     = "bundle.path_trailing"
	CodePathDevice       = "bundle.path_device"
	CodePathNotNFC       = "bundle.path_not_nfc"
	CodePathReserved     = "bundle.path_reserved"
	CodeDuplicate        = "bundle.duplicate"
	CodeCollision        = "bundle.collision"
	CodeEntryTooLarge    = "bundle.entry_too_large"
	CodeForbiddenFile    = "bundle.forbidden_file"
	CodeUnpackedTooLarge = "bundle.unpacked_too_large"
	CodeRatio            = "bundle.ratio"
	CodeOverlap          = "bundle.overlap"
	CodeGap              = "bundle.gap"
	CodeHeaderMismatch   = "bundle.header_mismatch"
	CodeWrongLength      = "bundle.wrong_length"
	CodeBadData          = "bundle.bad_data"
	CodeBadChecksum      = "bundle.bad_checksum"
)

// Codes of the signature file and the signature.
const (
	CodeNoSignature           = "bundle.no_signature"
	CodeSignatureTooLarge     = "bundle.signature_too_large"
	CodeSignatureNotUTF8      = "bundle.signature_not_utf8"
	CodeSignatureBadJSON      = "bundle.signature_bad_json"
	CodeSignatureTooDeep      = "bundle.signature_too_deep"
	CodeSignatureDuplicateKey = "bundle.signature_duplicate_key"
	CodeUnknownFormat         = "bundle.unknown_format"
	CodeNewerFormat           = "bundle.newer_format"
	CodeSignatureUnknownKey   = "bundle.signature_unknown_key"
	CodeSignatureMalformed    = "bundle.signature_malformed"
	CodeSignatureNotCanonical = "bundle.signature_not_canonical"
	CodeKeyMalformed          = "bundle.key_malformed"
	CodeKeyWeak               = "bundle.key_weak"
	CodeChain                 = "bundle.chain_not_supported"
	CodeSignerNotLineage      = "bundle.signer_not_lineage"
	CodeBadSignature          = "bundle.bad_signature"
)

// Codes of the inventory: the signed list against what is there.
const (
	CodeInventoryOrder   = "bundle.inventory_order"
	CodeInventoryLimit   = "bundle.inventory_limit"
	CodeNoManifest       = "bundle.no_manifest"
	CodeFileMissing      = "bundle.file_missing"
	CodeFileUnlisted     = "bundle.file_unlisted"
	CodeFileSize         = "bundle.file_size"
	CodeFileHash         = "bundle.file_hash"
	CodeManifestTampered = "bundle.manifest_tampered"
)

// Codes of packages made for haex-vault.
const (
	CodeBakedKey      = "bundle.baked_key"
	CodeConfigInvalid = "bundle.config_invalid"
)

// Codes that Open never gives: Recheck and Pack do.
const (
	CodeReleaseDiffers   = "bundle.release_differs"
	CodeUnreadable       = "bundle.unreadable"
	CodePrivateKeyInside = "bundle.private_key_inside"
	CodeKeyFileMalformed = "key.malformed"
)

const (
	adviceDamaged = " The file was damaged or made with a tool that Alcove does not accept; get it again from its publisher."
	adviceChanged = " It was changed or damaged after its publisher signed it; do not use it, and get it again from its publisher."
	// AdviceAuthor ends messages about what only its author can have done wrong.
	AdviceAuthor = " Its author has to pack it again."
)

// damaged is for what is wrong with the container; what is a whole sentence.
func damaged(code, what string) *fault.Error {
	return fault.New(code, what+adviceDamaged)
}

// changed is for what the signature proves wrong.
func changed(code, what string) *fault.Error {
	return fault.New(code, what+adviceChanged)
}

// misbuilt is for what only its author can have done wrong.
func misbuilt(code, what string) *fault.Error {
	return fault.New(code, what+AdviceAuthor)
}
