-- The whole schema, for reading. Made from migrations/ by: go test ./sql -run TestSchemaFileIsCurrent -update

SET check_function_bodies = false;

CREATE SCHEMA report;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE DOMAIN public.call_outcome AS text
	CONSTRAINT call_outcome_check CHECK ((VALUE = ANY (ARRAY['abandoned_ivr'::text, 'ivr_contained'::text, 'message_left'::text, 'refused'::text, 'answered'::text, 'abandoned_queue'::text, 'abandoned_ringing'::text, 'abandoned_at_answer'::text, 'callback_accepted'::text, 'exit_key'::text, 'overflow'::text, 'timeout_exit'::text, 'transferred_out'::text, 'no_agents'::text, 'closed'::text, 'withdrawn'::text, 'system_failure'::text])));

CREATE DOMAIN public.visit_outcome AS text
	CONSTRAINT visit_outcome_check CHECK ((VALUE = ANY (ARRAY['answered'::text, 'abandoned_queue'::text, 'abandoned_ringing'::text, 'abandoned_at_answer'::text, 'callback_accepted'::text, 'exit_key'::text, 'overflow'::text, 'timeout_exit'::text, 'transferred_out'::text, 'no_agents'::text, 'closed'::text, 'withdrawn'::text, 'system_failure'::text])));

CREATE TABLE public.agent_1d (
    bucket timestamp with time zone NOT NULL,
    agent text NOT NULL,
    part text NOT NULL,
    reason text NOT NULL,
    seconds double precision NOT NULL
);

CREATE FUNCTION public.agents_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.agent_1d
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.caller_key(ipad bytea, opad bytea, claimed text) RETURNS text
    LANGUAGE sql STABLE
    AS $_$
    SELECT CASE WHEN claimed ~ '^~[0-9a-f]{32}$' THEN substr(claimed, 2)
                ELSE left(encode(sha256(opad || sha256(ipad || convert_to(caller_number(claimed), 'UTF8'))), 'hex'), 32) END
$_$;

