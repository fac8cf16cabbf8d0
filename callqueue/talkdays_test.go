package callqueue

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

var talkSeed = flag.Uint64("talks", 0, "the seed of TestDaysOfTalks; 0: another each time")

// TestDaysOfTalks plays days of 2,000 talks, in which agents do all that can be done
// with a caller, at random moments, and callers, pages, networks and the program end
// in between. The judge watches each step; at the end every second is counted again,
// from the facts.
func TestDaysOfTalks(t *testing.T) {
	seed := *talkSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-talks %d repeats it", seed)
	d := &talkDays{day: newDay(t), rnd: rand.New(rand.NewPCG(seed, 0))}
	talks := 2000
	if testing.Short() {
		talks = 200
	}
	for step := 0; d.joined() < talks; step++ {
		if step > 500*talks {
			t.Fatalf("only %d talks after %d steps", d.joined(), step)
		}
		d.crew()
		moves := d.talkMoves()
		moves[d.rnd.IntN(len(moves))]()
		d.passTime(time.Duration(d.rnd.IntN(4000)) * time.Millisecond)
	}
	d.forgetOutside()
	d.evening()
	recountTalks(t, d.past)
	recountListening(t, d.past)
}

// talkDays is a busy day: three to four agents who are nearly always there.
type talkDays struct {
	*day
	rnd  *rand.Rand
	own  int // calls that agents have made themselves
	asks int // tries to ask somebody
	hear int // tries to listen
}

// joined counts the talks so far.
func (d *talkDays) joined() (n int) {
	for _, e := range d.past {
		if _, is := e.Fact.(call.BridgeJoined); is {
			n++
		}
	}
	return n
}

// crew brings agents who have gone back to work.
func (d *talkDays) crew() {
	for _, a := range staff {
		now := d.line.floor.agents[a]
		switch {
		case now == nil || now.pageless && d.rnd.IntN(4) == 0:
			d.shifts++
			d.postEvent(call.SignedIn{Agent: a, Name: string(a), Shift: call.ID(fmt.Sprintf("s%d", d.shifts))})
			d.postEvent(call.MediaUp{Agent: a, Address: d.oneOf("x", "x", "x", "y")})
			d.postEvent(call.Chose{Agent: a, Presence: call.Available})
		case now.presence == call.Away:
			d.postEvent(call.Chose{Agent: a, Presence: call.Available})
		case now.state == call.WrapUp && d.rnd.IntN(2) == 0:
			d.postEvent(call.Wrapped{Agent: a})
		case now.address == "" && !now.pageless && d.rnd.IntN(2) == 0:
			d.postEvent(call.MediaUp{Agent: a, Address: d.oneOf("x", "x", "y")})
		}
	}
	for _, leg := range sorted(d.legs) {
		if c := d.legs[leg]; d.up[c] || d.answer[c] {
			d.postEvent(call.Bridged{Call: c, Leg: leg})
		}
	}
}

func (d *talkDays) oneOf(texts ...string) string { return texts[d.rnd.IntN(len(texts))] }

