package main

import (
	"context"
	"testing"
	"time"

	"presszero/call"
	"presszero/customer"
)

// TestCallback: a caller who waits asks to be called back and hangs up; the
// place is kept; an agent who becomes free dials, and the two hear each other.
// Another rings in meanwhile and is recognised. A premium number is refused.
func TestCallback(t *testing.T) {
	who := awake(t)
	trunk, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	must(t, err)
	defer trunk.Close()
	rung := make(chan *customer.Ring, 10)
	trunk.OnCall(func(r *customer.Ring) { rung <- r; <-r.GivenUp() })
	h := build(t, "PRESSZERO_TRUNK="+trunk.Addr().String(), "PRESSZERO_COUNTRY="+who.country)

	ask := func(from string, confirm rune) *customer.Call {
		t.Helper()
		c := h.callPerson(from)
		h.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = $1`, from)
		_, err := c.Press(soon(t), '1') // may be asked for at any time
		must(t, err)
		h.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event e JOIN report.call c USING (call_id) WHERE type = 'callback.offered' AND caller_number = $1`, from)
		_, err = c.Press(soon(t), confirm)
		must(t, err)
		return c
	}
	first := ask(who.first, '1')
	h.outcome(who.first, "callback_accepted") // we have said goodbye and hung up
	<-first.Done()
	second := ask(who.second, '1')
	h.outcome(who.second, "callback_accepted")
	<-second.Done()

	// A premium number is not called; its caller goes on waiting.
	premium := h.callPerson(who.premium)
	h.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = $1`, who.premium)
	_, err = premium.Press(soon(t), '1')
	must(t, err)
	h.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'callback.refused'`)
	must(t, premium.Hangup())

	// The controller dies; the promise does not.
	h.kill("serve")
	h.ready()

	// The second rings in: the place is kept, the callback is not made.
	again := h.callPerson(who.second)
	h.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'callback.ended' AND data ->> 'how' = 'superseded'`)

	// An agent becomes free: the first is called, before the one who rang in.
	a := h.agent(h.employ("ana"))
	d, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Ringing })
	must(t, err)
	if d.Offer.Callback == nil || d.Offer.Callback.Number != who.first {
		t.Fatalf("offered was %+v", d.Offer)
	}
	must(t, a.Accept(d.Offer.Offer))
	ring := <-rung
	if ring.To != who.first {
		t.Errorf("dialled was %s", ring.To)
	}
	c, err := ring.Answer(customer.Sound{Tone: 440})
	must(t, err)
	_, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking })
	must(t, err)
	hear(t, c, a)
	must(t, c.Hangup())
	_, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.WrapUp })
	must(t, err)
	must(t, a.Wrapped())
	answer(t, a)
	hear(t, again, a)
	must(t, again.Hangup())
	h.waitCount(10*time.Second, 0, `SELECT count(*) FROM call_event_rejected`)
}

// abroad is a country where the test's customers live.
type abroad struct {
	country, zone          string
	first, second, premium string
}

// awake is a country where people may be called now, whatever the hour is
// here: the three are eight hours and more apart.
func awake(t *testing.T) abroad {
	t.Helper()
	for _, a := range []abroad{
		{"ES", "Europe/Madrid", "+34911234567", "+34911234568", "+34806123456"},
		{"JP", "Asia/Tokyo", "+81312345678", "+81312345679", "+81990123456"},
		{"US", "America/Los_Angeles", "+12133734253", "+12133734254", "+19002345678"},
	} {
		zone, err := time.LoadLocation(a.zone)
		must(t, err)
		now := time.Now().In(zone)
		if soonAfter := now.Add(10 * time.Minute); now.Hour() >= 9 && soonAfter.Hour() < 21 && soonAfter.Day() == now.Day() {
			return a
		}
	}
	t.Fatal("nobody is awake anywhere")
	return abroad{}
}