CREATE FUNCTION public.caller_key(ipad bytea, opad bytea, withheld text, claimed text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN claimed !~* withheld THEN caller_key(ipad, opad, claimed) END
$$;

CREATE FUNCTION public.caller_number(claimed text) RETURNS text
    LANGUAGE sql STABLE
    AS $_$
    SELECT coalesce((SELECT a.number FROM number_alias a WHERE a.written = n.plain), n.plain)
    FROM (SELECT CASE
        WHEN claimed ~ '^[-+0-9 ()./]*$' THEN nullif(regexp_replace(regexp_replace(claimed, '[^+0-9]', '', 'g'), '^00', '+'), '')
        ELSE claimed
    END AS plain) n
$_$;

CREATE TABLE public.calls_15m (
    bucket timestamp with time zone NOT NULL,
    what text NOT NULL,
    calls integer NOT NULL
);

CREATE FUNCTION public.calls_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.calls_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.calls_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'visits' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('visits', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_calls(g.gap_from, g.gap_until) c
$$;

CREATE TABLE public.code_15m (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    code text NOT NULL,
    talks integer NOT NULL,
    notes integer NOT NULL
);

CREATE FUNCTION public.codes_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.code_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.code_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'codes' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('codes', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_codes(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.count_agents(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.agent_1d
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.count_calls(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.calls_15m
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.count_codes(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.code_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT public.quarter(v.entered_at), v.queue, coalesce(d.code, 'none'), count(*)::int, (count(*) FILTER (WHERE d.note_length > 0))::int
    FROM public.queue_visit v LEFT JOIN public.disposition d ON d.visit_id = v.visit_id AND d.agent = v.agent
    WHERE v.entered_at >= lo AND v.entered_at < hi AND public.quarter(v.entered_at) = public.quarter(lo) AND v.outcome = 'answered'
    GROUP BY 1, 2, 3
$$;

CREATE TABLE public.dialed_1d (
    bucket timestamp with time zone NOT NULL,
    dialed text NOT NULL,
    queue text NOT NULL,
    outcome text NOT NULL,
    after_talk boolean NOT NULL,
    visits integer NOT NULL,
    flow_in integer NOT NULL,
    waits double precision[] NOT NULL,
    longest_s double precision,
    longest text COLLATE pg_catalog."C"
)
WITH (toast_tuple_target='8160');

CREATE FUNCTION public.count_dialed(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.dialed_1d
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.first_told_1d (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    from_s double precision NOT NULL,
    calls integer NOT NULL
);

CREATE FUNCTION public.count_first_told(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.first_told_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00'), queue, (5 * floor(extract(epoch FROM told_at - entered_at) / 5))::float8, count(*)::int
    FROM public.queue_visit
    WHERE entered_at >= lo AND entered_at < hi AND kind = 'live' AND NOT after_talk AND outcome IS DISTINCT FROM 'withdrawn' AND told_at >= entered_at
      AND date_bin(interval '1 day', entered_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
    GROUP BY 1, 2, 3
$$;

CREATE TABLE public.gave_up (
    visit_id text NOT NULL,
    call_id uuid NOT NULL,
    queue text NOT NULL,
    caller_key text NOT NULL,
    entered_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    queue_s double precision,
    ring_s double precision,
    again_in text[] NOT NULL,
    again_at timestamp with time zone[] NOT NULL,
    returned_at timestamp with time zone,
    served_at timestamp with time zone,
    called_at timestamp with time zone
);

CREATE TABLE public.queue_visit (
    visit_id text NOT NULL,
    call_id uuid NOT NULL,
    call_day date NOT NULL,
    queue text NOT NULL,
    kind text NOT NULL,
    origin text,
    entered_at timestamp with time zone NOT NULL,
    order_key timestamp with time zone,
    position_at_entry integer,
    told_low_s double precision,
    told_high_s double precision,
    outcome public.visit_outcome,
    ended_at timestamp with time zone,
    queue_s double precision,
    ring_s double precision,
    agent text,
    talk_s double precision,
    talk_ended_by text,
    caller_key text,
    callback_id uuid,
    told_at timestamp with time zone,
    told_p50_s double precision,
    told_p90_s double precision,
    first_at timestamp with time zone,
    estimated boolean DEFAULT false NOT NULL,
    after_talk boolean DEFAULT false NOT NULL,
    offered_at timestamp with time zone,
    makes_up_for text,
    CONSTRAINT queue_visit_check CHECK (((outcome IS NULL) = (ended_at IS NULL)))
);

CREATE FUNCTION public.count_gave_up(g public.queue_visit) RETURNS SETOF public.gave_up
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.handled_1d (
    bucket timestamp with time zone NOT NULL,
    day date NOT NULL,
    agent text NOT NULL,
    queue text NOT NULL,
    talks integer NOT NULL,
    open integer NOT NULL,
    handed integer NOT NULL,
    talk_s double precision NOT NULL,
    hold_s double precision NOT NULL,
    wrap_s double precision NOT NULL,
    gap_s double precision NOT NULL,
    held integer NOT NULL,
    holds integer NOT NULL,
    longest_hold_s double precision NOT NULL,
    left_by_caller integer NOT NULL,
    left_by_agent integer NOT NULL,
    left_by_us integer NOT NULL,
    chose integer NOT NULL
);

CREATE FUNCTION public.count_handled(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.handled_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT c.* FROM public.rollup_zone z CROSS JOIN LATERAL public.count_handled_in(lo, hi, z.zone) c
$$;

CREATE FUNCTION public.count_handled_in(lo timestamp with time zone, hi timestamp with time zone, house text) RETURNS SETOF public.handled_1d
    LANGUAGE sql STABLE
    AS $$
    WITH began AS (
        SELECT * FROM public.talk t WHERE t.joined_at >= lo AND t.joined_at < hi
          AND date_bin(interval '1 day', t.joined_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
    ), ended AS (
        SELECT agent, from_at AS at, extract(epoch FROM until_at - from_at) AS s FROM public.agent_span
        WHERE state = 'wrap_up' AND until_at IS NOT NULL AND from_at >= lo AND from_at < hi
        UNION ALL
        SELECT a.agent, s.from_at, extract(epoch FROM s.until_at - s.from_at)
        FROM (SELECT DISTINCT agent FROM began) a
        CROSS JOIN LATERAL (SELECT coalesce(min(n.joined_at), 'infinity') AS next FROM public.talk n WHERE n.agent = a.agent AND n.joined_at >= hi AND n.joined_at < hi + interval '1 day') n
        CROSS JOIN LATERAL (SELECT * FROM public.agent_span s WHERE s.agent = a.agent AND s.from_at >= hi AND s.from_at < least(n.next, hi + interval '1 day')
                            AND s.state = 'wrap_up' AND s.until_at IS NOT NULL OFFSET 0) s
    ), told AS (
        SELECT agent, at, s, max(joined_at) OVER (PARTITION BY agent ORDER BY at, s IS NOT NULL ROWS UNBOUNDED PRECEDING) AS joined_at
        FROM (SELECT agent, joined_at AS at, joined_at, NULL::numeric AS s FROM began UNION ALL SELECT agent, at, NULL, s FROM ended) e
    ), work AS (
        SELECT agent, joined_at, sum(s) AS s FROM told WHERE s IS NOT NULL AND joined_at > at - interval '1 day' GROUP BY 1, 2)
    SELECT date_bin(interval '1 day', t.joined_at, timestamptz '2000-01-01 00:00+00'), (t.joined_at AT TIME ZONE house)::date, t.agent, coalesce(t.queue, ''),
           count(t.left_at)::int, (count(*) - count(t.left_at))::int,
           (count(*) FILTER (WHERE EXISTS (SELECT FROM public.handover h WHERE h.call_id = t.call_id AND h.talk_seq = t.seq AND coalesce(h.to_queue, h.to_agent, h.to_number) IS NOT NULL)))::int,
           coalesce(round(sum(t.talk_s - t.hold_s - t.gap_s)::numeric, 6), 0)::float8, coalesce(round(sum(t.hold_s)::numeric, 6), 0)::float8,
           coalesce(round(sum(w.s) FILTER (WHERE t.left_at IS NOT NULL), 6), 0)::float8, coalesce(round(sum(t.gap_s)::numeric, 6), 0)::float8,
           (count(*) FILTER (WHERE t.holds > 0))::int, coalesce(sum(t.holds), 0)::int, coalesce(max(t.longest_hold_s), 0),
           (count(*) FILTER (WHERE t.left_on_hold = 'caller'))::int, (count(*) FILTER (WHERE t.left_on_hold = 'agent'))::int,
           (count(*) FILTER (WHERE t.left_on_hold = 'us'))::int, (count(*) FILTER (WHERE t.left_on_hold = 'chose'))::int
    FROM began t LEFT JOIN work w ON w.agent = t.agent AND w.joined_at = t.joined_at
    GROUP BY 1, 2, 3, 4
$$;

CREATE TABLE public.menu_node_15m (
    bucket timestamp with time zone NOT NULL,
    node text,
    flow text,
    last_at timestamp with time zone NOT NULL,
    entries integer NOT NULL,
    to_queue double precision[] NOT NULL,
    to_person double precision[] NOT NULL,
    zero_during integer NOT NULL,
    zero_after integer NOT NULL,
    silent integer NOT NULL,
    wrong integer NOT NULL,
    self_served integer NOT NULL,
    look_ups integer NOT NULL,
    look_failed integer NOT NULL,
    messages integer NOT NULL,
    transfers integer NOT NULL,
    joined integer NOT NULL,
    hung_up integer NOT NULL,
    keys jsonb NOT NULL
)
WITH (toast_tuple_target='8160');

CREATE FUNCTION public.count_menu_nodes(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.menu_node_15m
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.menu_15m (
    bucket timestamp with time zone NOT NULL,
    outcome text NOT NULL,
    dialed text,
    reason text,
    calls integer NOT NULL,
    callers integer NOT NULL
);

CREATE FUNCTION public.count_menus(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.menu_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT public.quarter(c.started_at), coalesce(c.outcome::text, 'open'), c.dialed,
           CASE WHEN c.outcome = 'refused' THEN c.cause_text END, count(*)::int, (count(DISTINCT c.caller_key) FILTER (WHERE c.outcome = 'refused'))::int
    FROM public.call_fact c
    WHERE c.started_at >= lo AND c.started_at < hi AND public.quarter(c.started_at) = public.quarter(lo)
      AND NOT EXISTS (SELECT FROM public.queue_visit v WHERE v.call_id = c.call_id)
    GROUP BY 1, 2, 3, 4
$$;

CREATE TABLE public.agent_15m (
    bucket timestamp with time zone NOT NULL,
    agent text NOT NULL,
    seconds double precision NOT NULL
);

CREATE FUNCTION public.count_presence(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.agent_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT public.quarter(lo), agent, sum(extract(epoch FROM least(coalesce(until_at, now()), hi, now()) - greatest(from_at, lo)))::float8
    FROM public.agent_span
    WHERE (presence = 'available' OR state IN ('talking', 'wrap_up')) AND from_at < least(hi, now()) AND coalesce(until_at, now()) > lo
      AND (from_at >= lo - interval '1 day' OR until_at - from_at > interval '1 day' OR until_at IS NULL)
    GROUP BY 2
    UNION ALL SELECT public.quarter(lo), '', 0
$$;

CREATE TABLE public.promise_15m (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    told integer NOT NULL,
    broken integer NOT NULL,
    over_s double precision NOT NULL
);

CREATE FUNCTION public.count_promises(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.promise_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT public.quarter(entered_at), queue, count(*)::int, (count(*) FILTER (WHERE over_s > 0))::int, greatest(max(over_s), 0)
    FROM (SELECT entered_at, queue, extract(epoch FROM ended_at - told_at)::float8 - told_high_s AS over_s
          FROM public.queue_visit
          WHERE entered_at >= lo AND entered_at < hi AND public.quarter(entered_at) = public.quarter(lo) AND kind = 'live' AND told_high_s > 0 AND ended_at IS NOT NULL) v
    GROUP BY 1, 2
$$;

CREATE TABLE public.queue_calls_15m (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    what text NOT NULL,
    calls integer NOT NULL,
    ids uuid[] NOT NULL
);

CREATE FUNCTION public.count_queue_calls(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.queue_calls_15m
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.queue_node_15m (
    bucket timestamp with time zone NOT NULL,
    queues text[] NOT NULL,
    node text,
    flow text,
    last_at timestamp with time zone NOT NULL,
    entries integer NOT NULL,
    to_queue double precision[] NOT NULL,
    to_person double precision[] NOT NULL,
    zero_during integer NOT NULL,
    zero_after integer NOT NULL,
    silent integer NOT NULL,
    wrong integer NOT NULL,
    self_served integer NOT NULL,
    look_ups integer NOT NULL,
    look_failed integer NOT NULL,
    messages integer NOT NULL,
    transfers integer NOT NULL,
    joined integer NOT NULL,
    hung_up integer NOT NULL,
    keys jsonb NOT NULL
)
WITH (toast_tuple_target='8160');

CREATE FUNCTION public.count_queue_nodes(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.queue_node_15m
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.queue_path_15m (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    path text[] NOT NULL,
    calls integer NOT NULL
);

CREATE FUNCTION public.count_queue_paths(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.queue_path_15m
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.wait_spread_1d (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    outcome text NOT NULL,
    visits integer NOT NULL,
    wait_s double precision NOT NULL,
    max_s double precision NOT NULL,
    below integer[] NOT NULL,
    waits double precision[] NOT NULL
)
WITH (toast_tuple_target='8160');
ALTER TABLE ONLY public.wait_spread_1d ALTER COLUMN waits SET STORAGE EXTERNAL;

CREATE FUNCTION public.count_spreads(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.wait_spread_1d
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.staff_15m (
    bucket timestamp with time zone NOT NULL,
    seconds double precision NOT NULL
);

CREATE FUNCTION public.count_staff(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.staff_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT public.quarter(lo), coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8 -- of numerics: exact
    FROM (SELECT unnest(range_agg(tstzrange(greatest(from_at, lo), least(coalesce(until_at, now()), hi, now())))) AS r
          FROM public.agent_span
          WHERE (presence = 'available' OR state = 'talking') AND from_at < least(hi, now())
            AND (from_at >= lo - interval '1 day' OR until_at - from_at > interval '1 day' OR until_at IS NULL)
            AND coalesce(until_at, now()) > lo AND greatest(from_at, lo) < least(coalesce(until_at, now()), hi, now())) s
$$;

CREATE TABLE public.talk_1d (
    bucket timestamp with time zone NOT NULL,
    agent text NOT NULL,
    queue text NOT NULL,
    talks integer NOT NULL,
    hold_s double precision NOT NULL,
    served integer NOT NULL,
    gone integer NOT NULL
);

CREATE FUNCTION public.count_talks(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.talk_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT date_bin(interval '1 day', joined_at, timestamptz '2000-01-01 00:00+00'), agent, coalesce(queue, ''), count(*)::int, coalesce(round(sum(hold_s)::numeric, 6), 0)::float8,
           count(visit_id)::int, (count(*) FILTER (WHERE visit_id IS NOT NULL AND left_on_hold = 'caller'))::int
    FROM public.talk WHERE joined_at >= lo AND joined_at < hi
      AND date_bin(interval '1 day', joined_at, timestamptz '2000-01-01 00:00+00') = date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00')
    GROUP BY 1, 2, 3
$$;

CREATE TABLE public.told_1d (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    low double precision,
    high double precision,
    outcome text NOT NULL,
    visits integer NOT NULL,
    longer integer NOT NULL,
    after double precision[] NOT NULL
)
WITH (toast_tuple_target='8160');

CREATE FUNCTION public.count_told(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.told_1d
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.tally_15m (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    outcome text NOT NULL,
    after_talk boolean NOT NULL,
    visits integer NOT NULL,
    flow_in integer NOT NULL,
    waits double precision[] NOT NULL,
    told double precision[] NOT NULL,
    offered double precision[] NOT NULL,
    wait_s double precision NOT NULL,
    longest_s double precision,
    longest text COLLATE pg_catalog."C",
    kept integer NOT NULL,
    completed integer NOT NULL,
    missed integer NOT NULL
)
WITH (toast_tuple_target='8160');

CREATE FUNCTION public.count_visits(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.tally_15m
    LANGUAGE sql STABLE
    AS $$
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

CREATE TABLE public.wait_1d (
    bucket timestamp with time zone NOT NULL,
    queue text NOT NULL,
    told integer NOT NULL,
    answered integer NOT NULL,
    longer integer NOT NULL,
    expected integer NOT NULL,
    w double precision NOT NULL,
    w_within double precision NOT NULL,
    w_error double precision NOT NULL,
    w_abs double precision NOT NULL,
    ww double precision NOT NULL,
    ww_p80 double precision NOT NULL,
    ww_p90 double precision NOT NULL,
    ww_wait double precision NOT NULL,
    ww_bias double precision NOT NULL,
    ww_qlm double precision NOT NULL,
    ww_has_les double precision NOT NULL,
    ww_les double precision NOT NULL,
    ww_has_avg double precision NOT NULL,
    ww_avg double precision NOT NULL,
    ww_has_ast double precision NOT NULL,
    ww_ast double precision NOT NULL
);

CREATE FUNCTION public.count_waits(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.wait_1d
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.days_before_talk(whose text, at timestamp with time zone) RETURNS SETOF timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT date_bin(interval '1 day', p.joined_at, timestamptz '2000-01-01 00:00+00')
    FROM (SELECT joined_at FROM public.talk WHERE agent = whose AND joined_at < at AND joined_at > at - interval '1 day' ORDER BY joined_at DESC LIMIT 1) p
    WHERE EXISTS (SELECT FROM public.agent_span WHERE agent = whose AND from_at >= at AND from_at < p.joined_at + interval '1 day' AND state = 'wrap_up')
$$;

CREATE FUNCTION public.days_of_house(house text) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF house = (SELECT zone FROM public.rollup_zone) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('presszero.rollup'));
    UPDATE public.rollup_zone SET zone = house;
    PERFORM public.mark_stale(array_agg('handled'::text), array_agg(bucket)) FROM (SELECT DISTINCT bucket FROM public.handled_1d) t;
END $$;

CREATE FUNCTION public.dialed_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.dialed_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.dialed_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'dialed' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('dialed', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_dialed(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.end_sessions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.session_epoch := OLD.session_epoch + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION public.first_told_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.first_told_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.first_told_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'told' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('told', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_first_told(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.forget_json(was jsonb, pattern text, whole text[], stand_ins text[], names text[]) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN CASE jsonb_typeof(was)
        WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(key, public.forget_json(value, pattern, whole, stand_ins, names)), '{}') FROM jsonb_each(was))
        WHEN 'array' THEN (SELECT coalesce(jsonb_agg(public.forget_json(value, pattern, whole, stand_ins, names) ORDER BY n), '[]') FROM jsonb_array_elements(was) WITH ORDINALITY AS e (value, n))
        WHEN 'string' THEN to_jsonb(public.forget_text(was #>> '{}', pattern, whole, stand_ins, names))
        ELSE was
    END;
END $$;

CREATE FUNCTION public.forget_person(pattern text, numbers text[], stand_ins text[], keys text[], new_keys text[], who text, why text, OUT calls integer, OUT facts integer, OUT names text[]) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    ids   uuid[]; -- the books of their calls, and of calls to them
    whole text[] := numbers || keys;
    ins   text[] := stand_ins || new_keys;
    t     record;
BEGIN
    PERFORM set_config('presszero.forgets', 'person', true);
    SELECT coalesce(array_agg(id), '{}') INTO ids FROM (
        SELECT call_id AS id FROM call_fact WHERE caller_key = ANY (keys) UNION SELECT callback_id FROM callback_fact WHERE caller_key = ANY (keys)
        UNION SELECT call_id FROM outgoing_call WHERE caller_key = ANY (keys) UNION SELECT call_id FROM queue_visit WHERE caller_key = ANY (keys)
        UNION SELECT call_id FROM message WHERE caller_key = ANY (keys)) b;
    SELECT coalesce(array_agg(n), '{}') INTO forget_person.names FROM (
        SELECT caller_name AS n FROM call_fact WHERE caller_key = ANY (keys) UNION SELECT name FROM callback_fact WHERE caller_key = ANY (keys)
        UNION SELECT name FROM caller WHERE caller_key = ANY (keys) UNION SELECT name FROM caller_edit WHERE caller_key = ANY (keys)
        UNION SELECT detail #>> ARRAY[w, 'name'] FROM audit CROSS JOIN unnest(ARRAY['before', 'after']) w WHERE what = 'caller.edit' AND detail ->> 'caller' = ANY (keys)) x
        WHERE n <> '';
    SELECT count(*) INTO calls FROM call_fact WHERE caller_key = ANY (keys);

    -- The facts. Words about a person are in the person's own calls only.
    UPDATE call_event e SET data = n.data
    FROM (SELECT call_day, call_id, seq, public.forget_json(
              CASE WHEN NOT call_id = ANY (ids) THEN data
                   ELSE data - '{name,note,from_written}'::text[] - CASE WHEN type LIKE 'recording.%' THEN 'text' ELSE '' END END,
              pattern, whole, ins, '{}') AS data
          FROM call_event WHERE call_id = ANY (ids) OR data::text ~ pattern) n
    WHERE e.call_day = n.call_day AND e.call_id = n.call_id AND e.seq = n.seq AND e.data <> n.data;
    GET DIAGNOSTICS facts = ROW_COUNT;
    UPDATE call_event_rejected SET entry = regexp_replace(regexp_replace(entry, '"(name|note|from_written)": ?"([^"\\]|\\.)*"', '"\1":""', 'g'), pattern, stand_ins[1], 'g'),
           reason = regexp_replace(reason, pattern, stand_ins[1], 'g')
    WHERE entry ~ pattern OR substring(entry FROM '"call": ?"([^"]*)"') = ANY (ids::text[]);

    -- What people wrote about the person.
    DELETE FROM caller_edit WHERE caller_key = ANY (keys);
    DELETE FROM talk_note n USING queue_visit v WHERE n.visit_id = v.visit_id AND v.call_id = ANY (ids);
    DELETE FROM callback_note WHERE callback_id = ANY (ids);
    DELETE FROM recording_comment n USING recording r WHERE n.recording_id = r.recording_id AND r.call_id = ANY (ids);
    UPDATE recording_play p SET why = NULL FROM recording r WHERE p.recording_id = r.recording_id AND r.call_id = ANY (ids);
    DELETE FROM message_text x USING message m WHERE x.message_id = m.message_id AND m.caller_key = ANY (keys);
    DELETE FROM number_alias WHERE number = ANY (numbers) OR written ~ pattern;
    UPDATE audit SET detail = CASE WHEN what = 'caller.edit' AND detail ->> 'caller' = ANY (keys) THEN public.forget_json(detail - '{before,after}'::text[], pattern, whole, ins, '{}')
                                   ELSE public.forget_json(detail, pattern, whole, ins, forget_person.names) END
    WHERE detail::text ~ pattern OR EXISTS (SELECT FROM unnest(keys) k WHERE strpos(detail::text, k) > 0);

    -- What the facts amount to: as a rebuild would have it.
    UPDATE call_fact SET caller_name = NULL WHERE caller_key = ANY (keys);
    UPDATE callback_fact SET name = NULL WHERE caller_key = ANY (keys);
    UPDATE caller SET name = NULL, name_at = NULL WHERE caller_key = ANY (keys);

    -- Every other place where the key, or the number, is: tables of later versions too. A
    -- flow names the numbers of the house, and who signs in is none of its callers.
    FOR t IN
        SELECT c.oid::regclass AS tab, a.attname AS col, a.atttypid::regtype::text AS kind
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition AND a.atttypid IN ('text'::regtype, 'jsonb'::regtype)
          AND c.relname NOT IN ('audit', 'call_event_rejected', 'flow_version', 'users', 'session', 'api_token', 'wall', 'subscription', 'legal_hold')
          AND c.relname !~ '^goose|_(15m|1d)$|^rollup_' AND a.attname NOT IN ('visit_id', 'agent', 'queue')
        ORDER BY c.oid, a.attnum
    LOOP
        IF t.col = 'caller_key' THEN
            EXECUTE format('UPDATE %s SET caller_key = n FROM unnest($1, $2) AS m (o, n) WHERE caller_key = o', t.tab) USING keys, new_keys;
        ELSIF t.kind = 'jsonb' THEN
            EXECUTE format('UPDATE %1$s SET %2$I = public.forget_json(%2$I, $1, $2, $3, ''{}'') WHERE %2$I::text ~ $1', t.tab, t.col) USING pattern, whole, ins;
        ELSE
            EXECUTE format('UPDATE %1$s SET %2$I = public.forget_text(%2$I, $1, $2, $3, ''{}'') WHERE %2$I ~ $1', t.tab, t.col) USING pattern, whole, ins;
        END IF;
    END LOOP;

    INSERT INTO audit (who, what, detail) VALUES (who, 'person.forget', jsonb_build_object('stand_in', stand_ins[1], 'calls', calls, 'facts', facts, 'why', why));
    PERFORM set_config('presszero.forgets', '', true);
END $_$;

CREATE FUNCTION public.forget_text(was text, pattern text, whole text[], stand_ins text[], names text[]) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE
        WHEN was ~ '^[0-9a-f]{8}-[0-9a-f]{4}-' OR was ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]' THEN was
        WHEN was = ANY (names) THEN ''
        ELSE coalesce((SELECT s FROM unnest(whole, stand_ins) AS m (w, s) WHERE w IN (was, public.caller_number(was)) LIMIT 1),
                      regexp_replace(was, pattern, stand_ins[1], 'g'))
    END
$$;

CREATE FUNCTION public.forget_traces(pattern text, numbers text[], stand_ins text[], keys text[], new_keys text[], since timestamp with time zone, traces jsonb, who text, why text, OUT calls integer, OUT facts integer, OUT names text[]) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
DECLARE
    ids   uuid[]; -- the books of their calls, and of calls to them
    late  uuid[]; -- books with facts that came while it was read
    whole text[] := numbers || keys;
    ins   text[] := stand_ins || new_keys;
    t     record;
    sets  text;
BEGIN
    PERFORM set_config('presszero.forgets', 'person', true);
    SELECT coalesce(array_agg(id), '{}') INTO ids FROM (
        SELECT call_id AS id FROM call_fact WHERE caller_key = ANY (keys) UNION SELECT callback_id FROM callback_fact WHERE caller_key = ANY (keys)
        UNION SELECT call_id FROM outgoing_call WHERE caller_key = ANY (keys) UNION SELECT call_id FROM queue_visit WHERE caller_key = ANY (keys)
        UNION SELECT call_id FROM message WHERE caller_key = ANY (keys)) b;
    SELECT coalesce(array_agg(DISTINCT call_id), '{}') INTO late FROM call_event WHERE at >= since AND data::text ~ pattern;
    SELECT coalesce(array_agg(n), '{}') INTO forget_traces.names FROM (
        SELECT caller_name AS n FROM call_fact WHERE caller_key = ANY (keys) UNION SELECT name FROM callback_fact WHERE caller_key = ANY (keys)
        UNION SELECT name FROM caller WHERE caller_key = ANY (keys) UNION SELECT name FROM caller_edit WHERE caller_key = ANY (keys)
        UNION SELECT audit.detail #>> ARRAY[w, 'name'] FROM jsonb_populate_recordset(NULL::audit, traces -> 'audit') f JOIN audit USING (id) CROSS JOIN unnest(ARRAY['before', 'after']) w
              WHERE audit.what = 'caller.edit' AND audit.detail ->> 'caller' = ANY (keys)) x
        WHERE n <> '';
    SELECT count(*) INTO calls FROM call_fact WHERE caller_key = ANY (keys);

    -- The facts. Words about a person are in the person's own calls only.
    UPDATE call_event e SET data = n.data
    FROM (SELECT call_day, call_id, seq, public.forget_json(
              CASE WHEN NOT call_id = ANY (ids) THEN data
                   ELSE data - '{name,note,from_written}'::text[] - CASE WHEN type LIKE 'recording.%' THEN 'text' ELSE '' END END,
              pattern, whole, ins, '{}') AS data
          FROM (SELECT call_day, call_id, seq, type, data FROM call_event WHERE call_id = ANY (ids || late)
                UNION SELECT call_day, call_id, seq, c.type, c.data FROM jsonb_populate_recordset(NULL::call_event, traces -> 'call_event') f JOIN call_event c USING (call_day, call_id, seq)) x) n
    WHERE e.call_day = n.call_day AND e.call_id = n.call_id AND e.seq = n.seq AND e.data <> n.data;
    GET DIAGNOSTICS facts = ROW_COUNT;
    UPDATE call_event_rejected SET entry = regexp_replace(regexp_replace(entry, '"(name|note|from_written)": ?"([^"\\]|\\.)*"', '"\1":""', 'g'), pattern, stand_ins[1], 'g'),
           reason = regexp_replace(reason, pattern, stand_ins[1], 'g')
    WHERE entry ~ pattern OR substring(entry FROM '"call": ?"([^"]*)"') = ANY (ids::text[]);

    -- What people wrote about the person.
    DELETE FROM caller_edit WHERE caller_key = ANY (keys);
    DELETE FROM talk_note n USING queue_visit v WHERE n.visit_id = v.visit_id AND v.call_id = ANY (ids);
    DELETE FROM callback_note WHERE callback_id = ANY (ids);
    DELETE FROM recording_comment n USING recording r WHERE n.recording_id = r.recording_id AND r.call_id = ANY (ids);
    UPDATE recording_play p SET why = NULL FROM recording r WHERE p.recording_id = r.recording_id AND r.call_id = ANY (ids);
    DELETE FROM message_text x USING message m WHERE x.message_id = m.message_id AND m.caller_key = ANY (keys);
    DELETE FROM number_alias WHERE number = ANY (numbers) OR written ~ pattern;
    UPDATE audit a SET detail = CASE WHEN what = 'caller.edit' AND detail ->> 'caller' = ANY (keys) THEN public.forget_json(detail - '{before,after}'::text[], pattern, whole, ins, '{}')
                                     ELSE public.forget_json(detail, pattern, whole, ins, forget_traces.names) END
    FROM (SELECT id FROM jsonb_populate_recordset(NULL::audit, traces -> 'audit') UNION SELECT id FROM audit WHERE at >= since) f
    WHERE a.id = f.id AND (detail::text ~ pattern OR EXISTS (SELECT FROM unnest(keys) k WHERE strpos(detail::text, k) > 0));

    -- What the facts amount to: as a rebuild would have it.
    UPDATE call_fact SET caller_name = NULL WHERE caller_key = ANY (keys);
    UPDATE callback_fact SET name = NULL WHERE caller_key = ANY (keys);
    UPDATE caller SET name = NULL, name_at = NULL WHERE caller_key = ANY (keys);

    -- Every other place where the number, or the key, is.
    FOR t IN SELECT tab, texts, key, jsons, of_call, of_caller FROM number_place WHERE part_of = tab AND tab NOT IN ('audit'::regclass, 'call_event_rejected'::regclass) ORDER BY tab LOOP
        SELECT string_agg(format('%1$I = public.%2$s(t.%1$I, $1, $2, $3, ''{}'')', c, CASE WHEN c = ANY (t.jsons) THEN 'forget_json' ELSE 'forget_text' END), ', ')
        INTO sets FROM unnest(t.texts) c;
        IF traces ? t.tab::text THEN
            EXECUTE format('UPDATE %1$s t SET %2$s FROM jsonb_populate_recordset(NULL::%1$s, $4) f WHERE (%3$s) = (%4$s)', t.tab, sets,
                           (SELECT string_agg(format('t.%I', k), ', ') FROM unnest(t.key) k), (SELECT string_agg(format('f.%I', k), ', ') FROM unnest(t.key) k))
            USING pattern, whole, ins, traces -> t.tab::text;
        END IF;
        IF t.of_call AND late <> '{}' THEN
            EXECUTE format('UPDATE %s t SET %s WHERE call_id = ANY ($4)', t.tab, sets) USING pattern, whole, ins, late;
        END IF;
        IF t.of_caller THEN -- what came meanwhile; a recording by its call, since the key's index has not all of the many
            EXECUTE format('UPDATE %s SET caller_key = n FROM unnest($1, $2) AS m (o, n) WHERE caller_key = o %s', t.tab, CASE WHEN t.tab = 'recording'::regclass THEN 'AND call_id = ANY ($3)' ELSE '' END)
            USING keys, new_keys, ids;
        END IF;
    END LOOP;

    DELETE FROM rollup_people WHERE caller = ANY (keys); -- marks of waits that have the new keys, and are marked by these

    INSERT INTO audit (who, what, detail) VALUES (who, 'person.forget', jsonb_build_object('stand_in', stand_ins[1], 'calls', calls, 'facts', facts, 'why', why));
    PERFORM set_config('presszero.forgets', '', true);
END $_$;

CREATE FUNCTION public.gave_up_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.gave_up
    LANGUAGE sql STABLE
    AS $$
    SELECT g.* FROM public.gave_up g WHERE g.entered_at >= lo AND g.entered_at < hi
       AND NOT EXISTS (SELECT FROM public.rollup_people s WHERE s.caller = g.caller_key AND s.from_at <= g.entered_at)
    UNION ALL
    SELECT c.* FROM public.queue_visit v JOIN public.rollup_people s ON s.caller = v.caller_key AND s.from_at <= v.entered_at CROSS JOIN LATERAL public.count_gave_up(v) c
    WHERE v.entered_at >= lo AND v.entered_at < hi AND v.kind = 'live' AND v.outcome LIKE 'abandoned%' AND NOT v.after_talk
$$;

CREATE FUNCTION public.handled_besides(lo timestamp with time zone, hi timestamp with time zone, house text) RETURNS SETOF public.handled_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT c.* FROM public.rollup_gaps('handled', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_handled_in(g.gap_from, g.gap_until, house) c
    WHERE house = (SELECT zone FROM public.rollup_zone)
    UNION ALL
    SELECT c.* FROM generate_series(date_bin(interval '1 day', greatest(lo, public.rollups_kept_until()), timestamptz '2000-01-01 00:00+00'), hi, interval '1 day') b
        CROSS JOIN LATERAL public.count_handled_in(greatest(lo, b), least(hi, b + interval '1 day'), house) c
    WHERE house <> (SELECT zone FROM public.rollup_zone)
$$;

CREATE FUNCTION public.handled_during(lo timestamp with time zone, hi timestamp with time zone, house text) RETURNS SETOF public.handled_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.handled_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'handled' AND s.bucket = t.bucket)
       AND t.bucket < (SELECT CASE zone WHEN house THEN 'infinity' ELSE public.rollups_kept_until() END FROM public.rollup_zone)
$$;

CREATE FUNCTION public.keep_rollups(before timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_agents() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_all_stale() RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO public.rollup_people (caller, from_at)
    SELECT caller_key, min(entered_at) FROM public.queue_visit WHERE kind = 'live' AND outcome LIKE 'abandoned%' AND NOT after_talk AND caller_key IS NOT NULL GROUP BY 1
    ON CONFLICT (caller) DO UPDATE SET from_at = least(rollup_people.from_at, EXCLUDED.from_at), marks = rollup_people.marks + 1;
    INSERT INTO public.rollup_stale (what, bucket)
    SELECT w, b FROM (SELECT least((SELECT min(entered_at) FROM public.queue_visit), (SELECT min(started_at) FROM public.call_fact), (SELECT min(from_at) FROM public.agent_span)) AS lo,
                             greatest((SELECT max(entered_at) FROM public.queue_visit), (SELECT max(started_at) FROM public.call_fact), now()) + interval '1 day' AS hi) t
    CROSS JOIN LATERAL (
        SELECT w, generate_series(public.quarter(lo), hi, interval '15 minutes') AS b FROM unnest(ARRAY['visits', 'calls', 'menus', 'staff', 'paths', 'promises', 'codes', 'nodes', 'presence']) w
        UNION ALL SELECT w, generate_series(date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00'), hi, interval '1 day') FROM unnest(ARRAY['waits', 'spreads', 'told', 'dialed', 'agents', 'talks', 'handled']) w) m
    WHERE lo IS NOT NULL AND b >= public.rollups_kept_until() ON CONFLICT DO NOTHING
$$;

CREATE FUNCTION public.mark_callbacks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_calls() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_codes() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM public.mark_stale(array_agg('codes'::text), array_agg(b)) FROM (
        SELECT DISTINCT public.quarter(v.entered_at) AS b
        FROM new_rows n CROSS JOIN LATERAL (SELECT entered_at FROM public.queue_visit v WHERE v.visit_id = n.visit_id OFFSET 0) v) m;
    RETURN NULL;
END $$;

CREATE FUNCTION public.mark_estimates() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM public.mark_stale(array_agg('waits'::text), array_agg(b)) FROM (
        SELECT DISTINCT date_bin(interval '1 day', v.entered_at, timestamptz '2000-01-01 00:00+00') AS b
        FROM new_rows n CROSS JOIN LATERAL (SELECT entered_at FROM public.queue_visit v WHERE v.visit_id = n.visit_id OFFSET 0) v) m;
    RETURN NULL;
END $$;

CREATE FUNCTION public.mark_facts() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_handled_spans() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    agents text[];
    times  timestamptz[];
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT array_agg(m.agent), array_agg(m.from_at) INTO agents, times
        FROM new_rows n JOIN old_rows o USING (shift_id, seq)
        CROSS JOIN LATERAL (SELECT n.agent, n.from_at WHERE n.state = 'wrap_up' UNION SELECT o.agent, o.from_at WHERE o.state = 'wrap_up') m
        WHERE (n.agent, n.from_at, n.until_at, n.state) IS DISTINCT FROM (o.agent, o.from_at, o.until_at, o.state);
    ELSE
        SELECT array_agg(agent), array_agg(from_at) INTO agents, times FROM new_rows WHERE state = 'wrap_up' AND until_at IS NOT NULL;
    END IF;
    PERFORM public.mark_stale(array_agg('handled'::text), array_agg(b)) FROM (
        SELECT DISTINCT date_bin(interval '1 day', t.joined_at, timestamptz '2000-01-01 00:00+00') AS b
        FROM unnest(agents, times) AS m (agent, at) CROSS JOIN LATERAL (
            SELECT joined_at FROM public.talk t WHERE t.agent = m.agent AND t.joined_at <= m.at AND t.joined_at > m.at - interval '1 day' ORDER BY joined_at DESC LIMIT 1) t) m;
    RETURN NULL;
END $$;

CREATE FUNCTION public.mark_handovers() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM public.mark_stale(array_agg('handled'::text), array_agg(b)) FROM (
            SELECT DISTINCT date_bin(interval '1 day', t.joined_at, timestamptz '2000-01-01 00:00+00') AS b
            FROM new_rows n JOIN old_rows o USING (call_id, seq) JOIN public.talk t ON t.call_id = n.call_id AND t.seq IN (n.talk_seq, o.talk_seq)
            WHERE (n.talk_seq, n.to_queue, n.to_agent, n.to_number) IS DISTINCT FROM (o.talk_seq, o.to_queue, o.to_agent, o.to_number)) m;
    ELSE
        PERFORM public.mark_stale(array_agg('handled'::text), array_agg(b)) FROM (
            SELECT DISTINCT date_bin(interval '1 day', t.joined_at, timestamptz '2000-01-01 00:00+00') AS b
            FROM new_rows n JOIN public.talk t ON t.call_id = n.call_id AND t.seq = n.talk_seq) m;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.mark_people(keys text[], times timestamp with time zone[]) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO public.rollup_people AS s (caller, from_at)
    SELECT k, min(t) - interval '32 days' FROM unnest(keys, times) AS m (k, t) WHERE k IS NOT NULL GROUP BY 1 ORDER BY 1
    ON CONFLICT (caller) DO UPDATE SET from_at = least(s.from_at, EXCLUDED.from_at), marks = s.marks + 1, marked_at = clock_timestamp()
$$;

CREATE FUNCTION public.mark_people_of_calls() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_people_of_outgoing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_people_of_visits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_staff() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.mark_stale(rollups text[], buckets timestamp with time zone[]) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO public.rollup_stale AS s (what, bucket)
    SELECT DISTINCT what, bucket FROM (
        SELECT m.w AS what, m.b AS bucket FROM unnest(rollups, buckets) AS m (w, b)
        UNION ALL SELECT d.too, m.b FROM unnest(rollups, buckets) AS m (w, b) JOIN (VALUES ('visits', 'paths'), ('visits', 'promises'), ('visits', 'codes'), ('menus', 'nodes'), ('waits', 'spreads'), ('waits', 'told'), ('waits', 'dialed')) d (w, too) USING (w)) m
    WHERE bucket >= public.rollups_kept_until() ORDER BY 1, 2
    ON CONFLICT (what, bucket) DO UPDATE SET marks = s.marks + 1, marked_at = clock_timestamp()
$$;

CREATE FUNCTION public.mark_talks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM public.mark_stale(array_agg(w), array_agg(b)) FROM (
            SELECT DISTINCT w, date_bin(interval '1 day', unnest(ARRAY[n.joined_at, o.joined_at]), timestamptz '2000-01-01 00:00+00') AS b
            FROM new_rows n JOIN old_rows o USING (call_id, seq) CROSS JOIN unnest(ARRAY['talks', 'handled']) w
            WHERE (n.joined_at, n.agent, n.queue, n.hold_s, n.visit_id, n.left_on_hold) IS DISTINCT FROM (o.joined_at, o.agent, o.queue, o.hold_s, o.visit_id, o.left_on_hold)
               OR w = 'handled' AND (n.left_at, n.talk_s, n.gap_s, n.holds, n.longest_hold_s) IS DISTINCT FROM (o.left_at, o.talk_s, o.gap_s, o.holds, o.longest_hold_s)
            UNION SELECT 'handled', b FROM new_rows n JOIN old_rows o USING (call_id, seq), LATERAL public.days_before_talk(n.agent, n.joined_at) b WHERE (n.joined_at, n.agent) <> (o.joined_at, o.agent)
            UNION SELECT 'handled', b FROM new_rows n JOIN old_rows o USING (call_id, seq), LATERAL public.days_before_talk(o.agent, o.joined_at) b WHERE (n.joined_at, n.agent) <> (o.joined_at, o.agent)) m;
    ELSE
        PERFORM public.mark_stale(array_agg(w), array_agg(b)) FROM (
            SELECT DISTINCT w, date_bin(interval '1 day', joined_at, timestamptz '2000-01-01 00:00+00') AS b FROM new_rows CROSS JOIN unnest(ARRAY['talks', 'handled']) w
            UNION SELECT 'handled', b FROM new_rows n, LATERAL public.days_before_talk(n.agent, n.joined_at) b) m;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.mark_visits() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.menu_nodes_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.menu_node_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.menu_node_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'menus' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('menus', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_menu_nodes(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.menus_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.menu_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.menu_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'calls' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('calls', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_menus(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.message_tasks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO public.message_task (message_id) SELECT message_id FROM new_rows ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION public.one_writer() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7266, 32);
    RETURN NULL;
END $$;

CREATE FUNCTION public.presence_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.agent_15m
    LANGUAGE sql STABLE
    AS $$
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

CREATE FUNCTION public.promises_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.promise_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.promise_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'promises' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('promises', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_promises(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.pseudonymise(ipad bytea, opad bytea, withheld text, since date, before date, among text[], later text[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
    changed int;
    held    uuid[]; -- books that stay as they are
BEGIN
    PERFORM set_config('presszero.forgets', 'person', true);
    SELECT coalesce(array_agg(call_id), '{}') INTO held FROM (
        SELECT call_id FROM held_book WHERE call_day >= since AND call_day < before
        UNION SELECT call_id FROM queue_visit WHERE call_day >= since AND call_day < before AND queue = ANY (later)
        UNION SELECT call_id FROM message WHERE call_day >= since AND call_day < before AND queue = ANY (later)
        UNION SELECT e.call_id FROM call_event e WHERE among IS NOT NULL AND e.call_day >= since AND e.call_day < before
              AND NOT EXISTS (SELECT FROM queue_visit v WHERE v.call_id = e.call_id AND v.queue = ANY (among))) b;
    UPDATE call_event e SET data = n.data
    FROM (SELECT call_day, call_id, seq, data - '{name,note,from_written}'::text[] - CASE WHEN type LIKE 'recording.%' THEN 'text' ELSE '' END
                 || jsonb_strip_nulls(jsonb_build_object('from', '~' || caller_key(ipad, opad, withheld, nullif(data ->> 'from', '')),
                                                         'number', '~' || caller_key(ipad, opad, withheld, nullif(data ->> 'number', '')))) AS data
          FROM call_event WHERE call_day >= since AND call_day < before AND type NOT LIKE 'transfer.%' AND NOT call_id = ANY (held)
            AND (data ?| '{from,number,name,note,from_written}' OR type = 'recording.marked')) n
    WHERE e.call_day = n.call_day AND e.call_id = n.call_id AND e.seq = n.seq AND e.data <> n.data;
    GET DIAGNOSTICS changed = ROW_COUNT;

    UPDATE call_fact SET caller_number = '~' || caller_key, caller_name = NULL WHERE call_day >= since AND call_day < before AND NOT call_id = ANY (held) AND caller_key IS NOT NULL;
    UPDATE callback_fact SET number = '~' || caller_key, name = NULL WHERE call_day >= since AND call_day < before AND NOT callback_id = ANY (held) AND caller_key IS NOT NULL;
    UPDATE outgoing_call SET number = '~' || caller_key WHERE call_day >= since AND call_day < before AND NOT call_id = ANY (held) AND caller_key IS NOT NULL;
    UPDATE message SET caller_number = '~' || caller_key WHERE call_day >= since AND call_day < before AND NOT call_id = ANY (held) AND caller_key IS NOT NULL;
    UPDATE handover SET to_number = '~' || caller_key(ipad, opad, withheld, to_number) WHERE call_day >= since AND call_day < before AND NOT call_id = ANY (held) AND to_number !~* withheld;
    -- A caller who has called since is known by number and name as then.
    UPDATE caller c SET number = coalesce((SELECT caller_number(f.caller_number) FROM call_fact f WHERE f.caller_key = c.caller_key AND f.caller_number !~ '^~' AND f.outcome IS DISTINCT FROM 'refused' LIMIT 1), '~' || c.caller_key),
           name = n.caller_name, name_at = n.started_at
    FROM caller d LEFT JOIN LATERAL (
        SELECT caller_name, started_at FROM call_fact f WHERE f.caller_key = d.caller_key AND f.caller_name <> '' AND f.outcome IS DISTINCT FROM 'refused'
        ORDER BY started_at DESC LIMIT 1) n ON true
    WHERE c.caller_key = d.caller_key AND d.caller_key IN (SELECT caller_key FROM call_fact WHERE call_day >= since AND call_day < before);

    -- What people wrote in those days, and about callers who are known by number no more.
    DELETE FROM talk_note n USING queue_visit v WHERE n.visit_id = v.visit_id AND v.call_day >= since AND v.call_day < before AND NOT v.call_id = ANY (held);
    DELETE FROM callback_note n USING callback_fact b WHERE n.callback_id = b.callback_id AND b.call_day >= since AND b.call_day < before AND NOT b.callback_id = ANY (held);
    DELETE FROM message_text n USING message m WHERE n.message_id = m.message_id AND m.call_day >= since AND m.call_day < before AND NOT m.call_id = ANY (held);
    DELETE FROM recording_comment n USING recording r WHERE n.recording_id = r.recording_id AND r.call_day >= since AND r.call_day < before AND NOT r.call_id = ANY (held);
    DELETE FROM caller_edit e USING caller c WHERE c.caller_key = e.caller_key AND c.number ~ '^~' AND e.edited_at < before;
    UPDATE audit SET detail = detail - '{before,after,number}'::text[] WHERE at < before AND detail ?| '{before,after,number}' AND what ~ '^(caller|callback|message|lost|person)[.]';
    PERFORM set_config('presszero.forgets', '', true);
    RETURN changed;
END $$;

CREATE FUNCTION public.quarter(at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_bin('00:15:00'::interval, at, '2000-01-01 00:00:00+00'::timestamp with time zone);

CREATE FUNCTION public.queue_calls_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.queue_calls_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.queue_calls_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'visits' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('visits', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_queue_calls(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.queue_nodes_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.queue_node_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.queue_node_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'nodes' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('nodes', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_queue_nodes(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.queue_paths_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.queue_path_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.queue_path_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'paths' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('paths', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_queue_paths(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('presszero.forgets', true) = 'person'
       AND to_jsonb(NEW) - 'data' - 'detail' = to_jsonb(OLD) - 'data' - 'detail' THEN
        RETURN NEW; -- forget_person
    ELSIF TG_OP = 'DELETE' AND current_setting('presszero.forgets', true) = 'time' THEN
        RETURN OLD; -- DB.DropFacts
    END IF;
    RAISE EXCEPTION 'facts are never changed; a correction is a new fact';
END $$;

CREATE FUNCTION public.rollup_gaps(rollup text, width interval, lo timestamp with time zone, hi timestamp with time zone) RETURNS TABLE(gap_from timestamp with time zone, gap_until timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
    SELECT greatest(b.bucket, lo), least(b.bucket + width, hi)
    FROM (SELECT s.bucket FROM public.rollup_stale s WHERE s.what = rollup AND s.bucket > lo - width AND s.bucket < hi
          UNION SELECT date_bin(width, lo, timestamptz '2000-01-01 00:00+00') WHERE date_bin(width, lo, timestamptz '2000-01-01 00:00+00') < lo
          UNION SELECT date_bin(width, hi, timestamptz '2000-01-01 00:00+00') WHERE date_bin(width, hi, timestamptz '2000-01-01 00:00+00') < hi) b
    WHERE lo < hi
$$;

CREATE FUNCTION public.rollups_kept_until() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce((SELECT until_at FROM public.rollup_kept), '-infinity')
$$;

CREATE FUNCTION public.spreads_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.wait_spread_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.wait_spread_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'spreads' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('spreads', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_spreads(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.staff_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.staff_15m
    LANGUAGE sql STABLE
    AS $$
    WITH known AS (SELECT coalesce(max(bucket) + interval '15 minutes', '-infinity') AS until FROM public.staff_15m)
    SELECT t.* FROM public.staff_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'staff' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM known CROSS JOIN LATERAL public.rollup_gaps('staff', interval '15 minutes', lo, least(hi, known.until)) g CROSS JOIN LATERAL public.count_staff(g.gap_from, g.gap_until) c
    UNION ALL
    SELECT c.* FROM known CROSS JOIN LATERAL public.count_staff(greatest(lo, known.until), hi) c WHERE greatest(lo, known.until) < hi
$$;

CREATE FUNCTION public.talks_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.talk_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.talk_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'talks' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('talks', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_talks(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.told_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.told_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.told_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'told' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('told', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_told(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.visits_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.tally_15m
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.tally_15m t WHERE t.bucket >= lo AND t.bucket <= hi - interval '15 minutes'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'visits' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('visits', interval '15 minutes', lo, hi) g CROSS JOIN LATERAL public.count_visits(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.wait_edges() RETURNS double precision[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT '{0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,22,24,26,28,30,32.5,35,37.5,40,42.5,45,47.5,50,52.5,55,57.5,60,63,66,69,72,75,78,81,84,87,90,95,100,105,110,115,120,126,132,138,144,150,156,162,168,174,180,190,200,210,220,230,240,252,264,276,288,300,320,340,360,380,400,425,450,480,510,540,570,600,650,700,750,800,850,900,1000,1100,1200,1350,1500,1800,2400,3600,7200}'::float8[]
$$;

CREATE FUNCTION public.waits_during(lo timestamp with time zone, hi timestamp with time zone) RETURNS SETOF public.wait_1d
    LANGUAGE sql STABLE
    AS $$
    SELECT t.* FROM public.wait_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'waits' AND s.bucket = t.bucket)
    UNION ALL
    SELECT c.* FROM public.rollup_gaps('waits', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_waits(g.gap_from, g.gap_until) c
$$;

CREATE FUNCTION public.work_going_on(lo timestamp with time zone, hi timestamp with time zone, house text) RETURNS TABLE(day date, agent text, queue text, wrap_s double precision)
    LANGUAGE sql STABLE
    AS $$
    SELECT (t.joined_at AT TIME ZONE house)::date, s.agent, coalesce(t.queue, ''), extract(epoch FROM now() - s.from_at)::float8
    FROM public.agent_span s CROSS JOIN LATERAL (
        SELECT joined_at, left_at, queue FROM public.talk t WHERE t.agent = s.agent AND t.joined_at <= s.from_at AND t.joined_at > s.from_at - interval '1 day'
        ORDER BY joined_at DESC LIMIT 1) t
    WHERE s.state = 'wrap_up' AND s.until_at IS NULL AND t.left_at IS NOT NULL AND t.joined_at >= lo AND t.joined_at < hi
$$;

CREATE TABLE public.agent_span (
    shift_id uuid NOT NULL,
    seq integer NOT NULL,
    agent text NOT NULL,
    presence text NOT NULL,
    reason text,
    state text NOT NULL,
    call_id uuid,
    from_at timestamp with time zone NOT NULL,
    until_at timestamp with time zone
);

CREATE TABLE public.api_token (
    id text NOT NULL,
    hash bytea NOT NULL,
    name text NOT NULL,
    owner text NOT NULL,
    scopes text[] NOT NULL,
    queues text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    used_at timestamp with time zone
);

CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    who text NOT NULL,
    what text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    act text
);

ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.call_event (
    call_day date NOT NULL,
    call_id uuid NOT NULL,
    seq integer NOT NULL,
    at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    type text NOT NULL,
    visit_id text,
    agent text,
    queue text,
    data jsonb NOT NULL
)
PARTITION BY RANGE (call_day);

CREATE TABLE public.call_event_other (
    call_day date NOT NULL,
    call_id uuid NOT NULL,
    seq integer NOT NULL,
    at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    type text NOT NULL,
    visit_id text,
    agent text,
    queue text,
    data jsonb NOT NULL
);

CREATE TABLE public.call_event_rejected (
    entry text NOT NULL,
    reason text NOT NULL,
    rejected_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.call_fact (
    call_id uuid NOT NULL,
    call_day date NOT NULL,
    switch text,
    channel text,
    dialed text,
    caller_number text,
    caller_name text,
    caller_key text,
    again boolean NOT NULL,
    started_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome public.call_outcome,
    node text,
    side text,
    cause integer,
    cause_text text,
    estimated boolean DEFAULT false NOT NULL,
    CONSTRAINT call_fact_check CHECK (((outcome IS NULL) = (ended_at IS NULL)))
);

CREATE TABLE public.callback_attempt (
    dial_id text NOT NULL,
    callback_id uuid NOT NULL,
    call_day date NOT NULL,
    visit_id text NOT NULL,
    attempt integer,
    agent text,
    dialed_at timestamp with time zone NOT NULL,
    reached_at timestamp with time zone,
    reached text,
    confirmed_at timestamp with time zone,
    ended_at timestamp with time zone,
    how text,
    why text,
    counts boolean
);

CREATE TABLE public.callback_fact (
    callback_id uuid NOT NULL,
    call_day date NOT NULL,
    call_id uuid,
    queue text NOT NULL,
    number text NOT NULL,
    name text,
    caller_key text,
    source text,
    booked_at timestamp with time zone NOT NULL,
    order_key timestamp with time zone,
    waits_since timestamp with time zone,
    promised_from timestamp with time zone,
    promised_until timestamp with time zone,
    due_at timestamp with time zone,
    expires_at timestamp with time zone,
    state text NOT NULL,
    state_seq integer NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    first_attempt_at timestamp with time zone,
    reached_at timestamp with time zone,
    connected_at timestamp with time zone,
    agent text,
    ended_at timestamp with time zone,
    how text,
    ended_by text,
    CONSTRAINT callback_fact_check CHECK (((how IS NULL) = (ended_at IS NULL)))
);

CREATE TABLE public.callback_note (
    callback_id uuid NOT NULL,
    note text NOT NULL,
    written_by text NOT NULL,
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.caller (
    caller_key text NOT NULL,
    number text NOT NULL,
    name text,
    name_at timestamp with time zone,
    language text,
    language_at timestamp with time zone,
    last_agent text,
    agent_at timestamp with time zone,
    last_outcome public.call_outcome,
    last_call_at timestamp with time zone,
    seen_at timestamp with time zone NOT NULL
);

CREATE TABLE public.caller_edit (
    caller_key text NOT NULL,
    name text NOT NULL,
    language text NOT NULL,
    vip boolean NOT NULL,
    note text NOT NULL,
    edited_by text NOT NULL,
    edited_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.delivery (
    subscription text NOT NULL,
    seq bigint NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    next_at timestamp with time zone DEFAULT clock_timestamp(),
    tried_at timestamp with time zone,
    sent_at timestamp with time zone,
    status integer,
    error text
);

CREATE TABLE public.demo (
    one boolean DEFAULT true NOT NULL,
    filled_at timestamp with time zone NOT NULL,
    first_day date NOT NULL,
    days integer NOT NULL,
    CONSTRAINT demo_one_check CHECK (one)
);

CREATE TABLE public.disposition (
    visit_id text NOT NULL,
    agent text NOT NULL,
    call_id uuid NOT NULL,
    queue text NOT NULL,
    code text,
    note_length integer NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.ewt_shadow (
    visit_id text NOT NULL,
    call_id uuid NOT NULL,
    call_day date NOT NULL,
    queue text NOT NULL,
    at timestamp with time zone NOT NULL,
    ahead integer,
    qlm_s double precision,
    p50_s double precision,
    p80_s double precision,
    p90_s double precision,
    les_s double precision,
    avgc_les_s double precision,
    asterisk_s double precision,
    agents double precision,
    handle_s double precision,
    patience_s double precision,
    calibration double precision
);

CREATE TABLE public.flow_version (
    id bigint NOT NULL,
    version text NOT NULL,
    published_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    published_by text NOT NULL,
    text text NOT NULL
);

ALTER TABLE public.flow_version ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.flow_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.handover (
    call_id uuid NOT NULL,
    seq integer NOT NULL,
    call_day date NOT NULL,
    talk_seq integer,
    at timestamp with time zone NOT NULL,
    by_agent text NOT NULL,
    queue text,
    to_queue text,
    to_agent text,
    to_number text,
    nth integer,
    ended_at timestamp with time zone,
    how text,
    agent text,
    why text,
    ask_call uuid,
    CONSTRAINT handover_check CHECK (((how IS NULL) = (ended_at IS NULL)))
);

CREATE TABLE public.legal_hold (
    hold_id text NOT NULL,
    kind text NOT NULL,
    of text NOT NULL,
    reason text NOT NULL,
    held_by text NOT NULL,
    held_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    until_at timestamp with time zone,
    review_at timestamp with time zone NOT NULL,
    released_at timestamp with time zone,
    released_by text,
    CONSTRAINT legal_hold_kind_check CHECK ((kind = ANY (ARRAY['caller'::text, 'queue'::text, 'message'::text, 'recording'::text])))
);

CREATE VIEW public.hold_now AS
 SELECT legal_hold.hold_id,
    legal_hold.kind,
    legal_hold.of,
    legal_hold.reason,
    legal_hold.held_by,
    legal_hold.held_at,
    legal_hold.until_at,
    legal_hold.review_at,
    legal_hold.released_at,
    legal_hold.released_by
   FROM public.legal_hold
  WHERE ((legal_hold.released_at IS NULL) AND ((legal_hold.until_at IS NULL) OR (legal_hold.until_at > now())));

CREATE TABLE public.outgoing_call (
    call_id uuid NOT NULL,
    call_day date NOT NULL,
    agent text NOT NULL,
    number text,
    caller_key text,
    dialed_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    joined_at timestamp with time zone,
    ended_at timestamp with time zone,
    how text,
    why text,
    talk_s double precision,
    talk_ended_by text,
    for_call uuid,
    to_agent text,
    hold_s double precision,
    all_s double precision,
    gap_s double precision,
    CONSTRAINT outgoing_call_check CHECK (((how IS NULL) = (ended_at IS NULL)))
);

CREATE VIEW public.held_book AS
 SELECT f.call_id,
    f.call_day,
    h.hold_id
   FROM (public.hold_now h
     JOIN public.call_fact f ON (((h.kind = 'caller'::text) AND (f.caller_key = h.of))))
UNION
 SELECT b.callback_id AS call_id,
    b.call_day,
    h.hold_id
   FROM (public.hold_now h
     JOIN public.callback_fact b ON (((h.kind = 'caller'::text) AND (b.caller_key = h.of))))
UNION
 SELECT o.call_id,
    o.call_day,
    h.hold_id
   FROM (public.hold_now h
     JOIN public.outgoing_call o ON (((h.kind = 'caller'::text) AND (o.caller_key = h.of))))
UNION
 SELECT v.call_id,
    v.call_day,
    h.hold_id
   FROM (public.hold_now h
     JOIN public.queue_visit v ON (((h.kind = 'queue'::text) AND (v.queue = h.of))));

CREATE TABLE public.journal_offset (
    journal text NOT NULL,
    "position" text NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.limit_crossing (
    queue text NOT NULL,
    kind text NOT NULL,
    crossed_at timestamp with time zone NOT NULL,
    over_at timestamp with time zone,
    bound double precision NOT NULL,
    value double precision NOT NULL,
    worst double precision NOT NULL
);

CREATE TABLE public.listening (
    call_id uuid NOT NULL,
    seq integer NOT NULL,
    call_day date NOT NULL,
    listening_id text NOT NULL,
    agent text NOT NULL,
    by_user text NOT NULL,
    hidden boolean NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    mode text NOT NULL,
    why text,
    listen_s double precision,
    whisper_s double precision,
    join_s double precision
);

CREATE TABLE public.message (
    message_id text NOT NULL,
    call_id uuid NOT NULL,
    call_day date NOT NULL,
    node text,
    queue text NOT NULL,
    caller_number text,
    caller_key text,
    left_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    seconds double precision NOT NULL,
    kind text DEFAULT 'voice'::text NOT NULL,
    visit_id text,
    agent text
);

CREATE TABLE public.message_task (
    message_id text NOT NULL,
    taken_by text,
    taken_at timestamp with time zone,
    done_by text,
    done_at timestamp with time zone,
    how text,
    CONSTRAINT message_task_check CHECK (((taken_by IS NULL) = (taken_at IS NULL))),
    CONSTRAINT message_task_check1 CHECK ((((done_by IS NULL) = (done_at IS NULL)) AND ((done_by IS NULL) = (how IS NULL)))),
    CONSTRAINT message_task_how_check CHECK ((how = ANY (ARRAY['called_back'::text, 'no_answer'::text, 'written'::text, 'nothing_to_do'::text, 'spam'::text])))
);

CREATE TABLE public.message_text (
    message_id text NOT NULL,
    text text NOT NULL,
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.number_alias (
    written text NOT NULL,
    number text NOT NULL
);

CREATE VIEW public.number_place AS
 SELECT (c.oid)::regclass AS tab,
    COALESCE((i.inhparent)::regclass, (c.oid)::regclass) AS part_of,
    pg_table_size((c.oid)::regclass) AS bytes,
    array_agg((a.attname)::text ORDER BY a.attnum) FILTER (WHERE ((a.atttypid = ANY (ARRAY[('text'::regtype)::oid, ('jsonb'::regtype)::oid])) AND (a.attgenerated = ''::"char") AND (a.attname <> ALL (ARRAY['visit_id'::name, 'agent'::name, 'queue'::name, 'type'::name])))) AS texts,
    array_agg((a.attname)::text ORDER BY a.attnum) FILTER (WHERE (a.attnum = ANY ((k.indkey)::smallint[]))) AS key,
    array_agg((a.attname)::text) FILTER (WHERE (a.atttypid = ('jsonb'::regtype)::oid)) AS jsons,
    bool_or((a.attname = 'call_id'::name)) AS of_call,
    bool_or((a.attname = 'caller_key'::name)) AS of_caller
   FROM (((pg_class c
     JOIN pg_attribute a ON (((a.attrelid = c.oid) AND (a.attnum > 0) AND (NOT a.attisdropped))))
     LEFT JOIN pg_index k ON (((k.indrelid = c.oid) AND k.indisprimary)))
     LEFT JOIN pg_inherits i ON ((i.inhrelid = c.oid)))
  WHERE ((c.relnamespace = ('public'::regnamespace)::oid) AND (c.relkind = 'r'::"char") AND ((NOT c.relispartition) OR (i.inhparent = ('public.call_event'::regclass)::oid)) AND (c.relname <> ALL (ARRAY['flow_version'::name, 'users'::name, 'session'::name, 'api_token'::name, 'wall'::name, 'subscription'::name, 'legal_hold'::name])) AND (c.relname !~ '^goose|_(15m|1d)$|^rollup_'::text))
  GROUP BY c.oid, i.inhparent
 HAVING bool_or(((a.atttypid = ANY (ARRAY[('text'::regtype)::oid, ('jsonb'::regtype)::oid])) AND (a.attgenerated = ''::"char") AND (a.attname <> ALL (ARRAY['visit_id'::name, 'agent'::name, 'queue'::name, 'type'::name]))));

CREATE TABLE public.number_reading (
    country text NOT NULL,
    read_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.offer_fact (
    offer_id text NOT NULL,
    visit_id text NOT NULL,
    call_id uuid NOT NULL,
    call_day date NOT NULL,
    agent text NOT NULL,
    waited_s double precision,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    how text,
    why text,
    ring_s double precision,
    joined_at timestamp with time zone,
    leg text
);

CREATE TABLE public.outbox (
    seq bigint NOT NULL,
    id text NOT NULL,
    type text NOT NULL,
    queue text,
    at timestamp with time zone NOT NULL,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE public.outbox ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.recording (
    recording_id text NOT NULL,
    call_id uuid NOT NULL,
    call_day date NOT NULL,
    seq integer NOT NULL,
    visit_id text,
    agent text NOT NULL,
    queue text,
    caller_key text,
    joined_at timestamp with time zone NOT NULL,
    left_at timestamp with time zone,
    started_at timestamp with time zone,
    stopped_at timestamp with time zone,
    state text NOT NULL,
    why text,
    outcome text,
    length_s double precision,
    holes_s double precision,
    format text,
    bytes bigint,
    sha256 text,
    key text,
    notice text,
    consent text,
    keep_until timestamp with time zone,
    alone boolean DEFAULT false NOT NULL,
    direction text,
    dialed text,
    CONSTRAINT recording_state_check CHECK ((state = ANY (ARRAY['on'::text, 'stopped'::text, 'kept'::text, 'absent'::text])))
);

CREATE TABLE public.recording_comment (
    comment_id bigint NOT NULL,
    recording_id text NOT NULL,
    at_s double precision NOT NULL,
    text text NOT NULL,
    by_user text NOT NULL,
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE public.recording_comment ALTER COLUMN comment_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.recording_comment_comment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.recording_play (
    play_id text NOT NULL,
    recording_id text NOT NULL,
    by_user text NOT NULL,
    kind text NOT NULL,
    why text,
    began_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    heard_s double precision DEFAULT 0 NOT NULL
);

CREATE TABLE public.recording_removed (
    recording_id text NOT NULL,
    why text NOT NULL,
    noted_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    removed_at timestamp with time zone
);

CREATE TABLE public.retention_run (
    run_id bigint NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    removed jsonb NOT NULL,
    error text
);

ALTER TABLE public.retention_run ALTER COLUMN run_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.retention_run_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rollup_kept (
    id integer DEFAULT 1 NOT NULL,
    until_at timestamp with time zone NOT NULL,
    CONSTRAINT rollup_kept_id_check CHECK ((id = 1))
);

CREATE TABLE public.rollup_people (
    caller text NOT NULL,
    from_at timestamp with time zone NOT NULL,
    marks bigint DEFAULT 1 NOT NULL,
    marked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.rollup_stale (
    what text NOT NULL,
    bucket timestamp with time zone NOT NULL,
    marks bigint DEFAULT 1 NOT NULL,
    marked_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE public.rollup_zone (
    one boolean DEFAULT true NOT NULL,
    zone text NOT NULL,
    CONSTRAINT rollup_zone_one_check CHECK (one)
);

CREATE TABLE public.session (
    token_hash bytea NOT NULL,
    data bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.subscription (
    id text NOT NULL,
    kind text NOT NULL,
    address text NOT NULL,
    types text[] NOT NULL,
    queues text[] DEFAULT '{}'::text[] NOT NULL,
    facts boolean DEFAULT false NOT NULL,
    language text DEFAULT 'en'::text NOT NULL,
    key_n integer DEFAULT 1 NOT NULL,
    old_key_until timestamp with time zone,
    pause_until timestamp with time zone,
    disabled_at timestamp with time zone,
    disabled_why text,
    owner text NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT subscription_kind_check CHECK ((kind = ANY (ARRAY['mail'::text, 'webhook'::text])))
);

CREATE TABLE public.talk (
    call_id uuid NOT NULL,
    seq integer NOT NULL,
    call_day date NOT NULL,
    visit_id text,
    queue text,
    origin text,
    agent text NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    left_at timestamp with time zone,
    talk_s double precision,
    hold_s double precision,
    holds integer,
    longest_hold_s double precision,
    on_hold boolean,
    gap_s double precision,
    side text,
    why text,
    left_on_hold text GENERATED ALWAYS AS (
CASE
    WHEN ((on_hold IS NOT TRUE) OR (why = ANY (ARRAY['handed'::text, 'put_back'::text]))) THEN NULL::text
    WHEN (why = 'caller_chose'::text) THEN 'chose'::text
    WHEN ((why = 'agent_lost'::text) OR (side <> ALL (ARRAY['caller'::text, 'agent'::text]))) THEN 'us'::text
    ELSE side
END) STORED,
    CONSTRAINT talk_check CHECK ((((left_at IS NULL) = (talk_s IS NULL)) AND ((left_at IS NULL) = (on_hold IS NULL))))
);

CREATE TABLE public.talk_note (
    visit_id text NOT NULL,
    agent text NOT NULL,
    note text NOT NULL,
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    queue text DEFAULT ''::text NOT NULL
);

CREATE TABLE public.talk_quality (
    shift_id uuid NOT NULL,
    seq integer NOT NULL,
    call_id uuid NOT NULL,
    agent text NOT NULL,
    joined_at timestamp with time zone NOT NULL,
    measured_s double precision NOT NULL,
    bad_s double precision NOT NULL,
    mos_min double precision NOT NULL,
    rtt_p50_ms double precision NOT NULL,
    rtt_p95_ms double precision NOT NULL,
    jitter_p50_ms double precision NOT NULL,
    jitter_p95_ms double precision NOT NULL,
    loss_pct double precision NOT NULL,
    concealed_pct double precision NOT NULL,
    agent_loss_pct double precision NOT NULL,
    agent_jitter_ms double precision NOT NULL,
    caller_loss_pct double precision NOT NULL,
    caller_jitter_ms double precision NOT NULL
);

CREATE TABLE public.trunk_call (
    call_id uuid NOT NULL,
    seq integer NOT NULL,
    call_day date NOT NULL,
    at timestamp with time zone NOT NULL,
    trunk text NOT NULL,
    direction text NOT NULL,
    how text NOT NULL,
    sip integer,
    ours text,
    dial_id text,
    CONSTRAINT trunk_call_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text])))
);

CREATE TABLE public.users (
    name text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    role text NOT NULL,
    queues text[] DEFAULT '{}'::text[] NOT NULL,
    password_hash text NOT NULL,
    disabled boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    skills jsonb DEFAULT '{}'::jsonb NOT NULL,
    weights jsonb DEFAULT '{}'::jsonb NOT NULL,
    session_epoch integer DEFAULT 0 NOT NULL,
    first_password boolean DEFAULT false NOT NULL,
    CONSTRAINT users_name_check CHECK ((name <> ''::text)),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['agent'::text, 'supervisor'::text, 'admin'::text]))),
    CONSTRAINT users_skills CHECK (((jsonb_typeof(skills) = 'object'::text) AND (NOT jsonb_path_exists(skills, '$.*?((@.type() != "number" || @ < 1) || @ > 10)'::jsonpath)))),
    CONSTRAINT users_weights CHECK (((jsonb_typeof(weights) = 'object'::text) AND (NOT jsonb_path_exists(weights, '$.*?((@.type() != "number" || @ < 1) || @ > 10)'::jsonpath))))
);

CREATE TABLE public.wall (
    wall_id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    queues text[] NOT NULL,
    token_hash bytea NOT NULL,
    made_by text NOT NULL,
    made_at timestamp with time zone DEFAULT now() NOT NULL,
    ends_at timestamp with time zone NOT NULL
);

CREATE VIEW report.abandonment AS
 SELECT t.queue,
    t.bucket,
    COALESCE(sum(t.visits) FILTER (WHERE (NOT t.after_talk)), (0)::bigint) AS offered,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'answered'::text))), (0)::bigint) AS answered,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome ~~ 'abandoned%'::text))), (0)::bigint) AS abandoned,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'abandoned_queue'::text))), (0)::bigint) AS abandoned_queue,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'abandoned_ringing'::text))), (0)::bigint) AS abandoned_ringing,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'abandoned_at_answer'::text))), (0)::bigint) AS abandoned_at_answer,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'callback_accepted'::text))), (0)::bigint) AS callback_accepted,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'exit_key'::text))), (0)::bigint) AS exit_key,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'overflow'::text))), (0)::bigint) AS overflow,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'timeout_exit'::text))), (0)::bigint) AS timeout_exit,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'transferred_out'::text))), (0)::bigint) AS transferred_out,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'no_agents'::text))), (0)::bigint) AS no_agents,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'closed'::text))), (0)::bigint) AS closed,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'withdrawn'::text))), (0)::bigint) AS withdrawn,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'system_failure'::text))), (0)::bigint) AS system_failure,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'open'::text))), (0)::bigint) AS open,
    COALESCE(sum(width_bucket((20)::double precision, t.waits)) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'answered'::text))), (0)::bigint) AS answered_20s,
    COALESCE(sum(width_bucket((5)::double precision, t.waits)) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome ~~ 'abandoned%'::text))), (0)::bigint) AS abandoned_5s,
    COALESCE(sum(t.wait_s) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = 'answered'::text))), (0)::double precision) AS answered_wait_s,
    COALESCE(sum(t.wait_s) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome ~~ 'abandoned%'::text))), (0)::double precision) AS abandoned_wait_s,
    max(t.longest_s) AS longest_wait_s,
    COALESCE(sum(t.kept) FILTER (WHERE (NOT t.after_talk)), (0)::bigint) AS callback_kept,
    COALESCE(sum(t.completed) FILTER (WHERE (NOT t.after_talk)), (0)::bigint) AS callback_completed,
    COALESCE(sum(t.missed) FILTER (WHERE (NOT t.after_talk)), (0)::bigint) AS callback_missed,
    COALESCE(sum(t.flow_in), (0)::bigint) AS flow_in,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND (t.outcome = ANY (ARRAY['exit_key'::text, 'overflow'::text, 'transferred_out'::text])))), (0)::bigint) AS flow_out,
    COALESCE(sum(t.visits) FILTER (WHERE ((NOT t.after_talk) AND ((t.outcome ~~ 'abandoned%'::text) OR (t.outcome = ANY (ARRAY['timeout_exit'::text, 'no_agents'::text, 'closed'::text, 'system_failure'::text]))))), (0)::bigint) AS not_served,
    COALESCE(sum(t.visits) FILTER (WHERE t.after_talk), (0)::bigint) AS after_talk,
    COALESCE(sum(t.visits) FILTER (WHERE (t.after_talk AND (t.outcome ~~ 'abandoned%'::text))), (0)::bigint) AS abandoned_after_talk
   FROM ( SELECT t_1.bucket,
            t_1.queue,
            t_1.outcome,
            t_1.after_talk,
            t_1.visits,
            t_1.flow_in,
            t_1.waits,
            t_1.told,
            t_1.offered,
            t_1.wait_s,
            t_1.longest_s,
            t_1.longest,
            t_1.kept,
            t_1.completed,
            t_1.missed
           FROM public.tally_15m t_1
          WHERE (NOT (EXISTS ( SELECT
                   FROM public.rollup_stale s
                  WHERE ((s.what = 'visits'::text) AND (s.bucket = t_1.bucket)))))
        UNION ALL
         SELECT c.bucket,
            c.queue,
            c.outcome,
            c.after_talk,
            c.visits,
            c.flow_in,
            c.waits,
            c.told,
            c.offered,
            c.wait_s,
            c.longest_s,
            c.longest,
            c.kept,
            c.completed,
            c.missed
           FROM (public.rollup_stale s
             CROSS JOIN LATERAL public.count_visits(s.bucket, (s.bucket + '00:15:00'::interval)) c(bucket, queue, outcome, after_talk, visits, flow_in, waits, told, offered, wait_s, longest_s, longest, kept, completed, missed))
          WHERE (s.what = 'visits'::text)) t
  GROUP BY t.queue, t.bucket;

