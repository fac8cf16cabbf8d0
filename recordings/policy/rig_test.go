package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// teller states what a test has it state, as the line and the menus would.
type teller struct {
	call  call.ID
	facts []call.Fact
}

func (l *teller) Step(s *call.Step, ev call.Event) {
	if _, is := ev.(call.Strained); is {
		for _, f := range l.facts {
			s.State(l.call, f)
		}
	}
}
func (*teller) Heard(*call.Step, call.Entry)                  {}
func (*teller) Replay(call.Entry)                             {}
func (*teller) Forget(*call.Step, call.ID)                    {}
func (*teller) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

// rig is the stage in a loop, with a clock.
type rig struct {
	t      testing.TB
	m      *Machine
	line   *teller
	loop   *call.Loop
	now    time.Time
	past   []call.Entry
	orders []call.Command
	new    []call.Entry       // stated by the last event
	leg    call.RecordingTold // of whose recording the media tells
}

func newRig(t testing.TB, plan call.RecordingPlan, past ...call.Entry) *rig {
	r := &rig{t: t, m: New(), line: &teller{}, now: monday, past: past, leg: call.RecordingTold{Call: "c1", Agent: "ana", Leg: "c1.o1.leg", Recording: "c1.o1.leg"}}
	r.m.Record(plan)
	r.loop = call.NewLoop(r.line, r.m)
	r.loop.OnPanic = func(ev call.Event, reason any) { t.Fatalf("%#v: %v", ev, reason) }
	r.loop.Replay(past)
	return r
}

func (r *rig) take(fx call.Effects) {
	r.past, r.new = append(r.past, fx.Facts...), fx.Facts
	r.orders = append(r.orders, fx.Commands...)
}

func (r *rig) post(ev call.Event) { r.take(r.loop.Step(r.now, ev)) }

// states has the line or the menus state something.
func (r *rig) states(c call.ID, facts ...call.Fact) {
	r.line.call, r.line.facts = c, facts
	r.post(call.Strained{})
}

func (r *rig) pass(d time.Duration) {
	until := r.now.Add(d)
	for at, ok := r.loop.Next(); ok && !at.After(until); at, ok = r.loop.Next() {
		r.now = at
		fx, _ := r.loop.Fire(at)
		r.take(fx)
	}
	r.now = until
}

func (r *rig) told(what, by, why string) {
	ev := r.leg
	ev.What, ev.By, ev.Why = what, by, why
	r.post(ev)
}

// outside has c1, who has allowed it, talk with a number outside, after ana.
func (r *rig) outside(told call.TransferJoined) {
	r.talks(heard, stayed)
	r.told("started", "", "")
	r.states("c1", call.BridgeHanded{Agent: "ana", Number: theirs}, left, call.TransferStarted{Transfer: "c1.h1", Number: theirs})
	told.Transfer = "c1.h1"
	r.states("c1", told)
	r.leg = call.RecordingTold{Call: "c1", Leg: "c1.h1.leg", Recording: "c1.h1.leg"}
}

// asks has ana, who talks with c1 and is recorded, ask a number, which does this to the notice.
func (r *rig) asks(consent ...call.Fact) {
	r.talks(heard, stayed)
	r.told("started", "", "")
	r.states("k1", append([]call.Fact{call.OutgoingDialed{Agent: "ana", For: "c1", Number: theirs}, call.OutgoingAnswered{Agent: "ana", For: "c1"}}, consent...)...)
	r.states("k1", call.OutgoingJoined{Agent: "ana", For: "c1", Leg: "k1.o1.leg"})
}

// restart is the same past, taken in by a stage that has just started.
func (r *rig) restart() *rig {
	later := newRig(r.t, r.m.plan, r.past...)
	later.now = r.now
	return later
}

var recordAll = call.RecordingPlan{House: call.HouseRecording{RecordingSettings: call.RecordingSettings{RecordingRule: call.RecordingRule{
	Talks: call.RecordAll, Notice: "told", Key: "9", Keep: 30}}}, Sensitive: map[string]bool{"card": true}}

var onDemand = call.RecordingPlan{House: call.HouseRecording{RecordingSettings: call.RecordingSettings{RecordingRule: call.RecordingRule{
	Talks: call.RecordOnDemand, Notice: "told", Key: "9"}}}, Sensitive: map[string]bool{"card": true}}

const theirs = "+34600000009"

var (
	heard  = call.NoticePlayed{Notice: "told", ToEnd: true}
	stayed = call.ConsentGiven{How: "stayed"}
	joined = call.BridgeJoined{Visit: "c1.v1", Offer: "c1.o1", Agent: "ana", Leg: "c1.o1.leg"}
	left   = call.BridgeLeft{Visit: "c1.v1", Agent: "ana"}
)

// waits has c1 come into the line, having done this to the notice.
func (r *rig) waits(consent ...call.Fact) {
	r.states("c1", append([]call.Fact{call.CallStarted{To: "100", From: "+34600000001"}, call.CallAnswered{}}, append(consent, call.QueueEntered{Queue: "q"})...)...)
}

// talks has c1 talk with ana.
func (r *rig) talks(consent ...call.Fact) {
	r.waits(consent...)
	r.states("c1", joined)
}

// story is what was stated of recordings, in short.
func story(entries []call.Entry) string {
	var list []string
	for _, e := range entries {
		if kind := e.Fact.Kind(); strings.HasPrefix(kind, "recording.") || kind == "consent.refused" {
			data, _ := json.Marshal(e.Fact)
			var fields map[string]any
			_ = json.Unmarshal(data, &fields)
			text := strings.TrimPrefix(kind, "recording.")
			for _, name := range []string{"why", "by", "how", "limit_s", "text", "of"} {
				if v, has := fields[name]; has && v != "" {
					text += fmt.Sprint(" ", v)
				}
			}
			list = append(list, text)
		}
	}
	return strings.Join(list, ", ")
}

// did is what was ordered, in short.
func did(orders []call.Command) string {
	var list []string
	for _, o := range orders {
		switch o := o.(type) {
		case call.PauseRecording:
			list = append(list, "pause "+o.Limit.String())
		case call.ShowRecording:
			shown := "show " + strings.TrimSpace(o.Recording.State+" "+o.Recording.Why)
			if o.Recording.Marks > 0 {
				shown += fmt.Sprint(" marks ", o.Recording.Marks)
			}
			if len(o.Recording.Can) > 0 {
				shown += fmt.Sprint(" ", o.Recording.Can)
			}
			list = append(list, shown)
		default:
			list = append(list, strings.TrimSuffix(strings.TrimSuffix(string(call.NameOf(o)), "_recording"), "_talk"))
		}
	}
	return strings.Join(list, ", ")
}
