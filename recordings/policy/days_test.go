package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
)

// day is a random day: calls come, allow or refuse, are joined with agents, and the media
// answers late, in part, or not at all. What must never be is checked with each step.
type day struct {
	*rapid.T
	*rig
	asked   call.ConsentAsked
	calls   map[call.ID]*dayCall
	agents  map[call.AgentID]call.ID
	pending []call.Command // orders that the media has not answered
	seen    int            // of r.past
	did     int            // of r.orders
}

type dayCall struct {
	allowed, refused bool
	legs             []string
	leg              string
	agent            call.AgentID      // "": with leg, a number outside
	theirs           bool              // which allows it
	stated           map[string]string // by leg: what was stated of it last
	media            bool              // the media records the leg
	ordered          bool              // the latest order about it was to record
}

// TestDays: no leg is recorded without consent, nothing is after a refusal, and each leg
// that was joined has begun to be recorded or has a reason; over restarts too.
func TestDays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		plan := recordAll
		rule := plan.House.RecordingRule
		rule.Talks = rapid.SampledFrom([]call.TalksRecorded{call.RecordAll, "50%", call.RecordOnDemand}).Draw(rt, "talks")
		rule.Consent = rapid.SampledFrom([]call.ConsentAsked{call.ConsentStay, call.ConsentOptOut, call.ConsentOptIn}).Draw(rt, "consent")
		plan.House.RecordingRule = rule
		d := &day{T: rt, rig: newRig(t, plan), asked: rule.Consent, calls: map[call.ID]*dayCall{}, agents: map[call.AgentID]call.ID{}}
		for range rapid.IntRange(20, 80).Draw(rt, "steps") {
			d.happens()
			d.check()
		}
		for c, k := range d.calls {
			if k.leg != "" {
				d.leaves(c)
			}
			d.states(c, call.CallEnded{})
			d.check()
		}
		for _, k := range d.calls {
			for _, leg := range k.legs {
				if k.stated[leg] != "absent" && k.stated[leg] != "stopped" {
					rt.Fatalf("%s: the last that was stated is %q", leg, k.stated[leg])
				}
			}
		}
		if len(d.m.books)+len(d.m.legs)+len(d.m.agents) > 0 {
			rt.Fatalf("something is held of calls that are over")
		}
	})
}

// happens lets one thing happen.
func (d *day) happens() {
	c := call.ID(fmt.Sprint("c", rapid.IntRange(1, 3).Draw(d.T, "call")))
	k := d.calls[c]
	a := call.AgentID(rapid.SampledFrom([]string{"ana", "ben"}).Draw(d.T, "agent"))
	d.pass(time.Duration(rapid.IntRange(0, 4000).Draw(d.T, "ms")) * time.Millisecond)
	switch what := rapid.IntRange(0, 16).Draw(d.T, "what"); {
	case k == nil:
		d.arrives(c)
	case what < 3 && k.leg == "" && d.agents[a] == "":
		k.agent, d.agents[a] = a, c
		k.joins(fmt.Sprintf("%s.o%d.leg", c, len(k.legs)+1))
		d.states(c, call.QueueEntered{Queue: "q"}, call.BridgeJoined{Agent: a, Leg: k.leg})
	case what == 3 && k.leg != "":
		d.leaves(c)
	case what == 16 && k.leg != "" && k.agent != "":
		d.leaves(c)
		d.goesOutside(c)
	case what < 8:
		d.mediaAnswers()
	case what == 8 && k.media:
		d.post(call.RecordingTold{Call: c, Agent: k.agent, Leg: k.leg, Recording: k.leg, What: "resumed", By: "limit"})
	case what == 9 && k.media:
		k.media = false
		d.post(call.RecordingTold{Call: c, Agent: k.agent, Leg: k.leg, Recording: k.leg, What: "failed", Why: "disk"})
	case what == 10:
		d.post(call.PauseAsked{Agent: a})
	case what == 11:
		d.post(call.ResumeAsked{Agent: a})
	case what == 12:
		d.post(call.RecordAsked{Agent: a})
	case what == 13:
		d.post(call.MarkAsked{Agent: a})
	case what == 14 && k.leg != "" && rapid.Bool().Draw(d.T, "refuses"):
		d.post(call.RefusedToAgent{Agent: k.agent})
	case what == 15:
		d.restarts()
	}
}

// joins has the caller joined with a leg.
func (k *dayCall) joins(leg string) {
	k.leg, k.legs = leg, append(k.legs, leg)
}

// leaves ends the talk.
func (d *day) leaves(c call.ID) {
	d.check() // what was ordered before is about this leg
	k := d.calls[c]
	over := call.Fact(call.BridgeLeft{Agent: k.agent})
	if k.agent == "" {
		over = call.TransferOver{Transfer: strings.TrimSuffix(k.leg, ".leg"), Why: "over"}
	}
	delete(d.agents, k.agent)
	k.leg, k.agent, k.media = "", "", false
	d.states(c, over)
}

// goesOutside has the caller talk with a number outside, which does something to the notice.
func (d *day) goesOutside(c call.ID) {
	k := d.calls[c]
	f := call.TransferJoined{Transfer: call.TransferID(c, len(k.legs)+1), Consent: rapid.SampledFrom([]string{"", "stayed", "key", "refused"}).Draw(d.T, "theirs")}
	if f.Consent != "" || rapid.Bool().Draw(d.T, "told") {
		f.Notice = heard
	}
	k.theirs = f.Consent == "key" || f.Consent == "stayed" && d.asked != call.ConsentOptIn
	k.joins(call.TransferLeg(f.Transfer))
	d.states(c, call.TransferStarted{Transfer: f.Transfer, Number: theirs})
	d.states(c, f)
}

