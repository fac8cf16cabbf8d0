-- Talks: who talked with whom, for how long, and how long the caller was on hold;
-- hand-overs, and what came of them; visits of callers who have talked already.

-- +goose Up
CREATE TABLE talk (
    call_id        uuid NOT NULL,          -- of the caller, the callback, or the call that the agent made
    seq            int NOT NULL,           -- of the fact with which the talk began
    call_day       date NOT NULL,
    visit_id       text,                   -- NULL: a call that the agent made
    queue          text,                   -- of the visit
    origin         text,                   -- of the visit; callback, outgoing
    agent          text NOT NULL,
    joined_at      timestamptz NOT NULL,   -- caller and agent heard each other
    left_at        timestamptz,
    talk_s         float8,                 -- from joining to the end, all that follows included
    hold_s         float8,                 -- of which on hold…
    holds          int,                    -- …so often…
    longest_hold_s float8,                 -- …at most so long
    on_hold        boolean,                -- it ended during a hold
    gap_s          float8,                 -- of which the agent's page was away
    side           text,                   -- who ended it: caller, agent, us, system
    why            text,
    -- Who gave up during a hold: caller, agent; us, where something of ours broke;
    -- chose: the caller, a callback or the line. One who was handed over or put back
    -- has not been left.
    left_on_hold   text GENERATED ALWAYS AS (CASE
        WHEN on_hold IS NOT TRUE OR why IN ('handed', 'put_back') THEN NULL
        WHEN why = 'caller_chose' THEN 'chose'
        WHEN why = 'agent_lost' OR side NOT IN ('caller', 'agent') THEN 'us'
        ELSE side END) STORED,
    PRIMARY KEY (call_id, seq),
    CHECK ((left_at IS NULL) = (talk_s IS NULL) AND (left_at IS NULL) = (on_hold IS NULL))
);
CREATE INDEX talk_joined ON talk (joined_at);
CREATE INDEX talk_agent ON talk (agent, joined_at); -- the next one: see wrap_s

CREATE TABLE handover (
    call_id   uuid NOT NULL,
    seq       int NOT NULL,
    call_day  date NOT NULL,
    talk_seq  int,                         -- of the talk that ended with it
    at        timestamptz NOT NULL,
    by_agent  text NOT NULL,
    queue     text,                        -- of the talk
    to_queue  text,
    to_agent  text,
    to_number text,                        -- E.164
    nth       int,                         -- of the call, from 1
    ended_at  timestamptz,                 -- it is known what came of it
    how       text,                        -- answered, returned, abandoned, back_in_line, transferred_out, failed; else the outcome of the visit
    agent     text,                        -- who answered
    why       text,
    PRIMARY KEY (call_id, seq),
    CHECK ((how IS NULL) = (ended_at IS NULL))
);
CREATE INDEX handover_at ON handover (at);

-- after_talk: the caller had talked with an agent of ours before, in the same
-- call: was handed over, put back, or the talk had broken off.
ALTER TABLE queue_visit ADD COLUMN after_talk boolean NOT NULL DEFAULT false;

-- What has been; holds and hand-overs have not.
INSERT INTO talk (call_id, seq, call_day, visit_id, queue, origin, agent, joined_at)
SELECT e.call_id, e.seq, e.call_day, e.visit_id, v.queue,
       CASE WHEN e.type = 'outgoing.joined' THEN 'outgoing' WHEN v.kind = 'callback' THEN 'callback' ELSE v.origin END, e.agent, e.at
FROM call_event e LEFT JOIN queue_visit v USING (visit_id)
WHERE e.type IN ('bridge.joined', 'outgoing.joined');
UPDATE talk t SET left_at = f.at, talk_s = coalesce((f.data ->> 'talk_s')::float8, extract(epoch FROM f.at - t.joined_at)),
                  hold_s = 0, holds = 0, longest_hold_s = 0, on_hold = false, gap_s = 0,
                  side = nullif(f.data ->> 'side', ''), why = coalesce(nullif(f.data ->> 'why', ''), nullif(f.data ->> 'text', ''))
FROM (SELECT DISTINCT ON (j.call_id, j.seq) j.seq AS joined, e.call_id, e.at, e.data
      FROM talk j JOIN call_event e ON e.call_day = j.call_day AND e.call_id = j.call_id AND e.seq > j.seq
      WHERE e.type IN ('outgoing.ended', 'callback.ended', 'call.ended') OR e.type = 'bridge.left' AND e.visit_id = j.visit_id AND e.agent = j.agent
      ORDER BY j.call_id, j.seq, e.seq) f
WHERE t.call_id = f.call_id AND t.seq = f.joined;
UPDATE queue_visit v SET after_talk = true
FROM call_event e
WHERE e.call_day = v.call_day AND e.call_id = v.call_id AND e.visit_id = v.visit_id AND e.type = 'queue.entered'
  AND EXISTS (SELECT FROM talk t WHERE t.call_id = e.call_id AND t.seq < e.seq);

