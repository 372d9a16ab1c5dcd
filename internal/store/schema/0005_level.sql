-- How many migrations of an app a site had run from a time on, as far as this
-- device has heard (internal/crdt/SPEC.md, "Levels").

CREATE TABLE alcove_crdt_level (
  app  TEXT NOT NULL,                 -- prefix
  site INTEGER NOT NULL,
  h    INTEGER NOT NULL,              -- hybrid time, inclusive
  m    INTEGER NOT NULL,
  PRIMARY KEY (app, site, h)
) WITHOUT ROWID;

-- What this device had seen of each site when it ran a migration itself.
CREATE TABLE alcove_crdt_ran (
  app  TEXT NOT NULL,                 -- prefix
  m    INTEGER NOT NULL,
  seen BLOB NOT NULL,                 -- of each, the number (uvarint) and the hybrid time (uvarint)
  PRIMARY KEY (app, m)
) WITHOUT ROWID;
