-- The usage ledger and its projections. Times are milliseconds, hours are whole hours since 1970-01-01 UTC; money is integer
-- nano-dollars; enumerations are the numbers of the wire contract:
--   type        0 custom, 1 provider
--   outcome     0 ok, 1 sick, 2 timeout, 3 overload, 4 credential, 5 config, 6 context, 7 caller, 8 abandoned
--   reason      0 none, 1 network, 2 overload, 3 timeout, 4 unhealthy, 5 other
--   usage_source 0 none, 1 reported, 2 estimated
--   kind        0 settled, 1 unknown, 2 gap
--   budgets.kind    1 soft, 2 hard
--   budgets.period  0 total, 1 day, 2 week, 3 month
--   leases.state    0 open, 1 closed, 2 posted by hand, 3 voided by hand
-- A gap is an open lease that expired more than ten minutes ago: nothing has to be written for it to become one.
--
-- Texts compare by their bytes (COLLATE "C"), as they do on SQLite: pages and the order of locks are the same on both.

-- One row per settled attempt, or (attempt_number 0) per request that was refused before any. Append-only: a correction is a
-- new row. The columns from 'requested' on are the request's summary, which its last row carries; there 'requested' is not null.
CREATE TABLE ledger
(
    attempt_id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    request_id             TEXT COLLATE "C" NOT NULL,
    attempt_number         BIGINT NOT NULL,
    at                     BIGINT NOT NULL,
    tenant                 TEXT COLLATE "C" NOT NULL,
    user_id                TEXT COLLATE "C" NOT NULL,
    key_id                 TEXT COLLATE "C" NOT NULL,
    endpoint               TEXT COLLATE "C" NOT NULL,
    model_id               TEXT COLLATE "C" NOT NULL,
    model                  TEXT COLLATE "C" NOT NULL,
    type                   BIGINT NOT NULL,
    outcome                BIGINT NOT NULL,
    reason                 BIGINT NOT NULL,
    status                 BIGINT NOT NULL,
    partial                BIGINT NOT NULL,
    first_content_ms       BIGINT NULL,
    duration_ms            BIGINT NOT NULL,
    tokens_in              BIGINT NOT NULL,
    tokens_out             BIGINT NOT NULL,
    tokens_cached          BIGINT NOT NULL,
    tokens_cache_write     BIGINT NOT NULL,
    tokens_reasoning       BIGINT NOT NULL,
    usage_source           BIGINT NOT NULL,
    cost_nano              BIGINT NOT NULL,
    -- Null: the model has no price, and cost_nano says nothing.
    price_version          TEXT COLLATE "C" NULL,

    requested              TEXT COLLATE "C" NULL,
    served                 TEXT COLLATE "C" NULL,
    served_type            BIGINT NULL,
    had_custom             BIGINT NULL,
    degraded               BIGINT NULL,
    fallback_from          TEXT COLLATE "C" NULL,
    fallback_reason        BIGINT NULL,
    abandoned              BIGINT NULL,
    http_status            BIGINT NULL,
    total_cost_nano        BIGINT NULL,
    baseline_nano          BIGINT NULL,
    baseline_model         TEXT COLLATE "C" NULL,
    total_ms               BIGINT NULL,
    total_first_content_ms BIGINT NULL,
    tags                   TEXT COLLATE "C" NULL,
    plan_hash              TEXT COLLATE "C" NULL,
    skipped_json           TEXT COLLATE "C" NULL,
    error                  TEXT COLLATE "C" NULL,

    kind                   BIGINT NOT NULL,
    -- The part of cost_nano beyond what the attempt had reserved.
    overrun_nano           BIGINT NOT NULL,
    -- What the attempt had reserved from hard budgets: [{"scope","leaseId","reserved":{"nano"}}].
    leases_json            TEXT COLLATE "C" NULL,
    -- Of a gap row, the one scope whose budget it is booked on. Gap rows are no attempts: they are in no rollup, and what several
    -- scopes lost to one dead gateway may be the same money, so only sums of one scope take them in.
    gap_scope              TEXT COLLATE "C" NULL,
    -- What the custom model that stood first would have charged for the tokens that a provider served; null without a price.
    custom_nano            BIGINT NULL
);

