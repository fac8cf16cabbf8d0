-- More rollups, so that every report of a year is as fast as one of a day: how calls went
-- in some queues, menus by the queues that their calls reached, how waits are spread, what
-- callers were told, the numbers dialled, codes, what agents' time went into, how many agents were there, and what became of the people who
-- gave up. See 00031 for how rollups work. Those of some queues stand beside what the
-- version before reads, which is counted until that version is gone.

-- +goose Up

-- The ways of calls through queues: for each queue that a call entered, all its visits in
-- order. So what became of calls in any choice of queues, each counted once, needs no call.
CREATE TABLE queue_path_15m (
    bucket timestamptz NOT NULL, -- in which the calls first entered the queue
    queue  text NOT NULL,
    path   text[] NOT NULL,      -- queue, outcome, queue, outcome …: all visits, but withdrawn ones
    calls  int NOT NULL,
    PRIMARY KEY (queue, bucket, path)
);

CREATE FUNCTION count_queue_paths(lo timestamptz, hi timestamptz) RETURNS SETOF queue_path_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(first), queue, path, count(*)::int
    FROM (SELECT c.queue, min(w.entered_at) FILTER (WHERE w.queue = c.queue) AS first, array_agg(s.v ORDER BY w.entered_at, w.visit_id, s.n) AS path
          FROM (SELECT DISTINCT call_id, queue FROM public.queue_visit
                WHERE entered_at >= lo AND entered_at < hi AND public.quarter(entered_at) = public.quarter(lo)
                  AND kind = 'live' AND NOT after_talk AND outcome IS DISTINCT FROM 'withdrawn') c
          CROSS JOIN LATERAL (SELECT * FROM public.queue_visit v WHERE v.call_id = c.call_id OFFSET 0) w
          CROSS JOIN LATERAL (VALUES (1, w.queue), (2, coalesce(w.outcome::text, 'open'))) s (n, v)
          WHERE w.kind = 'live' AND NOT w.after_talk AND w.outcome IS DISTINCT FROM 'withdrawn'
          GROUP BY c.call_id, c.queue HAVING min(w.entered_at) FILTER (WHERE w.queue = c.queue) >= lo) f
    GROUP BY 1, 2, 3
$$;

