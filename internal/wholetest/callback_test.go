package wholetest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// TestCallbacks: what becomes of a promise to call somebody back, on the real
// parts, with its rows.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	c := newCallbacks(t)
	for _, part := range []struct {
		name string
		try  func(*testing.T, *calledBack)
	}{
		{"one is kept", promiseKept},
		{"one is superseded by the caller ringing in", superseded},
		{"one meets an answering machine", machineMet},
		{"one to a premium number is refused", premiumRefused},
		{"one lives through a controller that is killed", throughARestart},
	} {
		t.Run(part.name, func(t *testing.T) { part.try(t, &calledBack{c.building.in(t), c.who, c.trunk, c.ana}) })
	}
	c.waitCount(10*time.Second, 0, `SELECT count(*) FROM call_event_rejected`)
}

// calledBack is a building with a trunk, and an agent.
type calledBack struct {
	*building
	who   abroad
	trunk *outside
	ana   deskclient.Options
}

func newCallbacks(t *testing.T) *calledBack {
	c := &calledBack{who: awake(t), trunk: newOutside(t)}
	c.trunk.shown = c.who.first[:len(c.who.first)-2] + "99"
	c.building = build(t, "PRESSZERO_TRUNK="+c.trunk.phone.Addr().String(), "PRESSZERO_COUNTRY="+c.who.country, "PRESSZERO_OWN_NUMBERS="+c.trunk.shown)
	c.ana = c.employ("ana")
	return c
}

// outside is who is reached over the trunk.
type outside struct {
	phone *customer.Phone
	rung  chan *customer.Ring
	shown string // number of ours that everybody is shown who is rung; "": any
}

func newOutside(t *testing.T) *outside {
	phone, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	must(t, err)
	t.Cleanup(phone.Close)
	o := &outside{phone: phone, rung: make(chan *customer.Ring, 10)}
	phone.OnCall(func(r *customer.Ring) { o.rung <- r; <-r.GivenUp() })
	return o
}

// ring is the next call to the outside, which must be to this number.
func (o *outside) ring(t *testing.T, to string) *customer.Ring {
	t.Helper()
	select {
	case r := <-o.rung:
		if r.To != to {
			t.Fatalf("%s was rung, want %s", r.To, to)
		}
		if o.shown != "" && r.From != o.shown {
			t.Errorf("%s is shown %q, want %s", r.To, r.From, o.shown)
		}
		return r
	case <-soon(t).Done():
		t.Fatalf("%s was not rung", to)
		return nil
	}
}

// hello is what a person says who takes a call: a word, and then she waits.
// She speaks on once the other side had its time to speak.
func hello() customer.Sound {
	return customer.Sound{Voice: slices.Concat(tone(440, 300*time.Millisecond), silence(2*time.Second)), Tone: 440}
}

func tone(hz float64, long time.Duration) []int16 {
	samples := silence(long)
	audio.NewTone(hz, 8000).Fill(samples)
	return samples
}

func silence(long time.Duration) []int16 {
	return make([]int16, long.Milliseconds()*audio.SampleRate/1000)
}