CREATE INDEX ix_ledger_request ON ledger (tenant, request_id, attempt_number);

-- Fallbacks are few among many requests: partial indices, so that the others pay nothing for their history.
CREATE INDEX ix_ledger_fallback ON ledger (tenant, at DESC, attempt_id DESC) WHERE fallback_from IS NOT NULL;

CREATE INDEX ix_ledger_user_fallback ON ledger (tenant, user_id, at DESC, attempt_id DESC) WHERE fallback_from IS NOT NULL;

CREATE FUNCTION beast_refuse_ledger_update() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: a correction is a new row';
END
$$;

CREATE TRIGGER tr_ledger_append_only BEFORE UPDATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION beast_refuse_ledger_update();

-- Equal plans share one copy, named by the hash of their content.
CREATE TABLE plans
(
    hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    json TEXT COLLATE "C" NOT NULL,
    -- The newest row that brought the plan along; a gateway brings each again every few hours.
    seen_at BIGINT NOT NULL
);

CREATE INDEX ix_plans_seen ON plans (seen_at);

-- Requests that had a custom candidate and were not abandoned, by hour. total = success + failures; failures = network +
-- overload + timeout + unhealthy + other; fallbacks are those failures that a provider answered. c0..c19 and p0..p19 count the
-- answers of custom models and of providers by latency (bounds: LatencyHistogram).
CREATE TABLE routing_rollup
(
    tenant        TEXT COLLATE "C" NOT NULL,
    hour          BIGINT NOT NULL,
    user_id       TEXT COLLATE "C" NOT NULL,
    total         BIGINT NOT NULL,
    success       BIGINT NOT NULL,
    failures      BIGINT NOT NULL,
    fallbacks     BIGINT NOT NULL,
    network       BIGINT NOT NULL,
    overload      BIGINT NOT NULL,
    timeout       BIGINT NOT NULL,
    unhealthy     BIGINT NOT NULL,
    other         BIGINT NOT NULL,
    actual_nano   BIGINT NOT NULL,
    baseline_nano BIGINT NOT NULL,
    unpriced      BIGINT NOT NULL,
    -- By reason: what requests that a provider answered cost more than the custom model would have; and how many of them have
    -- no price to tell.
    premium_network   BIGINT NOT NULL,
    premium_overload  BIGINT NOT NULL,
    premium_timeout   BIGINT NOT NULL,
    premium_unhealthy BIGINT NOT NULL,
    premium_other     BIGINT NOT NULL,
    premium_unpriced  BIGINT NOT NULL,
    c0 BIGINT NOT NULL, c1 BIGINT NOT NULL, c2 BIGINT NOT NULL, c3 BIGINT NOT NULL, c4 BIGINT NOT NULL,
    c5 BIGINT NOT NULL, c6 BIGINT NOT NULL, c7 BIGINT NOT NULL, c8 BIGINT NOT NULL, c9 BIGINT NOT NULL,
    c10 BIGINT NOT NULL, c11 BIGINT NOT NULL, c12 BIGINT NOT NULL, c13 BIGINT NOT NULL, c14 BIGINT NOT NULL,
    c15 BIGINT NOT NULL, c16 BIGINT NOT NULL, c17 BIGINT NOT NULL, c18 BIGINT NOT NULL, c19 BIGINT NOT NULL,
    p0 BIGINT NOT NULL, p1 BIGINT NOT NULL, p2 BIGINT NOT NULL, p3 BIGINT NOT NULL, p4 BIGINT NOT NULL,
    p5 BIGINT NOT NULL, p6 BIGINT NOT NULL, p7 BIGINT NOT NULL, p8 BIGINT NOT NULL, p9 BIGINT NOT NULL,
    p10 BIGINT NOT NULL, p11 BIGINT NOT NULL, p12 BIGINT NOT NULL, p13 BIGINT NOT NULL, p14 BIGINT NOT NULL,
    p15 BIGINT NOT NULL, p16 BIGINT NOT NULL, p17 BIGINT NOT NULL, p18 BIGINT NOT NULL, p19 BIGINT NOT NULL,
    PRIMARY KEY (tenant, hour, user_id)
);

-- For one user over a long time, where the key above would read every user of the tenant.
CREATE INDEX ix_routing_rollup_user ON routing_rollup (tenant, user_id, hour);

