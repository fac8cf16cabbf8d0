-- +goose NO TRANSACTION
-- When callers were first told, by a rollup, and talks with a hold, by an index made beside
-- running calls as in 00030. Both were in 00044 and 00045 for a while, so they may be here.

-- +goose Up
SET lock_timeout = 0;
DROP INDEX CONCURRENTLY IF EXISTS talk_held;
CREATE INDEX CONCURRENTLY talk_held ON talk (joined_at) WHERE holds > 0 OR left_at IS NULL;
RESET lock_timeout;

-- How long after entering callers were first told how long it takes, of a day (UTC).
CREATE TABLE IF NOT EXISTS first_told_1d (
    bucket timestamptz NOT NULL, -- in which they entered the queue
    queue  text NOT NULL,
    from_s float8 NOT NULL,      -- seconds: within the five from then on
    calls  int NOT NULL,
    PRIMARY KEY (bucket, queue, from_s)
);

CREATE OR REPLACE FUNCTION count_first_told(lo timestamptz, hi timestamptz) RETURNS SETOF first_told_1d LANGUAGE sql STABLE AS $$
    SELECT date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00'), queue, (5 * floor(extract(epoch FROM told_at - entered_at) / 5))::float8, count(*)::int
    FROM public.queue_visit
    WHERE entered_at >= lo AND entered_at < hi AND kind = 'live' AND NOT after_talk AND outcome IS DISTINCT FROM 'withdrawn' AND told_at >= entered_at
      AND date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
    GROUP BY 1, 2, 3
$$;

CREATE OR REPLACE FUNCTION first_told_during(lo timestamptz, hi timestamptz) RETURNS SETOF first_told_1d LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.first_told_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'told' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('told', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_first_told(g.gap_from, g.gap_until) c
$$;

-- What is counted already has nothing in the new table.
INSERT INTO rollup_stale (what, bucket) SELECT DISTINCT 'told', bucket FROM told_1d WHERE bucket >= rollups_kept_until() ON CONFLICT DO NOTHING;

-- +goose Down
