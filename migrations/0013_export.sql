-- What moved in a span of time is read along the time.
CREATE INDEX payments_by_time ON payments (paid_at);
CREATE INDEX refunds_by_credit ON refunds (credited_at);
CREATE INDEX refunds_cancelled ON refunds (changed_at) WHERE credit_note_number IS NOT NULL AND status IN ('failed', 'canceled');
CREATE INDEX disputes_by_change ON disputes (changed_at);
-- What a customer was told of an invoice is read in its order.
DROP INDEX notices_by_invoice;
CREATE INDEX notices_by_invoice ON notices (invoice_id, created_at, id);
CREATE INDEX deliverables_all_by_invoice ON deliverables (invoice_id, id);
