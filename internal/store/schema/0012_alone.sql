-- Whether anybody but this device can have to hear of what was deleted here
-- (internal/crdt/SPEC.md, "A vault on one device").

ALTER TABLE alcove_crdt_self ADD COLUMN told INTEGER NOT NULL DEFAULT 0; -- 1: changes or a snapshot were given out
ALTER TABLE alcove_crdt_self ADD COLUMN mark INTEGER;                    -- number of the site that says what was collected alone
