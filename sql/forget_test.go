package sql_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"presszero/call"
	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

// aPerson is known in every way that a caller can be.
const (
	aPerson = "+493055501234"
	herName = "Wilhelmina Quux"
)

// knownPerson adds to a day a person with two calls, a callback that was made, a message, a
// complaint, a call of an agent's to her, notes and a name.
func knownPerson(t *testing.T, f fixture) {
	t.Helper()
	first := from(8001, at(10), aPerson, herName).after(1).
		say(call.MessageLeft{Node: "box", Record: "m8001", Seconds: 9, Owner: "support", Due: at(60)}).after(1).enter("support").after(20)
	book := first.promise(1, 600)
	first.end(call.ToCallback, call.SideCaller)
	book.dial(1, "zoe").reached(1, "person").after(1).talk("zoe", 30).over("completed")
	second := from(8002, at(50), aPerson, herName).enter("billing").after(5)
	second.list[len(second.list)-1].Fact = func() call.Fact {
		e := second.list[len(second.list)-1].Fact.(call.QueueEntered)
		e.Name, e.Note, e.By = herName, herName+" asks about 030 555-01234", "zoe"
		return e
	}()
	second.offer("zoe", 2, "accepted").talk("zoe", 60).end(call.Answered, call.SideCaller)
	own := &story{id: newID(8003), day: call.DayOf(at(70)), now: at(70)}
	own.say(call.OutgoingDialed{Agent: "zoe", Number: aPerson, Dial: "d8003"}).after(10).say(call.OutgoingEnded{Agent: "zoe", How: "no_answer"})
	shifted := &story{id: newID(1_008_004), day: call.DayOf(at(51)), now: at(51)}
	shifted.say(call.AgentChanged{Agent: "zoe", Presence: call.Available, State: call.Idle}).say(call.TalkDisposed{Call: second.id, Visit: second.visit(), Agent: "zoe", Queue: "billing", Code: "price", Note: 20}).
		say(call.ComplaintTaken{Complaint: sql.ComplaintID(second.visit(), "zoe"), Call: second.id, Visit: second.visit(), Agent: "zoe", Queue: "billing", Owner: "support", From: aPerson, Due: at(90), Note: 9}).
		after(600).say(call.AgentChanged{Agent: "zoe", Presence: call.SignedOut, State: call.Idle})
	// Where no index leads: she is called, and written of, in the call of another; her own call
	// under a number within a text; one whose number has become its key.
	other := from(8005, at(52), "+4930999000", "").enter("billing").after(5).offer("zoe", 2, "accepted").join("zoe").after(9).
		hand(call.BridgeHanded{Number: aPerson}, call.BridgeLeft{Agent: "zoe", Talked: 9}).outside("0049 30 555-01234").after(5).outsideOver("busy").
		stand("billing", "returned", "zoe", "she has 030 555-01234").after(1)
	other.end(call.AbandonedQueue, call.SideCaller)
	odd := from(8006, at(53), "tel:+49-30-555-01234", "").enter("billing").after(5)
	odd.end(call.AbandonedQueue, call.SideCaller)
	keyed := from(8007, at(54), "~"+sql.CallerKey(sqltest.CallerKey, aPerson), "").enter("billing").after(5)
	keyed.end(call.AbandonedQueue, call.SideCaller)
	ship(t, f, first, book, second, own, shifted, other, odd, keyed)
	key := sql.CallerKey(sqltest.CallerKey, aPerson)
	for _, err := range []error{
		f.Note(soon(t), second.visit(), "zoe", "support", herName+" wants a refund"),
		f.WriteComplaint(soon(t), sql.ComplaintID(second.visit(), "zoe"), herName+" was rude", "zoe"),
		f.WriteCallbackNote(soon(t), string(book.id), "say hello to "+herName, "zoe"),
		f.NoteCaller(soon(t), aPerson, herName+" Jr", "VIP, number "+aPerson, "zoe"),
		f.Audit(soon(t), "zoe", "lost.callback", map[string]any{"key": key, "number": aPerson, "name": herName}),
		f.Publish(soon(t), report.Notice{ID: "n1", Type: "message.left", Queue: "support", At: at(10), Data: []byte(`{"number": "` + aPerson + `"}`)}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	f.raw.MustExec(`INSERT INTO recording (recording_id, call_id, call_day, seq, agent, caller_key, joined_at, left_at, started_at, stopped_at, length_s, state, alone)
		VALUES ('old', $1, '2025-01-01', 1, 'zoe', $2, '2025-01-01 09:00', '2025-01-01 09:00:09', '2025-01-01 09:00', '2025-01-01 09:00:09', 9, 'kept', true)`,
		string(newID(8008)), key) // the facts of its call were dropped
	f.raw.MustExec(`INSERT INTO call_event_rejected (entry, reason) VALUES ($1, 'no reason')`,
		fmt.Sprintf(`{"call":"%s","kind":"x","data":{"from":"%s","name":"%s"}}`, first.id, aPerson, herName))
}

// herNumber is how her number is written.
var herNumber = sql.Writing{Pattern: herPattern, Whole: []string{"+493055501234", "03055501234"}, Digits: []string{"3055501234"}}

const herPattern = `(?<![0-9A-Za-z])(\+49|0049|49|0)?[-() ./]{0,3}3[-() ./]{0,2}0[-() ./]{0,2}5[-() ./]{0,2}5[-() ./]{0,2}5[-() ./]{0,2}0[-() ./]{0,2}1[-() ./]{0,2}2[-() ./]{0,2}3[-() ./]{0,2}4(?![0-9A-Za-z])`

// TestForgottenPersonIsNowhere: a person of a random day is forgotten. No byte of the number,
// in any writing, nor of the name is left in the database; the reports of the day are as
// before, the books are sound, and she is still known to have called three times.
func TestForgottenPersonIsNowhere(t *testing.T) {
	t.Parallel()
	f := aSoundDay(t, 42, 12)
	knownPerson(t, f)
	f.raw.MustExec(`DELETE FROM call_event_rejected WHERE entry NOT LIKE '%x%'`)
	f.drain(t)
	day := []report.Period{during(at(-12*60), at(36*60))}
	before, sound := f.tells(t, day), examined(t, f)
	if len(sound.Flaws) != 1 { // of what was refused
		t.Fatalf("%d flaws in the books before: %+v", len(sound.Flaws), sound.Flaws)
	}
	if k, err := f.FindPerson(soon(t), herNumber); err != nil || k.Calls != 3 || k.Callbacks != 1 || k.Outgoing != 1 || len(k.Messages) != 2 || len(k.Names) != 2 {
		t.Fatalf("of the person is known %+v, %v", k, err)
	}
	standIn := func(number string) (string, error) {
		return map[bool]string{true: "~q3k9x2m", false: "~2222222"}[number == aPerson], nil
	}
	read, pieces := int64(0), 0
	traces, err := f.Trace(soon(t), herNumber, sql.Tracing{Ahead: 9000, Progress: func(to, of int64) { // some tables before, some in the transaction
		if pieces++; to > of || to < read && to > of/2 {
			t.Errorf("%d of %d bytes are read", to, of)
		}
		read = to
	}})
	if err != nil || pieces < 5 {
		t.Fatalf("traces, in %d pieces: %v", pieces, err)
	}
	forgotten, err := f.Forget(soon(t), sql.Person{Writing: herNumber, StandIn: standIn}, traces, "admin", "she has asked for it")
	if err != nil {
		t.Fatal(err)
	}
	if forgotten.Calls != 4 || forgotten.Numbers["tel:+49-30-555-01234"] != "~2222222" || forgotten.Numbers[aPerson] != "~q3k9x2m" || len(forgotten.Names) != 2 || forgotten.Facts < 6 {
		t.Errorf("forgotten is %+v", forgotten)
	}
	dump, err := exec.Command(filepath.Join(sqltest.Bin(t), "pg_dump"), "--data-only", f.url).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range []string{"55501234", "555-01234", "Quux", "refund", "rude", "hello", sql.CallerKey(sqltest.CallerKey, aPerson)} {
		if i := bytes.Index(dump, []byte(trace)); i >= 0 {
			t.Errorf("%q is still in the database: …%s…", trace, dump[max(0, i-200):min(len(dump), i+100)])
		}
	}
	if x := examined(t, f); len(x.Flaws) != 1 {
		t.Errorf("%d flaws in the books after: %+v", len(x.Flaws), x.Flaws)
	}
	same := func(when string) {
		t.Helper()
		for i, told := range f.tells(t, day) {
			if told != before[i] {
				t.Errorf("%s the report has\n%s\nand had\n%s", when, told, before[i])
			}
		}
	}
	same("with stale rollups")
	f.drain(t)
	same("with fresh rollups")
	if n := f.one(t, `SELECT count(*)::text FROM call_fact WHERE caller_key = $1`, sql.CallerKey(sqltest.CallerKey, "~q3k9x2m")); n != "3" {
		t.Errorf("the stand-in has called %s times", n)
	}
	if who := f.one(t, `SELECT who || ': ' || detail::text FROM audit WHERE what = 'person.forget'`); !strings.Contains(who, `admin: {"why": "she has asked for it"`) {
		t.Errorf("the audit says %s", who)
	}
}

// TestForgetWaits: nobody is forgotten who waits to be called, since the promise would be
// called at a stand-in.
func TestForgetWaits(t *testing.T) {
	t.Parallel()
	f := setup(t)
	s := arrive(1, at(1), aPerson).enter("support").after(9)
	book := s.promise(1, 600)
	ship(t, f, s, book)
	traces, err := f.Trace(soon(t), herNumber, sql.Tracing{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Forget(soon(t), sql.Person{Writing: herNumber, StandIn: func(string) (string, error) { return "~q3k9x2m", nil }}, traces, "admin", "")
	if err == nil || !strings.Contains(err.Error(), sql.ErrOpen.Error()) {
		t.Fatalf("forgetting says %v", err)
	}
	if _, err := f.raw.Exec(`UPDATE call_event SET data = '{}'`); err == nil {
		t.Fatal("a fact was changed without forgetting anybody")
	}
}