// talkMoves are what may happen next; what happens often is there several times.
func (d *talkDays) talkMoves() []func() {
	agent := staff[d.rnd.IntN(len(staff))]
	with := d.talks[agent]
	add := func(all []func(), times int, f func()) []func() {
		for range times {
			all = append(all, f)
		}
		return all
	}
	var all []func()
	if len(d.up) < 8 {
		all = add(all, 6, func() {
			d.calls++
			id := call.ID(fmt.Sprintf("c%d", d.calls))
			d.up[id] = true
			d.postEvent(call.Arrived{Call: id, To: d.oneOf("support", "support", "billing", "first", "skilled"), From: numbers[d.rnd.IntN(len(numbers))]})
		})
	}
	all = add(all, 8, func() { d.postEvent(call.Accepted{Agent: agent, Offer: d.offers[agent]}) })
	all = add(all, 4, func() { d.postEvent(call.Held{Agent: agent, Call: with, On: d.rnd.IntN(2) == 0}) })
	all = add(all, 2, func() { d.postEvent(call.StepAsked{Agent: agent, Call: with}) })
	all = add(all, 3, func() {
		ev := []call.HandedOver{{Queue: "support"}, {Queue: "billing"}, {Queue: "night", Anyway: true}, {To: staff[d.rnd.IntN(len(staff))]},
			{To: staff[d.rnd.IntN(len(staff))]}, {Number: "+34600000009"}}[d.rnd.IntN(6)]
		ev.Agent, ev.Call, ev.Note = agent, with, "note"
		d.postEvent(ev)
	})
	all = add(all, 6, func() {
		ev := []call.Asked{{To: staff[d.rnd.IntN(len(staff))]}, {Queue: "support"}, {Queue: "billing"}, {Number: "+34600000005"}, {Number: "+34600000005"}, {Number: "803000001"}}[d.rnd.IntN(6)]
		d.asks++
		ev.Agent, ev.Call, ev.Ask, ev.Note = agent, with, call.ID(fmt.Sprintf("ask%d", d.asks)), "note"
		d.postEvent(ev)
	})
	if ask := d.asked(with); ask != "" {
		all = add(all, 6, func() {
			d.postEvent(call.Turned{Agent: agent, Call: with, With: []call.With{call.WithCaller, call.WithOther, call.WithAll, call.WithAll}[d.rnd.IntN(4)]})
		})
		all = add(all, 3, func() {
			d.cannotHandOn = d.rnd.IntN(8) == 0
			d.postEvent(call.HandedOver{Agent: agent, Call: with, Ask: ask})
		})
		all = add(all, 1, func() { d.postEvent(call.AskCancelled{Agent: agent, Call: with}) })
		all = add(all, 1, func() { d.postEvent(call.Keyed{Agent: agent, Call: ask, Keys: call.NewSecret("1")}) })
	}
	for _, ask := range sorted(d.united) {
		if d.rnd.IntN(8) == 0 {
			all = add(all, 1, func() { delete(d.united, ask); d.postEvent(call.Failed{Call: ask, Command: "unite", Why: "busy"}) })
		}
	}
	all = add(all, 4, func() { d.listen(agent, with) })
	for _, join := range sorted(d.joins) {
		all = add(all, 6, func() { d.joins[join] = true; d.postEvent(call.DialAnswered{Call: join, Dial: call.AskDial(join)}) })
		if d.rnd.IntN(8) == 0 {
			all = add(all, 1, func() { delete(d.joins, join); d.postEvent(call.HungUp{Call: join, Side: call.SideSystem}) })
			all = add(all, 1, func() { d.postEvent(call.Failed{Call: join, Command: "unite", Why: "busy"}) })
		}
	}
	all = add(all, 1, func() { d.postEvent(call.PutBack{Agent: agent, Call: with, Callback: d.rnd.IntN(3) == 0}) })
	all = add(all, 1, func() {
		d.postEvent(call.Keyed{Agent: agent, Call: with, Keys: call.NewSecret("12"), After: d.rnd.IntN(2) * 2})
	})
	all = add(all, 2, func() { d.postEvent(call.AgentHungUp{Agent: agent, Call: with}) })
	all = add(all, 1, func() { d.postEvent(call.HelpAsked{Agent: agent, On: d.rnd.IntN(2) == 0}) })
	all = add(all, 1, func() { d.postEvent(call.Declined{Agent: agent, Offer: d.offers[agent]}) })
	all = add(all, 1, func() { d.postEvent(call.Left{Agent: agent, Lost: d.rnd.IntN(4) > 0}) })
	all = add(all, 1, func() { d.postEvent(call.MediaDown{Agent: agent}) })
	all = add(all, 1, func() { d.passTime(35 * time.Second) })
	all = add(all, 1, func() {
		if d.line.floor.agents[agent] != nil {
			d.own++
			d.postEvent(call.Dialed{Agent: agent, Call: call.ID(fmt.Sprintf("own%d", d.own)), Number: "+34600000007"})
		}
	})
	for _, c := range d.callers() {
		all = add(all, 1, func() { d.hangsUp(c); d.forgetOutside() })
		all = add(all, 1, func() { d.postEvent(call.DigitPressed{Call: c, Digit: d.oneOf("0", "1", "1")}) })
		if play := d.playing[c]; play != "" {
			all = add(all, 2, func() { delete(d.playing, c); d.postEvent(call.PlayEnded{Call: c, Play: play}) })
		}
	}
	for _, c := range sorted(d.answer) {
		all = add(all, 1, func() { d.hangsUp(c) })
		all = add(all, 1, func() { d.postEvent(call.DigitPressed{Call: c, Digit: "1"}) })
	}
	for _, dial := range sorted(d.dials) {
		c := d.dials[dial]
		if strings.HasPrefix(dial, "ask") {
			all = add(all, 8, func() { d.happens(call.DialAnswered{Call: c, Dial: dial}) })
		}
		all = add(all, 2, func() { d.happens(call.DialAnswered{Call: c, Dial: dial, By: "person"}) })
		all = add(all, 1, func() { d.happens(call.DialFailed{Call: c, Dial: dial, Why: "busy"}) })
	}
	for _, transfer := range sorted(d.outside) {
		c := d.outside[transfer]
		all = add(all, 1, func() { d.postEvent(call.TransferAnswered{Call: c, Transfer: transfer}) })
		all = add(all, 1, func() {
			delete(d.outside, transfer)
			d.postEvent(call.TransferEnded{Call: c, Transfer: transfer, Why: d.oneOf("busy", "no_answer", "trunk")})
		})
	}
	for _, leg := range sorted(d.legs) {
		if c := d.legs[leg]; d.rnd.IntN(8) == 0 && (d.up[c] || d.answer[c]) {
			all = add(all, 1, func() { d.postEvent(call.LegEnded{Call: c, Leg: leg}) })
		}
	}
	for _, c := range sorted(d.held) {
		if d.rnd.IntN(8) == 0 && (d.up[c] || d.answer[c]) {
			all = add(all, 1, func() { d.postEvent(call.Failed{Call: c, Command: "hold", Why: "busy"}) })
		}
	}
	if d.rnd.IntN(200) == 0 {
		all = add(all, 20, func() { d.restart(func() bool { return d.rnd.IntN(3) > 0 }) })
	}
	return all
}

