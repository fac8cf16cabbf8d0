package sql_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
)

// callbacksAddUp: every promise has one row, and the row what its book says.
func callbacksAddUp(t *testing.T, rt *rapid.T, f fixture) {
	for what, query := range map[string]string{
		"callbacks without a row, or rows without a callback": `SELECT count(*)::text FROM callback_fact c
			FULL JOIN (SELECT * FROM call_event WHERE type = 'callback.booked') e ON e.call_id = c.callback_id
			WHERE e.call_id IS NULL OR c.callback_id IS NULL`,
		"promises that are no callback": `SELECT count(*)::text FROM queue_visit v LEFT JOIN callback_fact c USING (callback_id)
			WHERE v.callback_id IS NOT NULL AND (c.callback_id IS NULL OR v.outcome <> 'callback_accepted' OR c.call_id <> v.call_id)`,
		"ended, and yet something is open": `SELECT count(*)::text FROM callback_fact c WHERE ended_at IS NOT NULL AND (state <> 'ended'
			OR EXISTS (SELECT FROM queue_visit v WHERE v.call_id = c.callback_id AND v.ended_at IS NULL)
			OR EXISTS (SELECT FROM callback_attempt a WHERE a.callback_id = c.callback_id AND a.ended_at IS NULL))`,
		"completed without a talk, or otherwise with one": `SELECT count(*)::text FROM callback_fact c WHERE ended_at IS NOT NULL
			AND (how = 'completed') <> (connected_at IS NOT NULL AND reached_at <= connected_at
			AND EXISTS (SELECT FROM callback_attempt a WHERE a.callback_id = c.callback_id AND a.how = 'connected'))`,
		"attempts that are not counted": `SELECT count(*)::text FROM callback_fact c
			WHERE (SELECT count(*) FROM callback_attempt a WHERE a.callback_id = c.callback_id)
			<> (SELECT count(*) FROM call_event e WHERE e.call_id = c.callback_id AND e.type = 'callback.dialed')`,
		"attempts of which no phone rang": `SELECT count(*)::text FROM callback_fact c
			WHERE attempts <> (SELECT count(*) FROM callback_attempt a WHERE a.callback_id = c.callback_id AND a.counts IS NOT FALSE)`,
		"kept by a machine, or by what did not ring": `SELECT count(*)::text FROM report.callback c WHERE kept AND NOT EXISTS (SELECT FROM callback_attempt a
			WHERE a.callback_id = c.callback_id AND a.counts IS NOT FALSE AND 'machine' IS DISTINCT FROM a.reached AND 'machine' IS DISTINCT FROM a.how)`,
		"buckets with other promises": `SELECT count(*)::text FROM report.abandonment
			WHERE callback_kept > callback_accepted OR callback_completed + callback_missed > callback_accepted`,
	} {
		if bad := f.one(t, query); bad != "0" {
			rt.Fatalf("%s: %s", what, bad)
		}
	}
	open, err := f.Callbacks(soon(t), true, 1_000_000)
	if err != nil {
		rt.Fatal(err)
	}
	done, err := f.Callbacks(soon(t), false, 1_000_000)
	if err != nil {
		rt.Fatal(err)
	}
	if n := f.one(t, `SELECT count(*)::text FROM report.callback`); n != fmt.Sprint(len(open)+len(done)) {
		rt.Fatalf("%d callbacks are open, %d have ended, but there are %s", len(open), len(done), n)
	}
}

