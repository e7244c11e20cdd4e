-- A payment that arrived has a receipt, and a refund that succeeded a credit note: two series of numbers
-- without a gap. A refund that failed after it had succeeded keeps its number.
ALTER TABLE payments ADD COLUMN receipt_number BIGINT;
UPDATE payments SET receipt_number = numbered.number
    FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY paid_at, id) AS number FROM payments) AS numbered WHERE numbered.id = payments.id;
CREATE UNIQUE INDEX payments_by_receipt_number ON payments (receipt_number);

ALTER TABLE refunds ADD COLUMN credit_note_number BIGINT;
-- When the credit note was written.
ALTER TABLE refunds ADD COLUMN credited_at BIGINT;
UPDATE refunds SET credit_note_number = numbered.number, credited_at = COALESCE(refunds.changed_at, refunds.created_at)
    FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY created_at, id) AS number FROM refunds WHERE status = 'succeeded') AS numbered
    WHERE numbered.id = refunds.id;
CREATE UNIQUE INDEX refunds_by_credit_note_number ON refunds (credit_note_number);
CREATE INDEX refunds_credited ON refunds (invoice_id, credit_note_number) WHERE credit_note_number IS NOT NULL;

INSERT INTO counters (name, value) SELECT 'receipt', COUNT(*) FROM payments;
INSERT INTO counters (name, value) SELECT 'credit note', COUNT(*) FROM refunds WHERE credit_note_number IS NOT NULL;
