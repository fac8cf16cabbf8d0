package sql_test

import (
	"fmt"
	"testing"

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
			WHERE attempts <> (SELECT count(*) FROM call_event e WHERE e.call_id = c.callback_id AND e.type = 'callback.dialed')`,
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
