-- An edit that counts once Stripe has closed the payment page: what will hold then, as JSON, and the
-- Discord user who asked for it.
ALTER TABLE invoices ADD COLUMN edit TEXT;
ALTER TABLE invoices ADD COLUMN editing_at BIGINT;
ALTER TABLE invoices ADD COLUMN edited_by TEXT;

-- An IANA name, such as Europe/Berlin: what dates that a person types are read in.
ALTER TABLE accounts ADD COLUMN timezone TEXT;

-- A deliverable is what it is now; what it was before it was replaced is a version of its own.
ALTER TABLE deliverables ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE deliverables ADD COLUMN removed_at BIGINT;
-- The customer of its invoice, which never changes: their files are read by one index.
ALTER TABLE deliverables ADD COLUMN account_id TEXT REFERENCES accounts (id);
UPDATE deliverables SET account_id = (SELECT account_id FROM invoices WHERE invoices.id = deliverables.invoice_id);
CREATE INDEX deliverables_by_account ON deliverables (account_id, id);
DROP INDEX deliverables_by_invoice;
CREATE INDEX deliverables_by_invoice ON deliverables (invoice_id, id);

CREATE TABLE deliverable_versions (
    deliverable_id TEXT NOT NULL REFERENCES deliverables (id),
    version        BIGINT NOT NULL,
    object_key     TEXT NOT NULL UNIQUE,
    file_name      TEXT NOT NULL,
    size_bytes     BIGINT NOT NULL,
    content_type   TEXT NOT NULL,
    sha256         TEXT NOT NULL,
    created_by     TEXT NOT NULL REFERENCES accounts (id),
    created_at     BIGINT NOT NULL,
    replaced_at    BIGINT NOT NULL,
    PRIMARY KEY (deliverable_id, version)
);
