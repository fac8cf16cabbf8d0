package callqueue

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
)

func pick[T comparable](t *rapid.T, from []T, label string) (T, bool) {
	var none T
	if len(from) == 0 {
		return none, false
	}
	return rapid.SampledFrom(from).Draw(t, label), true
}

func (d *day) callers() []call.ID { return sorted(d.up) }

var staff = []call.AgentID{"ana", "ben", "cho", "dee"}

// numbers are few, so that people ring again while a callback is open.
var numbers = []string{"+34600000001", "600000001", "+34600000002", "+34600000003", "+34666000001", "+34655000001", "anonymous", ""}

var wishes = []string{"support", "support", "billing", "billing;priority=vip", "small", "billing;callback=1", "lonely", "late", "night",
	"skilled", "skilled;skill=french;level=3", "first", "first", "first;skill=french;level=1",
	"gone", "tiny", "tiny", "brief", "german"}

var crews = []call.SignedIn{{}, {Queues: []string{"support"}}, {Queues: []string{"billing", "first"}},
	{Queues: []string{"skilled", "first"}, Skills: map[string]int{"french": 3}},
	{Queues: []string{"german", "tiny", "brief"}, Skills: map[string]int{"german": 5}, Head: map[string]time.Duration{"tiny": HeadStart(3)}},
	{Skills: map[string]int{"french": 2}, Head: map[string]time.Duration{"billing": time.Minute}}}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func TestRandomDays(t *testing.T) {
	for name, value := range map[string]string{"rapid.steps": "120", "rapid.checks": "400"} {
		if f := flag.Lookup(name); f.Value.String() == f.DefValue { // a day is longer than most things
			_ = f.Value.Set(value)
			defer func() { _ = f.Value.Set(f.DefValue) }()
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := newDay(t)
		if rapid.Bool().Draw(t, "told") { // people whom we call
			d.tells = call.RecordingPlan{House: call.HouseRecording{RecordingSettings: call.RecordingSettings{RecordingRule: call.RecordingRule{Talks: call.RecordAll, Notice: "told", Key: "9"}}}}
			d.begin()
		}
		actions := d.people()
		maps.Copy(actions, d.switchboard())
		maps.Copy(actions, d.callbacks())
		maps.Copy(actions, d.supervisor())
		t.Repeat(actions)
		d.evening()
	})
}

