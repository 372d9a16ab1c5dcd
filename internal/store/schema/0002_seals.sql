-- How many pages and log frames each key has sealed, counted ahead, so that a
-- key is retired in time. See SPEC.md, "Retirement".

CREATE TABLE alcove_seal (
  key_id INTEGER PRIMARY KEY,
  seals  INTEGER NOT NULL
);
