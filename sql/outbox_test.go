package sql_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
)

// TestNoticesOfFacts: what leaves the page is written with the facts, once, also when
// the facts are sent again; rebuilding tells nobody anything anew.
func TestNoticesOfFacts(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	for id, of := range map[string]string{"all": `'{call.ended,queue.left,message.left}', '{}'`, "support": `'{message.left,call.ended}', '{support}'`} {
		f.exec(t, `INSERT INTO subscription (id, kind, address, types, queues, owner) VALUES ('`+id+`', 'mail', 'x@y.example', `+of+`, 'ann')`)
	}
	f.exec(t, `INSERT INTO subscription (id, kind, address, types, owner, disabled_at) VALUES ('off', 'mail', 'x@y.example', '{call.ended}', 'ann', now())`)
	s, stop := shipping(t, f.DB, j)
	talk := arrive(1, noon, "+49 30 123456").after(2).enter("billing").after(5).offer("bob", 2, "accepted").talk("bob", 60).end(call.Answered, call.SideCaller)
	box := arrive(2, noon, "+49 30 123456").say(call.MessageLeft{Node: "box", Record: "r1", Seconds: 12.5, Owner: "support", Due: noon.Add(time.Hour)})
	j.Append(talk.list)
	j.Append(box.list)
	arrived(t, s, j)
	list, err := f.Notices(soon(t), 0, nil, nil, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range list {
		data := map[string]any{}
		if err := json.Unmarshal(n.Data, &data); err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(n.Type, " ", n.Queue, " ", data["call"] == string(talk.id), " ", data["outcome"], data["agent"], data["message"]))
		if strings.Contains(string(n.Data), "30") && strings.Contains(string(n.Data), "123456") {
			t.Errorf("the notice tells the caller's number: %s", n.Data)
		}
	}
	slices.Sort(got) // the two calls may have come in two batches
	want := []string{"call.ended billing true answeredbob<nil>", "message.left support false <nil> <nil>r1", "queue.left billing true answeredbob<nil>"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("notices\n %q, want\n %q", got, want)
	}
	const sendings = `SELECT string_agg(d.subscription || ' ' || o.type, ', ' ORDER BY d.subscription, o.type) FROM delivery d JOIN outbox o USING (seq)`
	const to = "all call.ended, all message.left, all queue.left, support message.left"
	if got := f.one(t, sendings); got != to {
		t.Errorf("deliveries %q, want %q", got, to)
	}
	stop()
	// A standby without the last commits gets all facts again.
	f.exec(t, `DELETE FROM journal_offset; ALTER TABLE call_event DISABLE TRIGGER USER; DELETE FROM call_event; ALTER TABLE call_event ENABLE TRIGGER USER`)
	again, stop := shipping(t, f.DB, j)
	j.Append(arrive(3, noon, "1").list)
	arrived(t, again, j)
	stop()
	if err := f.Rebuild(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := f.one(t, sendings); got != to {
		t.Errorf("after the facts were sent again, deliveries %q, want %q", got, to)
	}
}

// TestPublish: a notice is written once, to those who want it; and whoever reads from a
// cursor misses none, however many write.
func TestPublish(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.exec(t, `INSERT INTO subscription (id, kind, address, types, queues, owner) VALUES ('a', 'mail', 'x@y.example', '{limit.crossed}', '{support}', 'ann')`)
	const writers, each = 6, 20
	var writing sync.WaitGroup
	for w := range writers {
		writing.Go(func() {
			for i := range each {
				n := report.Notice{ID: fmt.Sprintf("%d-%d", w, i), Type: report.NoticeLimitCrossed, Queue: []string{"support", "", "billing"}[i%3], At: noon, Data: json.RawMessage(`{"limit":"waiting"}`)}
				for range 2 {
					if err := f.Publish(soon(t), n); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	written := make(chan struct{})
	go func() { writing.Wait(); close(written) }()
	seen, cursor := map[string]int{}, int64(0)
	for last := false; ; {
		list, err := f.Notices(soon(t), cursor, nil, nil, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			seen[n.ID]++
			cursor = n.Seq
		}
		if len(list) > 0 {
			continue
		}
		if last {
			break
		}
		select {
		case <-written:
			last = true
		default:
		}
	}
	if len(seen) != writers*each {
		t.Errorf("the reader has seen %d notices of %d", len(seen), writers*each)
	}
	if got := f.one(t, `SELECT count(*)::text || ' ' || count(*) FILTER (WHERE o.queue = 'support') FROM delivery d JOIN outbox o USING (seq)`); got != "42 42" {
		t.Errorf("deliveries, and those of the queue: %s", got)
	}
}

// TestOverdueIsToldOnce: messages that nobody answered in time, and callbacks outside
// their window, are told once; what fell due long ago, or was done, is not.
func TestOverdueIsToldOnce(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	now := time.Now().UTC().Truncate(time.Microsecond)
	for i, due := range []time.Duration{-time.Hour, -time.Hour, time.Hour, -100 * time.Hour} {
		j.Append(arrive(i, now.Add(-200*time.Hour), "1").say(call.MessageLeft{Node: "box", Record: fmt.Sprint("r", i), Owner: "support", Due: now.Add(due)}).list)
	}
	for i, until := range []time.Duration{-time.Minute, time.Hour} {
		book := &story{id: newID(50 + i), day: call.DayOf(now), now: now.Add(-2 * time.Hour)}
		j.Append(book.say(call.CallbackBooked{Queue: "billing", Number: "+34910000001", Begin: now.Add(-time.Hour), Until: now.Add(until)}).list)
	}
	arrived(t, s, j)
	if err := f.FinishMessage(soon(t), "r1", "ann", "called_back"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := f.PublishOverdue(soon(t)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := f.one(t, `SELECT string_agg(id || ' ' || type || ' ' || queue, ', ' ORDER BY type, id) FROM outbox WHERE type <> 'message.left'`),
		"broken-"+string(newID(50))+" callback.broken billing, overdue-r0 message.overdue support"; got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}

// TestSimulatedPastTellsNobody: what `presszero demo` fills in leaves no page.
func TestSimulatedPastTellsNobody(t *testing.T) {
	t.Parallel()
	f := setup(t)
	if err := f.Fill(soon(t), anyDay(12, 50)); err != nil {
		t.Fatal(err)
	}
	if got := f.one(t, `SELECT (SELECT count(*) FROM call_fact WHERE ended_at IS NOT NULL) > 0 AND NOT EXISTS (SELECT FROM outbox)`); got != "true" {
		t.Error("there are no calls, or somebody is told of them")
	}
}

// TestOldNoticesGo: what nobody waits for any more is dropped with its deliveries.
func TestOldNoticesGo(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.exec(t, `INSERT INTO subscription (id, kind, address, types, owner) VALUES ('a', 'mail', 'x@y.example', '{report.day}', 'ann')`)
	for _, id := range []string{"old", "new"} {
		if err := f.Publish(soon(t), report.Notice{ID: id, Type: report.NoticeDay, At: noon}); err != nil {
			t.Fatal(err)
		}
	}
	f.exec(t, `UPDATE outbox SET written_at = now() - interval '15 days' WHERE id = 'old'`)
	if err := f.DropNotices(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := f.one(t, `SELECT string_agg(id, ' ') || count(d.seq) FROM outbox LEFT JOIN delivery d USING (seq)`); got != "new1" {
		t.Errorf("kept %s", got)
	}
}

func (f fixture) exec(t testing.TB, query string) {
	t.Helper()
	if _, err := f.raw.Exec(query); err != nil {
		t.Fatal(err)
	}
}

// TestNoticesOfAnyDay: of a random day, sent in batches of any size, each end of a call
// and of a visit, and each message, is told once.
func TestNoticesOfAnyDay(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	for _, e := range anyDay(11, 200) {
		j.Append([]call.Entry{e})
	}
	arrived(t, s, j)
	for what, query := range map[string]string{
		"call.ended":   `SELECT count(*) FROM call_event JOIN call_fact USING (call_id) WHERE type = 'call.ended'`,
		"queue.left":   `SELECT count(*) FROM call_event WHERE type = 'queue.left'`,
		"message.left": `SELECT count(*) FROM message`,
	} {
		told, want := f.one(t, `SELECT count(*)::text FROM outbox WHERE type = $1`, what), f.one(t, query)
		if told != want || want == "0" {
			t.Errorf("%s: %s told of %s", what, told, want)
		}
	}
	if bad := f.one(t, `SELECT count(*)::text FROM outbox o LEFT JOIN queue_visit v ON v.visit_id = o.data->>'visit'
		WHERE o.type = 'queue.left' AND (v.queue IS DISTINCT FROM o.queue OR v.outcome::text IS DISTINCT FROM o.data->>'outcome')`); bad != "0" {
		t.Errorf("%s notices are not as the visits are", bad)
	}
}
