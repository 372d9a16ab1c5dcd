-- What one extension may use, where a person chose another limit than the
-- default, and how much it keeps.

CREATE TABLE alcove_limit (
  extension INTEGER NOT NULL,
  name      TEXT NOT NULL,            -- statement, params, rows, bytes, time (milliseconds), waiting, storage (bytes)
  value     INTEGER NOT NULL,
  PRIMARY KEY (extension, name)
) WITHOUT ROWID;

-- No row: nobody has counted yet.
CREATE TABLE alcove_usage (
  extension INTEGER PRIMARY KEY,
  pages     INTEGER NOT NULL          -- of 4 KiB, added by its transactions
);
