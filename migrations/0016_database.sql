-- One row about the database itself.
CREATE TABLE database_mark (
    id       BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    -- Counted up to see whether the database takes writes.
    writes   BIGINT NOT NULL,
    -- When somebody said that a new studio begins here, although Stripe has payments of another.
    begun_at BIGINT,
    -- Which database this is an unfinished copy of: nobody works on it yet.
    copy_of  TEXT
);
INSERT INTO database_mark (id, writes) VALUES (1, 0);
-- One row for each encryption key that this database has seen: the key itself cannot be read from its check
-- value, and another key has another.
CREATE TABLE encryption_keys (
    id          TEXT PRIMARY KEY NOT NULL,
    check_value TEXT NOT NULL,
    seen_at     BIGINT NOT NULL
);