// people do what callers and agents do.
func (d *day) people() map[string]func(*rapid.T) {
	agent := func(t *rapid.T) call.AgentID { return rapid.SampledFrom(staff).Draw(t, "agent") }
	return map[string]func(*rapid.T){
		"arrive": func(t *rapid.T) {
			d.calls++
			id := call.ID(fmt.Sprintf("c%d", d.calls))
			d.up[id] = true
			d.postEvent(call.Arrived{Call: id, To: rapid.SampledFrom(wishes).Draw(t, "wish"), From: rapid.SampledFrom(numbers).Draw(t, "number")})
		},
		"arrive in the menu": func(t *rapid.T) {
			d.calls++
			id := call.ID(fmt.Sprintf("c%d", d.calls))
			d.up[id] = true
			d.postEvent(call.Arrived{Call: id, To: "100", From: rapid.SampledFrom(numbers).Draw(t, "number")})
			d.press(id, rapid.StringOfN(rapid.SampledFrom([]rune("0123456789*#")), 0, 6, -1).Draw(t, "keys"))
		},
		"is known": func(t *rapid.T) { // sooner or later
			if c, ok := pick(t, d.callers(), "known"); ok {
				d.postEvent(call.Recognised{Call: c, Name: "Pat", Broken: call.BrokenPromise{Visit: rapid.SampledFrom([]string{"", "old1.v1", "old2.v1", "old3.v1"}).Draw(t, "broken"),
					Ended: d.now.Add(-time.Duration(rapid.IntRange(0, 200).Draw(t, "hours")) * time.Hour), High: 360, Waited: 660}})
			}
		},
		"hang up": func(t *rapid.T) {
			if c, ok := pick(t, d.callers(), "caller"); ok {
				delete(d.up, c)
				delete(d.playing, c)
				side := rapid.SampledFrom([]call.Side{call.SideCaller, call.SideCaller, call.SideSystem}).Draw(t, "side")
				d.postEvent(call.HungUp{Call: c, Side: side})
				d.postEvent(call.HungUp{Call: c, Side: side}) // told twice
			}
		},
		"sign in": func(t *rapid.T) {
			a := agent(t)
			d.shifts++
			ev := rapid.SampledFrom(crews).Draw(t, "crew")
			ev.Agent, ev.Shift = a, call.ID(fmt.Sprintf("s%d", d.shifts))
			d.postEvent(ev)
			d.postEvent(call.MediaUp{Agent: a, Address: "x"})
			d.postEvent(call.Chose{Agent: a, Presence: call.Available})
		},
		"assign": func(t *rapid.T) {
			ev := rapid.SampledFrom(crews).Draw(t, "crew")
			d.postEvent(call.Assigned{Agent: agent(t), Queues: ev.Queues, Skills: ev.Skills, Head: ev.Head})
		},
		"choose":     func(t *rapid.T) { d.postEvent(call.Chose{Agent: agent(t), Presence: call.Available}) },
		"break":      func(t *rapid.T) { d.postEvent(call.Chose{Agent: agent(t), Presence: call.Away, Reason: "lunch"}) },
		"tab closed": func(t *rapid.T) { d.postEvent(call.Left{Agent: agent(t), Lost: true}) },
		"media down": func(t *rapid.T) { d.postEvent(call.MediaDown{Agent: agent(t)}) },
		"media up": func(t *rapid.T) {
			d.postEvent(call.MediaUp{Agent: agent(t), Address: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "address")})
		},
		"wrapped":   func(t *rapid.T) { d.postEvent(call.Wrapped{Agent: agent(t)}) },
		"more time": func(t *rapid.T) { d.postEvent(call.MoreTime{Agent: agent(t)}) },
		"says what it was about": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.Disposed{Agent: a, Call: d.talks[a], Visit: call.VisitID(d.talks[a], 1), Queue: "support", Code: rapid.SampledFrom([]string{"", "order", "refund"}).Draw(t, "code")})
		},
		"stale offer": func(t *rapid.T) { d.postEvent(call.Accepted{Agent: agent(t), Offer: "c1.o1"}) },
		"accept": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.Accepted{Agent: a, Offer: d.offers[a]})
		},
		"accept and bridge": func(t *rapid.T) {
			a := agent(t)
			offer := d.offers[a]
			d.postEvent(call.Accepted{Agent: a, Offer: offer})
			leg := call.LegID(offer)
			if c, ok := d.legs[leg]; ok && (d.up[c] || d.answer[c]) {
				d.postEvent(call.LegMade{Call: c, Leg: leg, Remote: "r"})
				d.postEvent(call.Bridged{Call: c, Leg: leg})
			}
		},
		"decline": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.Declined{Agent: a, Offer: d.offers[a]})
		},
		"gives up": func(t *rapid.T) {
			d.postEvent(call.GaveUp{Agent: agent(t), Offer: "c1.o1"}) // means nothing
			a, ok := pick(t, sorted(d.ringing), "dialling")
			if !ok {
				return
			}
			offer := d.ringing[a]
			presence := d.line.floor.agents[a].presence
			d.postEvent(call.GaveUp{Agent: a, Offer: offer})
			if now := d.line.floor.agents[a]; now != nil && (now.presence != presence || now.state == call.Connecting) { // nil: she was to leave
				d.t.Fatalf("%s gave %s up, was %s and is %s %s", a, offer, presence, now.presence, now.state)
			}
		},
		"dials": func(t *rapid.T) {
			d.calls++
			d.ended[call.ID(fmt.Sprintf("c%d", d.calls))] = true // no caller has this number
			d.postEvent(call.Dialed{Agent: agent(t), Call: call.ID(fmt.Sprintf("own%d", d.calls)), Number: rapid.SampledFrom(numbers).Draw(t, "number")})
		},
		"hold": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.Held{Agent: a, Call: d.talks[a], On: rapid.Bool().Draw(t, "on")})
		},
		"step": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.StepAsked{Agent: a, Call: d.talks[a]})
		},
		"hold fails": func(t *rapid.T) {
			if c, ok := pick(t, sorted(d.held), "caller"); ok && (d.up[c] || d.answer[c]) {
				d.postEvent(call.Failed{Call: c, Command: "hold", Why: "busy"})
			}
		},
		"keys": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.Keyed{Agent: a, Call: d.talks[a], Keys: call.NewSecret("12#"), After: rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "after")})
		},
		"hand over": func(t *rapid.T) {
			a := agent(t)
			ev := rapid.SampledFrom([]call.HandedOver{{Queue: "support"}, {Queue: "billing"}, {Queue: "german"}, {Queue: "small"}, {Queue: "night"}, {Queue: "night", Anyway: true},
				{Queue: "lonely", Anyway: true}, {To: "ana"}, {To: "ben"}, {To: "cho"}, {To: "dee"}, {Number: "+34600000001"}, {Number: "600000005"}, {Number: "803000001"}, {Number: "112"}, {}}).Draw(t, "to")
			ev.Agent, ev.Call, ev.Note = a, d.talks[a], "note"
			d.postEvent(ev)
		},
		"ask": func(t *rapid.T) {
			a := agent(t)
			ev := rapid.SampledFrom([]call.Asked{{To: "ana"}, {To: "ben"}, {To: "cho"}, {To: "dee"}, {Queue: "support"}, {Queue: "skilled"}, {Queue: "nowhere"},
				{Number: "+34600000001"}, {Number: "600000005"}, {Number: "803000001"}, {Number: "112"}, {}}).Draw(t, "whom")
			d.calls++
			ev.Agent, ev.Call, ev.Ask, ev.Note = a, d.talks[a], call.ID(fmt.Sprintf("ask%d", d.calls)), "note"
			d.ended[call.ID(fmt.Sprintf("c%d", d.calls))] = true // no caller has this number
			d.postEvent(ev)
		},
		"asks and talks": func(t *rapid.T) { d.consult(t) },
		"turn": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.Turned{Agent: a, Call: d.talks[a], With: rapid.SampledFrom([]call.With{call.WithCaller, call.WithOther, call.WithAll, call.WithAll, "x"}).Draw(t, "with")})
		},
		"hand over to the consulted party": func(t *rapid.T) {
			a := agent(t)
			d.cannotHandOn = rapid.IntRange(0, 3).Draw(t, "fails") == 0
			d.postEvent(call.HandedOver{Agent: a, Call: d.talks[a], Ask: d.asked(d.talks[a])})
		},
		"ask no more": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.AskCancelled{Agent: a, Call: d.talks[a]})
		},
		"keys to the consulted party": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.Keyed{Agent: a, Call: d.asked(d.talks[a]), Keys: call.NewSecret("12#")})
		},
		"put back": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.PutBack{Agent: a, Call: d.talks[a], Callback: rapid.Bool().Draw(t, "callback")})
		},
		"page comes back": func(t *rapid.T) {
			for _, a := range staff {
				if now := d.line.floor.agents[a]; now != nil && now.pageless {
					d.shifts++
					d.postEvent(call.SignedIn{Agent: a, Shift: call.ID(fmt.Sprintf("s%d", d.shifts))})
					d.postEvent(call.MediaUp{Agent: a, Address: rapid.SampledFrom([]string{"x", "x", "y"}).Draw(t, "address")})
				}
			}
		},
		"signs out": func(t *rapid.T) { d.postEvent(call.Left{Agent: agent(t)}) },
		"agent hangs up": func(t *rapid.T) {
			a := agent(t)
			d.postEvent(call.AgentHungUp{Agent: a, Call: d.talks[a]})
		},
	}
}

