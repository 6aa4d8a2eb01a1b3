-- The usage ledger and its projections. Times are milliseconds, hours are whole hours since 1970-01-01 UTC; money is integer
-- nano-dollars; enumerations are the numbers of the wire contract:
--   type        0 custom, 1 provider
--   outcome     0 ok, 1 sick, 2 timeout, 3 overload, 4 credential, 5 config, 6 context, 7 caller, 8 abandoned
--   reason      0 none, 1 network, 2 overload, 3 timeout, 4 unhealthy, 5 other
--   usage_source 0 none, 1 reported, 2 estimated

-- One row per settled attempt, or (attempt_number 0) per request that was refused before any. Append-only: a correction is a
-- new row. The columns from 'requested' on are the request's summary, which its last row carries; there 'requested' is not null.
CREATE TABLE IF NOT EXISTS ledger
(
    attempt_id             TEXT    NOT NULL PRIMARY KEY,
    request_id             TEXT    NOT NULL,
    attempt_number         INTEGER NOT NULL,
    at                     INTEGER NOT NULL,
    tenant                 TEXT    NOT NULL,
    user_id                TEXT    NOT NULL,
    key_id                 TEXT    NOT NULL,
    endpoint               TEXT    NOT NULL,
    model_id               TEXT    NOT NULL,
    model                  TEXT    NOT NULL,
    type                   INTEGER NOT NULL,
    outcome                INTEGER NOT NULL,
    reason                 INTEGER NOT NULL,
    status                 INTEGER NOT NULL,
    partial                INTEGER NOT NULL,
    first_content_ms       INTEGER NULL,
    duration_ms            INTEGER NOT NULL,
    tokens_in              INTEGER NOT NULL,
    tokens_out             INTEGER NOT NULL,
    tokens_cached          INTEGER NOT NULL,
    tokens_cache_write     INTEGER NOT NULL,
    tokens_reasoning       INTEGER NOT NULL,
    usage_source           INTEGER NOT NULL,
    cost_nano              INTEGER NOT NULL,
    -- Null: the model has no price, and cost_nano says nothing.
    price_version          TEXT    NULL,

    requested              TEXT    NULL,
    served                 TEXT    NULL,
    served_type            INTEGER NULL,
    had_custom             INTEGER NULL,
    degraded               INTEGER NULL,
    fallback_from          TEXT    NULL,
    fallback_reason        INTEGER NULL,
    abandoned              INTEGER NULL,
    http_status            INTEGER NULL,
    total_cost_nano        INTEGER NULL,
    baseline_nano          INTEGER NULL,
    baseline_model         TEXT    NULL,
    total_ms               INTEGER NULL,
    total_first_content_ms INTEGER NULL,
    tags                   TEXT    NULL,
    plan_hash              TEXT    NULL,
    skipped_json           TEXT    NULL,
    error                  TEXT    NULL
) STRICT;

CREATE INDEX IF NOT EXISTS ix_ledger_request ON ledger (tenant, request_id, attempt_number);

-- Fallbacks are few among many requests: partial indices, so that the others pay nothing for their history.
CREATE INDEX IF NOT EXISTS ix_ledger_fallback ON ledger (tenant, at DESC, attempt_id DESC) WHERE fallback_from IS NOT NULL;

CREATE INDEX IF NOT EXISTS ix_ledger_user_fallback ON ledger (tenant, user_id, at DESC, attempt_id DESC) WHERE fallback_from IS NOT NULL;

CREATE TRIGGER IF NOT EXISTS tr_ledger_append_only BEFORE UPDATE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only: a correction is a new row');
END;

-- Equal plans share one copy, named by the hash of their content.
CREATE TABLE IF NOT EXISTS plans
(
    hash TEXT NOT NULL PRIMARY KEY,
    json TEXT NOT NULL
) STRICT;

-- Attempts by hour. attempts = ok + abandoned + caller + the failed_* columns.
CREATE TABLE IF NOT EXISTS usage_rollup
(
    tenant             TEXT    NOT NULL,
    hour               INTEGER NOT NULL,
    user_id            TEXT    NOT NULL,
    model_id           TEXT    NOT NULL,
    type               INTEGER NOT NULL,
    attempts           INTEGER NOT NULL,
    ok                 INTEGER NOT NULL,
    abandoned          INTEGER NOT NULL,
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
    PRIMARY KEY (tenant, hour, user_id, model_id, type)
) STRICT, WITHOUT ROWID;

-- Requests that had a custom candidate and were not abandoned, by hour. total = success + failures; failures = network +
-- overload + timeout + unhealthy + other; fallbacks are those failures that a provider answered. c0..c19 and p0..p19 count the
-- answers of custom models and of providers by latency (bounds: LatencyHistogram).
CREATE TABLE IF NOT EXISTS routing_rollup
(
    tenant        TEXT    NOT NULL,
    hour          INTEGER NOT NULL,
    user_id       TEXT    NOT NULL,
    total         INTEGER NOT NULL,
    success       INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    fallbacks     INTEGER NOT NULL,
    network       INTEGER NOT NULL,
    overload      INTEGER NOT NULL,
    timeout       INTEGER NOT NULL,
    unhealthy     INTEGER NOT NULL,
    other         INTEGER NOT NULL,
    actual_nano   INTEGER NOT NULL,
    baseline_nano INTEGER NOT NULL,
    unpriced      INTEGER NOT NULL,
    c0 INTEGER NOT NULL, c1 INTEGER NOT NULL, c2 INTEGER NOT NULL, c3 INTEGER NOT NULL, c4 INTEGER NOT NULL,
    c5 INTEGER NOT NULL, c6 INTEGER NOT NULL, c7 INTEGER NOT NULL, c8 INTEGER NOT NULL, c9 INTEGER NOT NULL,
    c10 INTEGER NOT NULL, c11 INTEGER NOT NULL, c12 INTEGER NOT NULL, c13 INTEGER NOT NULL, c14 INTEGER NOT NULL,
    c15 INTEGER NOT NULL, c16 INTEGER NOT NULL, c17 INTEGER NOT NULL, c18 INTEGER NOT NULL, c19 INTEGER NOT NULL,
    p0 INTEGER NOT NULL, p1 INTEGER NOT NULL, p2 INTEGER NOT NULL, p3 INTEGER NOT NULL, p4 INTEGER NOT NULL,
    p5 INTEGER NOT NULL, p6 INTEGER NOT NULL, p7 INTEGER NOT NULL, p8 INTEGER NOT NULL, p9 INTEGER NOT NULL,
    p10 INTEGER NOT NULL, p11 INTEGER NOT NULL, p12 INTEGER NOT NULL, p13 INTEGER NOT NULL, p14 INTEGER NOT NULL,
    p15 INTEGER NOT NULL, p16 INTEGER NOT NULL, p17 INTEGER NOT NULL, p18 INTEGER NOT NULL, p19 INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, user_id)
) STRICT, WITHOUT ROWID;

-- For one user over a long time, where the key above would read every user of the tenant.
CREATE INDEX IF NOT EXISTS ix_routing_rollup_user ON routing_rollup (tenant, user_id, hour);

-- What grains cannot list. kind: tenant, key, user, endpoint. detail: a key's digest, an endpoint's model id.
CREATE TABLE IF NOT EXISTS registry
(
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    tenant     TEXT    NULL,
    user_id    TEXT    NULL,
    detail     TEXT    NULL,
    created_at INTEGER NOT NULL,
    revoked    INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS ix_registry_tenant ON registry (kind, tenant, id);
