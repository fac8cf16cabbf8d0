package callqueue

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/call"
)

// move is something that may happen now.
type move struct {
	name string
	do   func(*day)
}

// moves returns all that people, switches and time may do next, in one order.
func (d *day) moves() []move {
	var all []move
	add := func(name string, do func(*day)) { all = append(all, move{name, do}) }
	post := func(name string, ev call.Event) { add(name, func(d *day) { d.happens(ev) }) }
	for _, c := range []call.ID{"c1", "c2"} {
		if !d.began[c] {
			post(string(c)+" arrives", call.Arrived{Call: c, To: "support", From: "+34600000001"})
			post(string(c)+" arrives for a callback", call.Arrived{Call: c, To: "support;callback=1", From: "+34600000002"})
		}
	}
	for _, c := range append(d.callers(), sorted(d.answer)...) {
		add(string(c)+" hangs up", func(d *day) { d.hangsUp(c) })
		post(string(c)+" presses 1", call.DigitPressed{Call: c, Digit: "1"})
		if play := d.playing[c]; play != "" {
			post(string(c)+" has heard it", call.PlayEnded{Call: c, Play: play})
		}
	}
	for _, a := range []call.AgentID{"ana", "ben"} {
		all = append(all, d.agentMoves(a)...)
	}
	for _, leg := range sorted(d.legs) {
		if c := d.legs[leg]; d.up[c] || d.answer[c] {
			post(leg+" bridged", call.Bridged{Call: c, Leg: leg})
			post(leg+" failed", call.Failed{Call: c, Command: "connect", Leg: leg, Why: "busy"})
			post(leg+" broke", call.LegEnded{Call: c, Leg: leg})
		}
	}
	for _, dial := range sorted(d.dials) {
		c := d.dials[dial]
		post(dial+" taken", call.DialAnswered{Call: c, Dial: dial})
		post(dial+" taken by a machine", call.DialAnswered{Call: c, Dial: dial, By: "machine"})
		post(dial+" not taken", call.DialFailed{Call: c, Dial: dial, Why: "no_answer"})
	}
	for _, transfer := range sorted(d.outside) {
		c := d.outside[transfer]
		post(transfer+" taken", call.TransferAnswered{Call: c, Transfer: transfer})
		add(transfer+" over", func(d *day) {
			delete(d.outside, transfer)
			d.postEvent(call.TransferEnded{Call: c, Transfer: transfer, Why: "busy"})
		})
	}
	for _, c := range sorted(d.booked) {
		post(string(c)+" cancelled", call.CallbackCancelled{Callback: c, By: "customer"})
	}
	add("a timer", (*day).nextTimer)
	return append(all, d.supervisorMoves()...)
}

func (d *day) agentMoves(a call.AgentID) []move {
	name := string(a) + " "
	one := func(what string, ev call.Event) move { return move{name + what, func(d *day) { d.postEvent(ev) }} }
	if d.line.floor.agents[a] == nil {
		return []move{{name + "signs in", func(d *day) { d.signIn(a) }}}
	}
	all := []move{
		one("is lost", call.Left{Agent: a, Lost: true}),
	}
	if d.line.floor.agents[a].presence == call.Away {
		all = append(all, one("is ready", call.Chose{Agent: a, Presence: call.Available}))
	}
	offer := d.offers[a]
	if offer != "" {
		all = append(all, one("declines", call.Declined{Agent: a, Offer: offer}))
	} else {
		offer = "c1.o1" // one that is over, or another's
	}
	all = append(all, one("accepts", call.Accepted{Agent: a, Offer: offer}))
	if c := d.talks[a]; c != "" {
		all = append(all, one("hangs up", call.AgentHungUp{Agent: a, Call: c}),
			one("holds", call.Held{Agent: a, Call: c, On: true}), one("resumes", call.Held{Agent: a, Call: c}),
			one("hands over to ben", call.HandedOver{Agent: a, Call: c, To: "ben"}),
			one("hands over to a queue", call.HandedOver{Agent: a, Call: c, Queue: "support", Anyway: true}),
			one("hands over to a number", call.HandedOver{Agent: a, Call: c, Number: "+34600000009"}),
			one("puts back", call.PutBack{Agent: a, Call: c}))
		all = append(all, d.askMoves(a, c)...)
	}
	if d.line.floor.agents[a].pageless {
		all = append(all, move{name + "comes back", func(d *day) { d.signIn(a) }})
	}
	if d.line.floor.agents[a].state == call.WrapUp {
		all = append(all, one("has wrapped up", call.Wrapped{Agent: a}), one("needs longer", call.MoreTime{Agent: a}))
	}
	return all
}