// asked is the call in which somebody is asked about that one; "": nobody is.
func (d *day) asked(c call.ID) call.ID {
	if k := d.line.talks.asks[c]; k != nil {
		return k.caller.id
	}
	return ""
}

// consult has an agent ask somebody who answers, and turn to one or all.
func (d *day) consult(t *rapid.T) {
	for _, a := range staff {
		c := d.talks[a]
		if c == "" || d.asked(c) != "" {
			continue
		}
		d.calls++
		d.ended[call.ID(fmt.Sprintf("c%d", d.calls))] = true
		ev := rapid.SampledFrom([]call.Asked{{Queue: "support"}, {Queue: "billing"}, {Number: "+34600000005"}}).Draw(t, "whom")
		ev.Agent, ev.Call, ev.Ask = a, c, call.ID(fmt.Sprintf("ask%d", d.calls))
		d.postEvent(ev)
		for _, b := range staff {
			if d.offers[b] == call.OfferID(ev.Ask, 2) {
				d.postEvent(call.Accepted{Agent: b, Offer: d.offers[b]})
			}
		}
		if dial := call.AskDial(ev.Ask); d.dials[dial] != "" {
			delete(d.dials, dial)
			d.answer[ev.Ask] = true
			d.postEvent(call.DialAnswered{Call: ev.Ask, Dial: dial})
		}
		if leg := call.LegID(call.OfferID(ev.Ask, 1)); d.legs[leg] != "" {
			d.postEvent(call.LegMade{Call: ev.Ask, Leg: leg})
			d.postEvent(call.Bridged{Call: ev.Ask, Leg: leg})
		}
		d.postEvent(call.Turned{Agent: a, Call: c, With: rapid.SampledFrom([]call.With{call.WithCaller, call.WithOther, call.WithAll, call.WithAll}).Draw(t, "with")})
		return
	}
}

