package sql_test

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

// wrote begins a shift in which an agent wrote these facts.
func wrote(n int, t time.Time, facts ...call.Fact) *story {
	s := (&story{id: newID(n), day: call.DayOf(t), now: t}).say(call.AgentChanged{Agent: "ann", Presence: call.Away, State: call.Idle})
	for _, f := range facts {
		s.say(f).after(1)
	}
	return s
}

// TestCard: what an agent sees of a caller is of this caller, of today, and the last
// contacts with what was written about them.
func TestCard(t *testing.T) {
	t.Parallel()
	f := setup(t)
	today := time.Now().UTC().Truncate(time.Hour).Add(-time.Hour)
	var stories []*story
	for i := range 6 { // last week, one a day
		stories = append(stories, from(1+i, today.AddDate(0, 0, i-7), "+34910000001", "Ana").enter([]string{"support", "billing"}[i%2]).after(10).
			offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller))
	}
	gaveUp := from(10, today, "+34 910 000 001", "Ana").enter("support").told(60, 90, 120).after(75).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	now := from(11, today.Add(10*time.Minute), "+34910000001", "Ana").say(call.InputTaken{Node: "order", Count: 6}).enter("support").after(20)
	waits := from(12, today.Add(5*time.Minute), "+34910000001", "Ana").enter("support").after(5)
	promised := waits.promise(1, 600)
	box := from(13, today.Add(6*time.Minute), "+34910000001", "Ana").say(call.MessageLeft{Node: "box", Record: "r1", Seconds: 12.5, Owner: "support", Due: today.Add(time.Hour)})
	other := from(14, today, "+34910000002", "Bea").enter("support").after(200).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	visit := call.VisitID(newID(6), 1)
	ship(t, f, append(stories, gaveUp, now, waits, promised, box, other,
		wrote(20, today.Add(time.Minute),
			call.TalkDisposed{Call: newID(6), Visit: visit, Agent: "ann", Queue: "billing", Code: "refund", Note: 9},
			call.TalkDisposed{Call: newID(6), Visit: visit, Agent: "ann", Queue: "billing", Code: "order", Note: 5},
			call.ComplaintTaken{Complaint: sql.ComplaintID(visit, "ann"), Call: newID(6), Visit: visit, Agent: "ann", Queue: "billing", Owner: "quality", From: "+34910000001", Due: today.Add(24 * time.Hour), Note: 4}))...)
	if err := errors.Join(f.Note(soon(t), visit, "ann", "support", "first"), f.Note(soon(t), visit, "ann", "support", "sent again"), f.WriteComplaint(soon(t), sql.ComplaintID(visit, "ann"), "Rude!", "ann")); err != nil {
		t.Fatal(err)
	}

	ask := report.CardQuery{Number: "0034910000001", Call: string(newID(11)), Visit: call.VisitID(newID(11), 1), Today: today}
	c, known, err := f.Card(soon(t), ask)
	if err != nil || !known {
		t.Fatal(known, err)
	}
	if c.Name != "Ana" || !c.Typed || c.CallsToday != 4 || len(c.Tries) != 3 || c.WaitedToday < 75+20 {
		t.Errorf("the card is %+v", c)
	}
	if first := c.Tries[2]; first.Outcome != "abandoned_queue" || first.WaitS != 75 || *first.ToldLow != 60 || *first.ToldHigh != 120 || c.Tries[0].ToldLow != nil {
		t.Errorf("today's tries are %+v", c.Tries)
	}
	if len(c.Contacts) != report.ContactsShown || c.Contacts[2].Code != "order" || c.Contacts[2].Note != "sent again" || c.Contacts[2].Agent != "ann" || c.Contacts[3].Code != "" {
		t.Errorf("the contacts are %+v", c.Contacts)
	}
	if slices.ContainsFunc(c.Contacts, func(x report.Contact) bool { return x.At.Equal(now.waiting) }) {
		t.Error("the present visit is among the contacts")
	}
	if c.Callback == nil || c.Callback.ID != string(promised.id) || c.Callback.Until == nil {
		t.Errorf("the open callback is %+v", c.Callback)
	}
	if len(c.Messages) != 2 || c.Messages[0].Kind != "complaint" || c.Messages[0].Queue != "quality" || c.Messages[1].Kind != "voice" || !c.Messages[1].DueAt.Equal(today.Add(time.Hour)) {
		t.Errorf("the open messages are %+v", c.Messages)
	}
	if said, err := f.Said(soon(t), visit, "ann"); err != nil || said != (sql.Said{Code: "order", Note: "sent again", Complaint: "Rude!"}) {
		t.Errorf("said is %+v, %v", said, err)
	}
	ask.Queues = []string{"billing"}
	if c, _, err := f.Card(soon(t), ask); err != nil || len(c.Contacts) != 3 || len(c.Messages) != 0 {
		t.Errorf("of other queues: %+v, %v", c, err)
	}
	for _, number := range []string{"anonymous", ""} {
		if _, known, err := f.Card(soon(t), report.CardQuery{Number: number, Today: today}); known || err != nil {
			t.Errorf("%q is known: %v", number, err)
		}
	}
	if c, known, err := f.Card(soon(t), report.CardQuery{Number: "+34910000009", Today: today}); err != nil || !known || len(c.Contacts) != 0 || c.Name != "" {
		t.Errorf("a new caller is %+v, %v, %v", c, known, err)
	}

	// The complaint is a task of its queue; what people wrote outlives a rebuild.
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	list, err := f.Messages(soon(t), false, []string{"quality"}, 10)
	if err != nil || len(list) != 1 || list[0].Kind != "complaint" || list[0].Text != "Rude!" || list[0].Agent != "ann" || list[0].Name != "Ana" || list[0].Call != string(newID(6)) {
		t.Errorf("the complaints are %+v, %v", list, err)
	}
	if x, err := f.Examine(soon(t)); err != nil || len(x.Flaws) > 0 {
		t.Errorf("the books: %+v, %v", x.Flaws, err)
	}
	if err := f.Note(soon(t), visit, "ann", "support", ""); err != nil {
		t.Fatal(err)
	}
	if said, err := f.Said(soon(t), visit, "ann"); err != nil || said.Note != "" || said.Code != "order" {
		t.Errorf("erased: %+v, %v", said, err)
	}
}

