-- A download link opens its file once: for the browser that used it first, known by a cookie, or by its
-- address and name where it keeps none. Both are hashes that need the link's token, which nobody keeps.
ALTER TABLE links ADD COLUMN used_at BIGINT;
ALTER TABLE links ADD COLUMN used_by TEXT;
ALTER TABLE links ADD COLUMN used_from TEXT;

-- How often what a row of the audit log tells of was done within its ten minutes, the first time included:
-- of what is refused, of links, and of looks through choices. Only refusals were counted before.
CREATE TABLE audit_counts (
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    target       TEXT NOT NULL,
    detail       TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    count        BIGINT NOT NULL,
    -- When it was counted last.
    counted_at   BIGINT NOT NULL,
    PRIMARY KEY (actor, action, target, detail, window_start)
);
INSERT INTO audit_counts (actor, action, target, detail, window_start, count, counted_at)
    SELECT actor, 'refused', command, '', window_start, count, window_start FROM refusals;
DROP TABLE refusals;

-- Who opened what (a link, or a person) is one row in ten minutes. What was opened before has no opener.
ALTER TABLE openings ADD COLUMN opener TEXT;
ALTER TABLE openings ADD COLUMN window_start BIGINT;
ALTER TABLE openings ADD COLUMN count BIGINT NOT NULL DEFAULT 1;
CREATE UNIQUE INDEX openings_by_opener ON openings (opener, deliverable_id, version, window_start);