// queueLogAddsUp: every visit enters once and, when over, leaves in one way;
// every talk that ended completes.
func queueLogAddsUp(t *testing.T, rt *rapid.T, f fixture) {
	if got := f.one(t, `
		SELECT concat_ws(' ', count(*) FILTER (WHERE event = 'ENTERQUEUE'),
		       count(*) FILTER (WHERE event IN ('CONNECT', 'ABANDON', 'EXITWITHTIMEOUT', 'EXITWITHKEY', 'EXITEMPTY', 'WITHDRAW')),
		       count(*) FILTER (WHERE event LIKE 'COMPLETE%'), count(*) FILTER (WHERE event LIKE 'RING%'),
		       count(*) FILTER (WHERE time IS NULL OR callid IS NULL OR queuename IS NULL OR agent IS NULL
		                        OR (data1 || data2 || data3 || data4 || data5) IS NULL))
		FROM report.queue_log`); got != f.one(t, `
		SELECT concat_ws(' ', count(*), count(ended_at), count(talk_s),
		       (SELECT count(*) FROM offer_fact WHERE how IN ('no_answer', 'declined', 'cancelled')), 0) FROM queue_visit`) {
		rt.Fatalf("queue_log has %s", got)
	}
}

func TestWhatCameOfCallbacks(t *testing.T) {
	t.Parallel()
	f := setup(t)
	// Called twice, within the window.
	one := arrive(1, at(0), "+4930111").enter("support").after(40)
	kept := one.promise(1, 300)
	kept.after(60).dial(1, "ann").reached(1, "machine").tried(1, "machine").after(100).say(call.CallbackDue{Visit: kept.visit()}).
		dial(2, "bob").reached(2, "person").after(2).talk("bob", 60).over("completed")
	// Never reached, and the first call came too late.
	two := arrive(2, at(1), "+4930222").enter("support").after(50)
	late := two.promise(1, 60)
	late.after(90).dial(1, "ann").tried(1, "no_answer").after(300).leave("timeout_exit", "").over("exhausted")
	// Asked for twice, and still open: the second call is promised the same.
	three := arrive(3, at(2), "+4930333").enter("support").after(10)
	open := three.promise(1, 3600)
	four := arrive(4, at(3), "+4930333").enter("support").after(5).leave(call.ToCallback, "")
	four.say(call.CallbackAccepted{Visit: four.visit(), Callback: open.id, Merged: true})
	for _, s := range []*story{one, two, three, four} {
		s.end(call.ToCallback, call.SideUs)
	}
	ship(t, f, one, two, three, four, kept, late, open)

	list, err := f.Callbacks(soon(t), false, 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("ended are %+v, %v", list, err)
	}
	byID := map[string]int{list[0].ID: 0, list[1].ID: 1}
	k, l := list[byID[string(kept.id)]], list[byID[string(late.id)]]
	if k.Call != string(one.id) || k.Queue != "support" || k.Number != "+4930111" || k.Name != "Ada" || k.Key == "" || k.State != "ended" ||
		k.How != "completed" || k.Attempts != 2 || k.Agent != "bob" || !*k.Kept || !*k.OnTime || k.Asked != 1 || k.ReachedAt == nil || k.TalkedAt == nil {
		t.Errorf("the one that was kept is %+v", k)
	}
	if l.How != "exhausted" || *l.Kept || *l.OnTime || l.Attempts != 1 || l.Agent != "" || l.ReachedAt != nil {
		t.Errorf("the one that came too late is %+v", l)
	}
	if list, err = f.Callbacks(soon(t), true, 10); err != nil || len(list) != 1 || list[0].ID != string(open.id) || list[0].State != "waiting" ||
		list[0].Asked != 2 || list[0].Attempts != 0 || list[0].EndedAt != nil {
		t.Errorf("open are %+v, %v", list, err)
	}
	if got := f.one(t, `SELECT string_agg(concat_ws(' ', attempt, agent, reached, how), ', ' ORDER BY attempt) FROM callback_attempt WHERE callback_id = $1`,
		string(kept.id)); got != "1 ann machine machine, 2 bob person connected" {
		t.Errorf("attempts are %s", got)
	}
	if got := f.one(t, `SELECT concat_ws(' ', sum(offered), sum(callback_accepted), sum(answered), sum(callback_kept), sum(callback_completed),
		sum(callback_missed)) FROM report.abandonment`); got != "4 4 0 1 1 1" {
		t.Errorf("report.abandonment has %s", got)
	}
	if got := f.one(t, `SELECT from_visit || ' ' || array_to_string(visits, ',') FROM report.callback WHERE callback_id = $1`, string(kept.id)); got !=
		one.visit()+" "+kept.visit() {
		t.Errorf("its visits are %s", got)
	}
}

