-- How many migrations of an app a site had run from a time on, as far as this
-- device has heard (internal/crdt/SPEC.md, "Levels").

CREATE TABLE alcove_crdt_level (
  app  TEXT NOT NULL,                 -- prefix
  site INTEGER NOT NULL,
  h    INTEGER NOT NULL,              -- hybrid time, inclusive
  m    INTEGER NOT NULL,
  PRIMARY KEY (app, site, h)
) WITHOUT ROWID;
