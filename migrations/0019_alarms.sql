-- What an outside service refuses for good, until it takes it again or somebody lets it go.
CREATE TABLE alarms (
    id         TEXT PRIMARY KEY NOT NULL,
    -- A word of `standing::Trouble`.
    trouble    TEXT NOT NULL,
    -- Which of that kind: a permission, an account, an invoice, a file; empty where there is one only.
    about      TEXT NOT NULL,
    invoice_id TEXT REFERENCES invoices (id),
    -- The service's own word for it.
    code       TEXT NOT NULL,
    raised_at  BIGINT NOT NULL,
    -- When the first of the owners was told.
    told_at    BIGINT,
    over_at    BIGINT
);
CREATE UNIQUE INDEX alarms_open ON alarms (trouble, about) WHERE over_at IS NULL;
CREATE INDEX alarms_to_look_at ON alarms (raised_at, id) WHERE over_at IS NULL;
CREATE INDEX alarms_of_trouble ON alarms (trouble, raised_at, id) WHERE over_at IS NULL;
CREATE INDEX alarms_of_what ON alarms (about, over_at);

-- The account at Stripe that we work with, in each mode.
CREATE TABLE stripe_accounts (
    livemode  BIGINT PRIMARY KEY NOT NULL,
    id        TEXT NOT NULL,
    since     BIGINT NOT NULL
);

-- The customer object at Stripe that was deleted there; part of the idempotency key of the one in its place.
ALTER TABLE accounts ADD COLUMN former_customer_id TEXT;
