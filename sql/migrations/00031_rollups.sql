-- Rollups: what visits, calls, menus and staff amount to in each quarter of an hour (UTC),
-- so that a year is reported as fast as a day. All zones in use differ from UTC by whole
-- quarters. The rows of what happened stay the truth:
--
--	a row changes ── trigger, in the same transaction ──> rollup_stale has its quarter
--	DB.Rollup     ── counts a quarter anew ─────────────> it is out of rollup_stale
--	a report      ── takes quarters that are not stale from the rollup, and what is
--	                 stale, and parts of quarters, from the rows
--
-- So a report is right at any moment, whoever changes rows, in whatever order facts come:
-- an earlier version of the program, a rebuild, a hand. How a quarter is counted is said
-- once, in the functions count_*(from, until). What existed before is stale to begin with,
-- and counted in the background.

-- +goose Up
CREATE FUNCTION quarter(at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_bin(interval '15 minutes', at, timestamptz '2000-01-01 00:00+00');

CREATE TABLE rollup_stale (
    what      text NOT NULL,            -- visits, calls, menus, staff: by quarter; waits: by day
    bucket    timestamptz NOT NULL,     -- when it begins
    marks     bigint NOT NULL DEFAULT 1, -- changes since it became stale
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (what, bucket)
) WITH (fillfactor = 50);

-- A list of waits is in ascending order, so that width_bucket(limit, list) is how many of
-- them were no longer than a limit: exact for any limit, and smaller than a histogram.
CREATE TABLE tally_15m (
    bucket        timestamptz NOT NULL, -- in which the callers entered the queue
    queue         text NOT NULL,
    outcome       text NOT NULL,        -- open: none yet
    after_talk    boolean NOT NULL,
    visits        int NOT NULL,
    flow_in       int NOT NULL,         -- of them, no new callers
    waits         float8[] NOT NULL,    -- seconds; of those that have ended
    told          float8[] NOT NULL,    -- of them, those of callers who were told how long it will take
    offered       float8[] NOT NULL,    -- of them, those of callers who were offered a callback
    wait_s        float8 NOT NULL,      -- sum
    longest_s     float8,               -- of those whose end was seen
    longest       text COLLATE "C",     -- its microseconds in 15 digits, and the call, the latest of several: the greatest text is the longest wait
    kept          int NOT NULL,         -- were called back in the time promised
    completed     int NOT NULL,         -- were called back and talked
    missed        int NOT NULL,         -- were promised a callback that came to nothing
    PRIMARY KEY (bucket, queue, outcome, after_talk)
) WITH (toast_tuple_target = 8160);     -- a list is looked at several times by a query: not compressed as long as it fits a page

CREATE TABLE calls_15m (
    bucket timestamptz NOT NULL,        -- in which the call first entered a queue
    what   text NOT NULL,               -- answered, once; else the outcome of the last visit
    calls  int NOT NULL,
    PRIMARY KEY (bucket, what)
);

CREATE TABLE menu_15m (
    bucket  timestamptz NOT NULL,       -- in which the calls began, which reached no queue
    outcome text NOT NULL,              -- open: none yet
    dialed  text,
    reason  text,                       -- of refused ones
    calls   int NOT NULL,
    callers int NOT NULL                -- refused ones of the same caller once
);
CREATE INDEX menu_15m_bucket ON menu_15m (bucket);

CREATE TABLE menu_node_15m (
    bucket      timestamptz NOT NULL,   -- in which the stays at the node began
    node        text,
    flow        text,
    last_at     timestamptz NOT NULL,   -- the latest of them
    entries     int NOT NULL,
    to_queue    float8[] NOT NULL,      -- seconds, ascending, of those that came to a queue
    to_person   float8[] NOT NULL,      -- and of those that came to an agent
    zero_during int NOT NULL,
    zero_after  int NOT NULL,
    silent      int NOT NULL,
    wrong       int NOT NULL,
    self_served int NOT NULL,
    look_ups    int NOT NULL,
    look_failed int NOT NULL,
    messages    int NOT NULL,
    transfers   int NOT NULL,
    joined      int NOT NULL,
    hung_up     int NOT NULL,
    keys        jsonb NOT NULL          -- how often each digit was pressed
) WITH (toast_tuple_target = 8160);     -- as tally_15m
CREATE INDEX menu_node_15m_bucket ON menu_node_15m (bucket);

CREATE TABLE staff_15m (
    bucket  timestamptz PRIMARY KEY,
    seconds float8 NOT NULL             -- in which at least one agent took calls or talked
);

-- How good what callers were told was. A visit that was answered counts as often as it
-- has to for those as patient who gave up; patience is that of its queue on its day (UTC).
CREATE TABLE wait_1d (
    bucket     timestamptz NOT NULL,
    queue      text NOT NULL,
    told       int NOT NULL,
    answered   int NOT NULL,
    longer     int NOT NULL,
    expected   int NOT NULL,
    w          float8 NOT NULL,         -- sums of weights, and weighted sums: see WaitAccuracy
    w_within   float8 NOT NULL,
    w_error    float8 NOT NULL,
    w_abs      float8 NOT NULL,
    ww         float8 NOT NULL,
    ww_p80     float8 NOT NULL,
    ww_p90     float8 NOT NULL,
    ww_wait    float8 NOT NULL,
    ww_bias    float8 NOT NULL,
    ww_qlm     float8 NOT NULL,
    ww_has_les float8 NOT NULL,
    ww_les     float8 NOT NULL,
    ww_has_avg float8 NOT NULL,
    ww_avg     float8 NOT NULL,
    ww_has_ast float8 NOT NULL,
    ww_ast     float8 NOT NULL,
    PRIMARY KEY (bucket, queue)
);

-- What follows counts one bucket, or a part of it: lo and hi are in the same. That each row
-- is in it is said once more, for the planner, to whom any two moments are years apart.

-- The parts of a stretch of time that are not in a rollup: stale buckets, and where it
-- begins and ends within one.
CREATE FUNCTION rollup_gaps(rollup text, width interval, lo timestamptz, hi timestamptz)
    RETURNS TABLE (gap_from timestamptz, gap_until timestamptz) LANGUAGE sql STABLE AS $$
    SELECT greatest(b.bucket, lo), least(b.bucket + width, hi)
    FROM (SELECT s.bucket FROM public.rollup_stale s WHERE s.what = rollup AND s.bucket > lo - width AND s.bucket < hi
          UNION SELECT date_bin(width, lo, timestamptz '2000-01-01 00:00+00') WHERE date_bin(width, lo, timestamptz '2000-01-01 00:00+00') < lo
          UNION SELECT date_bin(width, hi, timestamptz '2000-01-01 00:00+00') WHERE date_bin(width, hi, timestamptz '2000-01-01 00:00+00') < hi) b
    WHERE lo < hi
$$;

CREATE FUNCTION count_visits(lo timestamptz, hi timestamptz) RETURNS SETOF tally_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(v.entered_at), v.queue, coalesce(v.outcome::text, 'open'), v.after_talk, count(*)::int,
           (count(*) FILTER (WHERE NOT v.after_talk AND v.origin = 'overflow'))::int,
           coalesce(array_agg(v.queue_s ORDER BY v.queue_s) FILTER (WHERE v.queue_s IS NOT NULL), '{}'),
           coalesce(array_agg(v.queue_s ORDER BY v.queue_s) FILTER (WHERE v.queue_s IS NOT NULL AND v.told_at <= v.ended_at), '{}'),
           coalesce(array_agg(v.queue_s ORDER BY v.queue_s) FILTER (WHERE v.queue_s IS NOT NULL AND EXISTS (
               SELECT FROM public.call_event e WHERE e.call_day = v.call_day AND e.call_id = v.call_id AND e.visit_id = v.visit_id
               AND e.type = 'callback.offered' AND e.at <= v.ended_at)), '{}'),
           coalesce(round(sum(v.queue_s)::numeric, 6)::float8, 0), max(v.queue_s) FILTER (WHERE NOT v.estimated),
           max((lpad(round(v.queue_s * 1000000)::bigint::text, 15, '0') || v.call_id) COLLATE "C") FILTER (WHERE NOT v.estimated),
           (count(*) FILTER (WHERE c.first_attempt_at <= c.promised_until))::int,
           (count(*) FILTER (WHERE c.how = 'completed'))::int,
           (count(*) FILTER (WHERE c.how IN ('exhausted', 'expired', 'failed')))::int
    FROM public.queue_visit v LEFT JOIN public.callback_fact c ON c.callback_id = v.callback_id
    WHERE v.entered_at >= lo AND v.entered_at < hi AND public.quarter(v.entered_at) = public.quarter(lo) AND v.kind = 'live'
    GROUP BY 1, 2, 3, 4
$$;

CREATE FUNCTION count_calls(lo timestamptz, hi timestamptz) RETURNS SETOF calls_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(first), CASE WHEN answered THEN 'answered' ELSE last END, count(*)::int
    FROM (SELECT min(w.entered_at) AS first, bool_or(w.outcome IS NOT DISTINCT FROM 'answered') AS answered,
                 (array_agg(coalesce(w.outcome::text, 'open') ORDER BY w.entered_at DESC, w.visit_id DESC))[1] AS last
          FROM (SELECT DISTINCT call_id FROM public.queue_visit
                WHERE entered_at >= lo AND entered_at < hi AND public.quarter(entered_at) = public.quarter(lo)
                  AND kind = 'live' AND NOT after_talk AND outcome IS DISTINCT FROM 'withdrawn') c
          CROSS JOIN LATERAL (SELECT * FROM public.queue_visit v WHERE v.call_id = c.call_id OFFSET 0) w
          WHERE w.kind = 'live' AND NOT w.after_talk AND w.outcome IS DISTINCT FROM 'withdrawn'
          GROUP BY c.call_id HAVING min(w.entered_at) >= lo) f
    GROUP BY 1, 2
$$;

CREATE FUNCTION count_menus(lo timestamptz, hi timestamptz) RETURNS SETOF menu_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(c.started_at), coalesce(c.outcome::text, 'open'), c.dialed,
           CASE WHEN c.outcome = 'refused' THEN c.cause_text END, count(*)::int, (count(DISTINCT c.caller_key) FILTER (WHERE c.outcome = 'refused'))::int
    FROM public.call_fact c
    WHERE c.started_at >= lo AND c.started_at < hi AND public.quarter(c.started_at) = public.quarter(lo)
      AND NOT EXISTS (SELECT FROM public.queue_visit v WHERE v.call_id = c.call_id)
    GROUP BY 1, 2, 3, 4
$$;

-- It finds the calls that entered a node in the time, and reads all their facts once: a
-- call of yesterday may enter a node today. Each fact gets its stay by windows, so that
-- nothing is joined with itself.
CREATE FUNCTION count_menu_nodes(lo timestamptz, hi timestamptz) RETURNS SETOF menu_node_15m LANGUAGE sql STABLE AS $$
    WITH calls AS (
        SELECT DISTINCT call_day, call_id FROM public.call_event WHERE type = 'ivr.node_entered' AND at >= lo AND at < hi AND public.quarter(at) = public.quarter(lo)
    ), fact AS (
        SELECT e.call_id, e.seq, e.at, e.type, e.data,
               count(*) FILTER (WHERE e.type = 'ivr.node_entered') OVER until_now AS stay,
               min(e.at) FILTER (WHERE e.type = 'queue.entered') OVER from_now AS queued_at,
               min(e.at) FILTER (WHERE e.type = 'bridge.joined') OVER from_now AS joined_at
        FROM calls c CROSS JOIN LATERAL (SELECT * FROM public.call_event f WHERE f.call_day = c.call_day AND f.call_id = c.call_id OFFSET 0) e
        WINDOW until_now AS (PARTITION BY e.call_id ORDER BY e.seq ROWS UNBOUNDED PRECEDING),
               from_now AS (PARTITION BY e.call_id ORDER BY e.seq DESC ROWS UNBOUNDED PRECEDING)
    ), happened AS (
        SELECT type, data, max(data ->> 'node') FILTER (WHERE type = 'ivr.node_entered') OVER a_stay AS node,
               max(data ->> 'flow') FILTER (WHERE type = 'ivr.node_entered') OVER a_stay AS flow,
               max(at) FILTER (WHERE type = 'ivr.node_entered') OVER a_stay AS entered_at, at, queued_at, joined_at
        FROM fact WINDOW a_stay AS (PARTITION BY call_id, stay)
    ), counts AS (
        SELECT public.quarter(entered_at) AS bucket, node, flow, max(at) FILTER (WHERE type = 'ivr.node_entered') AS last_at,
               count(*) FILTER (WHERE type = 'ivr.node_entered') AS entries,
               array_agg(extract(epoch FROM queued_at - at)::float8 ORDER BY queued_at - at) FILTER (WHERE type = 'ivr.node_entered' AND queued_at IS NOT NULL) AS to_queue,
               array_agg(extract(epoch FROM joined_at - at)::float8 ORDER BY joined_at - at) FILTER (WHERE type = 'ivr.node_entered' AND joined_at IS NOT NULL) AS to_person,
               count(*) FILTER (WHERE type = 'ivr.zero' AND (data ->> 'during_prompt')::boolean) AS zero_during,
               count(*) FILTER (WHERE type = 'ivr.zero' AND NOT (data ->> 'during_prompt')::boolean) AS zero_after,
               count(*) FILTER (WHERE type = 'ivr.no_input') AS silent,
               count(*) FILTER (WHERE type = 'ivr.no_match') AS wrong,
               count(*) FILTER (WHERE type = 'ivr.self_served') AS self_served,
               count(*) FILTER (WHERE type = 'ivr.looked_up') AS look_ups,
               count(*) FILTER (WHERE type = 'ivr.looked_up' AND data ->> 'how' IN ('timeout', 'failed')) AS look_failed,
               count(*) FILTER (WHERE type = 'ivr.message_left') AS messages,
               count(*) FILTER (WHERE type = 'transfer.started') AS transfers,
               count(*) FILTER (WHERE type = 'transfer.joined') AS joined,
               count(*) FILTER (WHERE type = 'call.ended' AND data ->> 'outcome' = 'abandoned_ivr') AS hung_up
        FROM happened WHERE entered_at >= lo AND entered_at < hi GROUP BY 1, 2, 3
    ), keys AS (
        SELECT bucket, node, flow, jsonb_object_agg(digit, n) AS keys
        FROM (SELECT public.quarter(entered_at) AS bucket, node, flow, data ->> 'digit' AS digit, count(*) AS n
              FROM happened WHERE entered_at >= lo AND entered_at < hi AND type = 'ivr.input' GROUP BY 1, 2, 3, 4) d
        GROUP BY 1, 2, 3
    )
    SELECT c.bucket, c.node, c.flow, c.last_at, c.entries::int, coalesce(to_queue, '{}'), coalesce(to_person, '{}'), zero_during::int, zero_after::int, silent::int, wrong::int,
           self_served::int, look_ups::int, look_failed::int, messages::int, transfers::int, joined::int, hung_up::int, coalesce(k.keys, '{}')
    FROM counts c LEFT JOIN keys k ON k.bucket = c.bucket AND k.node IS NOT DISTINCT FROM c.node AND k.flow IS NOT DISTINCT FROM c.flow
$$;

-- One row; what lies ahead does not count.
CREATE FUNCTION count_staff(lo timestamptz, hi timestamptz) RETURNS SETOF staff_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(lo), coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8 -- of numerics: exact
    FROM (SELECT unnest(range_agg(tstzrange(greatest(from_at, lo), least(coalesce(until_at, now()), hi, now())))) AS r
          FROM public.agent_span
          WHERE (presence = 'available' OR state = 'talking') AND from_at < least(hi, now())
            AND (from_at >= lo - interval '1 day' OR until_at - from_at > interval '1 day' OR until_at IS NULL)
            AND coalesce(until_at, now()) > lo AND greatest(from_at, lo) < least(coalesce(until_at, now()), hi, now())) s
$$;

-- lo and hi may cut a day: the patience is that of the whole day.
CREATE FUNCTION count_waits(lo timestamptz, hi timestamptz) RETURNS SETOF wait_1d LANGUAGE sql STABLE AS $$
    WITH patience AS (
        SELECT day, queue, CASE WHEN gone < 50 THEN greatest(300, waited / 50) ELSE waited / gone END AS seconds
        FROM (SELECT date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') AS day, queue, sum(queue_s) AS waited,
                     count(*) FILTER (WHERE outcome LIKE 'abandoned%') AS gone
              FROM public.queue_visit
              WHERE kind = 'live' AND ended_at IS NOT NULL AND entered_at >= date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
                AND entered_at < date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00') + interval '1 day'
              GROUP BY 1, 2) q
    ), visit AS (
        SELECT *, date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') AS day
        FROM public.queue_visit WHERE entered_at >= lo AND entered_at < hi AND kind = 'live'
          AND date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
    ), estimate AS (
        SELECT v.day, v.queue, v.queue_s, v.told_at, s.p80_s, s.p90_s, s.qlm_s, s.les_s, s.avgc_les_s, s.asterisk_s,
               a.after_s, a.after_s - v.told_p50_s AS error_s, v.outcome = 'answered' AND s.qlm_s > 0 AS guessed,
               CASE WHEN coalesce(v.told_high_s, 0) = 0 THEN NULL WHEN a.after_s > v.told_high_s THEN false WHEN v.outcome = 'answered' THEN true END AS within,
               v.outcome = 'answered' AS served
        FROM visit v LEFT JOIN LATERAL (SELECT * FROM public.ewt_shadow e WHERE e.visit_id = v.visit_id OFFSET 0) s ON true
        CROSS JOIN LATERAL (SELECT extract(epoch FROM v.ended_at - v.told_at)::float8 AS after_s) a
        WHERE v.told_at IS NOT NULL OR s.visit_id IS NOT NULL
    ), said AS (
        SELECT e.*, served AND within IS NOT NULL AS bound,
               least(exp(least(after_s / p.seconds, 5)), 10) AS w, least(exp(least(queue_s / p.seconds, 5)), 10) AS ww
        FROM estimate e LEFT JOIN patience p USING (day, queue)
    )
    SELECT day, queue, count(told_at)::int, (count(*) FILTER (WHERE bound))::int, (count(*) FILTER (WHERE within = false))::int, (count(*) FILTER (WHERE guessed))::int,
           coalesce(sum(w) FILTER (WHERE bound), 0), coalesce(sum(w * within::int) FILTER (WHERE bound), 0),
           coalesce(sum(w * error_s) FILTER (WHERE bound), 0), coalesce(sum(w * abs(error_s)) FILTER (WHERE bound), 0),
           coalesce(sum(ww) FILTER (WHERE guessed), 0), coalesce(sum(ww * (queue_s <= p80_s)::int) FILTER (WHERE guessed), 0),
           coalesce(sum(ww * (queue_s <= p90_s)::int) FILTER (WHERE guessed), 0), coalesce(sum(ww * queue_s) FILTER (WHERE guessed), 0),
           coalesce(sum(ww * (qlm_s - queue_s)) FILTER (WHERE guessed), 0), coalesce(sum(ww * abs(qlm_s - queue_s)) FILTER (WHERE guessed), 0),
           coalesce(sum(ww) FILTER (WHERE guessed AND les_s > 0), 0), coalesce(sum(ww * abs(les_s - queue_s)) FILTER (WHERE guessed AND les_s > 0), 0),
           coalesce(sum(ww) FILTER (WHERE guessed AND avgc_les_s > 0), 0), coalesce(sum(ww * abs(avgc_les_s - queue_s)) FILTER (WHERE guessed AND avgc_les_s > 0), 0),
           coalesce(sum(ww) FILTER (WHERE guessed AND asterisk_s > 0), 0), coalesce(sum(ww * abs(asterisk_s - queue_s)) FILTER (WHERE guessed AND asterisk_s > 0), 0)
    FROM said GROUP BY 1, 2
$$;

-- What reports read: any stretch of time, from the rollup where it is not stale.
CREATE FUNCTION visits_during(lo timestamptz, hi timestamptz) RETURNS SETOF tally_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.tally_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'visits' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('visits', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_visits(g.gap_from, g.gap_until) c
$$;
CREATE FUNCTION calls_during(lo timestamptz, hi timestamptz) RETURNS SETOF calls_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.calls_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'visits' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('visits', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_calls(g.gap_from, g.gap_until) c
$$;
CREATE FUNCTION menus_during(lo timestamptz, hi timestamptz) RETURNS SETOF menu_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.menu_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'calls' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('calls', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_menus(g.gap_from, g.gap_until) c
$$;
CREATE FUNCTION menu_nodes_during(lo timestamptz, hi timestamptz) RETURNS SETOF menu_node_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.menu_node_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'menus' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('menus', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_menu_nodes(g.gap_from, g.gap_until) c
$$;
CREATE FUNCTION waits_during(lo timestamptz, hi timestamptz) RETURNS SETOF wait_1d LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.wait_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'waits' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('waits', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_waits(g.gap_from, g.gap_until) c
$$;
-- An agent who is available makes no fact as time goes by: a quarter without a row, after
-- the newest one, is counted from the rows too.
CREATE FUNCTION staff_during(lo timestamptz, hi timestamptz) RETURNS SETOF staff_15m LANGUAGE sql STABLE AS $$
    WITH known AS (SELECT coalesce(max(bucket) + interval '15 minutes', '-infinity') AS until FROM public.staff_15m)
    SELECT t.* FROM public.staff_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'staff' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM known CROSS JOIN LATERAL public.rollup_gaps('staff', interval '15 minutes', lo, least(hi, known.until)) g CROSS JOIN LATERAL public.count_staff(g.gap_from, g.gap_until) c
    UNION ALL
    SELECT c.* FROM known CROSS JOIN LATERAL public.count_staff(greatest(lo, known.until), hi) c WHERE greatest(lo, known.until) < hi
$$;

-- The views of before, from the rollups: the same columns and numbers.
CREATE OR REPLACE VIEW report.abandonment AS
SELECT queue, bucket,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk), 0)::bigint AS offered,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'answered'), 0)::bigint AS answered,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome LIKE 'abandoned%'), 0)::bigint AS abandoned,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'abandoned_queue'), 0)::bigint AS abandoned_queue,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'abandoned_ringing'), 0)::bigint AS abandoned_ringing,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'abandoned_at_answer'), 0)::bigint AS abandoned_at_answer,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'callback_accepted'), 0)::bigint AS callback_accepted,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'exit_key'), 0)::bigint AS exit_key,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'overflow'), 0)::bigint AS overflow,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'timeout_exit'), 0)::bigint AS timeout_exit,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'transferred_out'), 0)::bigint AS transferred_out,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'no_agents'), 0)::bigint AS no_agents,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'closed'), 0)::bigint AS closed,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'withdrawn'), 0)::bigint AS withdrawn,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'system_failure'), 0)::bigint AS system_failure,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome = 'open'), 0)::bigint AS open,
       coalesce(sum(width_bucket(20::float8, waits)) FILTER (WHERE NOT after_talk AND outcome = 'answered'), 0)::bigint AS answered_20s,
       coalesce(sum(width_bucket(5::float8, waits)) FILTER (WHERE NOT after_talk AND outcome LIKE 'abandoned%'), 0)::bigint AS abandoned_5s,
       coalesce(sum(wait_s) FILTER (WHERE NOT after_talk AND outcome = 'answered'), 0) AS answered_wait_s,
       coalesce(sum(wait_s) FILTER (WHERE NOT after_talk AND outcome LIKE 'abandoned%'), 0) AS abandoned_wait_s,
       max(longest_s) AS longest_wait_s,
       coalesce(sum(kept) FILTER (WHERE NOT after_talk), 0)::bigint AS callback_kept,
       coalesce(sum(completed) FILTER (WHERE NOT after_talk), 0)::bigint AS callback_completed,
       coalesce(sum(missed) FILTER (WHERE NOT after_talk), 0)::bigint AS callback_missed,
       coalesce(sum(flow_in), 0)::bigint AS flow_in,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND outcome IN ('exit_key', 'overflow', 'transferred_out')), 0)::bigint AS flow_out,
       coalesce(sum(visits) FILTER (WHERE NOT after_talk AND (outcome LIKE 'abandoned%' OR outcome IN ('timeout_exit', 'no_agents', 'closed', 'system_failure'))), 0)::bigint AS not_served,
       coalesce(sum(visits) FILTER (WHERE after_talk), 0)::bigint AS after_talk,
       coalesce(sum(visits) FILTER (WHERE after_talk AND outcome LIKE 'abandoned%'), 0)::bigint AS abandoned_after_talk