// allows reports whether all who talk with the caller now, and the caller, have allowed it.
func (k *dayCall) allows() bool { return k.allowed && (k.agent != "" || k.theirs) }

// arrives has a caller come, and answer the notice in some way.
func (d *day) arrives(c call.ID) {
	k := &dayCall{stated: map[string]string{}}
	d.calls[c] = k
	facts := []call.Fact{call.CallStarted{To: "100", From: "+34600000001"}}
	switch rapid.IntRange(0, 3).Draw(d.T, "answer") {
	case 0:
		facts = append(facts, heard, call.ConsentGiven{How: "stayed"})
		k.allowed = d.asked != call.ConsentOptIn
	case 1:
		facts = append(facts, heard, call.ConsentGiven{How: "key"})
		k.allowed = true
	case 2:
		facts = append(facts, heard, call.ConsentRefused{How: "key"})
	}
	d.states(c, facts...)
}

// mediaAnswers has the media do the next order, or fail at it.
func (d *day) mediaAnswers() {
	if len(d.pending) == 0 {
		return
	}
	o := d.pending[0]
	d.pending = d.pending[1:]
	told := call.RecordingTold{}
	switch o := o.(type) {
	case call.RecordTalk:
		told = call.RecordingTold{Call: o.Call, Agent: o.Agent, Leg: o.Leg, Recording: o.Recording, What: "started"}
	case call.PauseRecording:
		told = call.RecordingTold{Call: o.Call, Agent: o.Agent, Leg: o.Leg, Recording: o.Recording, What: "paused"}
		if k := d.calls[o.Call]; k.leg == o.Leg && !k.media { // it begins so
			d.post(told)
			told.What = "started"
		}
	case call.ResumeRecording:
		told = call.RecordingTold{Call: o.Call, Agent: o.Agent, Leg: o.Leg, Recording: o.Recording, What: "resumed"}
	case call.StopRecording:
		told = call.RecordingTold{Call: o.Call, Agent: o.Agent, Leg: o.Leg, Recording: o.Recording, What: "stopped"}
	}
	if rapid.IntRange(0, 9).Draw(d.T, "fails") == 0 {
		told.What, told.Why = "failed", rapid.SampledFrom([]string{"media", "disk"}).Draw(d.T, "why")
	}
	if k := d.calls[told.Call]; k.leg == told.Leg {
		k.media = told.What == "started" || k.media && told.What != "stopped" && told.What != "failed"
		d.post(told)
	}
}

// restarts has the controller begin anew: what was ordered and not answered may be lost.
func (d *day) restarts() {
	later := d.restart()
	for c, b := range d.m.books {
		same := later.m.books[c]
		if same == nil || same.consent != b.consent || same.talk != b.talk || (same.leg == nil) != (b.leg == nil) {
			d.Fatalf("%s is %+v, and after a restart %+v", c, b, same)
		}
		if l := b.leg; l != nil && l.state != asked && (same.leg.state != l.state || same.leg.why != l.why || same.leg.failing != l.failing || same.leg.marks != l.marks) {
			d.Fatalf("%s is %+v, and after a restart %+v", l.name, l, same.leg)
		}
	}
	orders := d.orders
	d.rig = later
	d.orders = orders
	if rapid.Bool().Draw(d.T, "lost") {
		d.pending = nil
	}
	for c, k := range d.calls {
		if k.leg != "" {
			d.post(call.Resumed{Call: c, Leg: k.leg})
			d.check()
		}
	}
}

// check looks at what was stated and ordered since the last time.
func (d *day) check() {
	for _, e := range d.past[d.seen:] {
		k := d.calls[e.Call]
		switch f := e.Fact.(type) {
		case call.ConsentRefused:
			k.refused = true
		case call.RecordingStarted:
			if !k.allows() || k.refused || k.stated[f.Leg] == "started" || k.stated[f.Leg] == "stopped" {
				d.Fatalf("%s is recorded: allowed %v, refused %v, before %q", f.Leg, k.allowed, k.refused, k.stated[f.Leg])
			}
			k.stated[f.Leg] = "started"
		case call.RecordingAbsent:
			if k.stated[f.Leg] == "started" {
				d.Fatalf("%s is absent, and was recorded", f.Leg)
			}
			k.stated[f.Leg] = "absent"
		case call.RecordingStopped:
			if k.stated[f.Recording] != "started" {
				d.Fatalf("%s has stopped, and was %q", f.Recording, k.stated[f.Recording])
			}
			k.stated[f.Recording] = "stopped"
		}
	}
	d.seen = len(d.past)
	for _, o := range d.orders[d.did:] {
		switch o := o.(type) {
		case call.RecordTalk:
			if k := d.calls[o.Call]; !k.allows() || k.refused {
				d.Fatalf("%s is to be recorded: allowed %v, refused %v", o.Leg, k.allowed, k.refused)
			}
			d.calls[o.Call].ordered = true
			d.pending = append(d.pending, o)
		case call.PauseRecording, call.ResumeRecording:
			if d.calls[call.CallOrdered(o)].refused {
				d.Fatalf("%#v after a refusal", o)
			}
			d.pending = append(d.pending, o)
		case call.StopRecording:
			d.calls[o.Call].ordered = false
			d.pending = append(d.pending, o)
		}
	}
	d.did = len(d.orders)
	for c, k := range d.calls {
		if k.refused && k.leg != "" && k.media && k.ordered {
			d.Fatalf("%s has refused, and the media was not told", c)
		}
	}
}
