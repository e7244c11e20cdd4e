-- The newest refund decides whether the customer keeps their files.
DROP INDEX refunds_by_invoice;
CREATE INDEX refunds_by_invoice ON refunds (invoice_id, status, created_at, id);
-- The payment intent of a page that took money which counts for nothing: what is told of it later is not
-- about an invoice of ours.
ALTER TABLE checkout_sessions ADD COLUMN unclear_intent_id TEXT;
CREATE INDEX checkout_sessions_unclear ON checkout_sessions (unclear_intent_id) WHERE unclear_intent_id IS NOT NULL;
-- Pages that are to be looked at, in each of Stripe's modes.
DROP INDEX checkout_sessions_to_look_at;
CREATE INDEX checkout_sessions_to_look_at ON checkout_sessions (livemode, expires_at) WHERE state IN ('creating', 'open', 'processing');
