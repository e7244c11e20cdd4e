-- What a customer's invoices add up to is read from an index alone, in the order of the groups.
CREATE INDEX invoices_totals ON invoices (account_id, status, currency, amount_minor);

-- The inbox is read in the order of its index.
DROP INDEX notices_inbox;
CREATE INDEX notices_inbox ON notices (account_id, created_at, id) WHERE closed_at IS NOT NULL AND read_at IS NULL;

-- Two wishes at once, such as what one person did of one kind: nothing else is read. Of three, one is
-- looked at row by row.
CREATE INDEX audit_by_actor_and_action ON audit (actor, action, seq);
CREATE INDEX audit_by_target_and_actor ON audit (target, actor, seq);
CREATE INDEX audit_by_target_and_action ON audit (target, action, seq);
