package sql_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/sql"
)

// aSoundDay ships a random day of so many calls, and a call of each kind that
// damages need.
func aSoundDay(t *testing.T, seed uint64, calls int) fixture {
	f, j := setup(t), openJournal(t)
	s, stop := shipping(t, f.DB, j)
	j.Append(anyDay(seed, calls))
	asked := arrive(9005, at(5), "9005").enter("support").after(2).offer("xia", 1, "accepted").join("xia").after(20).
		ask("xia", "wim", "", call.BridgeLeft{}).after(3).join().after(9).turn(call.WithAll).after(30).end("talked", call.SideCaller)
	for _, c := range []*story{
		asked.caller, asked.book, // still talks
		arrive(9001, at(1), "9001").enter("support").after(10).offer("zoe", 4, "accepted").talk("zoe", 30).end(call.Answered, call.SideCaller),
		arrive(9002, at(2), "9002").enter("support").after(9).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		arrive(9003, at(3), "9003").enter("support"), // still waits
		arrive(9004, at(4), "9004").enter("support").after(2).offer("yve", 1, "accepted").join("yve").after(20).
			hand(call.BridgeHanded{Queue: "billing"}, call.BridgeLeft{Agent: "yve", Talked: 20}).stand("billing", "transfer", "yve", "").
			after(9).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
	} {
		j.Append(c.list)
	}
	arrived(t, s, j)
	stop()
	return f
}

