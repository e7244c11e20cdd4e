-- What stands on a receipt or credit note, as it was when its number was taken. The id is that of the payment
-- or the refund.
CREATE TABLE papers (
    id             TEXT PRIMARY KEY NOT NULL,
    -- As it is written, such as R-000012.
    number         TEXT NOT NULL,
    -- Where the payer was, such as 2026-11-21.
    day            TEXT NOT NULL,
    timezone       TEXT NOT NULL,
    -- Their Discord user, and what Discord showed for them.
    payer          TEXT NOT NULL,
    payer_name     TEXT NOT NULL,
    -- As it was charged.
    title          TEXT NOT NULL,
    description    TEXT NOT NULL,
    amount_minor   BIGINT NOT NULL,
    currency       TEXT NOT NULL,
    seller_name    TEXT NOT NULL,
    seller_address TEXT NOT NULL,
    seller_email   TEXT NOT NULL,
    seller_website TEXT NOT NULL,
    seller_tax_id  TEXT NOT NULL,
    note           TEXT NOT NULL
);

-- When what stands on the paper was frozen. What has a number and no such time is from before: it is frozen
-- with the settings of the next start.
ALTER TABLE payments ADD COLUMN frozen_at BIGINT;
CREATE INDEX payments_unfrozen ON payments (id) WHERE frozen_at IS NULL;
ALTER TABLE refunds ADD COLUMN frozen_at BIGINT;
CREATE INDEX refunds_unfrozen ON refunds (id) WHERE credit_note_number IS NOT NULL AND frozen_at IS NULL;
