-- Which rows of its own tables an app says belong to the vault's one space
-- (internal/capability/spaces). The table is named as those of an app are, with
-- alcove for the lineage, so that its changes are tracked; no statement and no
-- grant of an app reaches what begins so.

CREATE TABLE alcove__spaces__row (
  tbl      TEXT NOT NULL,             -- full name in small letters, which says whose it is
  pks      TEXT NOT NULL,             -- the row's primary key, as the app writes it
  group_id TEXT NOT NULL DEFAULT '',
  type     TEXT NOT NULL DEFAULT '',
  label    TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (tbl, pks)
);
