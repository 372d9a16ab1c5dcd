-- How a grant came to be, how long it lasts, what it is used for. Its target may
-- be narrower than what the manifest asks for.

ALTER TABLE alcove_grant ADD COLUMN until INTEGER NOT NULL DEFAULT 0;     -- from then on it counts as ask; 0: no date
ALTER TABLE alcove_grant ADD COLUMN uses_left INTEGER NOT NULL DEFAULT 0; -- 0: no count; with the last use the row goes
ALTER TABLE alcove_grant ADD COLUMN how TEXT NOT NULL DEFAULT 'review';   -- review, prompt, picker, settings
ALTER TABLE alcove_grant ADD COLUMN last_used INTEGER NOT NULL DEFAULT 0; -- 0: never
ALTER TABLE alcove_grant ADD COLUMN used INTEGER NOT NULL DEFAULT 0;      -- times
ALTER TABLE alcove_grant ADD COLUMN denied INTEGER NOT NULL DEFAULT 0;    -- times it refused a call
ALTER TABLE alcove_grant ADD COLUMN keep INTEGER NOT NULL DEFAULT 0;      -- 1: does not end when it is unused for long
ALTER TABLE alcove_grant ADD COLUMN terms TEXT;                           -- the person's own constraints as JSON, as in a manifest; NULL: none

-- Files and folders of this computer that a person picked for an extension, and
-- that it may come back to. The grant is a row of alcove_grant about {picked-<id>}.
CREATE TABLE alcove_picked (
  id        TEXT PRIMARY KEY,         -- 16 hex digits
  extension INTEGER NOT NULL,
  path      TEXT NOT NULL,
  folder    INTEGER NOT NULL,         -- 1: with everything in it
  writable  INTEGER NOT NULL,
  picked_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alcove_picked_by_extension ON alcove_picked (extension);