CREATE VIEW report.agent AS
 SELECT agent_span.agent,
    agent_span.presence,
    agent_span.reason,
    agent_span.state,
    agent_span.from_at,
    agent_span.until_at,
    agent_span.call_id,
    agent_span.shift_id
   FROM public.agent_span;

CREATE VIEW report.call AS
 SELECT c.call_id,
    c.started_at,
    c.answered_at,
    c.ended_at,
    c.dialed,
    c.caller_number,
    c.caller_name,
    c.caller_key,
    (c.outcome)::text AS outcome,
    c.node,
    c.side,
    c.cause,
    c.cause_text,
    c.estimated,
    c.switch,
    c.again,
    v.visits,
    v.queue_s,
    v.talk_s
   FROM (public.call_fact c
     CROSS JOIN LATERAL ( SELECT count(*) AS visits,
            sum(q.queue_s) AS queue_s,
            sum(q.talk_s) AS talk_s
           FROM public.queue_visit q
          WHERE (q.call_id = c.call_id)) v);

CREATE VIEW report.callback AS
 SELECT c.callback_id,
    c.call_id,
    c.queue,
    c.number,
    c.name,
    c.caller_key,
    c.source,
    c.booked_at,
    c.waits_since,
    c.promised_from,
    c.promised_until,
    c.due_at,
    c.expires_at,
    c.state,
    c.attempts,
    c.first_attempt_at,
    c.reached_at,
    c.connected_at,
    c.agent,
    c.ended_at,
    c.how,
    c.ended_by,
        CASE
            WHEN (c.first_attempt_at IS NOT NULL) THEN (c.first_attempt_at <= c.promised_until)
            WHEN (c.how = ANY (ARRAY['cancelled'::text, 'superseded'::text])) THEN NULL::boolean
            WHEN ((c.ended_at IS NOT NULL) OR (now() > c.promised_until)) THEN false
            ELSE NULL::boolean
        END AS kept,
        CASE
            WHEN (c.connected_at IS NOT NULL) THEN (c.connected_at <= c.promised_until)
            WHEN (c.how = ANY (ARRAY['cancelled'::text, 'superseded'::text])) THEN NULL::boolean
            WHEN ((c.ended_at IS NOT NULL) OR (now() > c.promised_until)) THEN false
            ELSE NULL::boolean
        END AS on_time,
    f.asked,
    f.visit_id AS from_visit,
    v.visits,
    ( SELECT u.trunk
           FROM public.trunk_call u
          WHERE ((u.call_id = c.callback_id) AND (u.direction = 'out'::text))
          ORDER BY u.seq DESC
         LIMIT 1) AS trunk,
    ( SELECT u.ours
           FROM public.trunk_call u
          WHERE ((u.call_id = c.callback_id) AND (u.direction = 'out'::text))
          ORDER BY u.seq DESC
         LIMIT 1) AS shown
   FROM ((public.callback_fact c
     CROSS JOIN LATERAL ( SELECT count(*) AS asked,
            (array_agg(q.visit_id ORDER BY q.ended_at, q.visit_id))[1] AS visit_id
           FROM public.queue_visit q
          WHERE (q.callback_id = c.callback_id)) f)
     CROSS JOIN LATERAL ( SELECT array_agg(q.visit_id ORDER BY q.entered_at, q.visit_id) AS visits
           FROM public.queue_visit q
          WHERE (q.call_id = c.callback_id)) v);

