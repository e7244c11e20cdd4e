-- Money that goes back: asked for by staff or by us, or made in Stripe's dashboard.
CREATE TABLE refunds (
    id               TEXT PRIMARY KEY NOT NULL,
    invoice_id       TEXT NOT NULL REFERENCES invoices (id),
    payment_id       TEXT NOT NULL REFERENCES payments (id),
    -- Stripe's id, once it is known there.
    stripe_refund_id TEXT UNIQUE,
    amount_minor     BIGINT NOT NULL CHECK (amount_minor > 0),
    currency         TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('requested', 'pending', 'succeeded', 'failed', 'canceled')),
    reason           TEXT NOT NULL,
    -- Whether the customer keeps their files although everything is refunded.
    keep_access      BIGINT NOT NULL,
    -- A Discord user, or a word for what is no person.
    requested_by     TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    -- When Stripe's event happened that the status is from: an older one changes nothing.
    changed_at       BIGINT,
    failure          TEXT
);
CREATE INDEX refunds_by_invoice ON refunds (invoice_id, status);
CREATE INDEX refunds_failed ON refunds (created_at) WHERE status = 'failed';

CREATE TABLE disputes (
    -- Stripe's id.
    id           TEXT PRIMARY KEY NOT NULL,
    invoice_id   TEXT NOT NULL REFERENCES invoices (id),
    payment_id   TEXT NOT NULL REFERENCES payments (id),
    amount_minor BIGINT NOT NULL,
    currency     TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('open', 'won', 'lost')),
    reason       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);
CREATE INDEX disputes_by_invoice ON disputes (invoice_id, status);

-- The first payment of an invoice is read in the order of its index.
DROP INDEX payments_by_invoice;
CREATE INDEX payments_by_invoice ON payments (invoice_id, id);
