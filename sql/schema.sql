-- The whole schema, for reading. Made from migrations/ by: go test ./sql -run TestSchemaFileIsCurrent -update

SET check_function_bodies = false;

CREATE SCHEMA report;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

CREATE DOMAIN public.call_outcome AS text
	CONSTRAINT call_outcome_check CHECK ((VALUE = ANY (ARRAY['abandoned_ivr'::text, 'ivr_contained'::text, 'message_left'::text, 'refused'::text, 'answered'::text, 'abandoned_queue'::text, 'abandoned_ringing'::text, 'abandoned_at_answer'::text, 'callback_accepted'::text, 'exit_key'::text, 'overflow'::text, 'timeout_exit'::text, 'transferred_out'::text, 'no_agents'::text, 'closed'::text, 'withdrawn'::text, 'system_failure'::text])));

CREATE DOMAIN public.visit_outcome AS text
	CONSTRAINT visit_outcome_check CHECK ((VALUE = ANY (ARRAY['answered'::text, 'abandoned_queue'::text, 'abandoned_ringing'::text, 'abandoned_at_answer'::text, 'callback_accepted'::text, 'exit_key'::text, 'overflow'::text, 'timeout_exit'::text, 'transferred_out'::text, 'no_agents'::text, 'closed'::text, 'withdrawn'::text, 'system_failure'::text])));

CREATE FUNCTION public.caller_key(ipad bytea, opad bytea, claimed text) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT left(encode(sha256(opad || sha256(ipad || convert_to(caller_number(claimed), 'UTF8'))), 'hex'), 32)
$$;

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

CREATE FUNCTION public.end_sessions() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.session_epoch := OLD.session_epoch + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION public.one_writer() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7266, 32);
    RETURN NULL;
END $$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'facts are never changed; a correction is a new fact';
END $$;

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
    written_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
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
 SELECT v.queue,
    to_timestamp(((floor((EXTRACT(epoch FROM v.entered_at) / (900)::numeric)) * (900)::numeric))::double precision) AS bucket,
    count(*) FILTER (WHERE v.first) AS offered,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'answered'::text))) AS answered,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text ~~ 'abandoned%'::text))) AS abandoned,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'abandoned_queue'::text))) AS abandoned_queue,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'abandoned_ringing'::text))) AS abandoned_ringing,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'abandoned_at_answer'::text))) AS abandoned_at_answer,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'callback_accepted'::text))) AS callback_accepted,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'exit_key'::text))) AS exit_key,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'overflow'::text))) AS overflow,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'timeout_exit'::text))) AS timeout_exit,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'transferred_out'::text))) AS transferred_out,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'no_agents'::text))) AS no_agents,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'closed'::text))) AS closed,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'withdrawn'::text))) AS withdrawn,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'system_failure'::text))) AS system_failure,
    count(*) FILTER (WHERE (v.first AND (v.outcome IS NULL))) AS open,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = 'answered'::text) AND (v.queue_s <= (20)::double precision))) AS answered_20s,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text ~~ 'abandoned%'::text) AND (v.queue_s <= (5)::double precision))) AS abandoned_5s,
    COALESCE(sum(v.queue_s) FILTER (WHERE (v.first AND ((v.outcome)::text = 'answered'::text))), (0)::double precision) AS answered_wait_s,
    COALESCE(sum(v.queue_s) FILTER (WHERE (v.first AND ((v.outcome)::text ~~ 'abandoned%'::text))), (0)::double precision) AS abandoned_wait_s,
    max(v.queue_s) FILTER (WHERE (NOT v.estimated)) AS longest_wait_s,
    count(*) FILTER (WHERE (v.first AND (c.first_attempt_at <= c.promised_until))) AS callback_kept,
    count(*) FILTER (WHERE (v.first AND (c.how = 'completed'::text))) AS callback_completed,
    count(*) FILTER (WHERE (v.first AND (c.how = ANY (ARRAY['exhausted'::text, 'expired'::text, 'failed'::text])))) AS callback_missed,
    count(*) FILTER (WHERE (v.first AND (v.origin = 'overflow'::text))) AS flow_in,
    count(*) FILTER (WHERE (v.first AND ((v.outcome)::text = ANY (ARRAY['exit_key'::text, 'overflow'::text, 'transferred_out'::text])))) AS flow_out,
    count(*) FILTER (WHERE (v.first AND (((v.outcome)::text ~~ 'abandoned%'::text) OR ((v.outcome)::text = ANY (ARRAY['timeout_exit'::text, 'no_agents'::text, 'closed'::text, 'system_failure'::text]))))) AS not_served,
    count(*) FILTER (WHERE (NOT v.first)) AS after_talk,
    count(*) FILTER (WHERE ((NOT v.first) AND ((v.outcome)::text ~~ 'abandoned%'::text))) AS abandoned_after_talk
   FROM (( SELECT queue_visit.visit_id,
            queue_visit.call_id,
            queue_visit.call_day,
            queue_visit.queue,
            queue_visit.kind,
            queue_visit.origin,
            queue_visit.entered_at,
            queue_visit.order_key,
            queue_visit.position_at_entry,
            queue_visit.told_low_s,
            queue_visit.told_high_s,
            queue_visit.outcome,
            queue_visit.ended_at,
            queue_visit.queue_s,
            queue_visit.ring_s,
            queue_visit.agent,
            queue_visit.talk_s,
            queue_visit.talk_ended_by,
            queue_visit.caller_key,
            queue_visit.callback_id,
            queue_visit.told_at,
            queue_visit.told_p50_s,
            queue_visit.told_p90_s,
            queue_visit.first_at,
            queue_visit.estimated,
            queue_visit.after_talk,
            (NOT queue_visit.after_talk) AS first
           FROM public.queue_visit
          WHERE (queue_visit.kind = 'live'::text)) v
     LEFT JOIN public.callback_fact c USING (callback_id))
  GROUP BY v.queue, (to_timestamp(((floor((EXTRACT(epoch FROM v.entered_at) / (900)::numeric)) * (900)::numeric))::double precision));

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
    t.trunk,
    t.ours AS shown
   FROM (((public.callback_fact c
     CROSS JOIN LATERAL ( SELECT count(*) AS asked,
            (array_agg(q.visit_id ORDER BY q.ended_at, q.visit_id))[1] AS visit_id
           FROM public.queue_visit q
          WHERE (q.callback_id = c.callback_id)) f)
     CROSS JOIN LATERAL ( SELECT array_agg(q.visit_id ORDER BY q.entered_at, q.visit_id) AS visits
           FROM public.queue_visit q
          WHERE (q.call_id = c.callback_id)) v)
     LEFT JOIN LATERAL ( SELECT u.trunk,
            u.ours
           FROM public.trunk_call u
          WHERE ((u.call_id = c.callback_id) AND (u.direction = 'out'::text))
          ORDER BY u.seq DESC
         LIMIT 1) t ON (true));

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

