-- Host tables of a vault. Times are Unix milliseconds. An extension is named
-- by lineage (32 bytes, its publisher's first key) and name; other host tables
-- refer to it by id.

CREATE TABLE alcove_setting (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL                 -- msgpack
) WITHOUT ROWID;

CREATE TABLE alcove_publisher (
  key        BLOB PRIMARY KEY,        -- lineage key, 32 bytes
  said_name  TEXT NOT NULL,           -- what the first reviewed package called its author
  first_seen INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE alcove_extension (
  id              INTEGER PRIMARY KEY,
  lineage         BLOB NOT NULL,
  name            TEXT NOT NULL,
  release         BLOB,               -- NULL after a removal that kept the data
  highest_version TEXT NOT NULL,      -- a lower one is a downgrade
  hold            TEXT NOT NULL DEFAULT 'none' CHECK (hold IN ('none', 'disabled', 'quarantined')),
  installed_at    INTEGER NOT NULL,
  updated_at      INTEGER NOT NULL,
  UNIQUE (lineage, name)
);

CREATE TABLE alcove_release (
  hash           BLOB PRIMARY KEY,    -- SHA-256 of the signed message: the release's identity
  extension      INTEGER NOT NULL REFERENCES alcove_extension (id) ON DELETE CASCADE,
  format         TEXT NOT NULL,
  version        TEXT NOT NULL,
  signer         BLOB NOT NULL,
  archive_sha256 BLOB NOT NULL,       -- of the file it came in, for transport only
  archive_size   INTEGER NOT NULL,
  installed_at   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alcove_release_by_extension ON alcove_release (extension);

CREATE TABLE alcove_blob (
  sha256 BLOB PRIMARY KEY,
  data   BLOB NOT NULL
);

CREATE TABLE alcove_release_file (
  release BLOB NOT NULL REFERENCES alcove_release (hash) ON DELETE CASCADE,
  path    TEXT NOT NULL,              -- as in the package, the signature file included
  size    INTEGER NOT NULL,
  sha256  BLOB NOT NULL,
  PRIMARY KEY (release, path)
) WITHOUT ROWID;
CREATE INDEX alcove_release_file_by_sha256 ON alcove_release_file (sha256);

CREATE TABLE alcove_grant (
  extension  INTEGER NOT NULL REFERENCES alcove_extension (id) ON DELETE CASCADE,
  resource   TEXT NOT NULL,
  action     TEXT NOT NULL,
  target     TEXT NOT NULL,
  decision   TEXT NOT NULL CHECK (decision IN ('allow', 'ask', 'deny')),
  decided_at INTEGER NOT NULL,
  PRIMARY KEY (extension, resource, action, target)
) WITHOUT ROWID;

CREATE TABLE alcove_kv (
  extension  INTEGER NOT NULL,
  key        TEXT NOT NULL,
  value      BLOB NOT NULL,           -- msgpack
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (extension, key)
) WITHOUT ROWID;

CREATE TABLE alcove_migration (
  extension  INTEGER NOT NULL,
  name       TEXT NOT NULL,
  sha256     BLOB NOT NULL,           -- of the text as the package holds it
  applied_at INTEGER NOT NULL,
  PRIMARY KEY (extension, name)
) WITHOUT ROWID;

CREATE TABLE alcove_ledger (
  id        INTEGER PRIMARY KEY,
  at        INTEGER NOT NULL,
  extension INTEGER,                  -- NULL for the vault itself
  kind      TEXT NOT NULL,            -- installed, updated, removed, disabled, enabled, quarantined, crashed, refused, granted
  detail    TEXT NOT NULL             -- a code or a version, never an extension's data
);