CREATE FUNCTION queue_paths_during(lo timestamptz, hi timestamptz) RETURNS SETOF queue_path_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.queue_path_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'paths' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('paths', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_queue_paths(g.gap_from, g.gap_until) c
$$;

-- As menu_node_15m, of calls by the queues that they reached, in ascending order; of calls
-- that reached none there are no rows.
CREATE TABLE queue_node_15m (
    bucket      timestamptz NOT NULL,
    queues      text[] NOT NULL,
    node        text,
    flow        text,
    last_at     timestamptz NOT NULL,
    entries     int NOT NULL,
    to_queue    float8[] NOT NULL,
    to_person   float8[] NOT NULL,
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
    keys        jsonb NOT NULL
) WITH (toast_tuple_target = 8160);
CREATE INDEX queue_node_15m_bucket ON queue_node_15m (bucket);

CREATE FUNCTION count_queue_nodes(lo timestamptz, hi timestamptz) RETURNS SETOF queue_node_15m LANGUAGE sql STABLE AS $$
    WITH calls AS (
        SELECT c.call_day, c.call_id, q.queues
        FROM (SELECT DISTINCT call_day, call_id FROM public.call_event WHERE type = 'ivr.node_entered' AND at >= lo AND at < hi AND public.quarter(at) = public.quarter(lo)) c
        CROSS JOIN LATERAL (SELECT array_agg(DISTINCT v.queue ORDER BY v.queue) AS queues FROM public.queue_visit v WHERE v.call_id = c.call_id) q
        WHERE q.queues IS NOT NULL
    ), fact AS (
        SELECT e.call_id, c.queues, e.seq, e.at, e.type, e.data,
               count(*) FILTER (WHERE e.type = 'ivr.node_entered') OVER until_now AS stay,
               min(e.at) FILTER (WHERE e.type = 'queue.entered') OVER from_now AS queued_at,
               min(e.at) FILTER (WHERE e.type = 'bridge.joined') OVER from_now AS joined_at
        FROM calls c CROSS JOIN LATERAL (SELECT * FROM public.call_event f WHERE f.call_day = c.call_day AND f.call_id = c.call_id OFFSET 0) e
        WINDOW until_now AS (PARTITION BY e.call_id ORDER BY e.seq ROWS UNBOUNDED PRECEDING),
               from_now AS (PARTITION BY e.call_id ORDER BY e.seq DESC ROWS UNBOUNDED PRECEDING)
    ), happened AS (
        SELECT queues, type, data, max(data ->> 'node') FILTER (WHERE type = 'ivr.node_entered') OVER a_stay AS node,
               max(data ->> 'flow') FILTER (WHERE type = 'ivr.node_entered') OVER a_stay AS flow,
               max(at) FILTER (WHERE type = 'ivr.node_entered') OVER a_stay AS entered_at, at, queued_at, joined_at
        FROM fact WINDOW a_stay AS (PARTITION BY call_id, stay)
    ), counts AS (
        SELECT public.quarter(entered_at) AS bucket, queues, node, flow, max(at) FILTER (WHERE type = 'ivr.node_entered') AS last_at,
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
        FROM happened WHERE entered_at >= lo AND entered_at < hi GROUP BY 1, 2, 3, 4
    ), keys AS (
        SELECT bucket, queues, node, flow, jsonb_object_agg(digit, n) AS keys
        FROM (SELECT public.quarter(entered_at) AS bucket, queues, node, flow, data ->> 'digit' AS digit, count(*) AS n
              FROM happened WHERE entered_at >= lo AND entered_at < hi AND type = 'ivr.input' GROUP BY 1, 2, 3, 4, 5) d
        GROUP BY 1, 2, 3, 4
    )
    SELECT c.bucket, c.queues, c.node, c.flow, c.last_at, c.entries::int, coalesce(to_queue, '{}'), coalesce(to_person, '{}'), zero_during::int, zero_after::int, silent::int, wrong::int,
           self_served::int, look_ups::int, look_failed::int, messages::int, transfers::int, joined::int, hung_up::int, coalesce(k.keys, '{}')
    FROM counts c LEFT JOIN keys k ON k.bucket = c.bucket AND k.queues = c.queues AND k.node IS NOT DISTINCT FROM c.node AND k.flow IS NOT DISTINCT FROM c.flow
$$;

CREATE FUNCTION queue_nodes_during(lo timestamptz, hi timestamptz) RETURNS SETOF queue_node_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.queue_node_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'nodes' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('nodes', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_queue_nodes(g.gap_from, g.gap_until) c
$$;

-- How the waits of a day (UTC) are spread. A percentile of many days is between two edges,
-- by the sums of below; of each list only what is between these is looked at.
CREATE FUNCTION wait_edges() RETURNS float8[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,22,24,26,28,30,32.5,35,37.5,40,42.5,45,47.5,50,52.5,55,57.5,60,63,66,69,72,75,78,81,84,87,90,95,100,105,110,115,120,126,132,138,144,150,156,162,168,174,180,190,200,210,220,230,240,252,264,276,288,300,320,340,360,380,400,425,450,480,510,540,570,600,650,700,750,800,850,900,1000,1100,1200,1350,1500,1800,2400,3600,7200}'::float8[]
$$;
CREATE TABLE wait_spread_1d (
    bucket  timestamptz NOT NULL, -- in which the callers entered the queue
    queue   text NOT NULL,
    outcome text NOT NULL,        -- answered, abandoned
    visits  int NOT NULL,
    wait_s  float8 NOT NULL,      -- sum
    max_s   float8 NOT NULL,
    below   int[] NOT NULL,       -- how many were shorter than each edge of wait_edges()
    waits   float8[] NOT NULL,    -- seconds, ascending
    PRIMARY KEY (bucket, queue, outcome)
) WITH (toast_tuple_target = 8160);
ALTER TABLE wait_spread_1d ALTER COLUMN waits SET STORAGE EXTERNAL;

CREATE FUNCTION count_spreads(lo timestamptz, hi timestamptz) RETURNS SETOF wait_spread_1d LANGUAGE sql STABLE AS $$
    SELECT day, queue, outcome, cardinality(waits), wait_s, waits[cardinality(waits)],
           ARRAY(SELECT width_bucket(e - 5e-7, waits) FROM unnest(public.wait_edges()) WITH ORDINALITY AS u (e, n) ORDER BY n), waits
    FROM (SELECT date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') AS day, queue,
                 CASE outcome WHEN 'answered' THEN 'answered' ELSE 'abandoned' END AS outcome,
                 round(sum(queue_s)::numeric, 6)::float8 AS wait_s, array_agg(queue_s ORDER BY queue_s) AS waits
          FROM public.queue_visit
          WHERE entered_at >= lo AND entered_at < hi AND kind = 'live' AND NOT after_talk AND (outcome = 'answered' OR outcome LIKE 'abandoned%')
            AND date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
          GROUP BY 1, 2, 3) v
$$;

CREATE FUNCTION spreads_during(lo timestamptz, hi timestamptz) RETURNS SETOF wait_spread_1d LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.wait_spread_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'spreads' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('spreads', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_spreads(g.gap_from, g.gap_until) c
$$;

-- What became of callers of a day (UTC) by what they were told; of those whose wait is over.
CREATE TABLE told_1d (
    bucket  timestamptz NOT NULL, -- in which they entered the queue
    queue   text NOT NULL,
    low     float8,               -- both NULL: told nothing
    high    float8,
    outcome text NOT NULL,        -- answered, abandoned, other
    visits  int NOT NULL,
    longer  int NOT NULL,         -- waited longer than high, which is not 0
    after   float8[] NOT NULL     -- seconds from being told, or from entering, to the answer, ascending; of answered
) WITH (toast_tuple_target = 8160);
CREATE INDEX told_1d_bucket ON told_1d (bucket);

CREATE FUNCTION count_told(lo timestamptz, hi timestamptz) RETURNS SETOF told_1d LANGUAGE sql STABLE AS $$
    SELECT day, queue, low, high, what, count(*)::int, (count(*) FILTER (WHERE high > 0 AND after_s > high))::int,
           coalesce(array_agg(after_s ORDER BY after_s) FILTER (WHERE what = 'answered'), '{}')
    FROM (SELECT date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') AS day, queue,
                 CASE WHEN told_at IS NOT NULL THEN coalesce(told_low_s, 0) END AS low, CASE WHEN told_at IS NOT NULL THEN coalesce(told_high_s, 0) END AS high,
                 CASE WHEN outcome = 'answered' THEN 'answered' WHEN outcome LIKE 'abandoned%' THEN 'abandoned' ELSE 'other' END AS what,
                 extract(epoch FROM ended_at - coalesce(told_at, entered_at))::float8 AS after_s
          FROM public.queue_visit
          WHERE entered_at >= lo AND entered_at < hi AND kind = 'live' AND NOT after_talk AND ended_at IS NOT NULL AND outcome <> 'withdrawn'
            AND date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')) v
    GROUP BY 1, 2, 3, 4, 5
$$;

CREATE FUNCTION told_during(lo timestamptz, hi timestamptz) RETURNS SETOF told_1d LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.told_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'told' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('told', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_told(g.gap_from, g.gap_until) c
$$;

-- As tally_15m, by the number that was dialled, of a day (UTC).
CREATE TABLE dialed_1d (
    bucket     timestamptz NOT NULL,
    dialed     text NOT NULL,
    queue      text NOT NULL,
    outcome    text NOT NULL,
    after_talk boolean NOT NULL,
    visits     int NOT NULL,
    flow_in    int NOT NULL,
    waits      float8[] NOT NULL, -- of answered and abandoned ones
    longest_s  float8,
    longest    text COLLATE "C",
    PRIMARY KEY (bucket, dialed, queue, outcome, after_talk)
) WITH (toast_tuple_target = 8160);

CREATE FUNCTION count_dialed(lo timestamptz, hi timestamptz) RETURNS SETOF dialed_1d LANGUAGE sql STABLE AS $$
    SELECT date_bin(interval '1 day', v.entered_at, timestamptz '2000-01-01 00:00+00'), coalesce(c.dialed, ''), v.queue, coalesce(v.outcome::text, 'open'), v.after_talk, count(*)::int,
           (count(*) FILTER (WHERE NOT v.after_talk AND v.origin = 'overflow'))::int,
           coalesce(array_agg(v.queue_s ORDER BY v.queue_s) FILTER (WHERE v.queue_s IS NOT NULL AND (v.outcome = 'answered' OR v.outcome LIKE 'abandoned%')), '{}'),
           max(v.queue_s) FILTER (WHERE NOT v.estimated),
           max((lpad(round(v.queue_s * 1000000)::bigint::text, 15, '0') || v.call_id) COLLATE "C") FILTER (WHERE NOT v.estimated)
    FROM public.queue_visit v LEFT JOIN public.call_fact c ON c.call_id = v.call_id
    WHERE v.entered_at >= lo AND v.entered_at < hi AND v.kind = 'live'
      AND date_bin(interval '1 day', v.entered_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
    GROUP BY 1, 2, 3, 4, 5
$$;

CREATE FUNCTION dialed_during(lo timestamptz, hi timestamptz) RETURNS SETOF dialed_1d LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.dialed_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'dialed' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('dialed', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_dialed(g.gap_from, g.gap_until) c
$$;

-- Whether callers were kept waiting longer than they were told.
CREATE TABLE promise_15m (
    bucket  timestamptz NOT NULL, -- in which they entered the queue
    queue   text NOT NULL,
    told    int NOT NULL,         -- a highest wait, and the wait is over
    broken  int NOT NULL,         -- of them, waited longer
    over_s  float8 NOT NULL,      -- the most by which one waited longer; 0: none did
    PRIMARY KEY (queue, bucket)
);

CREATE FUNCTION count_promises(lo timestamptz, hi timestamptz) RETURNS SETOF promise_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(entered_at), queue, count(*)::int, (count(*) FILTER (WHERE over_s > 0))::int, greatest(max(over_s), 0)
    FROM (SELECT entered_at, queue, extract(epoch FROM ended_at - told_at)::float8 - told_high_s AS over_s
          FROM public.queue_visit
          WHERE entered_at >= lo AND entered_at < hi AND public.quarter(entered_at) = public.quarter(lo) AND kind = 'live' AND told_high_s > 0 AND ended_at IS NOT NULL) v
    GROUP BY 1, 2
$$;

CREATE FUNCTION promises_during(lo timestamptz, hi timestamptz) RETURNS SETOF promise_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.promise_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'promises' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('promises', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_promises(g.gap_from, g.gap_until) c
$$;

-- What answered visits were about.
CREATE TABLE code_15m (
    bucket timestamptz NOT NULL, -- in which the callers entered the queue
    queue  text NOT NULL,
    code   text NOT NULL,        -- none: the agent has given none
    talks  int NOT NULL,
    notes  int NOT NULL,         -- of them, with a note
    PRIMARY KEY (queue, bucket, code)
);

CREATE FUNCTION count_codes(lo timestamptz, hi timestamptz) RETURNS SETOF code_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(v.entered_at), v.queue, coalesce(d.code, 'none'), count(*)::int, (count(*) FILTER (WHERE d.note_length > 0))::int
    FROM public.queue_visit v LEFT JOIN public.disposition d ON d.visit_id = v.visit_id AND d.agent = v.agent
    WHERE v.entered_at >= lo AND v.entered_at < hi AND public.quarter(v.entered_at) = public.quarter(lo) AND v.outcome = 'answered'
    GROUP BY 1, 2, 3
$$;

CREATE FUNCTION codes_during(lo timestamptz, hi timestamptz) RETURNS SETOF code_15m LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.code_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'codes' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('codes', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_codes(g.gap_from, g.gap_until) c
$$;

-- What an agent's time of a day (UTC) went into. One row more, of no agent, says that the
-- day was counted: where nobody was signed in there is nothing else.
CREATE TABLE agent_1d (
    bucket  timestamptz NOT NULL,
    agent   text NOT NULL,
    part    text NOT NULL,       -- talking, wrap_up, ringing, idle, away
    reason  text NOT NULL,       -- of away
    seconds float8 NOT NULL,
    PRIMARY KEY (bucket, agent, part, reason)
);

-- What lies ahead does not count, here and below.
CREATE FUNCTION count_agents(lo timestamptz, hi timestamptz) RETURNS SETOF agent_1d LANGUAGE sql STABLE AS $$
    SELECT date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00'), agent, part, reason, sum(s)::float8
    FROM (SELECT agent, extract(epoch FROM least(coalesce(until_at, now()), hi, now()) - greatest(from_at, lo)) AS s,
                 CASE WHEN state IN ('talking', 'wrap_up') THEN state WHEN state <> 'idle' THEN 'ringing' WHEN presence = 'available' THEN 'idle' ELSE 'away' END AS part,
                 CASE WHEN state = 'idle' AND presence <> 'available' THEN coalesce(reason, '') ELSE '' END AS reason
          FROM public.agent_span
          WHERE presence <> 'signed_out' AND from_at < least(hi, now()) AND coalesce(until_at, now()) > lo
            AND (from_at >= lo - interval '1 day' OR until_at - from_at > interval '1 day' OR until_at IS NULL)) s
    GROUP BY 1, 2, 3, 4
    UNION ALL SELECT date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00'), '', '', '', 0
$$;

CREATE FUNCTION agents_during(lo timestamptz, hi timestamptz) RETURNS SETOF agent_1d LANGUAGE sql STABLE AS $$
    WITH known AS (SELECT coalesce(max(bucket) + interval '1 day', '-infinity') AS until FROM public.agent_1d),
    later AS (SELECT f.from_at FROM known CROSS JOIN LATERAL (SELECT greatest(lo, known.until, (SELECT min(from_at) FROM public.agent_span)) AS from_at) f WHERE f.from_at < least(hi, now()))
    SELECT t.* FROM public.agent_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day' AND agent <> ''
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'agents' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM known CROSS JOIN LATERAL public.rollup_gaps('agents', interval '1 day', lo, least(hi, known.until)) g
        CROSS JOIN LATERAL public.count_agents(g.gap_from, g.gap_until) c WHERE agent <> ''
    UNION ALL
    SELECT c.* FROM later CROSS JOIN LATERAL public.count_agents(later.from_at, least(hi, now())) c WHERE agent <> ''
$$;

-- How long each agent took calls, talked, or did after-call work in a quarter of an hour. One row
-- more, of no agent, as in agent_1d.
CREATE TABLE agent_15m (
    bucket  timestamptz NOT NULL,
    agent   text NOT NULL,
    seconds float8 NOT NULL,
    PRIMARY KEY (bucket, agent)
);

CREATE FUNCTION count_presence(lo timestamptz, hi timestamptz) RETURNS SETOF agent_15m LANGUAGE sql STABLE AS $$
    SELECT public.quarter(lo), agent, sum(extract(epoch FROM least(coalesce(until_at, now()), hi, now()) - greatest(from_at, lo)))::float8
    FROM public.agent_span
    WHERE (presence = 'available' OR state IN ('talking', 'wrap_up')) AND from_at < least(hi, now()) AND coalesce(until_at, now()) > lo
      AND (from_at >= lo - interval '1 day' OR until_at - from_at > interval '1 day' OR until_at IS NULL)
    GROUP BY 2
    UNION ALL SELECT public.quarter(lo), '', 0
$$;

CREATE FUNCTION presence_during(lo timestamptz, hi timestamptz) RETURNS SETOF agent_15m LANGUAGE sql STABLE AS $$
    WITH known AS (SELECT coalesce(max(bucket) + interval '15 minutes', '-infinity') AS until FROM public.agent_15m),
    later AS (SELECT f.from_at FROM known CROSS JOIN LATERAL (SELECT greatest(lo, known.until, (SELECT min(from_at) FROM public.agent_span)) AS from_at) f WHERE f.from_at < least(hi, now()))
    SELECT t.* FROM public.agent_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes' AND agent <> ''
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'presence' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM known CROSS JOIN LATERAL public.rollup_gaps('presence', interval '15 minutes', lo, least(hi, known.until)) g
        CROSS JOIN LATERAL public.count_presence(g.gap_from, g.gap_until) c WHERE agent <> ''
    UNION ALL
    SELECT public.quarter(b), agent, sum(extract(epoch FROM least(s.until_at, b + interval '15 minutes') - greatest(s.from_at, b)))::float8
    FROM later CROSS JOIN LATERAL (
        SELECT agent, greatest(s.from_at, later.from_at) AS from_at, least(coalesce(s.until_at, now()), hi, now()) AS until_at
        FROM public.agent_span s
        WHERE (presence = 'available' OR state IN ('talking', 'wrap_up')) AND s.from_at < least(hi, now()) AND coalesce(s.until_at, now()) > later.from_at
          AND (s.from_at >= later.from_at - interval '1 day' OR s.until_at - s.from_at > interval '1 day' OR s.until_at IS NULL)) s
    CROSS JOIN LATERAL generate_series(public.quarter(s.from_at), s.until_at - interval '1 microsecond', interval '15 minutes') AS b
    WHERE s.from_at < s.until_at GROUP BY 1, 2
$$;

-- The talks of an agent in a queue that began on a day (UTC); queue is empty for the
-- agent's own calls.
CREATE TABLE talk_1d (
    bucket timestamptz NOT NULL,
    agent  text NOT NULL,
    queue  text NOT NULL,
    talks  int NOT NULL,
    hold_s float8 NOT NULL,
    served int NOT NULL,         -- of the talks, those with callers of a queue,
    gone   int NOT NULL,         -- and of these, those whose caller hung up on hold
    PRIMARY KEY (bucket, agent, queue)
);

CREATE FUNCTION count_talks(lo timestamptz, hi timestamptz) RETURNS SETOF talk_1d LANGUAGE sql STABLE AS $$
    SELECT date_bin(interval '1 day', joined_at, timestamptz '2000-01-01 00:00+00'), agent, coalesce(queue, ''), count(*)::int, coalesce(round(sum(hold_s)::numeric, 6), 0)::float8,
           count(visit_id)::int, (count(*) FILTER (WHERE visit_id IS NOT NULL AND left_on_hold = 'caller'))::int
    FROM public.talk WHERE joined_at >= lo AND joined_at < hi
      AND date_bin(interval '1 day', joined_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
    GROUP BY 1, 2, 3
$$;

CREATE FUNCTION talks_during(lo timestamptz, hi timestamptz) RETURNS SETOF talk_1d LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.talk_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'talks' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('talks', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_talks(g.gap_from, g.gap_until) c
$$;

-- What became of each caller who gave up, within 31 days of the end of the wait. It is kept
-- by caller: rollup_people has the callers of whom something has changed, and from when on
-- their rows are not to be used.
CREATE TABLE gave_up (
    visit_id    text PRIMARY KEY,
    call_id     uuid NOT NULL,
    queue       text NOT NULL,
    caller_key  text NOT NULL,
    entered_at  timestamptz NOT NULL,
    ended_at    timestamptz NOT NULL,
    outcome     text NOT NULL,
    queue_s     float8,
    ring_s      float8,
    again_in    text[] NOT NULL,        -- queues in which the caller gave up again,
    again_at    timestamptz[] NOT NULL, -- and when the first of those waits began
    returned_at timestamptz,            -- the caller called again
    served_at   timestamptz,            -- … and this is when a talk with an agent was over
    called_at   timestamptz             -- we called, and the caller talked with an agent
);
CREATE INDEX gave_up_entered ON gave_up (entered_at);
CREATE INDEX gave_up_caller ON gave_up (caller_key, entered_at);

CREATE TABLE rollup_people (
    caller    text PRIMARY KEY,          -- the key
    from_at   timestamptz NOT NULL,      -- waits that began from then on
    marks     bigint NOT NULL DEFAULT 1, -- as in rollup_stale
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- What became of one wait that was given up.
CREATE FUNCTION count_gave_up(g queue_visit) RETURNS SETOF gave_up LANGUAGE sql STABLE AS $$
    SELECT g.visit_id, g.call_id, g.queue, g.caller_key, g.entered_at, g.ended_at, g.outcome::text, g.queue_s, g.ring_s, coalesce(a.again_in, '{}'), coalesce(a.again_at, '{}'),
           (SELECT min(f.started_at) FROM public.call_fact f WHERE f.caller_key = g.caller_key AND f.started_at > g.ended_at AND f.started_at <= g.ended_at + interval '31 days'),
           (SELECT min(v.ended_at) FROM public.queue_visit v WHERE v.caller_key = g.caller_key AND v.entered_at > g.ended_at AND v.entered_at <= g.ended_at + interval '31 days'
              AND v.kind = 'live' AND v.outcome = 'answered'),
           least((SELECT min(v.ended_at) FROM public.queue_visit v WHERE v.caller_key = g.caller_key AND v.entered_at > g.ended_at - interval '31 days' AND v.entered_at <= g.ended_at + interval '31 days'
                    AND v.ended_at > g.ended_at AND v.kind = 'callback' AND v.outcome = 'answered'),
                 (SELECT min(o.joined_at) FROM public.outgoing_call o WHERE o.caller_key = g.caller_key AND o.dialed_at > g.ended_at AND o.dialed_at <= g.ended_at + interval '31 days'
                    AND o.joined_at IS NOT NULL AND o.for_call IS NULL))
    FROM (SELECT array_agg(queue ORDER BY at, queue) AS again_in, array_agg(at ORDER BY at, queue) AS again_at
          FROM (SELECT v.queue, min(v.entered_at) AS at FROM public.queue_visit v
                WHERE v.caller_key = g.caller_key AND (v.entered_at, v.visit_id) > (g.entered_at, g.visit_id) AND v.entered_at <= g.ended_at + interval '31 days'
                  AND v.kind = 'live' AND v.outcome LIKE 'abandoned%' AND NOT v.after_talk GROUP BY 1) q) a
$$;

-- Of a caller, or of all: the waits that began in a stretch of time.
CREATE FUNCTION gave_up_during(lo timestamptz, hi timestamptz) RETURNS SETOF gave_up LANGUAGE sql STABLE AS $$
    SELECT g.* FROM public.gave_up g WHERE g.entered_at >= lo AND g.entered_at < hi
       AND NOT EXISTS (SELECT FROM public.rollup_people s WHERE s.caller = g.caller_key AND s.from_at <= g.entered_at)
    UNION ALL
    SELECT c.* FROM public.queue_visit v JOIN public.rollup_people s ON s.caller = v.caller_key AND s.from_at <= v.entered_at CROSS JOIN LATERAL public.count_gave_up(v) c
    WHERE v.entered_at >= lo AND v.entered_at < hi AND v.kind = 'live' AND v.outcome LIKE 'abandoned%' AND NOT v.after_talk
$$;

CREATE FUNCTION mark_people(keys text[], times timestamptz[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.rollup_people AS s (caller, from_at)
    SELECT k, min(t) - interval '32 days' FROM unnest(keys, times) AS m (k, t) WHERE k IS NOT NULL GROUP BY 1 ORDER BY 1
    ON CONFLICT (caller) DO UPDATE SET from_at = least(s.from_at, EXCLUDED.from_at), marks = s.marks + 1, marked_at = clock_timestamp()
$$;

-- Marks.
CREATE OR REPLACE FUNCTION mark_stale(rollups text[], buckets timestamptz[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.rollup_stale AS s (what, bucket)
    SELECT DISTINCT what, bucket FROM (
        SELECT m.w AS what, m.b AS bucket FROM unnest(rollups, buckets) AS m (w, b)
        UNION ALL SELECT d.too, m.b FROM unnest(rollups, buckets) AS m (w, b) JOIN (VALUES ('visits', 'paths'), ('visits', 'promises'), ('visits', 'codes'), ('menus', 'nodes'), ('waits', 'spreads'), ('waits', 'told'), ('waits', 'dialed')) d (w, too) USING (w)) m
    WHERE bucket >= public.rollups_kept_until() ORDER BY 1, 2
    ON CONFLICT (what, bucket) DO UPDATE SET marks = s.marks + 1, marked_at = clock_timestamp()
$$;

-- The days and quarters in which a span has changed.
-- +goose StatementBegin
CREATE FUNCTION mark_agents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    froms  timestamptz[];
    untils timestamptz[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(CASE WHEN (n.agent, n.from_at, n.presence, n.state, n.reason) IS NOT DISTINCT FROM (o.agent, o.from_at, o.presence, o.state, o.reason)
                         THEN least(coalesce(n.until_at, now()), coalesce(o.until_at, now())) ELSE least(n.from_at, o.from_at) END),
               array_agg(greatest(coalesce(n.until_at, now()), coalesce(o.until_at, now()))) INTO froms, untils
        FROM new_rows n JOIN old_rows o USING (shift_id, seq)
        WHERE (n.agent, n.from_at, n.until_at, n.presence, n.state, n.reason) IS DISTINCT FROM (o.agent, o.from_at, o.until_at, o.presence, o.state, o.reason);
    ELSE
        SELECT array_agg(from_at), array_agg(coalesce(until_at, now())) INTO froms, untils FROM new_rows WHERE presence <> 'signed_out';
    END IF;
    PERFORM public.mark_stale(array_agg(w), array_agg(b)) FROM (
        SELECT DISTINCT 'agents' AS w, generate_series(date_bin(interval '1 day', f, timestamptz '2000-01-01 00:00+00'), u, interval '1 day') AS b FROM unnest(froms, untils) AS m (f, u)
        UNION SELECT 'presence', generate_series(public.quarter(f), u, interval '15 minutes') FROM unnest(froms, untils) AS m (f, u)) m;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_talks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM public.mark_stale(array_agg('talks'::text), array_agg(b)) FROM (
            SELECT DISTINCT date_bin(interval '1 day', unnest(ARRAY[n.joined_at, o.joined_at]), timestamptz '2000-01-01 00:00+00') AS b FROM new_rows n JOIN old_rows o USING (call_id, seq)
            WHERE (n.joined_at, n.agent, n.queue, n.hold_s, n.visit_id, n.left_on_hold) IS DISTINCT FROM (o.joined_at, o.agent, o.queue, o.hold_s, o.visit_id, o.left_on_hold)) m;
    ELSE
        PERFORM public.mark_stale(array_agg('talks'::text), array_agg(b)) FROM (
            SELECT DISTINCT date_bin(interval '1 day', joined_at, timestamptz '2000-01-01 00:00+00') AS b FROM new_rows) m;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_codes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.mark_stale(array_agg('codes'::text), array_agg(b)) FROM (
        SELECT DISTINCT public.quarter(v.entered_at) AS b
        FROM new_rows n CROSS JOIN LATERAL (SELECT entered_at FROM public.queue_visit v WHERE v.visit_id = n.visit_id OFFSET 0) v) m;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_people_of_visits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM public.mark_people(array_agg(k), array_agg(t)) FROM (
            SELECT unnest(ARRAY[n.caller_key, o.caller_key]) AS k, unnest(ARRAY[n.entered_at, o.entered_at]) AS t FROM new_rows n JOIN old_rows o USING (visit_id)
            WHERE (n.caller_key, n.queue, n.kind, n.entered_at, n.ended_at, n.outcome, n.after_talk, n.queue_s, n.ring_s)
                  IS DISTINCT FROM (o.caller_key, o.queue, o.kind, o.entered_at, o.ended_at, o.outcome, o.after_talk, o.queue_s, o.ring_s)) m;
    ELSE
        PERFORM public.mark_people(array_agg(caller_key), array_agg(entered_at)) FROM new_rows WHERE outcome IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_people_of_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM public.mark_people(array_agg(k), array_agg(t)) FROM (
            SELECT unnest(ARRAY[n.caller_key, o.caller_key]) AS k, unnest(ARRAY[n.started_at, o.started_at]) AS t FROM new_rows n JOIN old_rows o USING (call_id)
            WHERE (n.caller_key, n.started_at) IS DISTINCT FROM (o.caller_key, o.started_at)) m;
    ELSE
        PERFORM public.mark_people(array_agg(caller_key), array_agg(started_at)) FROM new_rows;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION mark_people_of_outgoing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM public.mark_people(array_agg(k), array_agg(t)) FROM (
            SELECT unnest(ARRAY[n.caller_key, o.caller_key]) AS k, unnest(ARRAY[n.dialed_at, o.dialed_at]) AS t FROM new_rows n JOIN old_rows o USING (call_id)
            WHERE (n.caller_key, n.dialed_at, n.joined_at, n.for_call) IS DISTINCT FROM (o.caller_key, o.dialed_at, o.joined_at, o.for_call)) m;
    ELSE
        PERFORM public.mark_people(array_agg(caller_key), array_agg(dialed_at)) FROM new_rows WHERE joined_at IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER rollup_agents_insert AFTER INSERT ON agent_span REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_agents();
CREATE TRIGGER rollup_agents_delete AFTER DELETE ON agent_span REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_agents();
CREATE TRIGGER rollup_agents_update AFTER UPDATE ON agent_span REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_agents();
CREATE TRIGGER rollup_insert AFTER INSERT ON talk REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_talks();
CREATE TRIGGER rollup_delete AFTER DELETE ON talk REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_talks();
CREATE TRIGGER rollup_update AFTER UPDATE ON talk REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_talks();
CREATE TRIGGER rollup_insert AFTER INSERT ON disposition REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_codes();
CREATE TRIGGER rollup_delete AFTER DELETE ON disposition REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_codes();
CREATE TRIGGER rollup_update AFTER UPDATE ON disposition REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_codes();
CREATE TRIGGER people_insert AFTER INSERT ON queue_visit REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_visits();
CREATE TRIGGER people_delete AFTER DELETE ON queue_visit REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_visits();
CREATE TRIGGER people_update AFTER UPDATE ON queue_visit REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_visits();
CREATE TRIGGER people_insert AFTER INSERT ON call_fact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_calls();
CREATE TRIGGER people_delete AFTER DELETE ON call_fact REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_calls();
CREATE TRIGGER people_update AFTER UPDATE ON call_fact REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_calls();
CREATE TRIGGER people_insert AFTER INSERT ON outgoing_call REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_outgoing();
CREATE TRIGGER people_delete AFTER DELETE ON outgoing_call REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_outgoing();
CREATE TRIGGER people_update AFTER UPDATE ON outgoing_call REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_people_of_outgoing();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION mark_all_stale() RETURNS void LANGUAGE sql AS $$
    INSERT INTO public.rollup_people (caller, from_at)
    SELECT caller_key, min(entered_at) FROM public.queue_visit WHERE kind = 'live' AND outcome LIKE 'abandoned%' AND NOT after_talk AND caller_key IS NOT NULL GROUP BY 1
    ON CONFLICT (caller) DO UPDATE SET from_at = least(rollup_people.from_at, EXCLUDED.from_at), marks = rollup_people.marks + 1;
    INSERT INTO public.rollup_stale (what, bucket)
    SELECT w, b FROM (SELECT least((SELECT min(entered_at) FROM public.queue_visit), (SELECT min(started_at) FROM public.call_fact), (SELECT min(from_at) FROM public.agent_span)) AS lo,
                             greatest((SELECT max(entered_at) FROM public.queue_visit), (SELECT max(started_at) FROM public.call_fact), now()) + interval '1 day' AS hi) t
    CROSS JOIN LATERAL (
        SELECT w, generate_series(public.quarter(lo), hi, interval '15 minutes') AS b FROM unnest(ARRAY['visits', 'calls', 'menus', 'staff', 'paths', 'promises', 'codes', 'nodes', 'presence']) w
        UNION ALL SELECT w, generate_series(date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00'), hi, interval '1 day') FROM unnest(ARRAY['waits', 'spreads', 'told', 'dialed', 'agents', 'talks']) w) m
    WHERE lo IS NOT NULL AND b >= public.rollups_kept_until() ON CONFLICT DO NOTHING
$$;
-- +goose StatementEnd

-- What is there already is stale in the new rollups, and only in these.
INSERT INTO rollup_stale (what, bucket)
SELECT w, b FROM (SELECT least((SELECT min(entered_at) FROM queue_visit), (SELECT min(joined_at) FROM talk), (SELECT min(from_at) FROM agent_span)) AS lo, now() + interval '1 day' AS hi) t
CROSS JOIN LATERAL (
    SELECT w, generate_series(quarter(lo), hi, interval '15 minutes') AS b FROM unnest(ARRAY['paths', 'promises', 'codes', 'nodes', 'presence']) w
    UNION ALL SELECT w, generate_series(date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00'), hi, interval '1 day') FROM unnest(ARRAY['spreads', 'told', 'dialed', 'agents', 'talks']) w) m
WHERE lo IS NOT NULL ON CONFLICT DO NOTHING;
INSERT INTO rollup_people (caller, from_at)
SELECT caller_key, min(entered_at) FROM queue_visit WHERE kind = 'live' AND outcome LIKE 'abandoned%' AND NOT after_talk AND caller_key IS NOT NULL GROUP BY 1;
