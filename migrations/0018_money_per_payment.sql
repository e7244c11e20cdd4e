-- A payment counts where it fitted its invoice when it arrived; what does not, and a second one of an
-- invoice, waits for a person.
ALTER TABLE payments ADD COLUMN counts BIGINT NOT NULL DEFAULT 1;
ALTER TABLE payments ADD COLUMN needs_person BIGINT NOT NULL DEFAULT 0;
-- What was kept as an event until now: a second payment, whose row is there.
UPDATE payments SET needs_person = 1 WHERE checkout_session_id IN (
    SELECT c.id FROM checkout_sessions c JOIN stripe_events e ON e.object_id = c.stripe_session_id
    WHERE e.outcome = 'not_pending' AND e.settled_at IS NULL);
UPDATE stripe_events SET outcome = 'applied', settled_at = COALESCE(settled_at, received_at) WHERE outcome = 'not_pending';
CREATE INDEX payments_to_look_at ON payments (paid_at, id) WHERE needs_person = 1;

-- What went back of a payment.
CREATE INDEX refunds_by_payment ON refunds (payment_id, status, created_at, id);

-- Since when Stripe does not say how a payment page stands, although it may still be open there.
ALTER TABLE checkout_sessions ADD COLUMN unknown_since BIGINT;

-- A dispute is about an amount in a currency of its own, and an inquiry is none.
CREATE TABLE disputes_now (
    -- Stripe's id.
    id               TEXT PRIMARY KEY NOT NULL,
    invoice_id       TEXT NOT NULL REFERENCES invoices (id),
    payment_id       TEXT NOT NULL REFERENCES payments (id),
    -- As Stripe says it.
    amount_minor     BIGINT NOT NULL,
    currency         TEXT NOT NULL,
    -- How much of the payment that is, in the payment's currency.
    of_payment_minor BIGINT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('inquiry', 'closed', 'open', 'won', 'lost')),
    -- Whether Stripe still refunds the payment.
    is_refundable    BIGINT NOT NULL,
    reason           TEXT NOT NULL,
    created_at       BIGINT NOT NULL,
    changed_at       BIGINT NOT NULL
);
INSERT INTO disputes_now (id, invoice_id, payment_id, amount_minor, currency, of_payment_minor, status, is_refundable, reason,
                          created_at, changed_at)
    SELECT d.id, d.invoice_id, d.payment_id, d.amount_minor, d.currency,
           CASE WHEN d.amount_minor < p.amount_minor THEN d.amount_minor ELSE p.amount_minor END,
           d.status, 0, d.reason, d.created_at, d.changed_at
    FROM disputes d JOIN payments p ON p.id = d.payment_id;
DROP TABLE disputes;
ALTER TABLE disputes_now RENAME TO disputes;
CREATE INDEX disputes_by_invoice ON disputes (invoice_id, changed_at, id);
CREATE INDEX disputes_by_payment ON disputes (payment_id, status);
CREATE INDEX disputes_by_change ON disputes (changed_at);

-- Of each kind of what is left to do the newest is shown.
DROP INDEX stripe_events_unsettled;
CREATE INDEX stripe_events_unsettled ON stripe_events (outcome, received_at, id) WHERE settled_at IS NULL;