func examined(t *testing.T, f fixture) sql.Examination {
	t.Helper()
	x, err := f.Examine(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestExamineASoundDay: whatever happens on a day, with calls that are up,
// callbacks that are open, and facts that come in pieces, the books are sound.
func TestExamineASoundDay(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		f := aSoundDay(t, 20+seed, 60)
		x := examined(t, f)
		if len(x.Flaws) != 0 || x.More != 0 {
			t.Fatalf("day %d: %d flaws in sound books: %+v", seed, len(x.Flaws), x.Flaws)
		}
		if x.Calls < 63 || x.Up == 0 || x.Facts < x.Calls || x.Visits == 0 || x.Until.Before(noon) {
			t.Errorf("day %d: the books are %+v", seed, x)
		}
		before := f.tables(t)
		examined(t, f)
		if f.tables(t) != before {
			t.Error("looking into the books has changed them")
		}
	}
	if x := examined(t, setup(t)); len(x.Flaws) != 0 || !x.Until.IsZero() {
		t.Errorf("empty books are %+v", x)
	}
}

// TestExamineTheFirstMinute: an agent has signed in, and nobody has called yet.
func TestExamineTheFirstMinute(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	for _, e := range anyDay(31, 100) {
		if _, ok := e.Fact.(call.AgentChanged); ok {
			j.Append([]call.Entry{e})
			break
		}
	}
	arrived(t, s, j)
	if x := examined(t, f); len(x.Flaws) != 0 || x.Facts != 1 {
		t.Fatalf("the books are %+v", x)
	}
}

// TestExamineWhileFactsArrive: a snapshot is sound at any moment.
func TestExamineWhileFactsArrive(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	facts := anyDay(31, 100)
	joined := 0
	for i, e := range facts {
		j.Append([]call.Entry{e})
		between := false // the step has joined the caller with an agent; that she left the queue is still to come
		if _, ok := e.Fact.(call.BridgeJoined); ok && joined < 2 {
			joined++
			between = true
			arrived(t, s, j)
		}
		if between || i%(len(facts)/4) == 50 {
			if x := examined(t, f); len(x.Flaws) != 0 {
				t.Fatalf("while facts arrive: %+v", x.Flaws)
			}
		}
	}
	arrived(t, s, j)
	if x := examined(t, f); len(x.Flaws) != 0 || x.Facts != len(facts) {
		t.Fatalf("afterwards: %+v", x)
	}
}

// TestExamineFindsDamage: each kind of damage is found, in the table where it
// is, and with the call where it has one.
func TestExamineFindsDamage(t *testing.T) {
	t.Parallel()
	answered, gaveUp, waits, handed := string(newID(9001)), string(newID(9002)), string(newID(9003)), string(newID(9004))
	asked := string(call.CallbackID(newID(9005), 100))
	const unlocked = `SET session_replication_role = replica; ` // a superuser who gets past the trigger
	f := aSoundDay(t, 40, 15)
	f.raw.SetMaxOpenConns(1)
	f.raw.MustExec(`CREATE TABLE whole AS SELECT * FROM call_event`)
	ours := func(id string) string { return fmt.Sprintf(" WHERE call_id = '%s'", id) }
	// copied copies a fact, with another number or day.
	copied := func(id, what, seq, day string) string {
		return unlocked + fmt.Sprintf(`INSERT INTO call_event (call_day, call_id, seq, at, type, visit_id, agent, queue, data)
			SELECT %s, call_id, %s, at, type, visit_id, agent, queue, data FROM call_event WHERE call_id = '%s' AND type = '%s'`, day, seq, id, what)
	}
	for _, c := range []struct{ name, damage, table, call string }{
		{"a fact in the middle is deleted", unlocked + `DELETE FROM call_event` + ours(answered) + ` AND type = 'offer.started'`, "call_event", answered},
		{"the first fact is deleted", unlocked + `DELETE FROM call_event` + ours(answered) + ` AND seq = 1`, "call_event", answered},
		{"the last fact is deleted", unlocked + `DELETE FROM call_event` + ours(answered) + ` AND type = 'call.ended'`, "call_fact", answered},
		{"all facts of a call are deleted", unlocked + `DELETE FROM call_event` + ours(gaveUp), "queue_visit", gaveUp},
		{"an outcome in a fact is changed", unlocked + `UPDATE call_event SET data = jsonb_set(data, '{outcome}', '"answered"')` + ours(gaveUp) + ` AND type = 'queue.left'`, "queue_visit", gaveUp},
		{"an outcome in a fact and in its row is changed", unlocked + `UPDATE call_event SET data = jsonb_set(data, '{outcome}', '"answered"')` + ours(gaveUp) + ` AND type IN ('queue.left', 'call.ended');
			UPDATE queue_visit SET outcome = 'answered'` + ours(gaveUp) + `; UPDATE call_fact SET outcome = 'answered'` + ours(gaveUp), "call_event", gaveUp},
		{"a wait in a fact and in its row is changed", unlocked + `UPDATE call_event SET data = jsonb_set(data, '{queue_s}', '1')` + ours(answered) + ` AND type = 'queue.left';
			UPDATE queue_visit SET queue_s = 1` + ours(answered), "call_event", answered},
		{"the time of a fact is changed", unlocked + `UPDATE call_event SET at = at + interval '1 hour'` + ours(answered) + ` AND type = 'call.ended'`, "call_fact", answered},
		{"a fact is there twice, after the end", copied(answered, "queue.left", "(SELECT max(seq) + 1 FROM call_event"+ours(answered)+")", "call_day"), "call_event", answered},
		{"a fact is there twice, of a call that is up", copied(waits, "queue.entered", "seq + 1", "call_day"), "call_event", waits},
		{"a key is there twice, of a call that is up", copied(waits, "ivr.zero", "(SELECT max(seq) + 1 FROM call_event"+ours(waits)+")", "call_day"), "call_event", waits},
		{"a fact is there under another day", copied(answered, "call.ended", "seq", "call_day + 1"), "call_event", answered},
		{"a call's day is changed", unlocked + `UPDATE call_event SET call_day = call_day - 1` + ours(answered), "call_fact", answered},
		{"a row of a visit is deleted", `DELETE FROM queue_visit` + ours(gaveUp), "queue_visit", gaveUp},
		{"an outcome in the row of a visit is changed", `UPDATE queue_visit SET outcome = 'answered'` + ours(gaveUp), "queue_visit", gaveUp},
		{"an end is taken out of the row of a visit", `UPDATE queue_visit SET outcome = NULL, ended_at = NULL` + ours(gaveUp), "queue_visit", gaveUp},
		{"a visit waited longer than it did", `UPDATE queue_visit SET queue_s = queue_s + 0.001` + ours(gaveUp), "queue_visit", gaveUp},
		{"a visit is there twice", `CREATE TEMP TABLE twin AS SELECT * FROM queue_visit` + ours(gaveUp) + `; UPDATE twin SET visit_id = 'copy'; INSERT INTO queue_visit SELECT * FROM twin`, "queue_visit", gaveUp},
		{"a row of a call is deleted", `DELETE FROM call_fact` + ours(gaveUp), "call_fact", gaveUp},
		{"the number of a call is changed", `UPDATE call_fact SET caller_number = '0'` + ours(gaveUp), "call_fact", gaveUp},
		{"a call that is up is ended", `UPDATE call_fact SET ended_at = now(), outcome = 'answered'` + ours(waits), "call_fact", waits},
		{"an offer is another agent's", `UPDATE offer_fact SET agent = 'bob'` + ours(answered), "offer_fact", answered},
		{"a row of an offer is deleted", `DELETE FROM offer_fact` + ours(answered), "offer_fact", answered},
		{"an agent's state is changed", `UPDATE agent_span SET state = 'idle' WHERE state = 'talking'`, "agent_span", ""},
		{"a callback is deleted", `DELETE FROM callback_fact`, "callback_fact", ""},
		{"callbacks are all kept", `UPDATE callback_fact SET how = 'completed', ended_at = now() WHERE how IS DISTINCT FROM 'completed'`, "callback_fact", ""},
		{"an attempt is deleted", `DELETE FROM callback_attempt`, "callback_attempt", ""},
		{"an estimate is changed", `UPDATE ewt_shadow SET qlm_s = qlm_s + 1`, "ewt_shadow", ""},
		{"a message is deleted", `DELETE FROM message`, "message", ""},
		{"an agent's own call is changed", `UPDATE outgoing_call SET how = 'talked', ended_at = now() WHERE how IS DISTINCT FROM 'talked'`, "outgoing_call", ""},
		{"all three talked for longer", `UPDATE outgoing_call SET all_s = all_s + 1` + ours(asked), "outgoing_call", asked},
		{"a colleague was asked about another call", `UPDATE outgoing_call SET for_call = '` + gaveUp + `'` + ours(asked), "outgoing_call", asked},
		{"a report leaves asking out", `ALTER VIEW report.consult RENAME TO all_asking; CREATE VIEW report.consult AS SELECT * FROM report.all_asking WHERE agent <> 'xia'`, "report.consult", ""},
		{"a talk is deleted", `DELETE FROM talk` + ours(answered), "talk", answered},
		{"a talk has a longer hold", `UPDATE talk SET hold_s = 7` + ours(answered), "talk", answered},
		{"a hand-over is another agent's", `UPDATE handover SET by_agent = 'zoe'` + ours(handed), "handover", handed},
		{"a caller who was handed over is offered anew", `UPDATE queue_visit SET after_talk = false` + ours(handed), "queue_visit", handed},
		{"a report leaves a talk out", `ALTER VIEW report.talk RENAME TO all_talks; CREATE VIEW report.talk AS SELECT * FROM report.all_talks WHERE agent <> 'yve'`, "report.talk", ""},
		{"a caller is another", `UPDATE caller SET number = '0' WHERE number = '9001'`, "caller", ""},
		{"a fact was refused", `INSERT INTO call_event_rejected (entry, reason) VALUES ('{"call":"` + gaveUp + `"}', 'no')`, "call_event_rejected", gaveUp},
		{"a report leaves a queue out", `ALTER VIEW report.abandonment RENAME TO complete; CREATE VIEW report.abandonment AS SELECT * FROM report.complete WHERE queue <> 'support'`, "report.abandonment", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f.raw.MustExec(c.damage)
			x := examined(t, f)
			f.raw.MustExec(`SET session_replication_role = replica; DELETE FROM call_event; INSERT INTO call_event SELECT * FROM whole;
				SET session_replication_role = origin; DELETE FROM call_event_rejected; DROP TABLE IF EXISTS twin`)
			if err := f.Rebuild(soon(t)); err != nil {
				t.Fatal(err)
			}
			for _, flaw := range x.Flaws {
				if flaw.Table == c.table && (c.call == "" || flaw.Call == c.call) {
					if flaw.Text == "" || !strings.Contains(flaw.Text, c.table) || !strings.Contains(flaw.Text, c.call) || !strings.HasSuffix(flaw.Text, ".") {
						t.Errorf("the sentence %q does not name table and call", flaw.Text)
					}
					return
				}
			}
			t.Errorf("not found; what was found: %+v", x.Flaws)
		})
	}
	f.raw.MustExec(`DROP VIEW report.abandonment; ALTER VIEW report.complete RENAME TO abandonment;
		DROP VIEW report.consult; ALTER VIEW report.all_asking RENAME TO consult;
		DROP VIEW report.talk; ALTER VIEW report.all_talks RENAME TO talk`)
	if x := examined(t, f); len(x.Flaws) != 0 {
		t.Errorf("after every damage is mended: %+v", x.Flaws)
	}
}

// TestExamineWaitsForItsConnection: on a busy machine Postgres may need seconds to begin a
// connection; what takes as long as it takes waits for it.
func TestExamineWaitsForItsConnection(t *testing.T) {
	t.Parallel()
	db, freeze := openSilent(t)
	thaw := freeze()
	defer thaw()
	time.AfterFunc(4*time.Second, thaw) // others give a connection 3 s
	if _, err := db.Examine(soon(t)); err != nil {
		t.Error(err)
	}
}