// askMoves are what an agent may do who talks, to ask somebody.
func (d *day) askMoves(a call.AgentID, c call.ID) []move {
	name := string(a) + " "
	one := func(what string, ev call.Event) move { return move{name + what, func(d *day) { d.postEvent(ev) }} }
	ask := d.asked(c)
	if ask == "" {
		next := call.ID(fmt.Sprint("a", len(d.past)))
		return []move{one("asks ben", call.Asked{Agent: a, Call: c, Ask: next, To: "ben"}),
			one("asks a number", call.Asked{Agent: a, Call: c, Ask: next, Number: "+34600000009"})}
	}
	return []move{one("turns to the caller", call.Turned{Agent: a, Call: c, With: call.WithCaller}),
		one("turns to the other", call.Turned{Agent: a, Call: c, With: call.WithOther}),
		one("has all three talk", call.Turned{Agent: a, Call: c, With: call.WithAll}),
		one("hands over to the other", call.HandedOver{Agent: a, Call: c, Ask: ask}),
		one("asks no more", call.AskCancelled{Agent: a, Call: c})}
}

// supervisorMoves are what a supervisor may order, about one agent and one caller.
func (d *day) supervisorMoves() (all []move) {
	add := func(name string, ev func(*day) call.Event) {
		all = append(all, move{name, func(d *day) { d.happens(ev(d)) }})
	}
	order := func(what call.DirectiveKind) func(*day) call.Event {
		return func(d *day) call.Event {
			return call.DirectiveSet{ID: call.ID(fmt.Sprint("d", len(d.past))), Directive: call.Directive{What: what, Agent: "ana", By: "eva"}}
		}
	}
	if d.line.floor.agents["ana"] != nil {
		add("ana is set away", order(call.AwayDirective))
		add("ana is to leave", order(call.LeavingDirective))
	}
	if c := d.line.callers["c1"]; c != nil && c.visit != nil && c.visit.state == Waiting {
		add("c1 is put in front", func(*day) call.Event { return call.WaitPlaced{Call: "c1", Next: true, By: "eva"} })
		add("c1 is moved", func(*day) call.Event { return call.WaitMoved{Call: "c1", Queue: "billing", By: "eva"} })
	}
	return all
}

func (d *day) signIn(a call.AgentID) {
	d.shifts++
	d.postEvent(call.SignedIn{Agent: a, Shift: call.ID(fmt.Sprint("s", d.shifts))})
	d.postEvent(call.MediaUp{Agent: a, Address: "x"})
	d.postEvent(call.Chose{Agent: a, Presence: call.Available})
}

// nextTimer lets time pass until a timer does something.
func (d *day) nextTimer() {
	for range 50 {
		due, ok := d.loop.Next()
		if !ok {
			return
		}
		did := d.did
		if d.passTime(due.Sub(d.now)); d.did > did {
			return
		}
	}
}

// begins are the moments from which all orders begin.
var begins = map[string]func(*day){
	"two agents are free, a caller is offered": func(d *day) {
		d.signIn("ana")
		d.signIn("ben")
		d.happens(call.Arrived{Call: "c1", To: "support", From: "+34600000001"})
	},
	"one agent accepts, one caller waits": func(d *day) {
		d.signIn("ana")
		d.happens(call.Arrived{Call: "c1", To: "support", From: "+34600000001"})
		d.happens(call.Arrived{Call: "c2", To: "support", From: "+34600000002"})
		d.postEvent(call.Accepted{Agent: "ana", Offer: "c1.o1"})
	},
	"a callback is dialled, a caller waits": func(d *day) {
		d.signIn("ana")
		d.happens(call.Arrived{Call: "c3", To: "support", From: "+34600000003"})
		d.postEvent(call.Accepted{Agent: "ana", Offer: "c3.o1"})
		d.postEvent(call.Bridged{Call: "c3", Leg: "c3.o1.leg"})
		d.happens(call.Arrived{Call: "c1", To: "support;callback=1", From: "+34600000001"})
		d.postEvent(call.DigitPressed{Call: "c1", Digit: "1"})
		d.postEvent(call.DigitPressed{Call: "c1", Digit: "1"})
		d.hangsUp("c1")
		d.happens(call.Arrived{Call: "c2", To: "support", From: "+34600000002"})
		d.hangsUp("c3")
		d.postEvent(call.Wrapped{Agent: "ana"})
		d.postEvent(call.Accepted{Agent: "ana", Offer: "c1.cb1.o1"})
	},
}

