-- Every column stands for itself, so that two devices can merge column by column:
-- no keys counted up, nothing unique but the key, no reference that must hold.
-- Times are Unix milliseconds; keys are UUIDv7.

CREATE TABLE {{folders}} (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL DEFAULT '',
  parent     TEXT,                        -- folder, NULL at the top; may name one that is gone
  created_at INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE {{notes}} (
  id         TEXT PRIMARY KEY,
  folder     TEXT,                        -- NULL: in no folder; may name one that is gone
  title      TEXT NOT NULL DEFAULT '',
  body       TEXT NOT NULL DEFAULT '',    -- Markdown
  pinned     INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL DEFAULT 0,
  edited_at  INTEGER NOT NULL DEFAULT 0,
  trashed_at INTEGER                      -- NULL: not in the trash
) WITHOUT ROWID;
