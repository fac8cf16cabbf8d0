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
	facts := []call.Fact{call.OutgoingDialed{Agent: "ann", Number: "+34911234567", Dial: call.DialID(newID(n), 1)}}
	how := []string{"busy", "given_up"}[r.IntN(2)]
	if r.IntN(2) == 0 {
		facts, how = append(facts, call.OutgoingAnswered{Agent: "ann"}), "abandoned"
		if r.IntN(3) > 0 {
			facts, how = append(facts, call.OutgoingJoined{Agent: "ann", Leg: "leg"}), "talked"
		}
	}
	switch r.IntN(6) {
	case 0: // goes on
	case 1:
		facts = append(facts, call.CallEnded{Outcome: call.SystemFailure, Side: call.SideSystem})
	default:
		end := call.OutgoingEnded{Agent: "ann", How: how, Side: call.SideCaller}
		if how == "talked" {
			end.Talked = 10
		}
		facts = append(facts, end)
	}
	var list []call.Entry
	for i, f := range facts {
		list = append(list, call.Entry{Call: newID(n), Day: call.DayOf(at), Seq: i + 1, At: at.Add(time.Duration(i) * time.Second), Fact: f})
	}
	return list
}

// outgoingAddsUp: every call that an agent made has one row, with its end, and
// counts nowhere else.
func outgoingAddsUp(t *testing.T, rt *rapid.T, f fixture) {
	for what, query := range map[string]string{
		"calls without a row, or rows without a call": `SELECT count(*)::text FROM report.outgoing o
			FULL JOIN (SELECT * FROM call_event WHERE type = 'outgoing.dialed') e USING (call_id)
			WHERE e.call_id IS NULL OR o.dialed_at IS DISTINCT FROM e.at OR o.agent <> 'ann'`,
		"ends": `SELECT count(*)::text FROM report.outgoing o
			LEFT JOIN (SELECT * FROM call_event WHERE type IN ('outgoing.ended', 'call.ended')) e USING (call_id)
			WHERE o.ended_at IS DISTINCT FROM e.at OR (o.how = 'talked') <> (o.talk_s > 0) OR o.how = 'talked' AND o.joined_at IS NULL`,
		"counted as a visit, a call or a callback": `SELECT count(*)::text FROM report.outgoing o
			WHERE EXISTS (SELECT FROM report.visit v WHERE v.call_id = o.call_id) OR EXISTS (SELECT FROM report.call c WHERE c.call_id = o.call_id)
			   OR EXISTS (SELECT FROM report.callback c WHERE c.callback_id = o.call_id)`,
	} {
		if bad := f.one(t, query); bad != "0" {
			rt.Fatalf("%s: %s", what, bad)
		}
	}
}