FROM (SELECT t.* FROM tally_15m t WHERE NOT EXISTS (SELECT FROM rollup_stale s WHERE s.what = 'visits' AND s.bucket = t.bucket)
      UNION ALL
      SELECT c.* FROM rollup_stale s CROSS JOIN LATERAL count_visits(s.bucket, s.bucket + interval '15 minutes') c WHERE s.what = 'visits') t
GROUP BY queue, bucket;

CREATE OR REPLACE VIEW report.refused AS
SELECT bucket, dialed, reason, sum(calls)::bigint AS calls, sum(callers)::bigint AS callers
FROM (SELECT t.* FROM menu_15m t WHERE outcome = 'refused' AND NOT EXISTS (SELECT FROM rollup_stale s WHERE s.what = 'calls' AND s.bucket = t.bucket)
      UNION ALL
      SELECT c.* FROM rollup_stale s CROSS JOIN LATERAL count_menus(s.bucket, s.bucket + interval '15 minutes') c WHERE s.what = 'calls' AND c.outcome = 'refused') t
GROUP BY bucket, dialed, reason;

-- Marks. Each waits at most for a transaction of the shipper's: DB.Rollup locks none that it has not just counted.
CREATE FUNCTION mark_stale(rollups text[], buckets timestamptz[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.rollup_stale AS s (what, bucket)
    SELECT DISTINCT w, b FROM unnest(rollups, buckets) AS m (w, b) WHERE b IS NOT NULL ORDER BY 1, 2
    ON CONFLICT (what, bucket) DO UPDATE SET marks = s.marks + 1, marked_at = clock_timestamp()
$$;

-- What becomes of a visit changes where its call counts, which is where the call first
-- entered a queue; and whether the call has reached a queue.
-- +goose StatementBegin
CREATE FUNCTION mark_visits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entered timestamptz[];
    calls   uuid[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(t), array_agg(DISTINCT call) INTO entered, calls
        FROM (SELECT unnest(ARRAY[n.entered_at, o.entered_at]) AS t, n.call_id AS call FROM new_rows n JOIN old_rows o USING (visit_id)
              WHERE (n.queue, n.kind, n.entered_at, n.outcome, n.ended_at, n.queue_s, n.estimated, n.after_talk, n.origin, n.callback_id, n.told_at, n.told_high_s, n.told_p50_s)
                    IS DISTINCT FROM (o.queue, o.kind, o.entered_at, o.outcome, o.ended_at, o.queue_s, o.estimated, o.after_talk, o.origin, o.callback_id, o.told_at, o.told_high_s, o.told_p50_s)) c;
    ELSE
        SELECT array_agg(entered_at), array_agg(DISTINCT call_id) INTO entered, calls FROM new_rows;
    END IF;
    IF calls IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM public.mark_stale(array_agg(w), array_agg(b)) FROM (
        SELECT 'visits' AS w, public.quarter(t) AS b FROM unnest(entered) t
        UNION SELECT 'waits', date_bin(interval '1 day', t, timestamptz '2000-01-01 00:00+00') FROM unnest(entered) t
        UNION SELECT 'visits', public.quarter(v.entered_at) FROM unnest(calls) c CROSS JOIN LATERAL (SELECT entered_at FROM public.queue_visit v WHERE v.call_id = c OFFSET 0) v
        UNION SELECT 'calls', public.quarter(f.started_at) FROM unnest(calls) c CROSS JOIN LATERAL (SELECT started_at FROM public.call_fact f WHERE f.call_id = c OFFSET 0) f WHERE TG_OP <> 'UPDATE') m;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM public.mark_stale(array_agg('calls'::text), array_agg(b)) FROM (
            SELECT DISTINCT public.quarter(unnest(ARRAY[n.started_at, o.started_at])) AS b FROM new_rows n JOIN old_rows o USING (call_id)
            WHERE (n.started_at, n.outcome, n.dialed, n.cause_text, n.caller_key) IS DISTINCT FROM (o.started_at, o.outcome, o.dialed, o.cause_text, o.caller_key)) m;
    ELSE
        PERFORM public.mark_stale(array_agg('calls'::text), array_agg(b)) FROM (SELECT DISTINCT public.quarter(started_at) AS b FROM new_rows) m;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_callbacks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids uuid[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(n.callback_id) INTO ids FROM new_rows n JOIN old_rows o USING (callback_id)
        WHERE (n.first_attempt_at, n.promised_until, n.how) IS DISTINCT FROM (o.first_attempt_at, o.promised_until, o.how);
    ELSE
        SELECT array_agg(callback_id) INTO ids FROM new_rows;
    END IF;
    PERFORM public.mark_stale(array_agg('visits'::text), array_agg(b)) FROM (
        SELECT DISTINCT public.quarter(v.entered_at) AS b FROM unnest(ids) i CROSS JOIN LATERAL (SELECT entered_at FROM public.queue_visit v WHERE v.callback_id = i OFFSET 0) v) m;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_estimates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.mark_stale(array_agg('waits'::text), array_agg(b)) FROM (
        SELECT DISTINCT date_bin(interval '1 day', v.entered_at, timestamptz '2000-01-01 00:00+00') AS b
        FROM new_rows n CROSS JOIN LATERAL (SELECT entered_at FROM public.queue_visit v WHERE v.visit_id = n.visit_id OFFSET 0) v) m;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.mark_stale(array_agg(w), array_agg(b)) FROM (
        SELECT 'menus' AS w, public.quarter(e.at) AS b
        FROM (SELECT DISTINCT call_day, call_id FROM new_rows
              WHERE type LIKE 'ivr.%' OR type IN ('queue.entered', 'bridge.joined', 'transfer.started', 'transfer.joined', 'call.ended')) c
        CROSS JOIN LATERAL (SELECT at FROM public.call_event e WHERE e.call_day = c.call_day AND e.call_id = c.call_id AND e.type = 'ivr.node_entered' OFFSET 0) e
        UNION SELECT 'visits', public.quarter(v.entered_at)
        FROM new_rows n CROSS JOIN LATERAL (SELECT entered_at FROM public.queue_visit v WHERE v.visit_id = n.visit_id OFFSET 0) v WHERE n.type = 'callback.offered') m;
    RETURN NULL;
END $$;

-- A span that ends has changed the quarters after its end: it was open in them.
CREATE FUNCTION mark_staff() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM public.mark_stale(array_agg('staff'::text), array_agg(b)) FROM (
            SELECT DISTINCT generate_series(public.quarter(CASE WHEN n.from_at = o.from_at AND n.presence = o.presence AND n.state = o.state
                        THEN least(coalesce(n.until_at, now()), coalesce(o.until_at, now())) ELSE least(n.from_at, o.from_at) END),
                   greatest(coalesce(n.until_at, now()), coalesce(o.until_at, now())), interval '15 minutes') AS b
            FROM new_rows n JOIN old_rows o USING (shift_id, seq)
            WHERE (n.from_at, n.until_at, n.presence, n.state) IS DISTINCT FROM (o.from_at, o.until_at, o.presence, o.state)) m;
    ELSE
        PERFORM public.mark_stale(array_agg('staff'::text), array_agg(b)) FROM (
            SELECT DISTINCT generate_series(public.quarter(from_at), coalesce(until_at, now()), interval '15 minutes') AS b FROM new_rows
            WHERE presence = 'available' OR state = 'talking') m;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER rollup_insert AFTER INSERT ON queue_visit REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_visits();
CREATE TRIGGER rollup_delete AFTER DELETE ON queue_visit REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_visits();
CREATE TRIGGER rollup_update AFTER UPDATE ON queue_visit REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_visits();
CREATE TRIGGER rollup_insert AFTER INSERT ON call_fact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_calls();
CREATE TRIGGER rollup_delete AFTER DELETE ON call_fact REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_calls();
CREATE TRIGGER rollup_update AFTER UPDATE ON call_fact REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_calls();
CREATE TRIGGER rollup_insert AFTER INSERT ON callback_fact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_callbacks();
CREATE TRIGGER rollup_delete AFTER DELETE ON callback_fact REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_callbacks();
CREATE TRIGGER rollup_update AFTER UPDATE ON callback_fact REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_callbacks();
CREATE TRIGGER rollup_insert AFTER INSERT ON ewt_shadow REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_estimates();
CREATE TRIGGER rollup_delete AFTER DELETE ON ewt_shadow REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_estimates();
CREATE TRIGGER rollup_insert AFTER INSERT ON agent_span REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_staff();
CREATE TRIGGER rollup_delete AFTER DELETE ON agent_span REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_staff();
CREATE TRIGGER rollup_update AFTER UPDATE ON agent_span REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_staff();
CREATE TRIGGER rollup_insert AFTER INSERT ON call_event REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_facts();

-- Everything is stale: after rows were written past the triggers.
CREATE FUNCTION mark_all_stale() RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.rollup_stale (what, bucket)
    SELECT w, b FROM (SELECT least((SELECT min(entered_at) FROM public.queue_visit), (SELECT min(started_at) FROM public.call_fact), (SELECT min(from_at) FROM public.agent_span)) AS lo,
                             greatest((SELECT max(entered_at) FROM public.queue_visit), (SELECT max(started_at) FROM public.call_fact), now()) + interval '1 day' AS hi) t
    CROSS JOIN LATERAL (
        SELECT w, generate_series(public.quarter(lo), hi, interval '15 minutes') AS b FROM unnest(ARRAY['visits', 'calls', 'menus', 'staff']) w
        UNION ALL SELECT 'waits', generate_series(date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00'), hi, interval '1 day')) m
    WHERE lo IS NOT NULL ON CONFLICT DO NOTHING
$$;
SELECT mark_all_stale(); -- what is there already, now that nothing changes unmarked