func TestQueueLog(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	one := arrive(1, at(0), "+4930111").enter("support").after(10).offer("ann", 15, "no_answer").offer("bob", 4, "accepted").talk("bob", 30)
	j.Append(one.end(call.Answered, call.SideCaller).list)
	j.Append(arrive(2, at(1), "2").enter("support").after(7).leave("abandoned_queue", "").end("abandoned_queue", call.SideCaller).list)
	j.Append(arrive(3, at(2), "3").enter("support").after(8).leave("timeout_exit", "").end("timeout_exit", call.SideUs).list)
	j.Append(arrive(4, at(3), "4").enter("support").after(9).leave("no_agents", "").end("no_agents", call.SideUs).list)
	j.Append(arrive(5, at(4), "5").enter("support").after(9).leave("callback_accepted", "").end("callback_accepted", call.SideUs).list)
	j.Append(arrive(6, at(5), "6").enter("support").after(9).leave("system_failure", "").end("system_failure", call.SideSystem).list)
	j.Append(shift(1, "ann", at(-1), call.AgentChanged{Presence: call.Away, Reason: "signed_in", State: call.Idle},
		call.AgentChanged{Presence: call.Available, State: call.Idle}, call.AgentChanged{Presence: call.Available, State: call.Talking},
		call.AgentChanged{Presence: call.Away, Reason: "lunch", State: call.Idle}, call.AgentChanged{Presence: call.SignedOut, State: call.Idle}))
	arrived(t, s, j)
	var got []string
	if err := f.raw.Select(&got, `SELECT concat_ws('|', queuename, agent, event, data1, data2, data3, data4, data5) FROM report.queue_log
		WHERE callid <> 'NONE' ORDER BY callid, time, event <> 'ENTERQUEUE'`); err != nil {
		t.Fatal(err)
	}
	want := []string{"support|NONE|ENTERQUEUE||+4930111|1||", "support|ann|RINGNOANSWER|15000||||",
		"support|bob|CONNECT|29|" + call.LegID(call.OfferID(one.id, 2)) + "|4||", "support|bob|COMPLETECALLER|29|30|1||",
		"support|NONE|ENTERQUEUE||2|1||", "support|NONE|ABANDON|1|1|7||",
		"support|NONE|ENTERQUEUE||3|1||", "support|NONE|EXITWITHTIMEOUT|1|1|8||",
		"support|NONE|ENTERQUEUE||4|1||", "support|NONE|EXITEMPTY|1|1|9||",
		"support|NONE|ENTERQUEUE||5|1||", "support|NONE|EXITWITHKEY|1|1|1|9|",
		"support|NONE|ENTERQUEUE||6|1||", "support|NONE|WITHDRAW|1|1|9|system_failure|"}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("queue_log is\n%q, want\n%q", got, want)
	}
	if got := f.one(t, `SELECT string_agg(concat_ws(' ', to_char(time, 'MI'), event, nullif(data1, '')), ', ' ORDER BY time, event)
		FROM report.queue_log WHERE agent = 'ann' AND callid = 'NONE'`); got !=
		"59 ADDMEMBER, 59 PAUSEALL signed_in, 00 UNPAUSEALL, 02 PAUSEALL lunch, 03 REMOVEMEMBER" {
		t.Errorf("ann's day is %s", got)
	}
}