// recountTalks counts every second of every talk again, and compares it with what the
// end of each talk says.
func recountTalks(t *testing.T, past []call.Entry) {
	t.Helper()
	type talk struct {
		agent                    call.AgentID
		joined, held, gone       time.Time
		hold, this, longest, gap time.Duration
		holds                    int
		onHold                   bool
	}
	open := map[string]*talk{}           // by visit
	busy := map[call.AgentID]time.Time{} // until when an agent has talked
	who := map[call.AgentID]string{}     // the visit that an agent talks with
	var talks, handed, resumed, rejoined, asked, handedOn int
	var together time.Duration
	asks := map[call.ID]*asking{}
	stop := func(x *talk, at time.Time) { // the clock of a hold
		if x.onHold && x.gone.IsZero() {
			x.this += at.Sub(x.held)
			x.hold += at.Sub(x.held)
			x.longest = max(x.longest, x.this)
		}
	}
	for _, e := range past {
		switch f := e.Fact.(type) {
		case call.BridgeJoined:
			if other := who[f.Agent]; other != "" {
				t.Fatalf("%s talks with %s and %s", f.Agent, other, f.Visit)
			}
			if e.At.Before(busy[f.Agent]) {
				t.Fatalf("%s joins %s at %s, and talks until %s", f.Agent, f.Visit, e.At, busy[f.Agent])
			}
			who[f.Agent], open[f.Visit] = f.Visit, &talk{agent: f.Agent, joined: e.At}
			talks++
		case call.BridgeHeld:
			if x := open[f.Visit]; x != nil { // else an agent's own call
				x.onHold, x.held, x.this = true, e.At, 0
				x.holds++
			}
		case call.BridgeResumed:
			if x := open[f.Visit]; x != nil {
				stop(x, e.At)
				x.onHold = false
				if d := durationOf(f.Held) - x.this; d.Abs() > time.Millisecond {
					t.Fatalf("a hold of %s was %s: %+v", f.Visit, x.this, f)
				}
				resumed++
			}
		case call.BridgeGap:
			if x := open[f.Visit]; x != nil {
				stop(x, e.At)
				x.gone = e.At
			}
		case call.BridgeRejoined:
			if x := open[f.Visit]; x != nil {
				x.gap += e.At.Sub(x.gone)
				x.gone, x.held = time.Time{}, e.At
				rejoined++
			}
		case call.BridgeHanded:
			handed++
			if f.Ask != "" {
				handedOn++
			}
		case call.OutgoingJoined:
			if f.For != "" {
				asks[e.Call] = &asking{with: call.WithOther, since: e.At}
				asked++
			}
		case call.OutgoingTurned:
			x := asks[e.Call]
			x.all, x.with, x.since = x.allAt(e.At), f.With, e.At
		case call.OutgoingEnded:
			if x := asks[e.Call]; x != nil {
				if d := x.allAt(e.At) - durationOf(f.All); d.Abs() > 2*time.Millisecond || f.All > f.Talked+0.002 {
					t.Fatalf("all three talked for %s: %+v", x.allAt(e.At), f)
				}
				together += x.allAt(e.At)
			}
		case call.BridgeLeft:
			x := open[f.Visit]
			if x == nil || x.agent != f.Agent {
				t.Fatalf("a talk ends that did not go on: %+v", f)
			}
			stop(x, e.At)
			if !x.gone.IsZero() {
				x.gap += e.At.Sub(x.gone)
			}
			for what, pair := range map[string][2]time.Duration{
				"talk": {durationOf(f.Talked), e.At.Sub(x.joined)}, "hold": {durationOf(f.Held), x.hold},
				"longest": {durationOf(f.Longest), x.longest}, "gap": {durationOf(f.Gone), x.gap},
			} {
				if d := pair[0] - pair[1]; d.Abs() > 2*time.Millisecond {
					t.Fatalf("%s of %s is booked as %s and was %s: %+v", what, f.Visit, pair[0], pair[1], f)
				}
			}
			if f.Holds != x.holds || f.OnHold != x.onHold || x.hold+x.gap > e.At.Sub(x.joined) {
				t.Fatalf("booked as %+v, was %+v", f, x)
			}
			busy[f.Agent], who[f.Agent] = e.At, ""
			delete(open, f.Visit)
		}
	}
	if len(open) > 0 {
		t.Fatalf("talks without an end: %v", open)
	}
	t.Logf("%d talks, %d handed over, %d holds ended, %d pages that came back; %d asked, %d handed on to them, %s all three",
		talks, handed, resumed, rejoined, asked, handedOn, together)
	if handed == 0 || resumed == 0 || rejoined == 0 || asked == 0 || handedOn == 0 || together == 0 {
		t.Error("not everything has happened")
	}
}