// switchboard does what switches do, and time, and restarts.
func (d *day) switchboard() map[string]func(*rapid.T) {
	legOf := func(t *rapid.T) (string, call.ID, bool) {
		leg, ok := pick(t, sorted(d.legs), "leg")
		return leg, d.legs[leg], ok && (d.up[d.legs[leg]] || d.answer[d.legs[leg]])
	}
	return map[string]func(*rapid.T){
		"bridged": func(t *rapid.T) {
			if leg, c, ok := legOf(t); ok {
				d.postEvent(call.Bridged{Call: c, Leg: leg})
			}
		},
		"leg broke": func(t *rapid.T) {
			if leg, c, ok := legOf(t); ok {
				d.postEvent(call.LegEnded{Call: c, Leg: leg})
			}
		},
		"connect failed": func(t *rapid.T) {
			if leg, c, ok := legOf(t); ok {
				d.postEvent(call.Failed{Call: c, Command: "Connect", Leg: leg, Why: "busy"})
			}
		},
		"cannot unite": func(t *rapid.T) {
			if ask, ok := pick(t, sorted(d.united), "ask"); ok {
				delete(d.united, ask)
				d.postEvent(call.Failed{Call: ask, Command: "unite", Why: "busy"})
			}
		},
		"taken outside": func(t *rapid.T) {
			if transfer, ok := pick(t, sorted(d.outside), "transfer"); ok && d.up[d.outside[transfer]] {
				d.postEvent(call.TransferAnswered{Call: d.outside[transfer], Transfer: transfer})
			}
		},
		"over outside": func(t *rapid.T) {
			if transfer, ok := pick(t, sorted(d.outside), "transfer"); ok {
				c := d.outside[transfer]
				delete(d.outside, transfer)
				if d.up[c] || d.answer[c] {
					d.postEvent(call.TransferEnded{Call: c, Transfer: transfer, Why: rapid.SampledFrom([]string{"busy", "no_answer", "trunk", "over"}).Draw(t, "why")})
				}
			}
		},
		"played": func(t *rapid.T) {
			if c, ok := pick(t, sorted(d.playing), "caller"); ok {
				play := d.playing[c]
				delete(d.playing, c)
				d.postEvent(call.PlayEnded{Call: c, Play: play, Failed: rapid.Bool().Draw(t, "failed")})
			}
		},
		"restart": func(t *rapid.T) { d.restart(func() bool { return rapid.Bool().Draw(t, "leg lives") }) },
		"time": func(t *rapid.T) {
			d.passTime(time.Duration(rapid.IntRange(1, 20_000).Draw(t, "ms")) * time.Millisecond)
		},
		"long time": func(t *rapid.T) {
			d.passTime(time.Duration(rapid.IntRange(1, 120).Draw(t, "min")) * time.Minute)
		},
		"reports": func(t *rapid.T) {
			for _, q := range []string{"first", "support"} {
				d.postEvent(call.Learned{Queue: q, Handle: float64(rapid.IntRange(2, 200).Draw(t, "handle")), P99: 30, Finished: 50})
			}
		},
		"": func(t *rapid.T) {},
	}
}