func TestWhatThePastTells(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	now, n := noon, 0
	// One answered call with 10 s of waiting, 4 s of ringing and a talk, and
	// the agent's wrap-up of 60 s.
	served := func(at time.Time, talk float64) {
		n++
		c := arrive(n, at, "+4930111").enter("support").after(10)
		agent := call.AgentID(fmt.Sprintf("a%d", n))
		shift := &story{id: newID(5_000_000 + n), day: c.day, now: c.now}
		is := func(state call.AgentState, seconds float64) {
			a := call.AgentChanged{Agent: agent, Presence: call.Available, State: state}
			if state != call.Idle {
				a.Call = c.id
			}
			shift.say(a).after(seconds)
		}
		is(call.Ringing, 4)
		is(call.Talking, talk)
		is(call.WrapUp, 60)
		is(call.Idle, 1)
		j.Append(c.offer(agent, 4, "accepted").talk(agent, talk).end(call.Answered, call.SideCaller).list)
		j.Append(shift.list)
	}
	learned := func(want call.Learned) {
		t.Helper()
		arrived(t, s, j)
		want.Queue = "support"
		got, err := f.Learned(soon(t), "support", now)
		if err != nil || math.Abs(got.Handle-want.Handle) > 0.001 || math.Abs(got.Waited-want.Waited) > 0.001 {
			t.Fatalf("learned %+v, %v, want %+v", got, err, want)
		}
		if got.Handle, got.Waited = want.Handle, want.Waited; got != want {
			t.Fatalf("learned %+v, want %+v", got, want)
		}
	}
	learned(call.Learned{})
	for i := range 20 { // at night, on many days
		served(now.AddDate(0, 0, -1-i).Add(-9*time.Hour), 200)
	}
	served(now.AddDate(0, 0, -40), 9000) // too long ago
	learned(call.Learned{Handle: 264, Waited: 20 * 14})
	for i := range 20 { // at this hour, on other days
		served(now.AddDate(0, 0, -1-i%3).Add(time.Duration(i)*time.Second), 100)
	}
	learned(call.Learned{Handle: 164, Waited: 40 * 14})
	for i := range 20 { // a week ago, two weeks ago
		served(now.AddDate(0, 0, -7-7*(i%2)).Add(time.Duration(-i)*time.Second), 20)
	}
	learned(call.Learned{Handle: 84, Waited: 60 * 14})
	served(now.Add(-2*time.Hour), 20)
	for i := range 39 {
		n++
		j.Append(arrive(n, now.Add(-time.Duration(i+600)*time.Second), "2").enter("support").after(50).leave("abandoned_queue", "").list)
	}
	n++ // one of the above rang in vain, a callback and an open one do not count
	c := arrive(n, now.Add(-3*time.Hour), "3").enter("support").after(20)
	b := c.promise(1, 600)
	j.Append(c.list)
	j.Append(b.after(30).dial(1, "ann").reached(1, "person").talk("ann", 20).over("completed").list)
	n++
	j.Append(arrive(n, now.Add(-time.Minute), "4").enter("support").list)
	arrived(t, s, j)
	got, err := f.Learned(soon(t), "support", now)
	if err != nil || got.Abandons != 39 || got.P99 != 50 || got.Finished != 2 || math.Abs(got.Waited-(61*14+39*50+20)) > 0.001 {
		t.Errorf("learned %+v, %v", got, err)
	}
	if got, err := f.Learned(soon(t), "nobody's", now); err != nil || got != (call.Learned{Queue: "nobody's"}) {
		t.Errorf("of a queue without callers %+v, %v", got, err)
	}
}