func init() {
	talk := func(d *day) {
		d.signIn("ana")
		d.happens(call.Arrived{Call: "c1", To: "support", From: "+34600000001"})
		d.postEvent(call.Accepted{Agent: "ana", Offer: "c1.o1"})
		d.postEvent(call.Bridged{Call: "c1", Leg: "c1.o1.leg"})
		d.signIn("ben")
	}
	begins["an agent talks, a colleague is free"] = talk
	begins["an agent is with a colleague, the caller on hold"] = func(d *day) {
		talk(d)
		d.ask(call.Asked{To: "ben"})
		d.otherAnswers()
	}
	begins["all three talk"] = func(d *day) {
		talk(d)
		d.ask(call.Asked{To: "ben"})
		d.otherAnswers()
		d.turn(call.WithAll)
	}
}

// order is one way to a state: which of the moves was made each time.
type order struct {
	moves []int
	ways  int // in which it can be reached
}

// playMoves makes the moves and says what they were.
func (o order) playMoves(begin func(*day)) (d *day, names []string) {
	d = newDay(court{})
	begin(d)
	for _, i := range o.moves {
		m := d.moves()[i]
		names = append(names, m.name)
		m.do(d)
	}
	return d, names
}

// TestAllOrders lets everything that may happen, happen in every order, three
// things deep or, when thorough, four to six, and judges each. Ways that lead to the same state go on as one.
// At each state the day may end, and the program may die and come back: it has
// to decide then as one that has never been away from agents who have.
func TestAllOrders(t *testing.T) {
	for _, name := range sorted(begins) {
		t.Run(name, func(t *testing.T) {
			begin := begins[name]
			depth := 3
			if *thorough {
				depth = 6
				if strings.Contains(name, "talk") || strings.Contains(name, "with a colleague") { // in which much more may happen
					depth = 4
				}
			}
			frontier, seen := []order{{ways: 1}}, map[uint64]bool{}
			runs, orders, states := 0, 0, 0
			for deep := 1; deep <= depth && len(frontier) > 0; deep++ {
				next := map[uint64]*order{}
				var reached []uint64
				for _, found := range slices.Concat(allOf(frontier, func(o order) []reach { return o.widen(t, begin) })...) {
					runs++
					orders += found.ways
					switch at := next[found.state]; {
					case at != nil:
						at.ways += found.ways
					case !seen[found.state]:
						next[found.state] = &found.order
						reached = append(reached, found.state)
					}
				}
				frontier = frontier[:0]
				for _, state := range reached {
					seen[state] = true
					frontier = append(frontier, *next[state])
				}
				allOf(frontier, func(o order) bool { return o.judgeEnding(t, begin) })
				states += len(frontier)
				t.Logf("after %d events %d states", deep, len(frontier))
				if t.Failed() {
					return
				}
			}
			t.Logf("%d orders of up to %d events, in %d runs to %d states", orders, depth, runs, states)
		})
	}
}

// reach is a state that one more move has led to.
type reach struct {
	order
	state uint64
}

// widen makes each move that is possible after the order, and judges it.
func (o order) widen(t *testing.T, begin func(*day)) (all []reach) {
	d, _ := o.playMoves(begin)
	for i := range d.moves() {
		next := order{append(slices.Clone(o.moves), i), o.ways}
		if what := judged(func() {
			d, _ := next.playMoves(begin)
			all = append(all, reach{next, d.state()})
		}); what != "" {
			next.blame(t, begin, what)
		}
	}
	return all
}

// judgeEnding judges how the day ends after the order: when all go home, and when the
// program dies before.
func (o order) judgeEnding(t *testing.T, begin func(*day)) bool {
	what := judged(func() {
		d, _ := o.playMoves(begin)
		d.evening()
		o.replayed(begin)
	})
	if what != "" {
		o.blame(t, begin, what)
	}
	return what == ""
}

