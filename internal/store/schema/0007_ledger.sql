-- What apps did and tried (internal/permission/ledger): everything counted, the
-- last calls in full. Never what an app reads, writes or sends.

-- One thing that an app reached for, and all that ever became of it. Of an app
-- that reaches for too many, those it left longest are counted together, in the
-- row whose target is "…".
CREATE TABLE alcove_call_target (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  extension    INTEGER NOT NULL REFERENCES alcove_extension (id) ON DELETE CASCADE,
  resource     TEXT NOT NULL,
  action       TEXT NOT NULL,
  target       TEXT NOT NULL,             -- exact: an origin, a path, a table, a program
  first_at     INTEGER NOT NULL,
  last_at      INTEGER NOT NULL,
  last_used    INTEGER NOT NULL DEFAULT 0, -- 0: never
  last_refused INTEGER NOT NULL DEFAULT 0,
  last_asked   INTEGER NOT NULL DEFAULT 0,
  done         INTEGER NOT NULL DEFAULT 0, -- calls that succeeded
  failed       INTEGER NOT NULL DEFAULT 0, -- that were allowed, and failed
  refused      INTEGER NOT NULL DEFAULT 0,
  asked        INTEGER NOT NULL DEFAULT 0, -- prompts
  took         INTEGER NOT NULL DEFAULT 0, -- microseconds, in all
  bytes_in     INTEGER NOT NULL DEFAULT 0, -- what the app got
  bytes_out    INTEGER NOT NULL DEFAULT 0, -- what it gave
  UNIQUE (extension, resource, action, target)
);

-- The same by the minute, and after two days by the day (UTC).
CREATE TABLE alcove_call_count (
  span      INTEGER NOT NULL,             -- milliseconds: 60000 or 86400000
  at        INTEGER NOT NULL,             -- where it begins
  target    INTEGER NOT NULL REFERENCES alcove_call_target (id) ON DELETE CASCADE,
  done      INTEGER NOT NULL,
  failed    INTEGER NOT NULL,
  refused   INTEGER NOT NULL,
  asked     INTEGER NOT NULL,
  took      INTEGER NOT NULL,
  bytes_in  INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  PRIMARY KEY (span, at, target)
) WITHOUT ROWID;
CREATE INDEX alcove_call_count_by_target ON alcove_call_count (target, at);

-- The last calls and prompts of each app in full, of each class a number of
-- its own, so that none can be crowded out by another.
CREATE TABLE alcove_call_line (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  extension INTEGER NOT NULL REFERENCES alcove_extension (id) ON DELETE CASCADE,
  class     INTEGER NOT NULL,             -- 0: its own data, 1: beyond, 2: refused, 3: asked
  method    TEXT NOT NULL,
  resource  TEXT NOT NULL,
  action    TEXT NOT NULL,
  target    TEXT NOT NULL,
  verdict   TEXT NOT NULL,
  code      TEXT NOT NULL,                -- '' if it succeeded
  took      INTEGER NOT NULL,             -- microseconds
  bytes_in  INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL
);
CREATE INDEX alcove_call_line_by_class ON alcove_call_line (extension, class, id);
CREATE INDEX alcove_call_line_by_time ON alcove_call_line (at);

CREATE INDEX alcove_ledger_by_time ON alcove_ledger (at);