CREATE VIEW report.caller AS
 SELECT c.caller_key,
    c.number,
    COALESCE(NULLIF(e.name, ''::text), c.name, ''::text) AS name,
    COALESCE(
        CASE
            WHEN ((e.language <> ''::text) AND ((c.language_at IS NULL) OR (c.language_at <= e.edited_at))) THEN e.language
            ELSE c.language
        END, ''::text) AS language,
    COALESCE(e.vip, false) AS vip,
    COALESCE(e.note, ''::text) AS note,
    c.last_agent,
    c.last_call_at,
    (c.last_outcome)::text AS last_outcome,
    GREATEST(c.seen_at, e.edited_at) AS updated_at
   FROM (public.caller c
     LEFT JOIN public.caller_edit e USING (caller_key));

CREATE VIEW report.consult AS
 SELECT o.call_id,
    o.for_call,
    o.dialed_at AS at,
    o.agent,
    t.queue,
    o.to_agent,
    o.number AS to_number,
    o.answered_at,
    o.joined_at,
    o.ended_at,
        CASE
            WHEN ((o.joined_at IS NULL) OR (o.how = 'handed'::text) OR (o.how IS NULL)) THEN o.how
            WHEN (t.left_at <= o.ended_at) THEN 'over'::text
            ELSE 'back'::text
        END AS how,
    o.why,
    (EXTRACT(epoch FROM (COALESCE(o.answered_at, o.ended_at) - o.dialed_at)))::double precision AS ring_s,
    o.talk_s,
    o.hold_s,
    o.all_s,
    o.gap_s
   FROM (public.outgoing_call o
     LEFT JOIN LATERAL ( SELECT k.queue,
            k.left_at
           FROM public.talk k
          WHERE ((k.call_id = o.for_call) AND (k.agent = o.agent) AND (k.joined_at <= o.dialed_at))
          ORDER BY k.seq DESC
         LIMIT 1) t ON (true))
  WHERE (o.for_call IS NOT NULL);