// blame tells what is wrong, and after what.
func (o order) blame(t *testing.T, begin func(*day), what string) {
	last := len(o.moves) - 1
	d, names := order{moves: o.moves[:last]}.playMoves(begin)
	t.Errorf("%s:\n%s", strings.Join(append(names, d.moves()[o.moves[last]].name), ", "), what)
}

// replayed compares a program that has died, and begun anew from its facts, with
// one that has lost sight of all agents at this moment: from here on both have
// to offer the same callers in the same order, and end the same.
func (o order) replayed(begin func(*day)) {
	died, _ := o.playMoves(begin)
	if len(died.dials)+len(died.answer) > 0 {
		// What becomes of a call of ours that nobody has taken is not known
		// after a restart, and counts as tried.
		died.restart(func() bool { return false })
		died.serve()
		died.evening()
		return
	}
	alive, _ := o.playMoves(begin)
	alive.forgetOutside()
	alive.allAgents(func(a call.AgentID) { alive.postEvent(call.Left{Agent: a}) })
	for _, transfer := range sorted(alive.outside) { // a number that rings is dropped by a restart
		if o := alive.line.callers[alive.outside[transfer]].outside; o != nil && o.joined.IsZero() {
			alive.postEvent(call.TransferEnded{Call: alive.outside[transfer], Transfer: transfer, Why: "restart"})
			delete(alive.outside, transfer)
		}
	}
	died.past = written(died.past)
	died.restart(func() bool { return false })
	died.postEvent(call.DirectiveLifted{What: call.LeavingDirective, Agent: "ana"}) // those who have not been away have left by now
	a, b := alive.serve(), died.serve()
	if !slices.Equal(a, b) {
		died.t.Fatalf("without a restart\n%s\nafter one\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	alive.evening()
	died.evening()
}

// written takes facts through the form in which they are kept.
func written(past []call.Entry) []call.Entry {
	b, err := json.Marshal(past)
	if err != nil {
		panic(err)
	}
	var read []call.Entry
	if err := json.Unmarshal(b, &read); err != nil {
		panic(err)
	}
	return read
}

// serve lets two agents come and serve whoever is there, and returns what was
// decided about it, and which calls ended. (A goodbye that a restart has cut off
// is said again, so a call may end a little later.)
func (d *day) serve() (decided []string) {
	var over []string
	before := len(d.past)
	d.signIn("ana")
	for round := range 8 {
		if round == 3 {
			d.signIn("ben")
		}
		d.passTime(10 * time.Second) // a timer a minute off is no difference
		for _, a := range []call.AgentID{"ana", "ben"} {
			d.postEvent(call.Accepted{Agent: a, Offer: d.offers[a]})
			d.allLegs(func(c call.ID, leg string) call.Event { return call.Bridged{Call: c, Leg: leg} })
			d.postEvent(call.AgentHungUp{Agent: a, Call: d.talks[a]})
			d.postEvent(call.Wrapped{Agent: a})
		}
		for _, c := range sorted(d.playing) {
			if play := d.playing[c]; play != "" && d.up[c] {
				d.happens(call.PlayEnded{Call: c, Play: play})
			}
		}
	}
	for _, e := range d.past[before:] {
		switch f := e.Fact.(type) {
		case call.OfferStarted:
			decided = append(decided, fmt.Sprintf("%s is offered to %s, %s", f.Visit, f.Agent, f.Reason))
		case call.QueueLeft:
			decided = append(decided, fmt.Sprintf("%s ends: %s", f.Visit, f.Outcome))
		case call.CallbackEnded, call.CallEnded:
			over = append(over, fmt.Sprintf("%s ends", e.Call))
		}
	}
	slices.Sort(over)
	return append(decided, over...)
}

// allOf does the same to all, on two processors, and returns the results in order.
func allOf[R any](orders []order, do func(order) R) []R {
	results := make([]R, len(orders))
	var wait sync.WaitGroup
	for half := range 2 {
		wait.Go(func() {
			for i := half; i < len(orders); i += 2 {
				results[i] = do(orders[i])
			}
		})
	}
	wait.Wait()
	return results
}