CREATE VIEW report.refused AS
 SELECT to_timestamp(((floor((EXTRACT(epoch FROM call_fact.started_at) / (900)::numeric)) * (900)::numeric))::double precision) AS bucket,
    call_fact.dialed,
    call_fact.cause_text AS reason,
    count(*) AS calls,
    count(DISTINCT call_fact.caller_key) AS callers
   FROM public.call_fact
  WHERE ((call_fact.outcome)::text = 'refused'::text)
  GROUP BY (to_timestamp(((floor((EXTRACT(epoch FROM call_fact.started_at) / (900)::numeric)) * (900)::numeric))::double precision)), call_fact.dialed, call_fact.cause_text;

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

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_pkey PRIMARY KEY (subscription, seq);

ALTER TABLE ONLY public.demo
    ADD CONSTRAINT demo_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.disposition
    ADD CONSTRAINT disposition_pkey PRIMARY KEY (visit_id, agent);

ALTER TABLE ONLY public.ewt_shadow
    ADD CONSTRAINT ewt_shadow_pkey PRIMARY KEY (visit_id);

ALTER TABLE ONLY public.flow_version
    ADD CONSTRAINT flow_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_pkey PRIMARY KEY (call_id, seq);

ALTER TABLE ONLY public.journal_offset
    ADD CONSTRAINT journal_offset_pkey PRIMARY KEY (journal);

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

