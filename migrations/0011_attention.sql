-- A refund that failed waits for a person, until it is tried again or let go.
ALTER TABLE refunds ADD COLUMN needs_person BIGINT NOT NULL DEFAULT 0;
UPDATE refunds SET needs_person = 1 WHERE status IN ('failed', 'canceled');
DROP INDEX refunds_failed;
CREATE INDEX refunds_to_look_at ON refunds (created_at, id) WHERE needs_person = 1;
DROP INDEX stripe_events_unsettled;
CREATE INDEX stripe_events_unsettled ON stripe_events (received_at, id) WHERE settled_at IS NULL;
