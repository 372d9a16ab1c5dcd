-- Secrets that apps keep (internal/capability/secrets). They are sealed with a
-- key of their own, so that no statement, export or history shows them.

CREATE TABLE alcove_secret (
  extension  INTEGER NOT NULL REFERENCES alcove_extension (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  sealed     BLOB NOT NULL,           -- internal/capability/secrets/SPEC.md
  ask        INTEGER NOT NULL,        -- 1: the person is asked each time it is read
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (extension, name)
) WITHOUT ROWID;