// TestNoteCaller: an agent corrects the name and the house's note, and nothing else.
func TestNoteCaller(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ship(t, f, from(1, noon, "+34910000001", "ANA G").say(call.LanguageChosen{Node: "lang", Language: "es", By: "key"}).after(3))
	if err := f.NoteCaller(soon(t), "0034910000001", "ANA G", "calls for her mother", "ann"); err != nil {
		t.Fatal(err)
	}
	if name := f.one(t, `SELECT name FROM caller_edit`); name != "" {
		t.Errorf("the claimed name is written down as %q", name)
	}
	ana, _, err := f.Recognise(soon(t), "+34910000001")
	if err != nil || ana.Note != "calls for her mother" || ana.Language != "es" {
		t.Fatalf("%+v, %v", ana, err)
	}
	if _, err := f.EditCaller(soon(t), ana.Key, report.CallerEdit{Name: "Ana", Language: "eu", VIP: true, Note: "old"}, nil, "sup"); err != nil {
		t.Fatal(err)
	}
	if err := f.NoteCaller(soon(t), "+34910000001", "Ana García", "new", "ann"); err != nil {
		t.Fatal(err)
	}
	if ana, _, err = f.Recognise(soon(t), "+34910000001"); err != nil || ana.Name != "Ana García" || ana.Note != "new" || ana.Language != "eu" || !ana.VIP {
		t.Errorf("%+v, %v", ana, err)
	}
	for _, number := range []string{"anonymous", "+34910000002"} {
		if err := f.NoteCaller(soon(t), number, "X", "", "ann"); !errors.Is(err, sql.ErrNoCaller) {
			t.Errorf("%q was noted: %v", number, err)
		}
	}
	if log, err := f.AuditLog(soon(t), report.ActFilter{Limit: 5}); err != nil || len(log) != 3 || log[0].Who != "ann" || log[0].What != "caller.edit" {
		t.Errorf("the audit is %+v, %v", log, err)
	}
}