-- One row per agent and caller who talked. Of talk_s, hold_s and gap_s are no
-- talking. wrap_s is the after-call work that followed, until the agent's next
-- talk.
CREATE VIEW report.talk AS
SELECT t.call_id, t.visit_id, t.queue, t.agent, t.joined_at, t.left_at, t.talk_s, t.hold_s, t.holds, t.longest_hold_s, t.gap_s,
       t.side, t.why, t.on_hold, h.to_queue AS handed_to_queue, h.to_agent AS handed_to_agent, h.to_number AS handed_to_number, t.origin, t.left_on_hold,
       CASE WHEN t.left_at IS NOT NULL THEN coalesce((
           SELECT sum(extract(epoch FROM coalesce(s.until_at, now()) - s.from_at)) FROM agent_span s
           WHERE s.agent = t.agent AND s.state = 'wrap_up' AND s.from_at >= t.joined_at
             AND s.from_at < coalesce((SELECT min(n.joined_at) FROM talk n WHERE n.agent = t.agent AND n.joined_at > t.joined_at), 'infinity')), 0)::float8 END AS wrap_s
FROM talk t LEFT JOIN handover h ON h.call_id = t.call_id AND h.talk_seq = t.seq;

-- One row per hand-over. how: answered, by another agent; returned, to the one
-- who gave the caller away; abandoned; back_in_line, the number outside was not
-- reached; transferred_out; failed, by us; else the outcome of the visit that
-- followed. NULL while it is not known. wait_s is from the hand-over until then.
CREATE VIEW report.handover AS
SELECT call_id, at, by_agent AS by, queue, to_queue, to_agent, to_number, nth, how, agent, why, ended_at,
       extract(epoch FROM ended_at - at)::float8 AS wait_s
FROM handover;

-- A new caller has neither flow_in nor after_talk. flow_in: was moved here from
-- another queue.
CREATE OR REPLACE VIEW report.visit AS
SELECT visit_id, call_id, queue, kind, entered_at, ended_at, outcome::text AS outcome, queue_s, ring_s, agent,
       caller_key, position_at_entry, told_low_s, told_high_s, told_at, callback_id, origin, order_key,
       coalesce(first_at, entered_at) AS first_entered_at, estimated,
       kind = 'live' AND NOT after_talk AND coalesce(origin = 'overflow', false) AS flow_in,
       after_talk
FROM queue_visit;

-- Callers who have talked already are no offered ones: they are in after_talk,
-- those of them who gave up in abandoned_after_talk, and in no other column but
-- the longest wait.
CREATE OR REPLACE VIEW report.abandonment AS
SELECT v.queue,
       to_timestamp(floor(extract(epoch FROM entered_at) / 900) * 900) AS bucket,
       count(*) FILTER (WHERE first) AS offered,
       count(*) FILTER (WHERE first AND outcome = 'answered') AS answered,
       count(*) FILTER (WHERE first AND outcome LIKE 'abandoned%') AS abandoned,
       count(*) FILTER (WHERE first AND outcome = 'abandoned_queue') AS abandoned_queue,
       count(*) FILTER (WHERE first AND outcome = 'abandoned_ringing') AS abandoned_ringing,
       count(*) FILTER (WHERE first AND outcome = 'abandoned_at_answer') AS abandoned_at_answer,
       count(*) FILTER (WHERE first AND outcome = 'callback_accepted') AS callback_accepted,
       count(*) FILTER (WHERE first AND outcome = 'exit_key') AS exit_key,
       count(*) FILTER (WHERE first AND outcome = 'overflow') AS overflow,
       count(*) FILTER (WHERE first AND outcome = 'timeout_exit') AS timeout_exit,
       count(*) FILTER (WHERE first AND outcome = 'transferred_out') AS transferred_out,
       count(*) FILTER (WHERE first AND outcome = 'no_agents') AS no_agents,
       count(*) FILTER (WHERE first AND outcome = 'closed') AS closed,
       count(*) FILTER (WHERE first AND outcome = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE first AND outcome = 'system_failure') AS system_failure,
       count(*) FILTER (WHERE first AND outcome IS NULL) AS open,
       count(*) FILTER (WHERE first AND outcome = 'answered' AND queue_s <= 20) AS answered_20s,
       count(*) FILTER (WHERE first AND outcome LIKE 'abandoned%' AND queue_s <= 5) AS abandoned_5s,
       coalesce(sum(queue_s) FILTER (WHERE first AND outcome = 'answered'), 0) AS answered_wait_s,
       coalesce(sum(queue_s) FILTER (WHERE first AND outcome LIKE 'abandoned%'), 0) AS abandoned_wait_s,
       max(queue_s) FILTER (WHERE NOT estimated) AS longest_wait_s,
       count(*) FILTER (WHERE first AND c.first_attempt_at <= c.promised_until) AS callback_kept,
       count(*) FILTER (WHERE first AND c.how = 'completed') AS callback_completed,
       count(*) FILTER (WHERE first AND c.how IN ('exhausted', 'expired', 'failed')) AS callback_missed,
       count(*) FILTER (WHERE first AND origin = 'overflow') AS flow_in,
       count(*) FILTER (WHERE first AND outcome IN ('exit_key', 'overflow', 'transferred_out')) AS flow_out,
       count(*) FILTER (WHERE first AND (outcome LIKE 'abandoned%' OR outcome IN ('timeout_exit', 'no_agents', 'closed', 'system_failure'))) AS not_served,
       count(*) FILTER (WHERE NOT first) AS after_talk,
       count(*) FILTER (WHERE NOT first AND outcome LIKE 'abandoned%') AS abandoned_after_talk