CREATE VIEW report.disposition AS
 SELECT d.visit_id,
    d.call_id,
    d.queue,
    d.agent,
    COALESCE(d.code, 'none'::text) AS code,
    d.note_length,
    d.at,
    v.entered_at,
    v.talk_s
   FROM (public.disposition d
     LEFT JOIN public.queue_visit v USING (visit_id));

CREATE VIEW report.handover AS
 SELECT handover.call_id,
    handover.at,
    handover.by_agent AS by,
    handover.queue,
    handover.to_queue,
    handover.to_agent,
    handover.to_number,
    handover.nth,
    handover.how,
    handover.agent,
    handover.why,
    handover.ended_at,
    (EXTRACT(epoch FROM (handover.ended_at - handover.at)))::double precision AS wait_s,
    (handover.ask_call IS NOT NULL) AS warm,
    handover.ask_call
   FROM public.handover;

CREATE VIEW report.listening AS
 SELECT l.call_id,
    l.agent,
    l.by_user AS by,
    t.queue,
    t.joined_at,
    l.hidden,
    l.started_at,
    l.ended_at,
    l.mode,
    l.why,
    l.listen_s,
    l.whisper_s,
    l.join_s,
    ((l.listen_s + l.whisper_s) + l.join_s) AS total_s
   FROM (public.listening l
     LEFT JOIN LATERAL ( SELECT k.queue,
            k.joined_at
           FROM public.talk k
          WHERE ((k.call_id = l.call_id) AND (k.agent = l.agent) AND (k.seq < l.seq))
          ORDER BY k.seq DESC
         LIMIT 1) t ON (true));

