-- One row that is written to see whether the database takes writes.
CREATE TABLE database_mark (
    id BIGINT NOT NULL PRIMARY KEY,
    writes BIGINT NOT NULL
);
INSERT INTO database_mark (id, writes) VALUES (1, 0);
-- One row for each encryption key that this database has seen: the key itself cannot be read from its check
-- value, and another key has another.
CREATE TABLE encryption_keys (
    id TEXT NOT NULL PRIMARY KEY,
    check_value TEXT NOT NULL,
    seen_at BIGINT NOT NULL
);
