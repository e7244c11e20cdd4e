-- When the customer was last reminded of an invoice.
ALTER TABLE invoices ADD COLUMN reminded_at BIGINT;
CREATE INDEX invoices_due ON invoices (due_at) WHERE status = 'pending' AND due_at IS NOT NULL;

-- Download links that were opened, for the studio's answer to a dispute. Kept for 180 days.
CREATE TABLE openings (
    id             TEXT PRIMARY KEY NOT NULL,
    deliverable_id TEXT NOT NULL REFERENCES deliverables (id),
    invoice_id     TEXT NOT NULL REFERENCES invoices (id),
    version        BIGINT NOT NULL,
    opened_at      BIGINT NOT NULL,
    -- The internet address that opened it; sealed.
    address        TEXT NOT NULL
);
CREATE INDEX openings_by_invoice ON openings (invoice_id, opened_at, id);
CREATE INDEX openings_by_age ON openings (opened_at);