CREATE VIEW report.menu_step AS
 SELECT call_event.call_id,
    call_event.call_day,
    call_event.seq,
    call_event.at,
    substr(call_event.type, 5) AS step,
    (call_event.data ->> 'node'::text) AS node,
    (call_event.data ->> 'digit'::text) AS digit,
    ((call_event.data ->> 'try'::text))::integer AS try,
    ((call_event.data ->> 'during_prompt'::text))::boolean AS during_prompt,
    (call_event.data ->> 'queue'::text) AS queue,
    (call_event.data ->> 'reason'::text) AS reason,
    (call_event.data ->> 'path'::text) AS path,
    (call_event.data ->> 'flow'::text) AS flow
   FROM public.call_event
  WHERE (call_event.type ~~ 'ivr.%'::text);

CREATE VIEW report.message AS
 SELECT m.message_id,
    m.call_id,
    m.queue,
    m.node,
    m.caller_number,
    m.caller_key,
    m.left_at,
    m.due_at,
    m.seconds,
        CASE
            WHEN (t.done_at IS NOT NULL) THEN 'done'::text
            WHEN (t.taken_at IS NOT NULL) THEN 'taken'::text
            ELSE 'open'::text
        END AS state,
    t.taken_by,
    t.taken_at,
    t.done_by,
    t.done_at,
    t.how,
    (EXTRACT(epoch FROM (COALESCE(t.done_at, now()) - m.left_at)))::double precision AS age_s,
    (COALESCE(t.done_at, now()) > m.due_at) AS overdue,
    m.kind,
    m.agent
   FROM (public.message m
     LEFT JOIN public.message_task t USING (message_id));

CREATE VIEW report.offer AS
 SELECT offer_fact.offer_id,
    offer_fact.visit_id,
    offer_fact.call_id,
    offer_fact.agent,
    offer_fact.waited_s,
    offer_fact.started_at,
    offer_fact.ended_at,
    offer_fact.how,
    offer_fact.why,
    offer_fact.ring_s,
    offer_fact.joined_at
   FROM public.offer_fact;

CREATE VIEW report.outgoing AS
 SELECT o.call_id,
    o.agent,
    o.number,
    o.caller_key,
    o.dialed_at,
    o.answered_at,
    o.joined_at,
    o.ended_at,
    o.how,
    o.why,
    o.talk_s,
    o.talk_ended_by,
    t.trunk,
    t.ours AS shown,
    o.for_call
   FROM (public.outgoing_call o
     LEFT JOIN LATERAL ( SELECT u.trunk,
            u.ours
           FROM public.trunk_call u
          WHERE ((u.call_id = o.call_id) AND (u.direction = 'out'::text))
          ORDER BY u.seq DESC
         LIMIT 1) t ON (true))
  WHERE (o.to_agent IS NULL);

CREATE VIEW report.queue_log AS
 SELECT v.entered_at AS "time",
    (v.call_id)::text AS callid,
    v.queue AS queuename,
    'NONE'::text AS agent,
    'ENTERQUEUE'::text AS event,
    ''::text AS data1,
    COALESCE(( SELECT c.caller_number
           FROM public.call_fact c
          WHERE (c.call_id = v.call_id)), ( SELECT c.number
           FROM public.callback_fact c
          WHERE (c.callback_id = v.call_id)), ''::text) AS data2,
    (COALESCE(v.position_at_entry, 1))::text AS data3,
    ''::text AS data4,
    ''::text AS data5
   FROM public.queue_visit v
UNION ALL
 SELECT o.ended_at AS "time",
    (o.call_id)::text AS callid,
    v.queue AS queuename,
    o.agent,
        CASE
            WHEN (o.how = 'cancelled'::text) THEN 'RINGCANCELED'::text
            ELSE 'RINGNOANSWER'::text
        END AS event,
    ((round((COALESCE(o.ring_s, (0)::double precision) * (1000)::double precision)))::bigint)::text AS data1,
    ''::text AS data2,
    ''::text AS data3,
    ''::text AS data4,
    ''::text AS data5
   FROM (public.offer_fact o
     JOIN public.queue_visit v USING (visit_id))
  WHERE (o.how = ANY (ARRAY['no_answer'::text, 'declined'::text, 'cancelled'::text]))
UNION ALL
 SELECT v.ended_at AS "time",
    (v.call_id)::text AS callid,
    v.queue AS queuename,
    COALESCE(v.agent, 'NONE'::text) AS agent,
    'CONNECT'::text AS event,
    ((round(v.queue_s))::bigint)::text AS data1,
    COALESCE(( SELECT o.leg
           FROM public.offer_fact o
          WHERE ((o.visit_id = v.visit_id) AND (o.joined_at IS NOT NULL))
         LIMIT 1), ''::text) AS data2,
    ((round(COALESCE(( SELECT o.ring_s
           FROM public.offer_fact o
          WHERE ((o.visit_id = v.visit_id) AND (o.joined_at IS NOT NULL))
         LIMIT 1), (0)::double precision)))::bigint)::text AS data3,
    ''::text AS data4,
    ''::text AS data5
   FROM public.queue_visit v
  WHERE ((v.outcome)::text = 'answered'::text)
UNION ALL
 SELECT (queue_visit.ended_at + (queue_visit.talk_s * '00:00:01'::interval)) AS "time",
    (queue_visit.call_id)::text AS callid,
    queue_visit.queue AS queuename,
    COALESCE(queue_visit.agent, 'NONE'::text) AS agent,
        CASE
            WHEN (queue_visit.talk_ended_by = 'caller'::text) THEN 'COMPLETECALLER'::text
            ELSE 'COMPLETEAGENT'::text
        END AS event,
    ((round(queue_visit.queue_s))::bigint)::text AS data1,
    ((round(queue_visit.talk_s))::bigint)::text AS data2,
    (COALESCE(queue_visit.position_at_entry, 1))::text AS data3,
    ''::text AS data4,
    ''::text AS data5
   FROM public.queue_visit
  WHERE (((queue_visit.outcome)::text = 'answered'::text) AND (queue_visit.talk_s IS NOT NULL))
UNION ALL
 SELECT v.ended_at AS "time",
    (v.call_id)::text AS callid,
    v.queue AS queuename,
        CASE
            WHEN ((v.outcome)::text = 'abandoned_at_answer'::text) THEN COALESCE(( SELECT o.agent
               FROM public.offer_fact o
              WHERE ((o.visit_id = v.visit_id) AND (o.how = 'accepted'::text))
              ORDER BY o.started_at DESC
             LIMIT 1), 'NONE'::text)
            ELSE 'NONE'::text
        END AS agent,
        CASE
            WHEN ((v.outcome)::text ~~ 'abandoned%'::text) THEN 'ABANDON'::text
            WHEN ((v.outcome)::text = ANY (ARRAY['overflow'::text, 'timeout_exit'::text])) THEN 'EXITWITHTIMEOUT'::text
            WHEN ((v.outcome)::text = ANY (ARRAY['no_agents'::text, 'closed'::text])) THEN 'EXITEMPTY'::text
            ELSE 'WITHDRAW'::text
        END AS event,
    (COALESCE(v.position_at_entry, 1))::text AS data1,
    (COALESCE(v.position_at_entry, 1))::text AS data2,
    ((round(v.queue_s))::bigint)::text AS data3,
        CASE
            WHEN ((v.outcome)::text = ANY (ARRAY['transferred_out'::text, 'withdrawn'::text, 'system_failure'::text])) THEN (v.outcome)::text
            ELSE ''::text
        END AS data4,
    ''::text AS data5
   FROM public.queue_visit v
  WHERE ((v.outcome)::text <> ALL (ARRAY['answered'::text, 'callback_accepted'::text, 'exit_key'::text]))
UNION ALL
 SELECT queue_visit.ended_at AS "time",
    (queue_visit.call_id)::text AS callid,
    queue_visit.queue AS queuename,
    'NONE'::text AS agent,
    'EXITWITHKEY'::text AS event,
        CASE
            WHEN ((queue_visit.outcome)::text = 'callback_accepted'::text) THEN '1'::text
            ELSE ''::text
        END AS data1,
    (COALESCE(queue_visit.position_at_entry, 1))::text AS data2,
    (COALESCE(queue_visit.position_at_entry, 1))::text AS data3,
    ((round(queue_visit.queue_s))::bigint)::text AS data4,
    ''::text AS data5
   FROM public.queue_visit
  WHERE ((queue_visit.outcome)::text = ANY (ARRAY['callback_accepted'::text, 'exit_key'::text]))
UNION ALL
 SELECT s.from_at AS "time",
    'NONE'::text AS callid,
    'NONE'::text AS queuename,
    s.agent,
    e.event,
        CASE
            WHEN (e.event = 'PAUSEALL'::text) THEN COALESCE(s.reason, ''::text)
            ELSE ''::text
        END AS data1,
    ''::text AS data2,
    ''::text AS data3,
    ''::text AS data4,
    ''::text AS data5
   FROM ((public.agent_span s
     LEFT JOIN LATERAL ( SELECT p_1.presence
           FROM public.agent_span p_1
          WHERE ((p_1.agent = s.agent) AND (p_1.until_at = s.from_at) AND ((p_1.shift_id <> s.shift_id) OR (p_1.seq <> s.seq)))
          ORDER BY p_1.from_at DESC, p_1.seq DESC
         LIMIT 1) p ON (true))
     JOIN LATERAL ( VALUES ('ADDMEMBER'::text,(p.presence IS NULL)), ('PAUSEALL'::text,((s.presence = 'away'::text) AND (p.presence IS DISTINCT FROM 'away'::text))), ('UNPAUSEALL'::text,((s.presence = 'available'::text) AND (p.presence = 'away'::text)))) e(event, so) ON (e.so))
