-- A job is claimed by moving on when it is due, so that one index finds the next jobs and ends there, however many
-- wait, are at work, or were given up. `claimed_until` goes on telling which are at work.
UPDATE outbox SET due_at = claimed_until WHERE state = 'waiting' AND claimed_until > due_at;
DROP INDEX outbox_by_due;
CREATE INDEX outbox_waiting ON outbox (due_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_given_up ON outbox (kind, due_at, id) WHERE state = 'given_up';
-- Most jobs send a notice, and none of those is looked for by what it does.
CREATE INDEX outbox_alike ON outbox (kind, payload) WHERE kind <> 'send_notice';
