-- Asking somebody during a talk: a call of the agent's own, about a caller's. It is
-- no talk, and one to a colleague is no call that leaves.

-- +goose Up
ALTER TABLE outgoing_call
    ADD for_call uuid,   -- the caller's call, in whose talk somebody is asked; NULL: it is about no talk
    ADD to_agent text,   -- the colleague who is asked; then there is no number
    ADD hold_s   float8, -- of talk_s: the consulted party heard music; from here on of asking only
    ADD all_s    float8, -- of talk_s: the caller talked with both
    ADD gap_s    float8; -- of talk_s: the agent's page was away
ALTER TABLE outgoing_call ALTER number DROP NOT NULL;
CREATE INDEX outgoing_call_for ON outgoing_call (for_call) WHERE for_call IS NOT NULL;
ALTER TABLE handover ADD ask_call uuid; -- in which the one who takes the caller was asked before

-- One row per call that an agent made and that left. It is in no other view but
-- report.consult: nobody waited, so it is no visit, no offered call and no callback.
-- The trunk and the number shown are those of the last attempt. for_call: the agent
-- asked somebody in it, during the talk of that call.
CREATE OR REPLACE VIEW report.outgoing AS
SELECT o.call_id, agent, number, caller_key, dialed_at, answered_at, joined_at, ended_at, o.how, why, talk_s, talk_ended_by, t.trunk, t.ours AS shown, o.for_call
FROM outgoing_call o
LEFT JOIN LATERAL (SELECT u.trunk, u.ours FROM trunk_call u WHERE u.call_id = o.call_id AND u.direction = 'out' ORDER BY u.seq DESC LIMIT 1) t ON true
WHERE o.to_agent IS NULL;

-- One row per time that an agent asked a colleague or a number during a talk. how:
-- handed, the consulted party has taken the caller; back, they have talked, and the agent
-- went on with the caller; over, they have talked until the talk with the caller was
-- over, or longer; else why they have not talked, as in report.outgoing. NULL while it
-- goes on. Of talk_s, in hold_s the consulted party heard music, and in all_s all three
-- talked.
CREATE VIEW report.consult AS
SELECT o.call_id, o.for_call, o.dialed_at AS at, o.agent, t.queue, o.to_agent, o.number AS to_number, o.answered_at, o.joined_at, o.ended_at,
       CASE WHEN o.joined_at IS NULL OR o.how = 'handed' OR o.how IS NULL THEN o.how WHEN t.left_at <= o.ended_at THEN 'over' ELSE 'back' END AS how, o.why,
       extract(epoch FROM coalesce(o.answered_at, o.ended_at) - o.dialed_at)::float8 AS ring_s, o.talk_s, o.hold_s, o.all_s, o.gap_s
FROM outgoing_call o
LEFT JOIN LATERAL (SELECT k.queue, k.left_at FROM talk k WHERE k.call_id = o.for_call AND k.agent = o.agent AND k.joined_at <= o.dialed_at
                   ORDER BY k.seq DESC LIMIT 1) t ON true
WHERE o.for_call IS NOT NULL;

-- One row per hand-over. how: answered, by another agent; returned, to the one
-- who gave the caller away; abandoned; back_in_line, the number outside was not
-- reached; transferred_out; failed, by us; else the outcome of the visit that
-- followed. NULL while it is not known. wait_s is from the hand-over until then.
-- warm: who takes the caller was asked before, in ask_call.
CREATE OR REPLACE VIEW report.handover AS
SELECT call_id, at, by_agent AS by, queue, to_queue, to_agent, to_number, nth, how, agent, why, ended_at,
       extract(epoch FROM ended_at - at)::float8 AS wait_s, ask_call IS NOT NULL AS warm, ask_call
FROM handover;

-- +goose Down
DROP VIEW report.consult, report.outgoing, report.handover;
CREATE VIEW report.outgoing AS
SELECT o.call_id, agent, number, caller_key, dialed_at, answered_at, joined_at, ended_at, o.how, why, talk_s, talk_ended_by, t.trunk, t.ours AS shown
FROM outgoing_call o
LEFT JOIN LATERAL (SELECT u.trunk, u.ours FROM trunk_call u WHERE u.call_id = o.call_id AND u.direction = 'out' ORDER BY u.seq DESC LIMIT 1) t ON true;
CREATE VIEW report.handover AS
SELECT call_id, at, by_agent AS by, queue, to_queue, to_agent, to_number, nth, how, agent, why, ended_at,
       extract(epoch FROM ended_at - at)::float8 AS wait_s
FROM handover;
ALTER TABLE handover DROP ask_call;
DROP INDEX outgoing_call_for;
UPDATE outgoing_call SET number = '' WHERE number IS NULL;
ALTER TABLE outgoing_call ALTER number SET NOT NULL;
ALTER TABLE outgoing_call DROP for_call, DROP to_agent, DROP hold_s, DROP all_s, DROP gap_s;