UNION ALL
 SELECT s.until_at AS "time",
    'NONE'::text AS callid,
    'NONE'::text AS queuename,
    s.agent,
    'REMOVEMEMBER'::text AS event,
    ''::text AS data1,
    ''::text AS data2,
    ''::text AS data3,
    ''::text AS data4,
    ''::text AS data5
   FROM public.agent_span s
  WHERE ((s.until_at IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM public.agent_span n
          WHERE ((n.agent = s.agent) AND (n.from_at = s.until_at) AND ((n.shift_id <> s.shift_id) OR (n.seq <> s.seq)))))));

CREATE VIEW report.recording AS
 SELECT r.recording_id,
    r.call_id,
    r.visit_id,
    r.agent,
    r.queue,
    r.caller_key,
    r.joined_at,
    r.left_at,
    r.started_at,
    r.stopped_at,
    r.state,
    r.why,
    r.outcome,
    d.code,
    r.length_s,
    r.holes_s,
    r.format,
    r.bytes,
    r.notice,
    r.consent,
    r.keep_until
   FROM (public.recording r
     LEFT JOIN public.disposition d ON (((d.visit_id = r.visit_id) AND (d.agent = r.agent))));

CREATE VIEW report.refused AS
 SELECT t.bucket,
    t.dialed,
    t.reason,
    sum(t.calls) AS calls,
    sum(t.callers) AS callers
   FROM ( SELECT t_1.bucket,
            t_1.outcome,
            t_1.dialed,
            t_1.reason,
            t_1.calls,
            t_1.callers
           FROM public.menu_15m t_1
          WHERE ((t_1.outcome = 'refused'::text) AND (NOT (EXISTS ( SELECT
                   FROM public.rollup_stale s
                  WHERE ((s.what = 'calls'::text) AND (s.bucket = t_1.bucket))))))
        UNION ALL
         SELECT c.bucket,
            c.outcome,
            c.dialed,
            c.reason,
            c.calls,
            c.callers
           FROM (public.rollup_stale s
             CROSS JOIN LATERAL public.count_menus(s.bucket, (s.bucket + '00:15:00'::interval)) c(bucket, outcome, dialed, reason, calls, callers))
          WHERE ((s.what = 'calls'::text) AND (c.outcome = 'refused'::text))) t
  GROUP BY t.bucket, t.dialed, t.reason;

CREATE VIEW report.talk AS
 SELECT t.call_id,
    t.visit_id,
    t.queue,
    t.agent,
    t.joined_at,
    t.left_at,
    t.talk_s,
    t.hold_s,
    t.holds,
    t.longest_hold_s,
    t.gap_s,
    t.side,
    t.why,
    t.on_hold,
    h.to_queue AS handed_to_queue,
    h.to_agent AS handed_to_agent,
    h.to_number AS handed_to_number,
    t.origin,
    t.left_on_hold,
        CASE
            WHEN (t.left_at IS NOT NULL) THEN (COALESCE(( SELECT sum(EXTRACT(epoch FROM (COALESCE(s.until_at, now()) - s.from_at))) AS sum
               FROM public.agent_span s
              WHERE ((s.agent = t.agent) AND (s.state = 'wrap_up'::text) AND (s.from_at >= t.joined_at) AND (s.from_at < COALESCE(( SELECT min(n.joined_at) AS min
                       FROM public.talk n
                      WHERE ((n.agent = t.agent) AND (n.joined_at > t.joined_at))), 'infinity'::timestamp with time zone)))), (0)::numeric))::double precision
            ELSE NULL::double precision
        END AS wrap_s
   FROM (public.talk t
     LEFT JOIN public.handover h ON (((h.call_id = t.call_id) AND (h.talk_seq = t.seq))));

CREATE VIEW report.talk_quality AS
 SELECT talk_quality.call_id,
    talk_quality.agent,
    talk_quality.joined_at AS started_at,
    sum(talk_quality.measured_s) AS measured_s,
    sum(talk_quality.bad_s) AS bad_s,
    min(talk_quality.mos_min) AS mos_min,
    (sum((talk_quality.rtt_p50_ms * talk_quality.measured_s)) / sum(talk_quality.measured_s)) AS rtt_p50_ms,
    max(talk_quality.rtt_p95_ms) AS rtt_p95_ms,
    (sum((talk_quality.jitter_p50_ms * talk_quality.measured_s)) / sum(talk_quality.measured_s)) AS jitter_p50_ms,
    max(talk_quality.jitter_p95_ms) AS jitter_p95_ms,
    (sum((talk_quality.loss_pct * talk_quality.measured_s)) / sum(talk_quality.measured_s)) AS loss_pct,
    (sum((talk_quality.concealed_pct * talk_quality.measured_s)) / sum(talk_quality.measured_s)) AS concealed_pct,
    (sum((talk_quality.agent_loss_pct * talk_quality.measured_s)) / sum(talk_quality.measured_s)) AS agent_loss_pct,
    max(talk_quality.agent_jitter_ms) AS agent_jitter_ms,
    (sum((talk_quality.caller_loss_pct * talk_quality.measured_s)) / sum(talk_quality.measured_s)) AS caller_loss_pct,
    max(talk_quality.caller_jitter_ms) AS caller_jitter_ms
   FROM public.talk_quality
  WHERE (talk_quality.measured_s > (0)::double precision)
  GROUP BY talk_quality.call_id, talk_quality.agent, talk_quality.joined_at;

CREATE VIEW report.trunk AS
 SELECT date_bin('00:15:00'::interval, trunk_call.at, '2000-01-01 00:00:00+00'::timestamp with time zone) AS bucket,
    trunk_call.trunk,
    count(*) FILTER (WHERE (trunk_call.direction = 'in'::text)) AS calls_in,
    count(*) FILTER (WHERE ((trunk_call.direction = 'in'::text) AND (trunk_call.how = 'refused'::text))) AS refused,
    count(*) FILTER (WHERE (trunk_call.direction = 'out'::text)) AS calls_out,
    count(*) FILTER (WHERE ((trunk_call.direction = 'out'::text) AND (trunk_call.how = 'answered'::text))) AS answered,
    count(*) FILTER (WHERE ((trunk_call.direction = 'out'::text) AND (trunk_call.how = 'busy'::text))) AS busy,
    count(*) FILTER (WHERE ((trunk_call.direction = 'out'::text) AND (trunk_call.how = 'no_answer'::text))) AS no_answer,
    count(*) FILTER (WHERE ((trunk_call.direction = 'out'::text) AND (trunk_call.how = 'declined'::text))) AS declined,
    count(*) FILTER (WHERE ((trunk_call.direction = 'out'::text) AND (trunk_call.how = 'invalid'::text))) AS invalid,
    count(*) FILTER (WHERE ((trunk_call.direction = 'out'::text) AND (trunk_call.how = 'trunk'::text))) AS not_carried,
    count(*) FILTER (WHERE ((trunk_call.direction = 'out'::text) AND (trunk_call.how = 'failed'::text))) AS failed,
    max(trunk_call.sip) FILTER (WHERE (trunk_call.how = 'trunk'::text)) AS worst_sip
   FROM public.trunk_call
  GROUP BY (date_bin('00:15:00'::interval, trunk_call.at, '2000-01-01 00:00:00+00'::timestamp with time zone)), trunk_call.trunk;

CREATE VIEW report.visit AS
 SELECT queue_visit.visit_id,
    queue_visit.call_id,
    queue_visit.queue,
    queue_visit.kind,
    queue_visit.entered_at,
    queue_visit.ended_at,
    (queue_visit.outcome)::text AS outcome,
    queue_visit.queue_s,
    queue_visit.ring_s,
    queue_visit.agent,
    queue_visit.caller_key,
    queue_visit.position_at_entry,
    queue_visit.told_low_s,
    queue_visit.told_high_s,
    queue_visit.told_at,
    queue_visit.callback_id,
    queue_visit.origin,
    queue_visit.order_key,
    COALESCE(queue_visit.first_at, queue_visit.entered_at) AS first_entered_at,
    queue_visit.estimated,
    ((queue_visit.kind = 'live'::text) AND (NOT queue_visit.after_talk) AND COALESCE((queue_visit.origin = 'overflow'::text), false)) AS flow_in,
    queue_visit.after_talk
   FROM public.queue_visit;

CREATE VIEW report.wait_estimate AS
 SELECT v.visit_id,
    v.call_id,
    v.queue,
    v.entered_at,
    (v.outcome)::text AS outcome,
    v.queue_s,
    v.told_at,
    v.told_low_s,
    v.told_high_s,
    v.told_p50_s,
    v.told_p90_s,
    a.after_s,
    (a.after_s - v.told_p50_s) AS error_s,
        CASE
            WHEN (COALESCE(v.told_high_s, (0)::double precision) = (0)::double precision) THEN NULL::boolean
            WHEN (a.after_s > v.told_high_s) THEN false
            WHEN ((v.outcome)::text = 'answered'::text) THEN true
            ELSE NULL::boolean
        END AS within,
    s.ahead,
    s.qlm_s,
    s.p50_s,
    s.p80_s,
    s.p90_s,
    s.les_s,
    s.avgc_les_s,
    s.asterisk_s,
    s.agents,
    s.handle_s,
    s.patience_s,
    s.calibration
   FROM ((public.queue_visit v
     LEFT JOIN public.ewt_shadow s USING (visit_id))
     CROSS JOIN LATERAL ( SELECT (EXTRACT(epoch FROM (v.ended_at - v.told_at)))::double precision AS after_s) a)
  WHERE ((v.kind = 'live'::text) AND ((v.told_at IS NOT NULL) OR (s.visit_id IS NOT NULL)));

ALTER TABLE ONLY public.call_event ATTACH PARTITION public.call_event_other DEFAULT;

ALTER TABLE ONLY public.agent_15m
    ADD CONSTRAINT agent_15m_pkey PRIMARY KEY (bucket, agent);

ALTER TABLE ONLY public.agent_1d
    ADD CONSTRAINT agent_1d_pkey PRIMARY KEY (bucket, agent, part, reason);

ALTER TABLE ONLY public.agent_span
    ADD CONSTRAINT agent_span_pkey PRIMARY KEY (shift_id, seq);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_hash_key UNIQUE (hash);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.call_event
    ADD CONSTRAINT call_event_pkey PRIMARY KEY (call_day, call_id, seq);

ALTER TABLE ONLY public.call_event_other
    ADD CONSTRAINT call_event_other_pkey PRIMARY KEY (call_day, call_id, seq);

ALTER TABLE ONLY public.call_event_rejected
    ADD CONSTRAINT call_event_rejected_pkey PRIMARY KEY (entry);

ALTER TABLE ONLY public.call_fact
    ADD CONSTRAINT call_fact_pkey PRIMARY KEY (call_id);

ALTER TABLE ONLY public.callback_attempt
    ADD CONSTRAINT callback_attempt_pkey PRIMARY KEY (dial_id);

ALTER TABLE ONLY public.callback_fact
    ADD CONSTRAINT callback_fact_pkey PRIMARY KEY (callback_id);

ALTER TABLE ONLY public.callback_note
    ADD CONSTRAINT callback_note_pkey PRIMARY KEY (callback_id);

ALTER TABLE ONLY public.caller_edit
    ADD CONSTRAINT caller_edit_pkey PRIMARY KEY (caller_key);

ALTER TABLE ONLY public.caller
    ADD CONSTRAINT caller_pkey PRIMARY KEY (caller_key);

ALTER TABLE ONLY public.calls_15m
    ADD CONSTRAINT calls_15m_pkey PRIMARY KEY (bucket, what);

ALTER TABLE ONLY public.code_15m
    ADD CONSTRAINT code_15m_pkey PRIMARY KEY (queue, bucket, code);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (subscription, seq);

ALTER TABLE ONLY public.demo
    ADD CONSTRAINT demo_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.dialed_1d
    ADD CONSTRAINT dialed_1d_pkey PRIMARY KEY (bucket, dialed, queue, outcome, after_talk);

ALTER TABLE ONLY public.disposition
    ADD CONSTRAINT disposition_pkey PRIMARY KEY (visit_id, agent);

ALTER TABLE ONLY public.ewt_shadow
    ADD CONSTRAINT ewt_shadow_pkey PRIMARY KEY (visit_id);

ALTER TABLE ONLY public.first_told_1d
    ADD CONSTRAINT first_told_1d_pkey PRIMARY KEY (bucket, queue, from_s);

ALTER TABLE ONLY public.flow_version
    ADD CONSTRAINT flow_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.gave_up
    ADD CONSTRAINT gave_up_pkey PRIMARY KEY (visit_id);

ALTER TABLE ONLY public.handled_1d
    ADD CONSTRAINT handled_1d_pkey PRIMARY KEY (bucket, day, agent, queue);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_pkey PRIMARY KEY (call_id, seq);

ALTER TABLE ONLY public.journal_offset
    ADD CONSTRAINT journal_offset_pkey PRIMARY KEY (journal);

ALTER TABLE ONLY public.legal_hold
    ADD CONSTRAINT legal_hold_pkey PRIMARY KEY (hold_id);

ALTER TABLE ONLY public.limit_crossing
    ADD CONSTRAINT limit_crossing_pkey PRIMARY KEY (queue, kind, crossed_at);

ALTER TABLE ONLY public.listening
    ADD CONSTRAINT listening_pkey PRIMARY KEY (call_id, seq);

ALTER TABLE ONLY public.message
    ADD CONSTRAINT message_pkey PRIMARY KEY (message_id);

ALTER TABLE ONLY public.message_task
    ADD CONSTRAINT message_task_pkey PRIMARY KEY (message_id);

ALTER TABLE ONLY public.message_text
    ADD CONSTRAINT message_text_pkey PRIMARY KEY (message_id);

ALTER TABLE ONLY public.number_alias
    ADD CONSTRAINT number_alias_pkey PRIMARY KEY (written);

ALTER TABLE ONLY public.number_reading
    ADD CONSTRAINT number_reading_pkey PRIMARY KEY (country);