-- What grains cannot list. kind: tenant, key, user, endpoint. detail: a key's digest, an endpoint's model id.
CREATE TABLE registry
(
    kind       TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    tenant     TEXT COLLATE "C" NULL,
    user_id    TEXT COLLATE "C" NULL,
    detail     TEXT COLLATE "C" NULL,
    created_at BIGINT NOT NULL,
    revoked    BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE INDEX ix_registry_tenant ON registry (kind, tenant, id);

CREATE INDEX ix_ledger_gap ON ledger (gap_scope, at) WHERE gap_scope IS NOT NULL;

-- Attempts by hour and key.
-- attempts = ok + abandoned + unknown + caller + the failed_* columns.
CREATE TABLE usage_rollup
(
    tenant             TEXT COLLATE "C" NOT NULL,
    hour               BIGINT NOT NULL,
    user_id            TEXT COLLATE "C" NOT NULL,
    key_id             TEXT COLLATE "C" NOT NULL,
    model_id           TEXT COLLATE "C" NOT NULL,
    type               BIGINT NOT NULL,
    -- The part of a model id before its first ':', e.g. openai; custom for custom models. The writer need not know of it.
    provider           TEXT COLLATE "C" GENERATED ALWAYS AS (split_part(model_id, ':', 1)) STORED,
    attempts           BIGINT NOT NULL,
    ok                 BIGINT NOT NULL,
    abandoned          BIGINT NOT NULL,
    unknown            BIGINT NOT NULL,
    caller             BIGINT NOT NULL,
    failed_network     BIGINT NOT NULL,
    failed_overload    BIGINT NOT NULL,
    failed_timeout     BIGINT NOT NULL,
    failed_unhealthy   BIGINT NOT NULL,
    failed_other       BIGINT NOT NULL,
    tokens_in          BIGINT NOT NULL,
    tokens_out         BIGINT NOT NULL,
    tokens_cached      BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning   BIGINT NOT NULL,
    cost_nano          BIGINT NOT NULL,
    unpriced           BIGINT NOT NULL,
    PRIMARY KEY (tenant, hour, user_id, key_id, model_id, type)
);

-- For one user or key over a long time, where the key of the table would read every user of the tenant.
CREATE INDEX ix_usage_rollup_user ON usage_rollup (tenant, user_id, hour);

CREATE INDEX ix_usage_rollup_key ON usage_rollup (key_id, hour);

-- One row per budget; the scope as it is written everywhere: tenant:acme, user:acme/alice, key:key_1f3a.
CREATE TABLE budgets
(
    scope        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    kind         BIGINT NOT NULL,
    period       BIGINT NOT NULL,
    limit_nano   BIGINT NOT NULL,
    -- Since when every new row was added to the windows of this period. A window that begins later starts from nothing, an
    -- earlier one from the rollups.
    counted_from BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL
);

-- What a budget has spent and lent in one stretch of its period. Made when first needed.
CREATE TABLE budget_windows
(
    scope       TEXT COLLATE "C" NOT NULL,
    starts_at   BIGINT NOT NULL,
    -- Null for a total.
    ends_at     BIGINT NULL,
    posted_nano BIGINT NOT NULL,
    leased_nano BIGINT NOT NULL,
    PRIMARY KEY (scope, starts_at)
);

-- Slices of a window. leased_nano of a window = the sum of amount - used over its open leases.
CREATE TABLE leases
(
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    scope        TEXT COLLATE "C" NOT NULL,
    starts_at    BIGINT NOT NULL,
    gateway      TEXT COLLATE "C" NOT NULL,
    epoch        BIGINT NOT NULL,
    amount_nano  BIGINT NOT NULL,
    used_nano    BIGINT NOT NULL,
    -- What an operator has posted for it and no late row has taken back since.
    settled_nano BIGINT NOT NULL,
    state        BIGINT NOT NULL,
    granted_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);

CREATE INDEX ix_leases_scope ON leases (scope, state, expires_at);

CREATE INDEX ix_leases_gateway ON leases (gateway, epoch) WHERE state = 0;

-- The present start of each gateway that has taken its earlier leases back: a question of an earlier one that arrives only now
-- must lend nothing to nobody.
CREATE TABLE lease_gateways
(
    gateway TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    epoch   BIGINT NOT NULL
);

-- What reports are answered from: usage_rollup (by hour, tenant, user, key, model), and beside it the same sums by day, by model
-- alone, and by tag. All are written in the transaction of the rows that they sum. 'bucket' is a whole hour or a whole day
-- since 1970-01-01 UTC; the order of a key is the order in which its report is paged.

-- As usage_rollup, by day: a month of one user is 30 rows a model and key instead of up to 720.
CREATE TABLE usage_day
(
    tenant             TEXT COLLATE "C" NOT NULL,
    bucket             BIGINT NOT NULL,
    user_id            TEXT COLLATE "C" NOT NULL,
    key_id             TEXT COLLATE "C" NOT NULL,
    model_id           TEXT COLLATE "C" NOT NULL,
    type               BIGINT NOT NULL,
    provider           TEXT COLLATE "C" GENERATED ALWAYS AS (split_part(model_id, ':', 1)) STORED,
    attempts           BIGINT NOT NULL,
    ok                 BIGINT NOT NULL,
    abandoned          BIGINT NOT NULL,
    unknown            BIGINT NOT NULL,
    caller             BIGINT NOT NULL,
    failed_network     BIGINT NOT NULL,
    failed_overload    BIGINT NOT NULL,
    failed_timeout     BIGINT NOT NULL,
    failed_unhealthy   BIGINT NOT NULL,
    failed_other       BIGINT NOT NULL,
    tokens_in          BIGINT NOT NULL,
    tokens_out         BIGINT NOT NULL,
    tokens_cached      BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning   BIGINT NOT NULL,
    cost_nano          BIGINT NOT NULL,
    unpriced           BIGINT NOT NULL,
    PRIMARY KEY (tenant, bucket, user_id, key_id, model_id, type)
);

CREATE INDEX ix_usage_day_user ON usage_day (tenant, user_id, bucket);

CREATE INDEX ix_usage_day_key ON usage_day (key_id, bucket);

-- Without user and key: what a month over all tenants is summed from.
CREATE TABLE usage_model_hour
(
    bucket             BIGINT NOT NULL,
    tenant             TEXT COLLATE "C" NOT NULL,
    model_id           TEXT COLLATE "C" NOT NULL,
    type               BIGINT NOT NULL,
    provider           TEXT COLLATE "C" GENERATED ALWAYS AS (split_part(model_id, ':', 1)) STORED,
    attempts           BIGINT NOT NULL,
    ok                 BIGINT NOT NULL,
    abandoned          BIGINT NOT NULL,
    unknown            BIGINT NOT NULL,
    caller             BIGINT NOT NULL,
    failed_network     BIGINT NOT NULL,
    failed_overload    BIGINT NOT NULL,
    failed_timeout     BIGINT NOT NULL,
    failed_unhealthy   BIGINT NOT NULL,
    failed_other       BIGINT NOT NULL,
    tokens_in          BIGINT NOT NULL,
    tokens_out         BIGINT NOT NULL,
    tokens_cached      BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning   BIGINT NOT NULL,
    cost_nano          BIGINT NOT NULL,
    unpriced           BIGINT NOT NULL,
    PRIMARY KEY (bucket, tenant, model_id, type)
);

CREATE INDEX ix_usage_model_hour ON usage_model_hour (tenant, bucket);

CREATE TABLE usage_model_day
(
    bucket             BIGINT NOT NULL,
    tenant             TEXT COLLATE "C" NOT NULL,
    model_id           TEXT COLLATE "C" NOT NULL,
    type               BIGINT NOT NULL,
    provider           TEXT COLLATE "C" GENERATED ALWAYS AS (split_part(model_id, ':', 1)) STORED,
    attempts           BIGINT NOT NULL,
    ok                 BIGINT NOT NULL,
    abandoned          BIGINT NOT NULL,
    unknown            BIGINT NOT NULL,
    caller             BIGINT NOT NULL,
    failed_network     BIGINT NOT NULL,
    failed_overload    BIGINT NOT NULL,
    failed_timeout     BIGINT NOT NULL,
    failed_unhealthy   BIGINT NOT NULL,
    failed_other       BIGINT NOT NULL,
    tokens_in          BIGINT NOT NULL,
    tokens_out         BIGINT NOT NULL,
    tokens_cached      BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning   BIGINT NOT NULL,
    cost_nano          BIGINT NOT NULL,
    unpriced           BIGINT NOT NULL,
    PRIMARY KEY (bucket, tenant, model_id, type)
);

CREATE INDEX ix_usage_model_day ON usage_model_day (tenant, bucket);

-- Attempts by tag: one with several tags counts under each.
CREATE TABLE usage_tag_hour
(
    tenant             TEXT COLLATE "C" NOT NULL,
    bucket             BIGINT NOT NULL,
    tag                TEXT COLLATE "C" NOT NULL,
    model_id           TEXT COLLATE "C" NOT NULL,
    type               BIGINT NOT NULL,
    provider           TEXT COLLATE "C" GENERATED ALWAYS AS (split_part(model_id, ':', 1)) STORED,
    attempts           BIGINT NOT NULL,
    ok                 BIGINT NOT NULL,
    abandoned          BIGINT NOT NULL,
    unknown            BIGINT NOT NULL,
    caller             BIGINT NOT NULL,
    failed_network     BIGINT NOT NULL,
    failed_overload    BIGINT NOT NULL,
    failed_timeout     BIGINT NOT NULL,
    failed_unhealthy   BIGINT NOT NULL,
    failed_other       BIGINT NOT NULL,
    tokens_in          BIGINT NOT NULL,
    tokens_out         BIGINT NOT NULL,
    tokens_cached      BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning   BIGINT NOT NULL,
    cost_nano          BIGINT NOT NULL,
    unpriced           BIGINT NOT NULL,
    PRIMARY KEY (tenant, bucket, tag, model_id, type)
);

CREATE TABLE usage_tag_day
(
    tenant             TEXT COLLATE "C" NOT NULL,
    bucket             BIGINT NOT NULL,
    tag                TEXT COLLATE "C" NOT NULL,
    model_id           TEXT COLLATE "C" NOT NULL,
    type               BIGINT NOT NULL,
    provider           TEXT COLLATE "C" GENERATED ALWAYS AS (split_part(model_id, ':', 1)) STORED,
    attempts           BIGINT NOT NULL,
    ok                 BIGINT NOT NULL,
    abandoned          BIGINT NOT NULL,
    unknown            BIGINT NOT NULL,
    caller             BIGINT NOT NULL,
    failed_network     BIGINT NOT NULL,
    failed_overload    BIGINT NOT NULL,
    failed_timeout     BIGINT NOT NULL,
    failed_unhealthy   BIGINT NOT NULL,
    failed_other       BIGINT NOT NULL,
    tokens_in          BIGINT NOT NULL,
    tokens_out         BIGINT NOT NULL,
    tokens_cached      BIGINT NOT NULL,
    tokens_cache_write BIGINT NOT NULL,
    tokens_reasoning   BIGINT NOT NULL,
    cost_nano          BIGINT NOT NULL,
    unpriced           BIGINT NOT NULL,
    PRIMARY KEY (tenant, bucket, tag, model_id, type)
);

-- The tags that a tenant's day counts by name: the first 1,000. Those that come after are counted together under '_other'.
CREATE TABLE usage_tags
(
    tenant TEXT COLLATE "C" NOT NULL,
    day    BIGINT NOT NULL,
    tag    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, day, tag)
);

-- For pages of the raw ledger, newest first.
CREATE INDEX ix_ledger_at ON ledger (at, attempt_id);

CREATE INDEX ix_ledger_tenant_at ON ledger (tenant, at, attempt_id);

-- Until when the ledger's own rows are kept, and what came too late to be booked.

-- One line. Rows before kept_from are gone or about to go, and none before it is taken any more: it might have been booked and
-- removed before. It only ever rises.
CREATE TABLE ledger_retention
(
    id        BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    kept_from BIGINT NOT NULL
);

INSERT INTO ledger_retention (id, kept_from) VALUES (1, 0);

-- Rows that came after their time: booked nowhere, kept for people.
CREATE TABLE ledger_late
(
    attempt_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at         BIGINT NOT NULL,
    tenant     TEXT COLLATE "C" NOT NULL,
    json       TEXT COLLATE "C" NOT NULL
);