func TestHowTrueTheWaitsWere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	answered := func(s *story) *story {
		return s.offer("ann", 4, "accepted").talk("ann", 30).end(call.Answered, call.SideCaller)
	}
	ship(t, f,
		answered(arrive(1, at(0), "1").enter("support").expect(60).after(10).told(0, 40, 60).after(46)), // 50 s after being told
		answered(arrive(2, at(1), "2").enter("support").expect(60).after(10).told(0, 40, 60).after(86)), // 90 s: longer
		arrive(3, at(2), "3").enter("support").expect(60).after(10).told(0, 40, 60).after(20).leave("abandoned_queue", "").end("abandoned_queue", call.SideCaller),
		arrive(4, at(3), "4").enter("support").expect(60).after(10).told(0, 40, 60).after(70).leave("abandoned_queue", "").end("abandoned_queue", call.SideCaller),
		answered(arrive(5, at(4), "5").enter("support").after(10).told(1800, 2000, 0).after(46)), // no upper bound
		answered(arrive(6, at(5), "6").enter("support").after(3)),                                // told nothing
		answered(arrive(7, at(6), "7").enter("billing").expect(7)),
		arrive(8, at(7), "8").enter("support").after(10).told(0, 40, 60),
	)
	list, err := f.WaitAccuracy(soon(t), during(noon, at(60)))
	if err != nil || len(list) != 2 || list[0].Queue != "billing" {
		t.Fatalf("accuracy %+v, %v", list, err)
	}
	near := func(what string, got *float64, want float64) {
		t.Helper()
		if got == nil || math.Abs(*got-want) > 1e-6 {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	// Few have given up, so the patience taken is 300 s.
	w := func(seconds float64) float64 { return math.Exp(seconds / 300) }
	a, b := list[1], list[0]
	if a.Told != 6 || a.Answered != 2 || a.Longer != 2 || a.Expected != 2 {
		t.Errorf("support has %+v", a)
	}
	near("within", a.Within, w(50)/(w(50)+w(90)))
	near("error", a.ErrorS, (10*w(50)+50*w(90))/(w(50)+w(90)))
	near("absolute error", a.AbsS, (10*w(50)+50*w(90))/(w(50)+w(90)))
	near("p80", a.P80, w(60)/(w(60)+w(100))) // 60 and 100 s, of 90 and 120
	near("p90", a.P90, 1)
	near("qlm", a.QLmS, 40*w(100)/(w(60)+w(100)))
	near("les", a.LESS, (10*w(60)+30*w(100))/(w(60)+w(100)))
	near("asterisk", a.AsteriskS, (30*w(60)+10*w(100))/(w(60)+w(100)))
	near("bias", a.Bias, -40*w(100)/(60*w(60)+100*w(100)))
	if a.AvgCS != nil || b.Told != 0 || b.Within != nil || b.Expected != 1 {
		t.Errorf("without ground: %v, %+v", a.AvgCS, b)
	}
	near("billing's qlm", b.QLmS, 3)
	if got := f.one(t, `SELECT string_agg(concat_ws(' ', round(after_s::numeric), within), ', ' ORDER BY entered_at)
		FROM report.wait_estimate WHERE queue = 'support'`); got != "50 t, 90 f, 20, 70 f, 50, " {
		t.Errorf("report.wait_estimate has %q", got)
	}
	if list, err := f.WaitAccuracy(soon(t), during(at(100), at(200))); err != nil || len(list) != 0 {
		t.Errorf("of a day without callers %+v, %v", list, err)
	}
}

// TestACallbackThatIsPutBack: the attempt that led to a talk has done so, also when
// the person is put back in line and then rather has another call.
func TestACallbackThatIsPutBack(t *testing.T) {
	t.Parallel()
	f := setup(t)
	one := arrive(1, at(0), "+4930111").enter("support").after(40)
	book := one.promise(1, 300)
	book.after(60).dial(1, "ann").reached(1, "person").after(2).join("ann").after(20).
		left(call.BridgeLeft{Agent: "ann", Side: call.SideAgent, Why: "put_back", Talked: 20})
	book.visits++
	book.say(call.QueueEntered{Visit: book.visit(), Queue: "support", As: "callback", Position: 1, Key: book.now, Origin: "returned", From: book.from, To: "100", By: "ann"}).
		after(9).tried(1, "postponed")
	j := openJournal(t)
	s, stop := shipping(t, f.DB, j)
	for _, e := range append(one.end(call.ToCallback, call.SideUs).list, book.list...) {
		j.Append([]call.Entry{e})
		arrived(t, s, j)
	}
	stop()
	const attempts = `SELECT string_agg(concat_ws(' ', attempt, reached, how, counts), ', ' ORDER BY attempt) FROM callback_attempt`
	if got := f.one(t, attempts); got != "1 person connected t" {
		t.Errorf("attempts are %s", got)
	}
	if x := examined(t, f); len(x.Flaws) != 0 {
		t.Errorf("the books have flaws: %+v", x.Flaws)
	}
}
