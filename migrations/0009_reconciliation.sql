-- How far Stripe's events were looked through, and when a process last began to.
CREATE TABLE reconciliation (
    id         BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    -- Events that happened before this were looked at.
    done_until BIGINT,
    started_at BIGINT
);
INSERT INTO reconciliation (id) VALUES (1);
CREATE INDEX checkout_sessions_to_look_at ON checkout_sessions (expires_at) WHERE state IN ('creating', 'open', 'processing');
