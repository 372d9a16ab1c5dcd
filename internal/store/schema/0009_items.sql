-- Password items and mail accounts (internal/items). They are named as the
-- tables of an app are, with alcove for the lineage, so that their changes are
-- tracked; no statement and no grant of an app reaches what begins so.

CREATE TABLE alcove__items__item (
  id         TEXT PRIMARY KEY NOT NULL,     -- UUIDv7
  title      TEXT NOT NULL DEFAULT '',
  username   TEXT NOT NULL DEFAULT '',
  password   TEXT NOT NULL DEFAULT '',
  urls       TEXT NOT NULL DEFAULT '[]',    -- JSON, as all lists here
  note       TEXT NOT NULL DEFAULT '',
  tags       TEXT NOT NULL DEFAULT '[]',
  totp       TEXT NOT NULL DEFAULT '',      -- otpauth URI
  fields     TEXT NOT NULL DEFAULT '[]',    -- of {name, value, hidden}
  created_at INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL DEFAULT 0,
  deleted_at INTEGER NOT NULL DEFAULT 0     -- 0: it is not; it goes for good 30 days later
);

CREATE TABLE alcove__items__account (
  id         TEXT PRIMARY KEY NOT NULL,
  address    TEXT NOT NULL DEFAULT '',
  name       TEXT NOT NULL DEFAULT '',
  user       TEXT NOT NULL DEFAULT '',
  password   TEXT NOT NULL DEFAULT '',
  imap       TEXT NOT NULL DEFAULT '{}',    -- JSON {host, port, security}
  smtp       TEXT NOT NULL DEFAULT '{}',
  created_at INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL DEFAULT 0
);
