-- Stripe's test and live mode share nothing: a customer or session of one does not exist in the other.
ALTER TABLE accounts ADD COLUMN stripe_livemode BIGINT;
ALTER TABLE checkout_sessions ADD COLUMN livemode BIGINT NOT NULL DEFAULT 0;

-- Events that need a person are few; counting them must not look at the others.
CREATE INDEX stripe_events_unsettled ON stripe_events (received_at) WHERE settled_at IS NULL;
