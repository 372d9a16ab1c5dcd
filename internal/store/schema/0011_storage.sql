-- Places on S3 where a person keeps files (internal/items), named and tracked as
-- the other tables of items are.

CREATE TABLE alcove__items__storage (
  id         TEXT PRIMARY KEY NOT NULL,     -- UUIDv7
  name       TEXT NOT NULL DEFAULT '',
  endpoint   TEXT NOT NULL DEFAULT '',      -- scheme, host and port
  region     TEXT NOT NULL DEFAULT '',
  bucket     TEXT NOT NULL DEFAULT '',
  prefix     TEXT NOT NULL DEFAULT '',      -- what all keys begin with
  path_style TEXT NOT NULL DEFAULT '',      -- '1': the bucket is in the path, not in the host
  access_key TEXT NOT NULL DEFAULT '',
  secret     TEXT NOT NULL DEFAULT '',
  token      TEXT NOT NULL DEFAULT '',      -- of credentials that end; '' where they do not
  owner      TEXT NOT NULL DEFAULT '',      -- the app that added it and alone may use it; '' for the person's
  created_at INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL DEFAULT 0
);
