ALTER TABLE invoices ADD COLUMN revoke_reason TEXT;
-- The Discord user of the staff member who revoked it.
ALTER TABLE invoices ADD COLUMN revoked_by TEXT;

-- What a person was asked to confirm: used once, by them alone, within ten minutes.
CREATE TABLE confirmations (
    id         TEXT PRIMARY KEY NOT NULL,
    actor      TEXT NOT NULL,
    operation  TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX confirmations_by_expiry ON confirmations (expires_at);
