-- One text for SQLite and PostgreSQL. Ids and snowflakes are TEXT, times are BIGINT milliseconds
-- since the Unix epoch, money is BIGINT minor units beside a currency.

CREATE TABLE accounts (
    id                          TEXT PRIMARY KEY NOT NULL,
    discord_id                  TEXT NOT NULL UNIQUE,
    name                        TEXT NOT NULL,
    stripe_customer_id          TEXT UNIQUE,
    -- Set when the outbox was asked to create the customer, so that it is asked once.
    stripe_customer_requested_at BIGINT,
    created_at                  BIGINT NOT NULL
);

-- MAX(number) + 1 is a race; a counter row is a lock.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY NOT NULL,
    value BIGINT NOT NULL
);

CREATE TABLE invoices (
    id           TEXT PRIMARY KEY NOT NULL,
    number       BIGINT NOT NULL UNIQUE,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    issuer_id    TEXT NOT NULL REFERENCES accounts (id),
    title        TEXT NOT NULL,
    description  TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency     TEXT NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('pending', 'paid', 'revoked')),
    -- Every operation on an invoice starts by raising this: the portable row lock.
    revision     BIGINT NOT NULL,
    due_at       BIGINT,
    created_at   BIGINT NOT NULL,
    paid_at      BIGINT,
    revoking_at  BIGINT,
    revoked_at   BIGINT
);
CREATE INDEX invoices_by_account ON invoices (account_id, number);
CREATE INDEX invoices_by_account_and_status ON invoices (account_id, status, number);
CREATE INDEX invoices_by_status ON invoices (status, number);

-- One attempt to pay: everything the call to Stripe is built from.
CREATE TABLE checkout_sessions (
    id                 TEXT PRIMARY KEY NOT NULL,
    invoice_id         TEXT NOT NULL REFERENCES invoices (id),
    attempt            BIGINT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('creating', 'open', 'processing', 'paid', 'expired', 'failed')),
    title              TEXT NOT NULL,
    amount_minor       BIGINT NOT NULL,
    currency           TEXT NOT NULL,
    stripe_customer_id TEXT,
    -- The address that the return URLs start with; their token is made from the link when needed.
    public_url         TEXT NOT NULL,
    link_id            TEXT NOT NULL,
    expires_at         BIGINT NOT NULL,
    stripe_session_id  TEXT UNIQUE,
    url                TEXT,
    created_at         BIGINT NOT NULL,
    UNIQUE (invoice_id, attempt)
);
-- Two clicks at once are one session; nobody pays twice while money is on its way.
CREATE UNIQUE INDEX checkout_sessions_live ON checkout_sessions (invoice_id)
    WHERE state IN ('creating', 'open', 'processing');

CREATE TABLE payments (
    id                  TEXT PRIMARY KEY NOT NULL,
    invoice_id          TEXT NOT NULL REFERENCES invoices (id),
    checkout_session_id TEXT NOT NULL UNIQUE REFERENCES checkout_sessions (id),
    payment_intent_id   TEXT UNIQUE,
    amount_minor        BIGINT NOT NULL,
    currency            TEXT NOT NULL,
    paid_at             BIGINT NOT NULL
);
CREATE INDEX payments_by_invoice ON payments (invoice_id);

CREATE TABLE stripe_events (
    id          TEXT PRIMARY KEY NOT NULL,
    kind        TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    livemode    BIGINT NOT NULL,
    -- Sealed; dropped 30 days after the event was applied or ignored.
    body        TEXT,
    outcome     TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    settled_at  BIGINT
);
CREATE INDEX stripe_events_by_settled ON stripe_events (settled_at) WHERE body IS NOT NULL;
CREATE INDEX stripe_events_by_outcome ON stripe_events (outcome, received_at);

CREATE TABLE deliverables (
    id           TEXT PRIMARY KEY NOT NULL,
    invoice_id   TEXT NOT NULL REFERENCES invoices (id),
    label        TEXT NOT NULL,
    object_key   TEXT NOT NULL UNIQUE,
    file_name    TEXT NOT NULL,
    size_bytes   BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    created_by   TEXT NOT NULL REFERENCES accounts (id),
    created_at   BIGINT NOT NULL
);
CREATE INDEX deliverables_by_invoice ON deliverables (invoice_id, created_at);

-- What /pay/<token> and /d/<token> lead to. The token is this id and a MAC that is not stored.
CREATE TABLE links (
    id             TEXT PRIMARY KEY NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('pay', 'download')),
    invoice_id     TEXT NOT NULL REFERENCES invoices (id),
    deliverable_id TEXT REFERENCES deliverables (id),
    created_at     BIGINT NOT NULL,
    expires_at     BIGINT
);
CREATE UNIQUE INDEX links_pay ON links (invoice_id) WHERE kind = 'pay';
CREATE INDEX links_by_expiry ON links (expires_at) WHERE expires_at IS NOT NULL;

-- What a person was or will be told: by DM, or in their inbox where DMs are closed.
CREATE TABLE notices (
    id             TEXT PRIMARY KEY NOT NULL,
    kind           TEXT NOT NULL,
    audience       TEXT NOT NULL CHECK (audience IN ('customer', 'staff')),
    account_id     TEXT NOT NULL REFERENCES accounts (id),
    invoice_id     TEXT NOT NULL REFERENCES invoices (id),
    deliverable_id TEXT REFERENCES deliverables (id),
    created_at     BIGINT NOT NULL,
    sent_at        BIGINT,
    channel_id     TEXT,
    message_id     TEXT,
    -- Set when the person takes no DM: the notice waits in the inbox.
    closed_at      BIGINT,
    read_at        BIGINT
);
CREATE INDEX notices_inbox ON notices (account_id, created_at) WHERE closed_at IS NOT NULL AND read_at IS NULL;
CREATE INDEX notices_by_invoice ON notices (invoice_id);

CREATE TABLE audit (
    id     TEXT PRIMARY KEY NOT NULL,
    at     BIGINT NOT NULL,
    -- A Discord user id, or `stripe`, `customer link`.
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_target ON audit (target, at);
CREATE INDEX audit_by_actor ON audit (actor, at);

-- A refusal is counted once per person, command and ten minutes.
CREATE TABLE refusals (
    actor        TEXT NOT NULL,
    command      TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    count        BIGINT NOT NULL,
    PRIMARY KEY (actor, command, window_start)
);

CREATE TABLE outbox (
    id            TEXT PRIMARY KEY NOT NULL,
    kind          TEXT NOT NULL,
    payload       TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'given_up')),
    attempts      BIGINT NOT NULL,
    first_due_at  BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    last_error    TEXT
);
CREATE INDEX outbox_by_due ON outbox (state, due_at);

-- What was registered with Discord, so that a start registers only what changed.
CREATE TABLE command_registrations (
    scope         TEXT PRIMARY KEY NOT NULL,
    fingerprint   TEXT NOT NULL,
    registered_at BIGINT NOT NULL
);