// ask lets a caller ask to be called back.
func (c *calledBack) ask(from string) *customer.Call {
	c.Helper()
	caller := c.callPerson(from)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = $1 AND v.outcome IS NULL
		AND v.entered_at < now() - interval '2 seconds'`, from) // a key before that was meant for the menu
	_, err := caller.Press(soon(c), '1') // may be asked for at any time after
	must(c, err)
	return caller
}

// promised lets a caller ask and confirm, and put the phone down.
func (c *calledBack) promised(from string) {
	c.Helper()
	must(c, c.confirmed(from).Hangup())
	c.outcome(from, "callback_accepted")
}

// confirmed lets a caller ask and confirm.
func (c *calledBack) confirmed(from string) *customer.Call {
	c.Helper()
	caller := c.ask(from)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event e JOIN report.call c USING (call_id) WHERE type = 'callback.offered' AND caller_number = $1
		AND e.at < now() - interval '2 seconds'`, from) // what it asks has been heard
	_, err := caller.Press(soon(c), '1')
	must(c, err)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.callback WHERE number = $1`, from)
	return caller
}

// dials lets the agent take the callback that she is offered.
func (c *calledBack) dials(a *deskclient.Client, number string) *customer.Ring {
	c.Helper()
	d, err := a.WaitDesk(soon(c), func(d call.Desk) bool { return d.State == call.Ringing })
	must(c, err)
	if d.Offer.Callback == nil || d.Offer.Callback.Number != number {
		c.Fatalf("offered was %+v", d.Offer)
	}
	must(c, a.Accept(d.Offer.Offer))
	return c.trunk.ring(c.TB.(*testing.T), number)
}

// rows waits until the callback to the number, its attempts and its visits are
// what is wanted.
func (c *calledBack) rows(number, callback, attempts, visits string) {
	c.Helper()
	for what, q := range map[string]struct{ want, query string }{
		"the callback": {callback, `SELECT concat_ws(' ', state, how, attempts, CASE WHEN kept THEN 'kept' END, CASE WHEN on_time THEN 'on_time' END, agent)
			FROM report.callback WHERE number = $1`},
		"its attempts": {attempts, `SELECT coalesce(string_agg(concat_ws(' ', a.how, a.reached, CASE WHEN a.counts THEN 'counts' END), ', ' ORDER BY dialed_at), '')
			FROM callback_attempt a JOIN report.callback USING (callback_id) WHERE number = $1`},
		"the visits": {visits, `SELECT string_agg(concat_ws(' ', v.kind, v.outcome), ', ' ORDER BY v.entered_at, v.visit_id)
			FROM report.visit v LEFT JOIN report.call c USING (call_id) LEFT JOIN report.callback b ON b.callback_id = v.call_id
			WHERE $1 IN (c.caller_number, b.number)`},
	} {
		var got string
		c.wait(10*time.Second, fmt.Sprintf("%s %q", what, q.want), func() bool {
			return c.db.QueryRow(q.query, number).Scan(&got) == nil && got == q.want
		})
	}
}

// goes lets the agent go home.
func goes(t *testing.T, a *deskclient.Client) {
	t.Helper()
	must(t, a.SignOut(soon(t)))
}

// over waits until the agent does her after-call work, and ends it.
func over(t *testing.T, a *deskclient.Client) {
	t.Helper()
	_, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.WrapUp })
	must(t, err)
	must(t, a.Wrapped())
}

// again opens the agent's page anew after the controller has gone.
func (b *building) again(a *deskclient.Client) (fresh *deskclient.Client) {
	b.Helper()
	b.wait(20*time.Second, "the agent's page is back", func() (back bool) {
		var err error
		fresh, err = a.Again(soon(b))
		return err == nil
	})
	b.Cleanup(fresh.Close)
	return fresh
}

func promiseKept(t *testing.T, c *calledBack) {
	first := c.who.caller(1)
	<-c.confirmed(first).Done() // we have said goodbye and hung up
	c.outcome(first, "callback_accepted")
	a := c.agent(c.ana)
	ring := c.dials(a, first)
	_ = ring.Ringing()
	who, err := ring.Answer(hello())
	must(t, err)
	_, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking })
	must(t, err)
	hear(t, who, a)
	must(t, who.Hangup())
	over(t, a)
	c.rows(first, "ended completed 1 kept on_time ana", "connected person counts", "live callback_accepted, callback answered")
	goes(t, a)
}

// superseded: the place is kept, and there is one of them in line, never two.
// Whoever came between is served after.
func superseded(t *testing.T, c *calledBack) {
	second, later := c.who.caller(2), c.who.caller(3)
	c.promised(second)
	between := c.callPerson(later)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = $1`, later)
	again := c.callPerson(second)
	c.rows(second, "parked 0", "", "live callback_accepted, callback, live") // owed until she is answered
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit WHERE origin = 'callback' AND kind = 'live' AND position_at_entry = 1`)
	a := c.agent(c.ana)
	if d := answer(t, a); d.Talk.Caller.Number != second {
		t.Errorf("served first was %+v", d.Talk)
	}
	hear(t, again, a)
	must(t, again.Hangup())
	over(t, a)
	c.rows(second, "ended superseded 0", "", "live callback_accepted, callback withdrawn, live answered")
	answer(t, a)
	must(t, between.Hangup())
	over(t, a)
	goes(t, a)
}

// machineMet: a far end that talks on, and beeps. The agent is free at once; it
// is left a message, after the beep; and it is no promise kept.
func machineMet(t *testing.T, c *calledBack) {
	third := c.who.caller(4)
	c.promised(third)
	a := c.agent(c.ana)
	ring := c.dials(a, third)
	greeting := slices.Concat(tone(440, 3*time.Second), silence(300*time.Millisecond), tone(1400, 400*time.Millisecond))
	machine, err := ring.Answer(customer.Sound{Voice: greeting})
	must(t, err)
	answered := time.Now()
	d, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Idle })
	must(t, err)
	free := time.Since(answered)
	if d.Notice == nil || d.Notice.What != "callback_machine" || d.Presence != call.Available {
		t.Errorf("her desk was %+v", d)
	}
	heard, err := machine.WaitSound(soon(t), answered)
	must(t, err)
	if spoken := audio.Duration(len(greeting)); heard.Sub(answered) < spoken {
		t.Errorf("the message began %s after the answer, and the greeting lasts %s", heard.Sub(answered), spoken)
	}
	if !heard.After(answered.Add(free)) {
		t.Error("she had to wait until the machine had its message")
	}
	<-machine.Done() // after the message we hang up
	c.rows(third, "parked 1", "machine machine counts", "live callback_accepted, callback")
	t.Logf("the agent was free %s after the machine's answer, the message began after %s", free.Round(time.Millisecond), heard.Sub(answered).Round(time.Millisecond))
	goes(t, a)
}

// premiumRefused: nothing is promised, nothing is dialled, and the caller waits on.
func premiumRefused(t *testing.T, c *calledBack) {
	premium := c.ask(c.who.premium)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'callback.refused'`)
	c.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = $1 AND v.outcome IS NULL`, c.who.premium)
	must(t, premium.Hangup())
	c.outcome(c.who.premium, "abandoned_queue")
	c.waitCount(10*time.Second, 0, `SELECT count(*) FROM report.callback WHERE number = $1`, c.who.premium)
}

// throughARestart: the promise outlives the controller, and so does the talk
// that comes of it. A call that rings is made again later.
func throughARestart(t *testing.T, c *calledBack) {
	fifth := c.who.caller(5)
	c.promised(fifth)
	c.kill("serve")
	c.ready()
	a := c.agent(c.ana)
	ring := c.dials(a, fifth)
	who, err := ring.Answer(hello())
	must(t, err)
	_, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking })
	must(t, err)
	hear(t, who, a)
	c.kill("serve")
	c.ready()
	a = c.again(a)
	_, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking })
	must(t, err)
	hear(t, who, a)
	must(t, who.Hangup())
	over(t, a)
	c.rows(fifth, "ended completed 1 kept on_time ana", "connected person counts", "live callback_accepted, callback answered")

	// Killed while it rings: nobody is left ringing, and the place is kept.
	sixth := c.who.caller(6)
	c.promised(sixth)
	must(t, a.Available())
	ring = c.dials(a, sixth)
	_ = ring.Ringing()
	c.kill("serve")
	c.ready()
	select {
	case <-ring.GivenUp():
	case <-soon(t).Done():
		t.Error("it rings on for nobody")
	}
	c.rows(sixth, "parked 1 kept", "cancelled counts", "live callback_accepted, callback")
	a = c.again(a)
	goes(t, a)
}

// abroad is a country where the test's customers live.
type abroad struct {
	country, zone          string
	first, second, premium string // first and second end with a digit that may be any
}

// caller is the n-th of the country's customers.
func (a abroad) caller(n int) string { return a.first[:len(a.first)-1] + strconv.Itoa(n) }

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
