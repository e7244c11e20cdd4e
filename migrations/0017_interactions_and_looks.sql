-- Interactions that somebody acts on, so that of two bots with one token only one does. A row is of no
-- use once Discord takes no answer to its interaction any more, fifteen minutes later.
CREATE TABLE interactions (
    id       TEXT PRIMARY KEY NOT NULL,
    -- Which delivery of it: each bot that is handed an interaction names its own.
    taken_by TEXT NOT NULL,
    taken_at BIGINT NOT NULL
);
CREATE INDEX interactions_by_time ON interactions (taken_at);

-- The bots that run on this database, each with the shards that it connected. One that was killed leaves
-- its row behind, and is known by when it was seen last.
CREATE TABLE bots (
    id          TEXT PRIMARY KEY NOT NULL,
    first_shard BIGINT NOT NULL,
    last_shard  BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL
);

-- An inbox is read by whom its notices are for.
DROP INDEX notices_inbox;
CREATE INDEX notices_inbox ON notices (account_id, audience, created_at, id) WHERE closed_at IS NOT NULL AND read_at IS NULL;