// TestLastTalk: whose a call was, and until when, is in the books.
func TestLastTalk(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ship(t, f, from(1, at(0), "+34910000001", "Ana").enter("support").after(10).offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller),
		from(2, at(1), "+34910000002", "Bea").after(3))
	talk, err := f.LastTalk(soon(t), string(newID(1)))
	if err != nil || talk.Agent != "ann" || talk.Queue != "support" || talk.Visit != call.VisitID(newID(1), 1) || talk.Number != "+34910000001" ||
		talk.Over == nil || talk.Over.Sub(at(0)).Round(time.Second) != 44*time.Second {
		t.Errorf("%+v over %v, %v", talk, talk.Over, err)
	}
	if talk, err := f.LastTalk(soon(t), string(newID(2))); err != nil || talk.Visit != "" || talk.Number != "+34910000002" {
		t.Errorf("in the menus: %+v, %v", talk, err)
	}
	for _, id := range []string{string(newID(9)), "x", ""} {
		if _, err := f.LastTalk(soon(t), id); !errors.Is(err, sql.ErrNoCall) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// TestCodeCounts: codes are counted by the day and queue of the visit, and talks
// without one are told.
func TestCodeCounts(t *testing.T) {
	t.Parallel()
	f := setup(t)
	night := noon.Add(11*time.Hour + 30*time.Minute) // the next day in Madrid
	var stories []*story
	var facts []call.Fact
	for i, code := range []string{"order", "order", "refund", call.NoneGiven, "-"} {
		s := from(1+i, []time.Time{noon, night}[i%2], "+34910000001", "Ana").enter("support").after(1).offer("ann", 1, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller)
		stories = append(stories, s)
		if code != "-" {
			facts = append(facts, call.TalkDisposed{Call: s.id, Visit: call.VisitID(s.id, 1), Agent: "ann", Queue: "support", Code: code, Note: i % 2})
		}
	}
	lost := from(9, noon, "+34910000002", "Bea").enter("support").after(5).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller)
	ship(t, f, append(stories, lost, wrote(20, noon, facts...))...)
	rows, err := f.CodeCounts(soon(t), during(noon.Add(-time.Hour), night.Add(time.Hour)), "Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s %s %s %d %d %.2f", r.Day, r.Queue, r.Code, r.Talks, r.Notes, *r.Share))
	}
	next := string(call.DayOf(noon.Add(day)))
	want := []string{noonsDay + " support none 1 0 0.33", noonsDay + " support order 1 0 0.33", noonsDay + " support refund 1 0 0.33",
		next + " support none_given 1 1 0.50", next + " support order 1 1 0.50"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if n := f.one(t, `SELECT string_agg(code || ' ' || note_length, ', ' ORDER BY call_id) FROM report.disposition`); n != "order 0, order 1, refund 0, none_given 1" {
		t.Errorf("report.disposition has %s", n)
	}
}

var many = flag.Int("many", 20_000, "calls of BenchmarkCard's books")

// BenchmarkCard is what an agent's card costs among many calls: -many 1000000. The
// caller has called 2,000 times; the others once in ten calls each.
func BenchmarkCard(b *testing.B) {
	f := setup(b)
	key := sql.CallerKey(sqltest.CallerKey, "+34910000001")
	f.raw.MustExec(`INSERT INTO call_fact (call_id, call_day, caller_number, caller_key, again, started_at, ended_at, outcome)
		SELECT ('01890a5d-ac96-774b-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '`+noonsDay+`', '+34910000001',
		       CASE WHEN n % ($1 / 2000 + 1) = 0 THEN $2 ELSE md5((n / 10)::text) END, false, now() - n * interval '30 s', now() - n * interval '30 s', 'answered'
		FROM generate_series(1, $1) n`, *many, key)
	f.raw.MustExec(`INSERT INTO queue_visit (visit_id, call_id, call_day, queue, kind, entered_at, outcome, ended_at, queue_s, ring_s, agent, talk_s, caller_key)
		SELECT call_id || '.v1', call_id, call_day, 'support', 'live', started_at, 'answered', started_at, 20, 3, 'ann', 60, caller_key FROM call_fact`)
	f.raw.MustExec(`INSERT INTO disposition SELECT visit_id, agent, call_id, queue, 'order', 10, entered_at FROM queue_visit`)
	f.raw.MustExec(`INSERT INTO talk_note SELECT visit_id, agent, 'sent again' FROM queue_visit`)
	f.raw.MustExec(`INSERT INTO message SELECT visit_id, call_id, call_day, 'box', 'support', '+34910000001', caller_key, entered_at, entered_at, 5 FROM queue_visit WHERE call_id::text LIKE '%0'`)
	f.raw.MustExec(`INSERT INTO caller (caller_key, number, seen_at) SELECT caller_key, min(caller_number), max(started_at) FROM call_fact GROUP BY 1`)
	f.raw.MustExec(`ANALYZE`)
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		c, known, err := f.Card(b.Context(), report.CardQuery{Number: "+34910000001", Call: string(newID(1)), Visit: "x", Today: time.Now().Add(-24 * time.Hour)})
		if err != nil || !known || len(c.Contacts) != report.ContactsShown || len(c.Messages) == 0 {
			b.Fatal(c, known, err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	var calls int
	if err := f.raw.Get(&calls, `SELECT count(*) FROM call_fact`); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(calls), "calls")
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "ms/p95")
}
