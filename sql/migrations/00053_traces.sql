-- A person is found by indexes. What no index reaches is read before the person is forgotten,
-- in pieces, and forget_traces changes what was found, in one short transaction.

-- +goose Up
CREATE INDEX callback_fact_of ON callback_fact (caller_key);
CREATE INDEX outgoing_call_of ON outgoing_call (caller_key);
CREATE INDEX handover_to_number ON handover (to_number) WHERE to_number IS NOT NULL;

-- Every table in whose text a number may stand: tables of later versions too. A flow names the
-- numbers of the house, and who signs in is none of its callers.
CREATE VIEW number_place AS
SELECT c.oid::regclass AS tab, coalesce(i.inhparent::regclass, c.oid::regclass) AS part_of, pg_table_size(c.oid) AS bytes,
       array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.atttypid IN ('text'::regtype, 'jsonb'::regtype) AND a.attgenerated = '' AND a.attname NOT IN ('visit_id', 'agent', 'queue', 'type')) AS texts,
       array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attnum = ANY (k.indkey)) AS key,
       array_agg(a.attname::text) FILTER (WHERE a.atttypid = 'jsonb'::regtype) AS jsons,
       bool_or(a.attname = 'call_id') AS of_call, bool_or(a.attname = 'caller_key') AS of_caller
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index k ON k.indrelid = c.oid AND k.indisprimary
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND (NOT c.relispartition OR i.inhparent = 'call_event'::regclass)
  AND c.relname NOT IN ('flow_version', 'users', 'session', 'api_token', 'wall', 'subscription', 'legal_hold') AND c.relname !~ '^goose|_(15m|1d)$|^rollup_'
GROUP BY c.oid, i.inhparent HAVING bool_or(a.atttypid IN ('text'::regtype, 'jsonb'::regtype) AND a.attgenerated = '' AND a.attname NOT IN ('visit_id', 'agent', 'queue', 'type'));

-- As forget_person of 00042, but nothing is read in whole: traces has the primary keys of the
-- rows in which the number is, or the key, by table; and facts of since and later are looked
-- at as well. numbers may also be keys that stand in the place of one: ~ and the key.
-- +goose StatementBegin
CREATE FUNCTION forget_traces(pattern text, numbers text[], stand_ins text[], keys text[], new_keys text[], since timestamptz, traces jsonb, who text, why text,
                              OUT calls int, OUT facts int, OUT names text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION forget_traces;
DROP VIEW number_place;
DROP INDEX handover_to_number, outgoing_call_of, callback_fact_of;
