-- A notice is about something, which need not be an invoice. Each noun has a column of its own with a real foreign key;
-- one more noun is one more column. What names nothing that a build knows, that build does not read.
CREATE TABLE notices_now (
    id             TEXT PRIMARY KEY NOT NULL,
    kind           TEXT NOT NULL,
    audience       TEXT NOT NULL CHECK (audience IN ('customer', 'staff')),
    account_id     TEXT NOT NULL REFERENCES accounts (id),
    invoice_id     TEXT REFERENCES invoices (id),
    deliverable_id TEXT REFERENCES deliverables (id),
    created_at     BIGINT NOT NULL,
    sent_at        BIGINT,
    channel_id     TEXT,
    message_id     TEXT,
    -- Set when the person takes no DM: the notice waits in the inbox.
    closed_at      BIGINT,
    read_at        BIGINT
);
INSERT INTO notices_now (id, kind, audience, account_id, invoice_id, deliverable_id, created_at, sent_at, channel_id, message_id,
                         closed_at, read_at)
    SELECT id, kind, audience, account_id, invoice_id, deliverable_id, created_at, sent_at, channel_id, message_id, closed_at, read_at
    FROM notices;
DROP TABLE notices;
ALTER TABLE notices_now RENAME TO notices;
CREATE INDEX notices_inbox ON notices (account_id, audience, created_at, id) WHERE closed_at IS NOT NULL AND read_at IS NULL;
CREATE INDEX notices_by_invoice ON notices (invoice_id, created_at, id);