// restart forgets everything but the facts; what was is what is.
func (d *day) restart(legLives func() bool) {
	before, ordered := d.line.Snapshot(d.now).Queues, d.ordered()
	d.begin()
	d.loop.Replay(d.past)
	if again := d.ordered(); again != ordered {
		d.t.Fatalf("before the restart agents are ordered %s, after it %s", ordered, again)
	}
	for i, q := range d.line.Snapshot(d.now).Queues {
		if i < len(before) && !reflect.DeepEqual(q, before[i]) {
			d.t.Fatalf("before the restart\n%+v\nafter\n%+v", before[i], q)
		}
	}
	d.ringing = map[call.AgentID]string{}
	d.offers, d.talks, d.playing = map[call.AgentID]string{}, map[call.AgentID]call.ID{}, map[call.ID]string{}
	d.joins = map[call.ID]bool{} // a switch that is compared with us takes them away
	d.starting = true
	d.postEvent(call.Learned{Queue: "support"}) // the first news that a program has
	there := append(d.callers(), sorted(d.answer)...)
	for _, c := range there {
		leg := ""
		if talk, ok := d.line.Talks()[c]; ok && legLives() {
			leg = talk.Leg
		}
		d.postEvent(call.Resumed{Call: c, Leg: leg})
	}
	d.starting = false
	d.deadAir()
}