ALTER TABLE ONLY public.queue_visit
    ADD CONSTRAINT queue_visit_pkey PRIMARY KEY (visit_id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY public.subscription
    ADD CONSTRAINT subscription_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.talk_note
    ADD CONSTRAINT talk_note_pkey PRIMARY KEY (visit_id, agent);

ALTER TABLE ONLY public.talk
    ADD CONSTRAINT talk_pkey PRIMARY KEY (call_id, seq);

ALTER TABLE ONLY public.talk_quality
    ADD CONSTRAINT talk_quality_pkey PRIMARY KEY (shift_id, seq);

ALTER TABLE ONLY public.trunk_call
    ADD CONSTRAINT trunk_call_pkey PRIMARY KEY (call_id, seq);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (name);

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

CREATE INDEX callback_fact_open ON public.callback_fact USING btree (queue) WHERE (ended_at IS NULL);

CREATE INDEX callback_fact_promised ON public.callback_fact USING btree (promised_until);

CREATE INDEX caller_digits ON public.caller USING gin (number public.gin_trgm_ops);

CREATE INDEX caller_seen ON public.caller USING btree (seen_at);

CREATE INDEX delivery_next ON public.delivery USING btree (subscription, next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX delivery_sent ON public.delivery USING btree (subscription, sent_at) WHERE (sent_at IS NOT NULL);

CREATE INDEX delivery_seq ON public.delivery USING btree (seq);

CREATE INDEX delivery_unsent ON public.delivery USING btree (subscription, tried_at) WHERE (sent_at IS NULL);

CREATE INDEX flow_version_version ON public.flow_version USING btree (version);

CREATE INDEX handover_at ON public.handover USING btree (at);

CREATE INDEX limit_crossing_at ON public.limit_crossing USING btree (crossed_at);

CREATE INDEX limit_crossing_lasts ON public.limit_crossing USING btree (queue) WHERE (over_at IS NULL);

CREATE INDEX listening_open ON public.listening USING btree (call_id) WHERE (ended_at IS NULL);

CREATE INDEX listening_started ON public.listening USING btree (started_at);

CREATE INDEX message_call ON public.message USING btree (call_id);

CREATE INDEX message_caller ON public.message USING btree (caller_key, left_at);

CREATE INDEX message_due ON public.message USING btree (due_at);

CREATE INDEX message_left ON public.message USING btree (left_at);

CREATE INDEX offer_fact_agent ON public.offer_fact USING btree (agent, started_at);

CREATE INDEX offer_fact_visit ON public.offer_fact USING btree (visit_id);

CREATE INDEX outbox_written ON public.outbox USING btree (written_at);

CREATE INDEX outgoing_call_by ON public.outgoing_call USING btree (agent, dialed_at);

CREATE INDEX outgoing_call_caller ON public.outgoing_call USING btree (caller_key, dialed_at) WHERE (joined_at IS NOT NULL);

CREATE INDEX outgoing_call_dialed ON public.outgoing_call USING btree (dialed_at);

CREATE INDEX outgoing_call_for ON public.outgoing_call USING btree (for_call) WHERE (for_call IS NOT NULL);

CREATE INDEX queue_visit_call ON public.queue_visit USING btree (call_id);

CREATE INDEX queue_visit_caller ON public.queue_visit USING btree (caller_key, entered_at);

CREATE INDEX queue_visit_entered ON public.queue_visit USING btree (queue, entered_at);

CREATE INDEX queue_visit_makes_up ON public.queue_visit USING btree (makes_up_for) WHERE (makes_up_for IS NOT NULL);

CREATE INDEX queue_visit_open ON public.queue_visit USING btree (queue) WHERE (ended_at IS NULL);

CREATE INDEX queue_visit_owed ON public.queue_visit USING btree (caller_key) WHERE ((kind = 'callback'::text) AND (outcome IS NULL));

CREATE INDEX queue_visit_promised ON public.queue_visit USING btree (callback_id) WHERE (callback_id IS NOT NULL);

CREATE INDEX queue_visit_rare ON public.queue_visit USING btree (outcome, entered_at) WHERE ((outcome)::text <> ALL (ARRAY['answered'::text, 'abandoned_queue'::text, 'abandoned_ringing'::text, 'callback_accepted'::text, 'overflow'::text]));

CREATE INDEX queue_visit_time ON public.queue_visit USING btree (entered_at);

CREATE INDEX session_expires ON public.session USING btree (expires_at);

CREATE INDEX talk_agent ON public.talk USING btree (agent, joined_at);

CREATE INDEX talk_joined ON public.talk USING btree (joined_at);

CREATE INDEX talk_quality_call ON public.talk_quality USING btree (call_id);

CREATE INDEX talk_quality_joined ON public.talk_quality USING btree (joined_at, agent);

CREATE INDEX trunk_call_at ON public.trunk_call USING btree (at, trunk);

ALTER INDEX public.call_event_at ATTACH PARTITION public.call_event_other_at_idx;

ALTER INDEX public.call_event_call ATTACH PARTITION public.call_event_other_call_id_idx;

ALTER INDEX public.call_event_pkey ATTACH PARTITION public.call_event_other_pkey;

CREATE TRIGGER audit_is_final BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER call_event_is_final BEFORE DELETE OR UPDATE ON public.call_event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER outbox_in_order BEFORE INSERT ON public.outbox FOR EACH STATEMENT EXECUTE FUNCTION public.one_writer();

CREATE TRIGGER users_end_sessions BEFORE UPDATE ON public.users FOR EACH ROW WHEN (((old.role <> new.role) OR (old.password_hash <> new.password_hash) OR (old.disabled <> new.disabled))) EXECUTE FUNCTION public.end_sessions();

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_owner_fkey FOREIGN KEY (owner) REFERENCES public.users(name);

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_seq_fkey FOREIGN KEY (seq) REFERENCES public.outbox(seq) ON DELETE CASCADE;

ALTER TABLE ONLY public.delivery
    ADD CONSTRAINT delivery_subscription_fkey FOREIGN KEY (subscription) REFERENCES public.subscription(id) ON DELETE CASCADE;
