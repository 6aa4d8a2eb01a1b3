-- What reports are answered from: usage_rollup (by hour, tenant, user, key, model), and beside it the same sums by day, by model
-- alone, and by tag. All are written in the transaction of the rows that they sum. 'bucket' is a whole hour or a whole day
-- since 1970-01-01 UTC; the order of a key is the order in which its report is paged.

-- The part of a model id before its first ':', e.g. openai; custom for custom models. The writer need not know of it.
ALTER TABLE usage_rollup ADD COLUMN provider TEXT GENERATED ALWAYS AS (substr(model_id, 1, instr(model_id, ':') - 1)) VIRTUAL;

-- As usage_rollup, by day: a month of one user is 30 rows a model and key instead of up to 720.
CREATE TABLE usage_day
(
    tenant             TEXT    NOT NULL,
    bucket             INTEGER NOT NULL,
    user_id            TEXT    NOT NULL,
    key_id             TEXT    NOT NULL,
    model_id           TEXT    NOT NULL,
    type               INTEGER NOT NULL,
    provider           TEXT    GENERATED ALWAYS AS (substr(model_id, 1, instr(model_id, ':') - 1)) VIRTUAL,
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
    PRIMARY KEY (tenant, bucket, user_id, key_id, model_id, type)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_usage_day_user ON usage_day (tenant, user_id, bucket);

CREATE INDEX ix_usage_day_key ON usage_day (key_id, bucket);

-- Without user and key: what a month over all tenants is summed from.
CREATE TABLE usage_model_hour
(
    bucket             INTEGER NOT NULL,
    tenant             TEXT    NOT NULL,
    model_id           TEXT    NOT NULL,
    type               INTEGER NOT NULL,
    provider           TEXT    GENERATED ALWAYS AS (substr(model_id, 1, instr(model_id, ':') - 1)) VIRTUAL,
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
    PRIMARY KEY (bucket, tenant, model_id, type)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_usage_model_hour ON usage_model_hour (tenant, bucket);

CREATE TABLE usage_model_day
(
    bucket             INTEGER NOT NULL,
    tenant             TEXT    NOT NULL,
    model_id           TEXT    NOT NULL,
    type               INTEGER NOT NULL,
    provider           TEXT    GENERATED ALWAYS AS (substr(model_id, 1, instr(model_id, ':') - 1)) VIRTUAL,
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
    PRIMARY KEY (bucket, tenant, model_id, type)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_usage_model_day ON usage_model_day (tenant, bucket);

-- Attempts by tag: one with several tags counts under each.
CREATE TABLE usage_tag_hour
(
    tenant             TEXT    NOT NULL,
    bucket             INTEGER NOT NULL,
    tag                TEXT    NOT NULL,
    model_id           TEXT    NOT NULL,
    type               INTEGER NOT NULL,
    provider           TEXT    GENERATED ALWAYS AS (substr(model_id, 1, instr(model_id, ':') - 1)) VIRTUAL,
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
    PRIMARY KEY (tenant, bucket, tag, model_id, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_tag_day
(
    tenant             TEXT    NOT NULL,
    bucket             INTEGER NOT NULL,
    tag                TEXT    NOT NULL,
    model_id           TEXT    NOT NULL,
    type               INTEGER NOT NULL,
    provider           TEXT    GENERATED ALWAYS AS (substr(model_id, 1, instr(model_id, ':') - 1)) VIRTUAL,
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
    PRIMARY KEY (tenant, bucket, tag, model_id, type)
) STRICT, WITHOUT ROWID;

-- The tags that a tenant's day counts by name: the first 1,000. Those that come after are counted together under '_other'.
CREATE TABLE usage_tags
(
    tenant TEXT    NOT NULL,
    day    INTEGER NOT NULL,
    tag    TEXT    NOT NULL,
    PRIMARY KEY (tenant, day, tag)
) STRICT, WITHOUT ROWID;

-- For pages of the raw ledger, newest first.
CREATE INDEX ix_ledger_at ON ledger (at, attempt_id);

CREATE INDEX ix_ledger_tenant_at ON ledger (tenant, at, attempt_id);

INSERT INTO usage_day (tenant, bucket, user_id, key_id, model_id, type, attempts, ok, abandoned, unknown, caller, failed_network, failed_overload, failed_timeout, failed_unhealthy, failed_other, tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, cost_nano, unpriced)
SELECT tenant, hour / 24, user_id, key_id, model_id, type, SUM(attempts), SUM(ok), SUM(abandoned), SUM(unknown), SUM(caller), SUM(failed_network), SUM(failed_overload), SUM(failed_timeout), SUM(failed_unhealthy), SUM(failed_other), SUM(tokens_in), SUM(tokens_out), SUM(tokens_cached), SUM(tokens_cache_write), SUM(tokens_reasoning), SUM(cost_nano), SUM(unpriced)
FROM usage_rollup GROUP BY 1, 2, 3, 4, 5, 6;

INSERT INTO usage_model_hour (bucket, tenant, model_id, type, attempts, ok, abandoned, unknown, caller, failed_network, failed_overload, failed_timeout, failed_unhealthy, failed_other, tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, cost_nano, unpriced)
SELECT hour, tenant, model_id, type, SUM(attempts), SUM(ok), SUM(abandoned), SUM(unknown), SUM(caller), SUM(failed_network), SUM(failed_overload), SUM(failed_timeout), SUM(failed_unhealthy), SUM(failed_other), SUM(tokens_in), SUM(tokens_out), SUM(tokens_cached), SUM(tokens_cache_write), SUM(tokens_reasoning), SUM(cost_nano), SUM(unpriced)
FROM usage_rollup GROUP BY 1, 2, 3, 4;

INSERT INTO usage_model_day (bucket, tenant, model_id, type, attempts, ok, abandoned, unknown, caller, failed_network, failed_overload, failed_timeout, failed_unhealthy, failed_other, tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, cost_nano, unpriced)
SELECT bucket / 24, tenant, model_id, type, SUM(attempts), SUM(ok), SUM(abandoned), SUM(unknown), SUM(caller), SUM(failed_network), SUM(failed_overload), SUM(failed_timeout), SUM(failed_unhealthy), SUM(failed_other), SUM(tokens_in), SUM(tokens_out), SUM(tokens_cached), SUM(tokens_cache_write), SUM(tokens_reasoning), SUM(cost_nano), SUM(unpriced)
FROM usage_model_hour GROUP BY 1, 2, 3, 4;

-- Until now only the last row of a request knew its tags, so earlier attempts of old requests are under none.
INSERT INTO usage_tags (tenant, day, tag)
SELECT tenant, day, tag FROM (
    SELECT tenant, day, tag, ROW_NUMBER() OVER (PARTITION BY tenant, day ORDER BY first_at, tag) AS place FROM (
        SELECT tenant, at / 86400000 AS day, value AS tag, MIN(at) AS first_at FROM ledger, json_each(ledger.tags)
        WHERE attempt_number > 0 AND tags IS NOT NULL GROUP BY 1, 2, 3))
WHERE place <= 1000;

INSERT INTO usage_tag_hour (tenant, bucket, tag, model_id, type, attempts, ok, abandoned, unknown, caller, failed_network, failed_overload, failed_timeout, failed_unhealthy, failed_other, tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, cost_nano, unpriced)
SELECT tenant, hour, tag, model_id, type,
    COUNT(*),
    SUM(kind = 0 AND outcome = 0),
    SUM(kind = 0 AND outcome = 8),
    SUM(kind = 1),
    SUM(kind = 0 AND outcome = 7),
    SUM(kind = 0 AND outcome BETWEEN 1 AND 6 AND reason = 1),
    SUM(kind = 0 AND outcome BETWEEN 1 AND 6 AND reason = 2),
    SUM(kind = 0 AND outcome BETWEEN 1 AND 6 AND reason = 3),
    SUM(kind = 0 AND outcome BETWEEN 1 AND 6 AND reason = 4),
    SUM(kind = 0 AND outcome BETWEEN 1 AND 6 AND reason NOT IN (1, 2, 3, 4)),
    SUM(tokens_in),
    SUM(tokens_out),
    SUM(tokens_cached),
    SUM(tokens_cache_write),
    SUM(tokens_reasoning),
    SUM(CASE WHEN price_version IS NULL THEN 0 ELSE cost_nano END),
    SUM(price_version IS NULL)
FROM (
    -- Distinct: a tag that was sent twice counts once.
    SELECT DISTINCT l.attempt_id, l.tenant, l.at / 3600000 AS hour, COALESCE(t.tag, '_other') AS tag, l.model_id, l.type, l.kind, l.outcome, l.reason,
        l.tokens_in, l.tokens_out, l.tokens_cached, l.tokens_cache_write, l.tokens_reasoning, l.cost_nano, l.price_version
    FROM ledger AS l, json_each(l.tags) AS e LEFT JOIN usage_tags AS t ON t.tenant = l.tenant AND t.day = l.at / 86400000 AND t.tag = e.value
    WHERE l.attempt_number > 0 AND l.tags IS NOT NULL)
GROUP BY 1, 2, 3, 4, 5;

INSERT INTO usage_tag_day (tenant, bucket, tag, model_id, type, attempts, ok, abandoned, unknown, caller, failed_network, failed_overload, failed_timeout, failed_unhealthy, failed_other, tokens_in, tokens_out, tokens_cached, tokens_cache_write, tokens_reasoning, cost_nano, unpriced)
SELECT tenant, bucket / 24, tag, model_id, type, SUM(attempts), SUM(ok), SUM(abandoned), SUM(unknown), SUM(caller), SUM(failed_network), SUM(failed_overload), SUM(failed_timeout), SUM(failed_unhealthy), SUM(failed_other), SUM(tokens_in), SUM(tokens_out), SUM(tokens_cached), SUM(tokens_cache_write), SUM(tokens_reasoning), SUM(cost_nano), SUM(unpriced)
FROM usage_tag_hour GROUP BY 1, 2, 3, 4, 5;
