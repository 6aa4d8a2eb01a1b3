-- Until when the ledger's own rows are kept, and what came too late to be booked.

-- One line. Rows before kept_from are gone or about to go, and none before it is taken any more: it might have been booked and
-- removed before. It only ever rises.
CREATE TABLE ledger_retention
(
    id        INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    kept_from INTEGER NOT NULL
) STRICT;

INSERT INTO ledger_retention (id, kept_from) VALUES (1, 0);

-- Rows that came after their time: booked nowhere, kept for people.
CREATE TABLE ledger_late
(
    attempt_id TEXT    NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    tenant     TEXT    NOT NULL,
    json       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The newest row that brought the plan along; a gateway brings each again every few hours.
ALTER TABLE plans ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;

UPDATE plans SET seen_at = (SELECT COALESCE(MAX(at), 0) FROM ledger);

CREATE INDEX ix_plans_seen ON plans (seen_at);