ALTER TABLE ONLY public.offer_fact
    ADD CONSTRAINT offer_fact_pkey PRIMARY KEY (offer_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_id_key UNIQUE (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY public.outgoing_call
    ADD CONSTRAINT outgoing_call_pkey PRIMARY KEY (call_id);

ALTER TABLE ONLY public.promise_15m
    ADD CONSTRAINT promise_15m_pkey PRIMARY KEY (queue, bucket);

ALTER TABLE ONLY public.queue_calls_15m
    ADD CONSTRAINT queue_calls_15m_pkey PRIMARY KEY (bucket, queue, what);

ALTER TABLE ONLY public.queue_path_15m
    ADD CONSTRAINT queue_path_15m_pkey PRIMARY KEY (queue, bucket, path);

ALTER TABLE ONLY public.queue_visit
    ADD CONSTRAINT queue_visit_pkey PRIMARY KEY (visit_id);

ALTER TABLE ONLY public.recording_comment
    ADD CONSTRAINT recording_comment_pkey PRIMARY KEY (comment_id);

ALTER TABLE ONLY public.recording
    ADD CONSTRAINT recording_pkey PRIMARY KEY (recording_id);

ALTER TABLE ONLY public.recording_play
    ADD CONSTRAINT recording_play_pkey PRIMARY KEY (play_id);

ALTER TABLE ONLY public.recording_removed
    ADD CONSTRAINT recording_removed_pkey PRIMARY KEY (recording_id);

ALTER TABLE ONLY public.retention_run
    ADD CONSTRAINT retention_run_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.rollup_kept
    ADD CONSTRAINT rollup_kept_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.rollup_people
    ADD CONSTRAINT rollup_people_pkey PRIMARY KEY (caller);

ALTER TABLE ONLY public.rollup_stale
    ADD CONSTRAINT rollup_stale_pkey PRIMARY KEY (what, bucket);

ALTER TABLE ONLY public.rollup_zone
    ADD CONSTRAINT rollup_zone_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.staff_15m
    ADD CONSTRAINT staff_15m_pkey PRIMARY KEY (bucket);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.talk_1d
    ADD CONSTRAINT talk_1d_pkey PRIMARY KEY (bucket, agent, queue);

ALTER TABLE ONLY public.talk_note
    ADD CONSTRAINT talk_note_pkey PRIMARY KEY (visit_id, agent);

ALTER TABLE ONLY public.talk
    ADD CONSTRAINT talk_pkey PRIMARY KEY (call_id, seq);

ALTER TABLE ONLY public.talk_quality
    ADD CONSTRAINT talk_quality_pkey PRIMARY KEY (shift_id, seq);

ALTER TABLE ONLY public.tally_15m
    ADD CONSTRAINT tally_15m_pkey PRIMARY KEY (bucket, queue, outcome, after_talk);

ALTER TABLE ONLY public.trunk_call
    ADD CONSTRAINT trunk_call_pkey PRIMARY KEY (call_id, seq);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.wait_1d
    ADD CONSTRAINT wait_1d_pkey PRIMARY KEY (bucket, queue);

ALTER TABLE ONLY public.wait_spread_1d
    ADD CONSTRAINT wait_spread_1d_pkey PRIMARY KEY (bucket, queue, outcome);

ALTER TABLE ONLY public.wall
    ADD CONSTRAINT wall_pkey PRIMARY KEY (wall_id);

ALTER TABLE ONLY public.wall
    ADD CONSTRAINT wall_token_hash_key UNIQUE (token_hash);

CREATE INDEX agent_span_agent ON public.agent_span USING btree (agent, from_at);

CREATE INDEX agent_span_call ON public.agent_span USING btree (call_id) WHERE (call_id IS NOT NULL);

CREATE INDEX agent_span_from ON public.agent_span USING btree (from_at);

CREATE INDEX agent_span_long ON public.agent_span USING btree (from_at) WHERE ((until_at - from_at) > '1 day'::interval);

CREATE INDEX agent_span_open ON public.agent_span USING btree (agent) WHERE (until_at IS NULL);

CREATE INDEX agent_span_until ON public.agent_span USING btree (agent, until_at);

CREATE INDEX api_token_owner ON public.api_token USING btree (owner);

CREATE UNIQUE INDEX audit_act ON public.audit USING btree (act);

CREATE INDEX audit_at ON public.audit USING btree (at);

CREATE INDEX call_event_at ON ONLY public.call_event USING brin (at) WITH (autosummarize='on');

CREATE INDEX call_event_call ON ONLY public.call_event USING btree (call_id);

CREATE INDEX call_event_other_at_idx ON public.call_event_other USING brin (at) WITH (autosummarize='on');

CREATE INDEX call_event_other_call_id_idx ON public.call_event_other USING btree (call_id);

CREATE INDEX call_fact_caller ON public.call_fact USING btree (caller_key, started_at);

CREATE INDEX call_fact_rare ON public.call_fact USING btree (outcome, started_at) WHERE ((outcome)::text = ANY (ARRAY['abandoned_ivr'::text, 'ivr_contained'::text, 'message_left'::text, 'refused'::text, 'system_failure'::text]));

CREATE INDEX call_fact_started ON public.call_fact USING btree (started_at);

CREATE INDEX callback_attempt_of ON public.callback_attempt USING btree (callback_id);

CREATE INDEX callback_fact_booked ON public.callback_fact USING btree (booked_at);

CREATE INDEX callback_fact_caller ON public.callback_fact USING btree (caller_key) WHERE (ended_at IS NULL);

CREATE INDEX callback_fact_of ON public.callback_fact USING btree (caller_key);

CREATE INDEX callback_fact_open ON public.callback_fact USING btree (queue) WHERE (ended_at IS NULL);

CREATE INDEX callback_fact_promised ON public.callback_fact USING btree (promised_until);

CREATE INDEX caller_digits ON public.caller USING gin (number public.gin_trgm_ops);

CREATE INDEX caller_edit_name ON public.caller_edit USING gin (name public.gin_trgm_ops);

CREATE INDEX caller_name ON public.caller USING gin (name public.gin_trgm_ops);

CREATE INDEX caller_seen ON public.caller USING btree (seen_at);

CREATE INDEX delivery_next ON public.delivery USING btree (subscription, next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX delivery_sent ON public.delivery USING btree (subscription, sent_at) WHERE (sent_at IS NOT NULL);

CREATE INDEX delivery_seq ON public.delivery USING btree (seq);

CREATE INDEX delivery_unsent ON public.delivery USING btree (subscription, tried_at) WHERE (sent_at IS NULL);

CREATE INDEX disposition_code ON public.disposition USING btree (code, at);

CREATE INDEX disposition_code_agent ON public.disposition USING btree (code, agent);

CREATE INDEX disposition_code_queue ON public.disposition USING btree (code, queue);

CREATE INDEX flow_version_version ON public.flow_version USING btree (version);

CREATE INDEX gave_up_caller ON public.gave_up USING btree (caller_key, entered_at);

CREATE INDEX gave_up_entered ON public.gave_up USING btree (entered_at);

CREATE INDEX handover_at ON public.handover USING btree (at);

CREATE INDEX handover_to_number ON public.handover USING btree (to_number) WHERE (to_number IS NOT NULL);

CREATE INDEX legal_hold_of ON public.legal_hold USING btree (kind, of) WHERE (released_at IS NULL);

CREATE INDEX limit_crossing_at ON public.limit_crossing USING btree (crossed_at);

CREATE INDEX limit_crossing_lasts ON public.limit_crossing USING btree (queue) WHERE (over_at IS NULL);

CREATE INDEX listening_open ON public.listening USING btree (call_id) WHERE (ended_at IS NULL);

CREATE INDEX listening_started ON public.listening USING btree (started_at);

CREATE INDEX menu_15m_bucket ON public.menu_15m USING btree (bucket);

CREATE INDEX menu_node_15m_bucket ON public.menu_node_15m USING btree (bucket);

CREATE INDEX message_call ON public.message USING btree (call_id);

CREATE INDEX message_caller ON public.message USING btree (caller_key, left_at);

CREATE INDEX message_due ON public.message USING btree (due_at);

CREATE INDEX message_left ON public.message USING btree (left_at);

CREATE INDEX message_task_done ON public.message_task USING btree (done_at) WHERE (done_at IS NOT NULL);

CREATE INDEX message_task_open ON public.message_task USING btree (message_id) WHERE (done_at IS NULL);

CREATE INDEX offer_fact_agent ON public.offer_fact USING btree (agent, started_at);

CREATE INDEX offer_fact_visit ON public.offer_fact USING btree (visit_id);

CREATE INDEX outbox_written ON public.outbox USING btree (written_at);

CREATE INDEX outgoing_call_by ON public.outgoing_call USING btree (agent, dialed_at);

CREATE INDEX outgoing_call_caller ON public.outgoing_call USING btree (caller_key, dialed_at) WHERE (joined_at IS NOT NULL);

CREATE INDEX outgoing_call_dialed ON public.outgoing_call USING btree (dialed_at);

CREATE INDEX outgoing_call_for ON public.outgoing_call USING btree (for_call) WHERE (for_call IS NOT NULL);

CREATE INDEX outgoing_call_of ON public.outgoing_call USING btree (caller_key);

CREATE INDEX queue_node_15m_bucket ON public.queue_node_15m USING btree (bucket);

CREATE INDEX queue_visit_call ON public.queue_visit USING btree (call_id);

CREATE INDEX queue_visit_caller ON public.queue_visit USING btree (caller_key, entered_at);

CREATE INDEX queue_visit_entered ON public.queue_visit USING btree (queue, entered_at);

CREATE INDEX queue_visit_makes_up ON public.queue_visit USING btree (makes_up_for) WHERE (makes_up_for IS NOT NULL);

CREATE INDEX queue_visit_offered ON public.queue_visit USING btree (entered_at) WHERE ((kind = 'live'::text) AND ((offered_at IS NOT NULL) OR ((outcome)::text = 'callback_accepted'::text)));

CREATE INDEX queue_visit_open ON public.queue_visit USING btree (queue) WHERE (ended_at IS NULL);

CREATE INDEX queue_visit_owed ON public.queue_visit USING btree (caller_key) WHERE ((kind = 'callback'::text) AND (outcome IS NULL));

CREATE INDEX queue_visit_promised ON public.queue_visit USING btree (callback_id) WHERE (callback_id IS NOT NULL);

CREATE INDEX queue_visit_rare ON public.queue_visit USING btree (outcome, entered_at) WHERE ((outcome)::text <> ALL (ARRAY['answered'::text, 'abandoned_queue'::text, 'abandoned_ringing'::text, 'callback_accepted'::text, 'overflow'::text]));

CREATE INDEX queue_visit_time ON public.queue_visit USING btree (entered_at);

CREATE INDEX recording_absent ON public.recording USING btree (joined_at, recording_id) WHERE (state = 'absent'::text);

CREATE INDEX recording_agent_caller ON public.recording USING btree (agent, joined_at) INCLUDE (caller_key) WHERE (state <> 'absent'::text);

CREATE INDEX recording_call ON public.recording USING btree (call_id);

CREATE INDEX recording_caller ON public.recording USING btree (caller_key, joined_at) WHERE (state <> 'absent'::text);

CREATE INDEX recording_comment_of ON public.recording_comment USING btree (recording_id);

CREATE INDEX recording_day ON public.recording USING btree (call_day);

CREATE INDEX recording_joined ON public.recording USING btree (joined_at, recording_id) WHERE (state <> 'absent'::text);

CREATE INDEX recording_length ON public.recording USING btree (length_s) WHERE (state <> 'absent'::text);

CREATE INDEX recording_outcome ON public.recording USING btree (outcome, joined_at) WHERE (state <> 'absent'::text);

CREATE INDEX recording_play_of ON public.recording_play USING btree (recording_id);

CREATE INDEX recording_queue ON public.recording USING btree (queue, joined_at) WHERE (state <> 'absent'::text);

CREATE INDEX recording_removed_not ON public.recording_removed USING btree (noted_at) WHERE (removed_at IS NULL);

CREATE INDEX recording_visit ON public.recording USING btree (visit_id, agent);

CREATE INDEX retention_run_began ON public.retention_run USING btree (began_at);

CREATE INDEX session_expires ON public.session USING btree (expires_at);

CREATE INDEX talk_agent ON public.talk USING btree (agent, joined_at);

CREATE INDEX talk_held ON public.talk USING btree (joined_at) WHERE ((holds > 0) OR (left_at IS NULL));

CREATE INDEX talk_joined ON public.talk USING btree (joined_at);

CREATE INDEX talk_note_words ON public.talk_note USING gin (((to_tsvector('simple'::regconfig, note) || array_to_tsvector(ARRAY[('=a'::text || agent), ('=q'::text || queue)]))));

CREATE INDEX talk_quality_call ON public.talk_quality USING btree (call_id);

CREATE INDEX talk_quality_joined ON public.talk_quality USING btree (joined_at, agent);

CREATE INDEX told_1d_bucket ON public.told_1d USING btree (bucket);

CREATE INDEX trunk_call_at ON public.trunk_call USING btree (at, trunk);

ALTER INDEX public.call_event_at ATTACH PARTITION public.call_event_other_at_idx;

ALTER INDEX public.call_event_call ATTACH PARTITION public.call_event_other_call_id_idx;

ALTER INDEX public.call_event_pkey ATTACH PARTITION public.call_event_other_pkey;

CREATE TRIGGER audit_is_final BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER call_event_is_final BEFORE DELETE OR UPDATE ON public.call_event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER message_tasks AFTER INSERT ON public.message REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.message_tasks();

CREATE TRIGGER outbox_in_order BEFORE INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION public.one_writer();

CREATE TRIGGER people_delete AFTER DELETE ON public.call_fact REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_calls();

CREATE TRIGGER people_delete AFTER DELETE ON public.outgoing_call REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_outgoing();

CREATE TRIGGER people_delete AFTER DELETE ON public.queue_visit REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_visits();

CREATE TRIGGER people_insert AFTER INSERT ON public.call_fact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_calls();

CREATE TRIGGER people_insert AFTER INSERT ON public.outgoing_call REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_outgoing();

CREATE TRIGGER people_insert AFTER INSERT ON public.queue_visit REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_visits();

CREATE TRIGGER people_update AFTER UPDATE ON public.call_fact REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_calls();

CREATE TRIGGER people_update AFTER UPDATE ON public.outgoing_call REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_outgoing();

CREATE TRIGGER people_update AFTER UPDATE ON public.queue_visit REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_people_of_visits();

CREATE TRIGGER rollup_agents_delete AFTER DELETE ON public.agent_span REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_agents();

CREATE TRIGGER rollup_agents_insert AFTER INSERT ON public.agent_span REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_agents();

CREATE TRIGGER rollup_agents_update AFTER UPDATE ON public.agent_span REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_agents();

CREATE TRIGGER rollup_delete AFTER DELETE ON public.agent_span REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_staff();

CREATE TRIGGER rollup_delete AFTER DELETE ON public.call_fact REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_calls();

CREATE TRIGGER rollup_delete AFTER DELETE ON public.callback_fact REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_callbacks();

CREATE TRIGGER rollup_delete AFTER DELETE ON public.disposition REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_codes();

CREATE TRIGGER rollup_delete AFTER DELETE ON public.ewt_shadow REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_estimates();

CREATE TRIGGER rollup_delete AFTER DELETE ON public.handover REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_handovers();

CREATE TRIGGER rollup_delete AFTER DELETE ON public.queue_visit REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_visits();

CREATE TRIGGER rollup_delete AFTER DELETE ON public.talk REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_talks();

CREATE TRIGGER rollup_handled_delete AFTER DELETE ON public.agent_span REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_handled_spans();

CREATE TRIGGER rollup_handled_insert AFTER INSERT ON public.agent_span REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_handled_spans();

CREATE TRIGGER rollup_handled_update AFTER UPDATE ON public.agent_span REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_handled_spans();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.agent_span REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_staff();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.call_event REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_facts();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.call_fact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_calls();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.callback_fact REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_callbacks();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.disposition REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_codes();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.ewt_shadow REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_estimates();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.handover REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_handovers();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.queue_visit REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_visits();

CREATE TRIGGER rollup_insert AFTER INSERT ON public.talk REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_talks();

CREATE TRIGGER rollup_update AFTER UPDATE ON public.agent_span REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_staff();

CREATE TRIGGER rollup_update AFTER UPDATE ON public.call_fact REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_calls();

CREATE TRIGGER rollup_update AFTER UPDATE ON public.callback_fact REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_callbacks();

CREATE TRIGGER rollup_update AFTER UPDATE ON public.disposition REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_codes();

CREATE TRIGGER rollup_update AFTER UPDATE ON public.handover REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_handovers();

CREATE TRIGGER rollup_update AFTER UPDATE ON public.queue_visit REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_visits();

CREATE TRIGGER rollup_update AFTER UPDATE ON public.talk REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.mark_talks();

CREATE TRIGGER users_end_sessions BEFORE UPDATE ON public.users FOR EACH ROW WHEN (((old.role <> new.role) OR (old.password_hash <> new.password_hash) OR (old.disabled <> new.disabled))) EXECUTE FUNCTION public.end_sessions();

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_owner_fkey FOREIGN KEY (owner) REFERENCES public.users(name);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_seq_fkey FOREIGN KEY (seq) REFERENCES public.outbox(seq) ON DELETE CASCADE;

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_subscription_fkey FOREIGN KEY (subscription) REFERENCES public.subscription(id) ON DELETE CASCADE;
