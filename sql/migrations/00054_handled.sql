-- What the talks of a year add up to, by agent, queue and day of the house. See 00031 for how
-- rollups work. A bucket is a day of UTC, as everywhere; its rows are split where the house's
-- own day begins, so that a report by days needs no talk. Expand only.

-- +goose Up

-- The zone of those days: one row, which the controller keeps as the flow has it.
CREATE TABLE rollup_zone (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    zone text NOT NULL -- IANA name
);
INSERT INTO rollup_zone (zone) VALUES ('UTC');

-- Talks that began on a day; queue is empty for the agent's own calls. Seconds, and what
-- follows them, are of talks that have ended.
CREATE TABLE handled_1d (
    bucket         timestamptz NOT NULL,
    day            date NOT NULL, -- in the house's zone
    agent          text NOT NULL,
    queue          text NOT NULL,
    talks          int NOT NULL,
    open           int NOT NULL,
    handed         int NOT NULL,
    talk_s         float8 NOT NULL,
    hold_s         float8 NOT NULL,
    wrap_s         float8 NOT NULL, -- after-call work that has ended
    gap_s          float8 NOT NULL,
    held           int NOT NULL,
    holds          int NOT NULL,
    longest_hold_s float8 NOT NULL,
    left_by_caller int NOT NULL,
    left_by_agent  int NOT NULL,
    left_by_us     int NOT NULL,
    chose          int NOT NULL,
    PRIMARY KEY (bucket, day, agent, queue)
);

-- After-call work is that of the agent's last talk before it, at most a day before: talks and
-- work are put in order once. After hi only the work of each agent's last talk is read.
CREATE FUNCTION count_handled_in(lo timestamptz, hi timestamptz, house text) RETURNS SETOF handled_1d LANGUAGE sql STABLE AS $$
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

CREATE FUNCTION count_handled(lo timestamptz, hi timestamptz) RETURNS SETOF handled_1d LANGUAGE sql STABLE AS $$
    SELECT c.* FROM public.rollup_zone z CROSS JOIN LATERAL public.count_handled_in(lo, hi, z.zone) c
$$;

-- The parts of a stretch of time that are in the rollup, in days of a zone, and the rest, from
-- the talks. While the days are of another zone than is asked for, all is rest. Days whose talks
-- are gone stay as they were counted.
CREATE FUNCTION handled_during(lo timestamptz, hi timestamptz, house text) RETURNS SETOF handled_1d LANGUAGE sql STABLE AS $$
    SELECT t.* FROM public.handled_1d t WHERE t.bucket >= lo AND t.bucket <= hi - interval '1 day'
       AND NOT EXISTS (SELECT FROM public.rollup_stale s WHERE s.what = 'handled' AND s.bucket = t.bucket)
       AND t.bucket < (SELECT CASE zone WHEN house THEN 'infinity' ELSE public.rollups_kept_until() END FROM public.rollup_zone)
$$;

CREATE FUNCTION handled_besides(lo timestamptz, hi timestamptz, house text) RETURNS SETOF handled_1d LANGUAGE sql STABLE AS $$
    SELECT c.* FROM public.rollup_gaps('handled', interval '1 day', lo, hi) g CROSS JOIN LATERAL public.count_handled_in(g.gap_from, g.gap_until, house) c
    WHERE house = (SELECT zone FROM public.rollup_zone)
    UNION ALL
    SELECT c.* FROM generate_series(date_bin(interval '1 day', greatest(lo, public.rollups_kept_until()), timestamptz '2000-01-01 00:00+00'), hi, interval '1 day') b
        CROSS JOIN LATERAL public.count_handled_in(greatest(lo, b), least(hi, b + interval '1 day'), house) c
    WHERE house <> (SELECT zone FROM public.rollup_zone)
$$;

-- After-call work that goes on, of talks that began in a stretch of time.
CREATE FUNCTION work_going_on(lo timestamptz, hi timestamptz, house text) RETURNS TABLE (day date, agent text, queue text, wrap_s float8) LANGUAGE sql STABLE AS $$
    SELECT (t.joined_at AT TIME ZONE house)::date, s.agent, coalesce(t.queue, ''), extract(epoch FROM now() - s.from_at)::float8
    FROM public.agent_span s CROSS JOIN LATERAL (
        SELECT joined_at, left_at, queue FROM public.talk t WHERE t.agent = s.agent AND t.joined_at <= s.from_at AND t.joined_at > s.from_at - interval '1 day'
        ORDER BY joined_at DESC LIMIT 1) t
    WHERE s.state = 'wrap_up' AND s.until_at IS NULL AND t.left_at IS NOT NULL AND t.joined_at >= lo AND t.joined_at < hi
$$;

-- days_of_house says in which zone the house's days are from now on. The lock is that of
-- DB.Rollup: nothing is counted in the zone of before while it changes.
-- +goose StatementBegin
CREATE FUNCTION days_of_house(house text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF house = (SELECT zone FROM public.rollup_zone) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('presszero.rollup'));
    UPDATE public.rollup_zone SET zone = house;
    PERFORM public.mark_stale(array_agg('handled'::text), array_agg(bucket)) FROM (SELECT DISTINCT bucket FROM public.handled_1d) t;
END $$;
-- +goose StatementEnd

-- Marks.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION mark_talks() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- The day of the talk before one, if after-call work is there already that the later one takes
-- from it, or gives back.
CREATE FUNCTION days_before_talk(whose text, at timestamptz) RETURNS SETOF timestamptz LANGUAGE sql STABLE AS $$
    SELECT date_bin(interval '1 day', p.joined_at, timestamptz '2000-01-01 00:00+00')
    FROM (SELECT joined_at FROM public.talk WHERE agent = whose AND joined_at < at AND joined_at > at - interval '1 day' ORDER BY joined_at DESC LIMIT 1) p
    WHERE EXISTS (SELECT FROM public.agent_span WHERE agent = whose AND from_at >= at AND from_at < p.joined_at + interval '1 day' AND state = 'wrap_up')
$$;

CREATE FUNCTION mark_handled_spans() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION mark_handovers() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION mark_all_stale() RETURNS void LANGUAGE sql AS $$
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
-- +goose StatementEnd

CREATE TRIGGER rollup_handled_insert AFTER INSERT ON agent_span REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_handled_spans();
CREATE TRIGGER rollup_handled_delete AFTER DELETE ON agent_span REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_handled_spans();
CREATE TRIGGER rollup_handled_update AFTER UPDATE ON agent_span REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_handled_spans();
CREATE TRIGGER rollup_insert AFTER INSERT ON handover REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_handovers();
CREATE TRIGGER rollup_delete AFTER DELETE ON handover REFERENCING OLD TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_handovers();
CREATE TRIGGER rollup_update AFTER UPDATE ON handover REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION mark_handovers();

-- What is there already is stale in the new rollup, and only in this.
INSERT INTO rollup_stale (what, bucket)
SELECT 'handled', generate_series(date_bin(interval '1 day', lo, timestamptz '2000-01-01 00:00+00'), now() + interval '1 day', interval '1 day')
FROM (SELECT min(joined_at) AS lo FROM talk) t WHERE lo IS NOT NULL ON CONFLICT DO NOTHING;

-- +goose Down
