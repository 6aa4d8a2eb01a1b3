-- Budgets, the leases on them, and what a ledger row says of both. Numbers of the wire contract:
--   ledger.kind     0 settled, 1 unknown, 2 gap
--   budgets.kind    1 soft, 2 hard
--   budgets.period  0 total, 1 day, 2 week, 3 month
--   leases.state    0 open, 1 closed, 2 posted by hand, 3 voided by hand
-- A gap is an open lease that expired more than ten minutes ago: nothing has to be written for it to become one.

ALTER TABLE ledger ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;

-- The part of cost_nano beyond what the attempt had reserved.
ALTER TABLE ledger ADD COLUMN overrun_nano INTEGER NOT NULL DEFAULT 0;

-- What the attempt had reserved from hard budgets: [{"scope","leaseId","reserved":{"nano"}}].
ALTER TABLE ledger ADD COLUMN leases_json TEXT NULL;

-- Of a gap row, the one scope whose budget it is booked on. Gap rows are no attempts: they are in no rollup, and what several
-- scopes lost to one dead gateway may be the same money, so only sums of one scope take them in.
ALTER TABLE ledger ADD COLUMN gap_scope TEXT NULL;

CREATE INDEX ix_ledger_gap ON ledger (gap_scope, at) WHERE gap_scope IS NOT NULL;

-- The rollup gains the key, and a column for rows of which nobody knows how they ended. The ledger has the key of every row
-- since the first, so the rows are summed afresh rather than copied without one.
DROP TABLE usage_rollup;

-- attempts = ok + abandoned + unknown + caller + the failed_* columns.
CREATE TABLE usage_rollup
(
    tenant             TEXT    NOT NULL,
    hour               INTEGER NOT NULL,
    user_id            TEXT    NOT NULL,
    key_id             TEXT    NOT NULL,
    model_id           TEXT    NOT NULL,
    type               INTEGER NOT NULL,
    attempts           INTEGER NOT NULL,
    ok                 INTEGER NOT NULL,
    abandoned          INTEGER NOT NULL,
    unknown            INTEGER NOT NULL,
    caller             INTEGER NOT NULL,
    failed_network     INTEGER NOT NULL,
    failed_overload    INTEGER NOT NULL,
    failed_timeout     INTEGER NOT NULL,
    failed_unhealthy   INTEGER NOT NULL,
    failed_other       INTEGER NOT NULL,
    tokens_in          INTEGER NOT NULL,
    tokens_out         INTEGER NOT NULL,
    tokens_cached      INTEGER NOT NULL,
    tokens_cache_write INTEGER NOT NULL,
    tokens_reasoning   INTEGER NOT NULL,
    cost_nano          INTEGER NOT NULL,
    unpriced           INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, user_id, key_id, model_id, type)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_rollup
SELECT tenant, at / 3600000, user_id, key_id, model_id, type, COUNT(*),
    SUM(outcome = 0), SUM(outcome = 8), 0, SUM(outcome = 7),
    SUM(outcome BETWEEN 1 AND 6 AND reason = 1), SUM(outcome BETWEEN 1 AND 6 AND reason = 2),
    SUM(outcome BETWEEN 1 AND 6 AND reason = 3), SUM(outcome BETWEEN 1 AND 6 AND reason = 4),
    SUM(outcome BETWEEN 1 AND 6 AND reason NOT IN (1, 2, 3, 4)),
    SUM(tokens_in), SUM(tokens_out), SUM(tokens_cached), SUM(tokens_cache_write), SUM(tokens_reasoning),
    SUM(CASE WHEN price_version IS NULL THEN 0 ELSE cost_nano END), SUM(price_version IS NULL)
FROM ledger WHERE attempt_number > 0 GROUP BY 1, 2, 3, 4, 5, 6;

-- For one user or key over a long time, where the key of the table would read every user of the tenant.
CREATE INDEX ix_usage_rollup_user ON usage_rollup (tenant, user_id, hour);

CREATE INDEX ix_usage_rollup_key ON usage_rollup (key_id, hour);

-- One row per budget; the scope as it is written everywhere: tenant:acme, user:acme/alice, key:key_1f3a.
CREATE TABLE budgets
(
    scope        TEXT    NOT NULL PRIMARY KEY,
    kind         INTEGER NOT NULL,
    period       INTEGER NOT NULL,
    limit_nano   INTEGER NOT NULL,
    -- Since when every new row was added to the windows of this period. A window that begins later starts from nothing, an
    -- earlier one from the rollups.
    counted_from INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    changed_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a budget has spent and lent in one stretch of its period. Made when first needed.
CREATE TABLE budget_windows
(
    scope       TEXT    NOT NULL,
    starts_at   INTEGER NOT NULL,
    -- Null for a total.
    ends_at     INTEGER NULL,
    posted_nano INTEGER NOT NULL,
    leased_nano INTEGER NOT NULL,
    PRIMARY KEY (scope, starts_at)
) STRICT, WITHOUT ROWID;

-- Slices of a window. leased_nano of a window = the sum of amount - used over its open leases.
CREATE TABLE leases
(
    id           TEXT    NOT NULL PRIMARY KEY,
    scope        TEXT    NOT NULL,
    starts_at    INTEGER NOT NULL,
    gateway      TEXT    NOT NULL,
    epoch        INTEGER NOT NULL,
    amount_nano  INTEGER NOT NULL,
    used_nano    INTEGER NOT NULL,
    -- What an operator has posted for it and no late row has taken back since.
    settled_nano INTEGER NOT NULL,
    state        INTEGER NOT NULL,
    granted_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_leases_scope ON leases (scope, state, expires_at);

CREATE INDEX ix_leases_gateway ON leases (gateway, epoch) WHERE state = 0;

-- The present start of each gateway that has taken its earlier leases back: a question of an earlier one that arrives only now
-- must lend nothing to nobody.
CREATE TABLE lease_gateways
(
    gateway TEXT    NOT NULL PRIMARY KEY,
    epoch   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
