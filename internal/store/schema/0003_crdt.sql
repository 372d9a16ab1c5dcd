-- Change tracking (internal/crdt/SPEC.md). h is a hybrid time, site the number
-- of a device in alcove_crdt_site, m the number of a migration. The clocks of a
-- tracked table are in tables of its own, alcove_crdt_<kind>_<id>.

CREATE TABLE alcove_crdt_site (
  id   INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  seen INTEGER NOT NULL DEFAULT 0,    -- every change of this site up to here is merged, or parked
  stable INTEGER NOT NULL DEFAULT 0   -- and every device has seen them up to here
);
-- The reserved site, whose stamps migrations make. This device's own is made
-- when it is first needed.
INSERT INTO alcove_crdt_site (id, uuid) VALUES (0, zeroblob(16));

CREATE TABLE alcove_crdt_self (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  site INTEGER NOT NULL
);

CREATE TABLE alcove_crdt_app (
  prefix     TEXT PRIMARY KEY,        -- <lineage hex>__<name>__
  generation INTEGER NOT NULL,        -- grows when an app's data is removed for good
  flags      INTEGER NOT NULL DEFAULT 0 -- 1: under development, its tables are not tracked
) WITHOUT ROWID;

CREATE TABLE alcove_crdt_table (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  gid    BLOB NOT NULL UNIQUE,        -- the same on every device
  app    TEXT NOT NULL,               -- prefix
  name   TEXT UNIQUE,                 -- as it is called now, in full; NULL once it is dropped
  flags  INTEGER NOT NULL DEFAULT 0   -- 1: automatic integer key
);

CREATE TABLE alcove_crdt_column (
  tbl  INTEGER NOT NULL,
  gid  BLOB NOT NULL,                 -- the same on every device
  bit  INTEGER,                       -- in sets of columns; NULL once it is dropped
  name TEXT,                          -- as it is called now; NULL once it is dropped
  fallback BLOB,                      -- exact form of what a row holds that came without it
  PRIMARY KEY (tbl, gid)
) WITHOUT ROWID;

-- No tombstone of a table that was collected, here or elsewhere, had a greater
-- causal length.
CREATE TABLE alcove_crdt_floor (
  tbl BLOB PRIMARY KEY,               -- gid, of tables that are not here as well
  cl  INTEGER NOT NULL
) WITHOUT ROWID;

-- What this device changed, one row for each transaction: the source of
-- changesets.
CREATE TABLE alcove_crdt_tx (
  h    INTEGER PRIMARY KEY,
  data BLOB NOT NULL
);

-- Rows and cells of tables and columns that this device does not have yet.
CREATE TABLE alcove_crdt_parked (
  tbl        BLOB NOT NULL,           -- gid
  k          BLOB NOT NULL,           -- key form of the row's key
  app        TEXT NOT NULL,           -- prefix
  generation INTEGER NOT NULL,        -- of the app's data
  whole      INTEGER NOT NULL,        -- 1: the table is not here; 0: only columns of it
  data       BLOB NOT NULL,
  PRIMARY KEY (tbl, k)
) WITHOUT ROWID;

-- Values that lost, rows that are hidden or were repaired: what a person may
-- want to see and take back.
CREATE TABLE alcove_crdt_conflict (
  id   INTEGER PRIMARY KEY,
  at   INTEGER NOT NULL,              -- Unix milliseconds, on this device
  app  TEXT NOT NULL,                 -- prefix
  tbl  BLOB NOT NULL,                 -- gid
  k    BLOB NOT NULL,
  kind TEXT NOT NULL,                 -- lost, unique, foreign, key, fork
  data BLOB NOT NULL
);
CREATE INDEX alcove_crdt_conflict_by_row ON alcove_crdt_conflict (tbl, k);
CREATE INDEX alcove_crdt_conflict_by_app ON alcove_crdt_conflict (app, id);

-- Changesets from too far in the future, as they came.
CREATE TABLE alcove_crdt_held (
  site BLOB NOT NULL,
  upto INTEGER NOT NULL,
  part INTEGER NOT NULL,              -- from 0
  at   INTEGER NOT NULL,              -- Unix milliseconds, on this device
  data BLOB NOT NULL,
  PRIMARY KEY (site, upto, part)
) WITHOUT ROWID;

-- Old values, to go back to a moment. An app that has none yet has no row here.
CREATE TABLE alcove_crdt_history_app (
  id     INTEGER PRIMARY KEY,
  prefix TEXT NOT NULL UNIQUE,
  flags  INTEGER NOT NULL DEFAULT 0,  -- 1: no old values are kept
  days   INTEGER,                     -- how long they are kept; NULL: as by default
  share  INTEGER,                     -- of the app's data, percent; NULL: as by default
  floor  INTEGER NOT NULL DEFAULT 0,  -- the oldest moment that can be told, a hybrid time
  size   INTEGER NOT NULL DEFAULT 0,  -- bytes of its rows in alcove_crdt_history, about
  data   INTEGER                      -- bytes of its tables when they were last counted
);

-- What the columns of a table were when values were kept.
CREATE TABLE alcove_crdt_history_layout (
  id      INTEGER PRIMARY KEY,
  tbl     BLOB NOT NULL,              -- gid
  columns BLOB NOT NULL,              -- of each, bit (1 byte) and gid (16)
  UNIQUE (tbl, columns)
);

CREATE TABLE alcove_crdt_history (
  app    INTEGER NOT NULL,            -- in alcove_crdt_history_app
  h      INTEGER NOT NULL,            -- when the values were replaced
  layout INTEGER NOT NULL,
  part   INTEGER NOT NULL,            -- more than one if they are many
  data   BLOB NOT NULL,
  PRIMARY KEY (app, h, layout, part)
) WITHOUT ROWID;

-- The moments before updates.
CREATE TABLE alcove_crdt_mark (
  app     TEXT NOT NULL,              -- prefix
  h       INTEGER NOT NULL,           -- hybrid time
  version TEXT NOT NULL,              -- that was installed until then
  PRIMARY KEY (app, h)
) WITHOUT ROWID;

-- Rows that are forgotten, by the hash of their key. Each is a tombstone too.
CREATE TABLE alcove_crdt_purge (
  tbl  BLOB NOT NULL,                 -- gid
  k    BLOB NOT NULL,                 -- hash of the key
  upto INTEGER NOT NULL,              -- what was written until then is forgotten, a hybrid time
  cl   INTEGER NOT NULL,              -- even; 0 if the row lives on
  h    INTEGER NOT NULL,
  site INTEGER NOT NULL,
  erased INTEGER NOT NULL DEFAULT 0,  -- 1: nothing of it is left in free space
  PRIMARY KEY (tbl, k)
) WITHOUT ROWID;
