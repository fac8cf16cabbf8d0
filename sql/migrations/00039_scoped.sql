-- Reports of some queues as fast as those of all; the messages that wait for an answer
-- found among many that do not; and old rows may go while their rollups stay.

-- +goose Up

-- How calls went in one queue, counted once each: as calls_15m is of all queues. A call
-- that entered other queues too counts differently for each choice of them, so that it
-- is named, and looked up.
CREATE TABLE queue_calls_15m (
    bucket timestamptz NOT NULL, -- in which the call first entered the queue
    queue  text NOT NULL,
    what   text NOT NULL,        -- as in calls_15m; several: it entered other queues too
    calls  int NOT NULL,
    ids    uuid[] NOT NULL,      -- of several
    PRIMARY KEY (bucket, queue, what)
);

CREATE FUNCTION count_queue_calls(lo timestamptz, hi timestamptz) RETURNS SETOF queue_calls_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(first), queue, CASE WHEN several THEN 'several' WHEN answered THEN 'answered' ELSE last END, count(*)::int,
           coalesce(array_agg(call_id ORDER BY call_id) FILTER (WHERE several), '{}')
    FROM (SELECT c.call_id, c.queue, min(w.entered_at) FILTER (WHERE w.queue = c.queue) AS first, bool_or(w.queue <> c.queue) AS several,
                 bool_or(w.outcome IS NOT DISTINCT FROM 'answered') AS answered,
                 (array_agg(coalesce(w.outcome::text, 'open') ORDER BY w.entered_at DESC, w.visit_id DESC))[1] AS last
          FROM (SELECT DISTINCT call_id, queue FROM public.queue_visit
                WHERE entered_at >= lo AND entered_at < hi AND public.quarter(entered_at) = public.quarter(lo)
                  AND kind = 'live' AND NOT after_talk AND outcome IS DISTINCT FROM 'withdrawn') c
          CROSS JOIN LATERAL (SELECT * FROM public.queue_visit v WHERE v.call_id = c.call_id OFFSET 0) w
          WHERE w.kind = 'live' AND NOT w.after_talk AND w.outcome IS DISTINCT FROM 'withdrawn'
          GROUP BY c.call_id, c.queue HAVING min(w.entered_at) FILTER (WHERE w.queue = c.queue) >= lo) f
    GROUP BY 1, 2, 3
$$;

CREATE FUNCTION queue_calls_during(lo timestamptz, hi timestamptz) RETURNS SETOF queue_calls_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.queue_calls_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'visits' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('visits', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_queue_calls(g.gap_from, g.gap_until) c
$$;

-- Rollups of before that moment, midnight UTC, stay as they are whatever becomes of their
-- rows, and are not compared with them.
CREATE TABLE rollup_kept (
    id       int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    until_at timestamptz NOT NULL
);
CREATE FUNCTION rollups_kept_until() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT until_at FROM public.rollup_kept), '-infinity')
$$;

-- keep_rollups is called before rows are deleted, in a transaction of its own, with two
-- days more than the last call_day that goes: a call may last beyond midnight. It fails
-- while a bucket before has yet to be counted. Whoever would mark one waits for it.
-- +goose StatementBegin
CREATE FUNCTION keep_rollups(before timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF before <> date_bin(interval '1 day', before, timestamptz '2000-01-01 00:00+00') THEN
        RAISE EXCEPTION 'rollups are kept until a midnight of UTC, not until %', before;
    END IF;
    LOCK TABLE public.rollup_stale IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM public.rollup_stale WHERE bucket < before) THEN
        RAISE EXCEPTION 'rollups before % have yet to be counted', before;
    END IF;
    INSERT INTO public.rollup_kept AS k (until_at) VALUES (before) ON CONFLICT (id) DO UPDATE SET until_at = greatest(k.until_at, before);
END $$;
-- +goose StatementEnd

CREATE OR REPLACE FUNCTION mark_stale(rollups text[], buckets timestamptz[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.rollup_stale AS s (what, bucket)
    SELECT DISTINCT w, b FROM unnest(rollups, buckets) AS m (w, b) WHERE b >= public.rollups_kept_until() ORDER BY 1, 2
    ON CONFLICT (what, bucket) DO UPDATE SET marks = s.marks + 1, marked_at = clock_timestamp()
$$;

CREATE OR REPLACE FUNCTION mark_all_stale() RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.rollup_stale (what, bucket)
    SELECT w, b FROM (SELECT least((SELECT min(entered_at) FROM public.queue_visit), (SELECT min(started_at) FROM public.call_fact), (SELECT min(from_at) FROM public.agent_span)) AS lo,
                             greatest((SELECT max(entered_at) FROM public.queue_visit), (SELECT max(started_at) FROM public.call_fact), now()) + interval '1 day' AS hi) t
    CROSS JOIN LATERAL (
        SELECT w, generate_series(public.quarter(lo), hi, interval '15 minutes') AS b FROM unnest(ARRAY['visits', 'calls', 'menus', 'staff']) w
        UNION ALL SELECT 'waits', generate_series(date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00'), hi, interval '1 day')) m
    WHERE lo IS NOT NULL AND b >= public.rollups_kept_until() ON CONFLICT DO NOTHING
$$;

-- The quarters that are counted already have nothing in the new table.
INSERT INTO rollup_stale (what, bucket) SELECT DISTINCT 'visits', bucket FROM tally_15m ON CONFLICT DO NOTHING;

-- A message has a task as soon as it is left, so that an index has the few that nobody
-- has done; a controller of the version before leaves messages too, so a trigger makes it.
-- +goose StatementBegin
CREATE FUNCTION message_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.message_task (message_id) SELECT message_id FROM new_rows ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER message_tasks AFTER INSERT ON message REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION message_tasks();
INSERT INTO message_task (message_id) SELECT message_id FROM message ON CONFLICT DO NOTHING;
CREATE INDEX message_task_open ON message_task (message_id) WHERE done_at IS NULL;
CREATE INDEX message_task_done ON message_task (done_at) WHERE done_at IS NOT NULL;
