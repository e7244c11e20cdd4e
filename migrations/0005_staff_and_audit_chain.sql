-- What somebody may do for the studio: given to a user, or to a role of one of the studio's servers.
-- Owners are in the configuration and have no rows.
CREATE TABLE staff_grants (
    id         TEXT PRIMARY KEY NOT NULL,
    permission TEXT NOT NULL CHECK (permission IN ('billing', 'support', 'reviewer', 'admin', 'privacy')),
    user_id    TEXT,
    guild_id   TEXT,
    role_id    TEXT,
    granted_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    CHECK ((user_id IS NULL) <> (role_id IS NULL)),
    CHECK ((guild_id IS NULL) = (role_id IS NULL)),
    CHECK (role_id IS NULL OR permission NOT IN ('admin', 'privacy'))
);
CREATE UNIQUE INDEX staff_grants_user ON staff_grants (user_id, permission) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX staff_grants_role ON staff_grants (guild_id, role_id, permission) WHERE role_id IS NOT NULL;

-- The audit log is a chain: the hash of a row covers the hash of the row before it. Rows from before
-- the chain keep their order and have no hash.
ALTER TABLE audit ADD COLUMN seq BIGINT;
ALTER TABLE audit ADD COLUMN hash TEXT;
UPDATE audit SET seq = numbered.seq
    FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY at, id) AS seq FROM audit) AS numbered WHERE numbered.id = audit.id;
CREATE UNIQUE INDEX audit_by_seq ON audit (seq);
DROP INDEX audit_by_target;
DROP INDEX audit_by_actor;
CREATE INDEX audit_by_target ON audit (target, seq);
CREATE INDEX audit_by_actor ON audit (actor, seq);
CREATE INDEX audit_by_action ON audit (action, seq);

-- The end of the chain, and the lock on it: the last lock that a transaction takes.
CREATE TABLE audit_head (
    id        BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    seq       BIGINT NOT NULL,
    hash      TEXT NOT NULL,
    -- How many rows are from before the chain.
    unchained BIGINT NOT NULL
);
INSERT INTO audit_head (id, seq, hash, unchained) SELECT 1, COALESCE(MAX(seq), 0), '', COALESCE(MAX(seq), 0) FROM audit;

-- What an invoice is named in the log: by its number, as people know it, with its files.
UPDATE audit SET target = 'invoice:' || CAST(invoices.number AS TEXT) FROM invoices WHERE audit.target = 'invoice:' || invoices.id;
UPDATE audit SET detail = audit.target || ' ' || audit.detail, target = 'invoice:' || CAST(invoices.number AS TEXT)
    FROM deliverables, invoices
    WHERE audit.target = 'deliverable:' || deliverables.id AND invoices.id = deliverables.invoice_id;
