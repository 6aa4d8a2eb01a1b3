-- What falling back cost, and a stricter idea of which requests say something about custom models.

-- What the custom model that stood first would have charged for the tokens that a provider served; null without a price.
ALTER TABLE ledger ADD COLUMN custom_nano INTEGER NULL;

-- By reason: what requests that a provider answered cost more than the custom model would have; and how many of them have no
-- price to tell.
ALTER TABLE routing_rollup ADD COLUMN premium_network INTEGER NOT NULL DEFAULT 0;

ALTER TABLE routing_rollup ADD COLUMN premium_overload INTEGER NOT NULL DEFAULT 0;

ALTER TABLE routing_rollup ADD COLUMN premium_timeout INTEGER NOT NULL DEFAULT 0;

ALTER TABLE routing_rollup ADD COLUMN premium_unhealthy INTEGER NOT NULL DEFAULT 0;

ALTER TABLE routing_rollup ADD COLUMN premium_other INTEGER NOT NULL DEFAULT 0;

ALTER TABLE routing_rollup ADD COLUMN premium_unpriced INTEGER NOT NULL DEFAULT 0;

-- Requests that failed by the caller's own mistake, or were refused before any attempt by our own rules, are no failures of a
-- model: the requests are counted afresh without them.
DELETE FROM routing_rollup;

INSERT INTO routing_rollup (
    tenant, hour, user_id,
    total, success, failures, fallbacks, network, overload, timeout, unhealthy, other, actual_nano, baseline_nano, unpriced,
    premium_network, premium_overload, premium_timeout, premium_unhealthy, premium_other, premium_unpriced, c0, c1, c2, c3, c4,
    c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12,
    p13, p14, p15, p16, p17, p18, p19)
SELECT tenant, hour, user_id,
    COUNT(*), SUM(success), SUM(NOT success), SUM(fallback), SUM(NOT success AND why = 1), SUM(NOT success AND why = 2),
    SUM(NOT success AND why = 3), SUM(NOT success AND why = 4), SUM(NOT success AND why NOT IN (1, 2, 3, 4)),
    SUM(CASE WHEN unpriced THEN 0 ELSE actual END), SUM(CASE WHEN unpriced THEN 0 ELSE baseline END), SUM(unpriced), 0, 0, 0, 0,
    0, SUM(fallback), SUM(success AND duration_ms <= 16), SUM(success AND duration_ms > 16 AND duration_ms <= 25),
    SUM(success AND duration_ms > 25 AND duration_ms <= 40), SUM(success AND duration_ms > 40 AND duration_ms <= 63),
    SUM(success AND duration_ms > 63 AND duration_ms <= 100), SUM(success AND duration_ms > 100 AND duration_ms <= 160),
    SUM(success AND duration_ms > 160 AND duration_ms <= 250), SUM(success AND duration_ms > 250 AND duration_ms <= 400),
    SUM(success AND duration_ms > 400 AND duration_ms <= 630), SUM(success AND duration_ms > 630 AND duration_ms <= 1000),
    SUM(success AND duration_ms > 1000 AND duration_ms <= 1600), SUM(success AND duration_ms > 1600 AND duration_ms <= 2500),
    SUM(success AND duration_ms > 2500 AND duration_ms <= 4000), SUM(success AND duration_ms > 4000 AND duration_ms <= 6300),
    SUM(success AND duration_ms > 6300 AND duration_ms <= 10000), SUM(success AND duration_ms > 10000 AND duration_ms <= 16000),
    SUM(success AND duration_ms > 16000 AND duration_ms <= 25000), SUM(success AND duration_ms > 25000 AND duration_ms <= 40000),
    SUM(success AND duration_ms > 40000 AND duration_ms <= 63000), SUM(success AND duration_ms > 63000),
    SUM(fallback AND duration_ms <= 16), SUM(fallback AND duration_ms > 16 AND duration_ms <= 25),
    SUM(fallback AND duration_ms > 25 AND duration_ms <= 40), SUM(fallback AND duration_ms > 40 AND duration_ms <= 63),
    SUM(fallback AND duration_ms > 63 AND duration_ms <= 100), SUM(fallback AND duration_ms > 100 AND duration_ms <= 160),
    SUM(fallback AND duration_ms > 160 AND duration_ms <= 250), SUM(fallback AND duration_ms > 250 AND duration_ms <= 400),
    SUM(fallback AND duration_ms > 400 AND duration_ms <= 630), SUM(fallback AND duration_ms > 630 AND duration_ms <= 1000),
    SUM(fallback AND duration_ms > 1000 AND duration_ms <= 1600), SUM(fallback AND duration_ms > 1600 AND duration_ms <= 2500),
    SUM(fallback AND duration_ms > 2500 AND duration_ms <= 4000), SUM(fallback AND duration_ms > 4000 AND duration_ms <= 6300),
    SUM(fallback AND duration_ms > 6300 AND duration_ms <= 10000),
    SUM(fallback AND duration_ms > 10000 AND duration_ms <= 16000),
    SUM(fallback AND duration_ms > 16000 AND duration_ms <= 25000),
    SUM(fallback AND duration_ms > 25000 AND duration_ms <= 40000),
    SUM(fallback AND duration_ms > 40000 AND duration_ms <= 63000), SUM(fallback AND duration_ms > 63000)
FROM (
    SELECT tenant, at / 3600000 AS hour, user_id, duration_ms,
        served IS NOT NULL AND NOT partial AND served_type = 0 AS success,
        served IS NOT NULL AND NOT partial AND served_type = 1 AS fallback,
        CASE WHEN fallback_reason <> 0 THEN fallback_reason ELSE reason END AS why,
        served IS NOT NULL AND (price_version IS NULL OR baseline_nano IS NULL) AS unpriced,
        total_cost_nano AS actual, COALESCE(baseline_nano, 0) AS baseline
    FROM ledger
    WHERE requested IS NOT NULL AND kind = 0 AND had_custom AND NOT abandoned
        AND NOT (attempt_number > 0 AND outcome = 7) AND NOT (attempt_number = 0 AND served IS NULL AND fallback_reason = 0))
GROUP BY 1, 2, 3;