// ordered is what holds of agents.
func (d *day) ordered() string {
	var all []string
	for a, of := range d.line.floor.directed {
		for _, st := range []*standing{of.away, of.leaving, of.today} {
			if st != nil {
				all = append(all, fmt.Sprintf("%s %s %s %v %v until %s", a, st.What, st.Reason, st.Queues, st.Skills, st.Until))
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// goesWell lets everybody do what they are asked for.
func (d *day) goesWell(t *rapid.T) {
	for _, a := range staff {
		d.postEvent(call.Accepted{Agent: a, Offer: d.offers[a]})
	}
	for _, dial := range sorted(d.dials) {
		if c, rings := d.dials[dial]; rings {
			delete(d.dials, dial)
			d.answer[c] = true
			d.postEvent(call.DialAnswered{Call: c, Dial: dial, By: rapid.SampledFrom([]string{"", "", "machine"}).Draw(t, "by")})
		}
	}
	for _, c := range sorted(d.answer) {
		d.postEvent(call.DigitPressed{Call: c, Digit: "1"})
	}
	for _, leg := range sorted(d.legs) {
		if c := d.legs[leg]; c != "" && (d.up[c] || d.answer[c]) {
			d.postEvent(call.Bridged{Call: c, Leg: leg})
		}
	}
}

// press has a caller press keys, all in one moment.
func (d *day) press(c call.ID, keys string) {
	for _, k := range keys {
		if d.up[c] {
			d.postEvent(call.DigitPressed{Call: c, Digit: string(k)})
		}
	}
}

// callbacks are asked for, made, missed and taken back.
func (d *day) callbacks() map[string]func(*rapid.T) {
	ringing := func(t *rapid.T, f func(dial string, c call.ID)) {
		if dial, ok := pick(t, sorted(d.dials), "dial"); ok {
			f(dial, d.dials[dial])
		}
	}
	return map[string]func(*rapid.T){
		"press": func(t *rapid.T) {
			if c, ok := pick(t, d.callers(), "caller"); ok {
				d.press(c, rapid.SampledFrom([]string{"11", "11", "111", "1", "0", "*", "132", "131", "12600000005#1", "12#", "9"}).Draw(t, "keys"))
			}
		},
		"asks and confirms": func(t *rapid.T) {
			if c, ok := pick(t, d.callers(), "caller"); ok {
				d.press(c, "1")
				d.passTime(leastHeard)
				d.press(c, "1")
			}
		},
		"disk full": func(t *rapid.T) {
			if c, ok := pick(t, d.callers(), "caller"); ok {
				d.postEvent(call.Failed{Call: c, Command: "Promise"})
			}
		},
		"rings": func(t *rapid.T) {
			ringing(t, func(dial string, c call.ID) { d.postEvent(call.DialRinging{Call: c, Dial: dial}) })
		},
		"taken": func(t *rapid.T) {
			ringing(t, func(dial string, c call.ID) {
				delete(d.dials, dial)
				d.answer[c] = true
				d.postEvent(call.DialAnswered{Call: c, Dial: dial, By: rapid.SampledFrom([]string{"", "person", "machine"}).Draw(t, "by")})
			})
		},
		"not taken": func(t *rapid.T) {
			ringing(t, func(dial string, c call.ID) {
				delete(d.dials, dial)
				d.postEvent(call.DialFailed{Call: c, Dial: dial, Why: rapid.SampledFrom([]string{"busy", "no_answer", "invalid"}).Draw(t, "why")})
			})
		},
		"customer presses 1": func(t *rapid.T) {
			if c, ok := pick(t, sorted(d.answer), "customer"); ok {
				d.postEvent(call.DigitPressed{Call: c, Digit: "1"})
			}
		},
		"customer hangs up": func(t *rapid.T) {
			if c, ok := pick(t, sorted(d.answer), "customer"); ok {
				delete(d.answer, c)
				delete(d.playing, c)
				d.postEvent(call.HungUp{Call: c, Side: call.SideCaller})
			}
		},
		"somebody asks to be called": func(t *rapid.T) {
			d.calls++
			c := call.ID(fmt.Sprintf("c%d", d.calls))
			d.up[c] = true
			d.postEvent(call.Arrived{Call: c, To: rapid.SampledFrom([]string{"first", "first", "billing"}).Draw(t, "queue"), From: rapid.SampledFrom(numbers).Draw(t, "number")})
			d.passTime(typedAhead)
			d.press(c, "1")
			d.passTime(leastHeard)
			d.press(c, "1")
			if play := d.playing[c]; play != "" {
				delete(d.playing, c)
				d.postEvent(call.PlayEnded{Call: c, Play: play})
			}
		},
		"all goes well": func(t *rapid.T) { d.goesWell(t) },
		"cancel": func(t *rapid.T) {
			if c, ok := pick(t, sorted(d.booked), "callback"); ok {
				d.postEvent(call.CallbackCancelled{Callback: c, By: "customer"})
			}
		},
	}
}
