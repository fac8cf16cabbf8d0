-- Forgetting a person, and what is kept for how long. Facts stay append-only but for
-- forget_person, which puts a stand-in in the place of a number: the same in every fact and
-- every table, so that what the facts amount to, and all counts, stay as they are.

-- +goose Up
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('presszero.forgets', true) = 'person'
       AND to_jsonb(NEW) - 'data' - 'detail' = to_jsonb(OLD) - 'data' - 'detail' THEN
        RETURN NEW; -- forget_person
    ELSIF TG_OP = 'DELETE' AND current_setting('presszero.forgets', true) = 'time' THEN
        RETURN OLD; -- DB.DropFacts
    END IF;
    RAISE EXCEPTION 'facts are never changed; a correction is a new fact';
END $$;
-- +goose StatementEnd

-- What a text is without a person: the person's numbers (and keys) as a whole are replaced by
-- their stand-ins, other writings of them by the first one, and names by nothing. Ids and
-- times are left alone: their digits are no number.
-- +goose StatementBegin
CREATE FUNCTION forget_text(was text, pattern text, whole text[], stand_ins text[], names text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN was ~ '^[0-9a-f]{8}-[0-9a-f]{4}-' OR was ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]' THEN was
        WHEN was = ANY (names) THEN ''
        ELSE coalesce((SELECT s FROM unnest(whole, stand_ins) AS m (w, s) WHERE w IN (was, public.caller_number(was)) LIMIT 1),
                      regexp_replace(was, pattern, stand_ins[1], 'g'))
    END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION forget_json(was jsonb, pattern text, whole text[], stand_ins text[], names text[]) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN CASE jsonb_typeof(was)
        WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(key, public.forget_json(value, pattern, whole, stand_ins, names)), '{}') FROM jsonb_each(was))
        WHEN 'array' THEN (SELECT coalesce(jsonb_agg(public.forget_json(value, pattern, whole, stand_ins, names) ORDER BY n), '[]') FROM jsonb_array_elements(was) WITH ORDINALITY AS e (value, n))
        WHEN 'string' THEN to_jsonb(public.forget_text(was #>> '{}', pattern, whole, stand_ins, names))
        ELSE was
    END;
END $$;
-- +goose StatementEnd

-- Forgets the callers numbers, as caller_number writes them, whose keys are keys, and what
-- pattern matches: other writings of them within a text. In their place come stand_ins and
-- new_keys. Whoever calls it has seen to it that no call or callback of theirs is open. It
-- writes the act to the audit, and returns the names that were known.
-- +goose StatementBegin
CREATE FUNCTION forget_person(pattern text, numbers text[], stand_ins text[], keys text[], new_keys text[], who text, why text,
                              OUT calls int, OUT facts int, OUT names text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
END $$;
-- +goose StatementEnd

-- What may not be removed before somebody has released it, neither by age nor for a person:
-- of a caller, of a queue, or one message or recording.
CREATE TABLE legal_hold (
    hold_id     text PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('caller', 'queue', 'message', 'recording')),
    of          text NOT NULL,  -- the caller's key, the queue's name, or the id
    reason      text NOT NULL,
    held_by     text NOT NULL,
    held_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    until_at    timestamptz,             -- NULL: until it is released
    review_at   timestamptz NOT NULL,    -- somebody looks by then whether it is still needed
    released_at timestamptz,
    released_by text
);
CREATE INDEX legal_hold_of ON legal_hold (kind, of) WHERE released_at IS NULL;

CREATE VIEW hold_now AS
SELECT * FROM legal_hold WHERE released_at IS NULL AND (until_at IS NULL OR until_at > now());

-- The books of calls, callbacks and outgoing calls that are on hold.
CREATE VIEW held_book AS
SELECT f.call_id, f.call_day, h.hold_id FROM hold_now h JOIN call_fact f ON h.kind = 'caller' AND f.caller_key = h.of
UNION SELECT b.callback_id, b.call_day, h.hold_id FROM hold_now h JOIN callback_fact b ON h.kind = 'caller' AND b.caller_key = h.of
UNION SELECT o.call_id, o.call_day, h.hold_id FROM hold_now h JOIN outgoing_call o ON h.kind = 'caller' AND o.caller_key = h.of
UNION SELECT v.call_id, v.call_day, h.hold_id FROM hold_now h JOIN queue_visit v ON h.kind = 'queue' AND v.queue = h.of;

-- Recordings that were removed, by age or for a person: noted first, so that a crash in
-- between removes nothing that is not noted, and the rest is done again.
CREATE TABLE recording_removed (
    recording_id text PRIMARY KEY,
    why          text NOT NULL,            -- age, person
    noted_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    removed_at   timestamptz               -- NULL: not yet
);
CREATE INDEX recording_removed_not ON recording_removed (noted_at) WHERE removed_at IS NULL;

-- The nights in which what was kept long enough was removed.
CREATE TABLE retention_run (
    run_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    removed  jsonb NOT NULL, -- as report.Removed
    error    text
);
CREATE INDEX retention_run_began ON retention_run (began_at);

-- The key of a caller whose number has been replaced by its key: '~' and the key itself.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION caller_key(ipad bytea, opad bytea, claimed text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN claimed ~ '^~[0-9a-f]{32}$' THEN substr(claimed, 2)
                ELSE left(encode(sha256(opad || sha256(ipad || convert_to(caller_number(claimed), 'UTF8'))), 'hex'), 32) END
$$;
-- +goose StatementEnd

-- Replaces the numbers in the facts and rows of calls of the days from since until before by
-- the keys of their callers, and leaves out names and notes. So callers are still counted,
-- and known again with the house's secret alone. among are the queues whose calls it is about,
-- NULL: all; later those whose calls have time yet. It returns how many facts it has changed.
-- +goose StatementBegin
CREATE FUNCTION pseudonymise(ipad bytea, opad bytea, withheld text, since date, before date, among text[], later text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION pseudonymise, forget_person, forget_json, forget_text;
DROP VIEW held_book, hold_now;
DROP TABLE retention_run, recording_removed, legal_hold;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION caller_key(ipad bytea, opad bytea, claimed text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(encode(sha256(opad || sha256(ipad || convert_to(caller_number(claimed), 'UTF8'))), 'hex'), 32)
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts are never changed; a correction is a new fact';
END $$;
-- +goose StatementEnd
