package wholetest

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/customer"
)

// TestAgentDials: an agent calls numbers herself, through the one policy and
// the trunk. The controller dies in the middle, and who gave up just before is
// known again after it.
func TestAgentDials(t *testing.T) {
	t.Parallel()
	c := newCallbacks(t)
	first, second := c.who.caller(1), c.who.caller(2)
	a := c.agent(c.ana)
	must(t, a.Away("training")) // she may all the same
	_, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.Media })
	must(t, err)

	notice := func(what string) call.Desk {
		t.Helper()
		d, err := a.WaitDesk(soon(t), func(d call.Desk) bool {
			return d.State == call.Idle && d.Notice != nil && d.Notice.What == what
		})
		if err != nil {
			t.Fatalf("%v; the notice is %+v, want %s", err, d.Notice, what)
		}
		return d
	}
	must(t, a.Call(c.who.premium))
	if d := notice("dial_refused"); d.Notice.Text == "" {
		t.Error("she is not told why")
	}

	must(t, a.Call(first))
	ring := c.trunk.ring(t, first)
	must(t, ring.Refuse(486, "Busy Here"))
	notice("dial_busy")

	must(t, a.Call(first))
	ring = c.trunk.ring(t, first)
	must(t, ring.Progress(customer.Sound{Tone: 440})) // an announcement, which she hears
	a.Phone().Forget()
	_, err = a.Phone().WaitTone(soon(t), 440)
	must(t, err)
	d, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.Offer != nil && d.Offer.Outgoing })
	must(t, err)
	must(t, a.GiveUp(d.Offer.Offer))
	<-ring.GivenUp()
	notice("dial_given_up")

	// A caller waits meanwhile, and gives up.
	gaveUp := c.who.caller(3)
	waits := c.callPerson(gaveUp)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = $1`, gaveUp)

	// They talk, the controller dies, and they talk on.
	must(t, a.Call(second))
	who, err := c.trunk.ring(t, second).Answer(customer.Sound{Tone: 440}) // who answers is her affair: nobody listens for a machine
	must(t, err)
	d, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking })
	must(t, err)
	if !d.Talk.Outgoing || d.Talk.Caller.Number != second {
		t.Errorf("she talks with %+v", d.Talk)
	}
	hear(t, who, a)
	must(t, waits.Hangup())
	c.outcome(gaveUp, "abandoned_queue")
	c.kill("serve")
	c.ready()
	a = c.again(a)
	_, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking })
	must(t, err)
	hear(t, who, a)
	again := c.callPerson(gaveUp)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event e JOIN report.call c USING (call_id)
		WHERE type = 'queue.entered' AND data ->> 'origin' = 'redial' AND data ->> 'credit_for' = 'returned_after_abandon' AND caller_number = $1`, gaveUp)
	must(t, again.Hangup())
	must(t, who.Hangup())
	notice("caller_left")

	// She hangs up; killed while it rings, nobody is left ringing.
	must(t, a.Call(second))
	who, err = c.trunk.ring(t, second).Answer(customer.Sound{Tone: 440})
	must(t, err)
	d, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking })
	must(t, err)
	hear(t, who, a)
	must(t, a.HangUp(d.Talk.Call))
	<-who.Done()
	must(t, a.Call(second))
	ring = c.trunk.ring(t, second)
	must(t, ring.Ringing())
	_, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Connecting })
	must(t, err)
	c.kill("serve")
	c.ready()
	<-ring.GivenUp()

	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM (SELECT string_agg(concat_ws(' ', agent, number, how, talk_ended_by), ', ' ORDER BY dialed_at) AS all
		FROM report.outgoing) o WHERE o.all = concat('ana ', $1::text, ' busy, ana ', $1::text, ' given_up, ana ', $2::text, ' talked caller, ana ', $2::text, ' talked agent, ana ', $2::text, ' cancelled')`, first, second)
	c.waitCount(10*time.Second, 0, `SELECT count(*) FROM report.visit v JOIN report.outgoing o USING (call_id)`)
	c.waitCount(10*time.Second, 2, `SELECT coalesce(sum(offered), 0) FROM report.abandonment`) // the two who phoned
	c.waitCount(10*time.Second, 0, `SELECT count(*) FROM call_event_rejected`)
	c.wait(10*time.Second, "Asterisk has nobody left", func() bool { channels, bridges := c.switchHas(); return channels+bridges == 0 })
	a = c.again(a)
	goes(t, a)
}
