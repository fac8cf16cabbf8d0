package sql_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
)

// ownCall is a call that an agent makes, up to any point.
func ownCall(r *rand.Rand, n int, at time.Time) []call.Entry {
	agent, talked := agentsOf(n)[0], 0.0
	facts := []call.Fact{call.OutgoingDialed{Agent: agent, Number: "+34911234567", Dial: call.DialID(newID(n), 1)}}
	how := []string{"busy", "given_up"}[r.IntN(2)]
	if r.IntN(2) == 0 {
		facts = append(facts, call.TrunkUsed{Dial: call.DialID(newID(n), 1), Trunk: "flex", Shown: "+3491", How: "trunk", SIP: 503})
	}
	facts = append(facts, call.TrunkUsed{Dial: call.DialID(newID(n), 1), Trunk: "gate", Shown: "+3492", How: "answered"})
	if r.IntN(2) == 0 {
		facts, how = append(facts, call.OutgoingAnswered{Agent: agent}), "abandoned"
		if r.IntN(3) > 0 {
			facts, how = append(facts, call.OutgoingJoined{Agent: agent, Leg: "leg"}), "talked"
		}
	}
	switch r.IntN(6) {
	case 0: // goes on
	case 1:
		facts = append(facts, call.CallEnded{Outcome: call.SystemFailure, Side: call.SideSystem})
	default:
		end := call.OutgoingEnded{Agent: agent, How: how, Side: call.SideCaller}
		if how == "talked" {
			talked = 10
			end.Talked, end.Held, end.Holds, end.Longest, end.OnHold = talked, 3, 2, 2, r.IntN(2) == 0
		}
		facts = append(facts, end)
	}
	s := &story{id: newID(n), day: call.DayOf(at), now: at}
	for i, f := range facts {
		if i == len(facts)-1 {
			s.after(talked)
		}
		s.say(f)
		if talked == 0 {
			s.after(1)
		}
	}
	return s.list
}

// outgoingAddsUp: every call that an agent made has one row, with its end, and
// counts nowhere else.
func outgoingAddsUp(t *testing.T, rt *rapid.T, f fixture) {
	for what, query := range map[string]string{
		"calls without a row, or rows without a call": `SELECT count(*)::text FROM report.outgoing o
			FULL JOIN (SELECT * FROM call_event WHERE type = 'outgoing.dialed' AND data->>'number' <> '') e USING (call_id)
			WHERE e.call_id IS NULL OR o.dialed_at IS DISTINCT FROM e.at OR o.for_call IS NULL AND o.agent NOT LIKE 'ann%'`,
		"ends": `SELECT count(*)::text FROM report.outgoing o
			LEFT JOIN (SELECT * FROM call_event WHERE type IN ('outgoing.ended', 'call.ended')) e USING (call_id)
			WHERE o.ended_at IS DISTINCT FROM e.at OR o.how = 'talked' AND o.joined_at IS NULL
			   OR CASE WHEN o.for_call IS NULL THEN (o.how = 'talked') <> (o.talk_s > 0) ELSE o.talk_s > 0 AND o.joined_at IS NULL END`, // the consulted party may be gone in the same moment, or be handed the caller
		"the trunk that had the call last": `SELECT count(*)::text FROM report.outgoing WHERE (for_call IS NULL OR joined_at IS NOT NULL) AND (trunk IS DISTINCT FROM 'gate' OR shown IS DISTINCT FROM '+3492')`,
		"attempts over trunks": `SELECT count(*)::text FROM (SELECT sum(calls_out) AS n, sum(answered) AS good, sum(not_carried) AS bad, sum(calls_in) AS came FROM report.trunk) r,
			(SELECT count(*) AS n, count(*) FILTER (WHERE data->>'how' = 'answered') AS good FROM call_event WHERE type = 'trunk.used') e,
			(SELECT count(*) AS came FROM call_event WHERE type = 'call.started' AND data->>'trunk' <> '') i
			WHERE (coalesce(r.n, 0), coalesce(r.good, 0), coalesce(r.bad, 0), coalesce(r.came, 0)) <> (e.n, e.good, e.n - e.good, i.came)`,
		"counted as a visit, a call or a callback": `SELECT count(*)::text FROM report.outgoing o
			WHERE EXISTS (SELECT FROM report.visit v WHERE v.call_id = o.call_id) OR EXISTS (SELECT FROM report.call c WHERE c.call_id = o.call_id)
			   OR EXISTS (SELECT FROM report.callback c WHERE c.callback_id = o.call_id)`,
	} {
		if bad := f.one(t, query); bad != "0" {
			rt.Fatalf("%s: %s", what, bad)
		}
	}
}