FROM (SELECT *, NOT after_talk AS first FROM queue_visit WHERE kind = 'live') v LEFT JOIN callback_fact c USING (callback_id)
GROUP BY 1, 2;

-- +goose Down
DROP VIEW report.talk, report.handover, report.abandonment, report.visit;
CREATE VIEW report.visit AS
SELECT visit_id, call_id, queue, kind, entered_at, ended_at, outcome::text AS outcome, queue_s, ring_s, agent,
       caller_key, position_at_entry, told_low_s, told_high_s, told_at, callback_id, origin, order_key,
       coalesce(first_at, entered_at) AS first_entered_at, estimated,
       kind = 'live' AND coalesce(origin IN ('overflow', 'returned'), false) AS flow_in
FROM queue_visit;

CREATE VIEW report.abandonment AS
SELECT v.queue,
       to_timestamp(floor(extract(epoch FROM entered_at) / 900) * 900) AS bucket,
       count(*) AS offered,
       count(*) FILTER (WHERE outcome = 'answered') AS answered,
       count(*) FILTER (WHERE outcome LIKE 'abandoned%') AS abandoned,
       count(*) FILTER (WHERE outcome = 'abandoned_queue') AS abandoned_queue,
       count(*) FILTER (WHERE outcome = 'abandoned_ringing') AS abandoned_ringing,
       count(*) FILTER (WHERE outcome = 'abandoned_at_answer') AS abandoned_at_answer,
       count(*) FILTER (WHERE outcome = 'callback_accepted') AS callback_accepted,
       count(*) FILTER (WHERE outcome = 'exit_key') AS exit_key,
       count(*) FILTER (WHERE outcome = 'overflow') AS overflow,
       count(*) FILTER (WHERE outcome = 'timeout_exit') AS timeout_exit,
       count(*) FILTER (WHERE outcome = 'transferred_out') AS transferred_out,
       count(*) FILTER (WHERE outcome = 'no_agents') AS no_agents,
       count(*) FILTER (WHERE outcome = 'closed') AS closed,
       count(*) FILTER (WHERE outcome = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE outcome = 'system_failure') AS system_failure,
       count(*) FILTER (WHERE outcome IS NULL) AS open,
       count(*) FILTER (WHERE outcome = 'answered' AND queue_s <= 20) AS answered_20s,
       count(*) FILTER (WHERE outcome LIKE 'abandoned%' AND queue_s <= 5) AS abandoned_5s,
       coalesce(sum(queue_s) FILTER (WHERE outcome = 'answered'), 0) AS answered_wait_s,
       coalesce(sum(queue_s) FILTER (WHERE outcome LIKE 'abandoned%'), 0) AS abandoned_wait_s,
       max(queue_s) FILTER (WHERE NOT estimated) AS longest_wait_s,
       count(*) FILTER (WHERE c.first_attempt_at <= c.promised_until) AS callback_kept,
       count(*) FILTER (WHERE c.how = 'completed') AS callback_completed,
       count(*) FILTER (WHERE c.how IN ('exhausted', 'expired', 'failed')) AS callback_missed,
       count(*) FILTER (WHERE origin IN ('overflow', 'returned')) AS flow_in,
       count(*) FILTER (WHERE outcome IN ('exit_key', 'overflow', 'transferred_out')) AS flow_out,
       count(*) FILTER (WHERE outcome LIKE 'abandoned%' OR outcome IN ('timeout_exit', 'no_agents', 'closed', 'system_failure')) AS not_served
FROM queue_visit v LEFT JOIN callback_fact c USING (callback_id)
WHERE v.kind = 'live'
GROUP BY 1, 2;

ALTER TABLE queue_visit DROP after_talk;
DROP TABLE handover, talk;
