package softphone_test

import (
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/softphone"
	"presszero/softphone/media"
)

// talks shows ann talking with the caller c since the joining.
func (f *floor) talks(l *line, c call.ID, joined time.Time) {
	f.t.Helper()
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Talking, Talk: &call.DeskTalk{Call: c, Since: joined}}})
	for l.readMessage("desk").Desk.Talk == nil {
	}
}

// tellQuality says how a talk was heard, and waits until it was taken in.
func (l *line) tellQuality(c call.ID, heard string) {
	l.t.Helper()
	l.sendMessage(fmt.Sprintf(`{"type":"quality","call":%q,%s}`, c, heard))
	l.sendMessage(`{"type":"ping","t":1}`)
	for m, err := l.nextMessage(); m.Type != "pong"; m, err = l.nextMessage() {
		if err != nil {
			l.t.Fatal(err)
		}
	}
}

func TestTalkQuality(t *testing.T) {
	t.Parallel()
	f := newFloor(t, func(c *softphone.Config) { c.Quality = time.Nanosecond })
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	joined := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f.talks(l, "c1", joined)
	l.tellQuality("c2", `"mos":4.4`) // not hers
	leg := func(name string, agent, caller media.Flow) {
		f.engine.mu.Lock()
		defer f.engine.mu.Unlock()
		f.engine.stats = &media.Stats{Seat: media.Seat{Leg: name}, FromAgent: agent, FromCaller: caller}
	}
	leg("l1", media.Flow{Packets: 90, Lost: 10, Jitter: 2 * time.Millisecond}, media.Flow{Packets: 100})
	for n := range 19 {
		l.tellQuality("c1", fmt.Sprintf(`"rtt_ms":%d,"jitter_ms":3,"mos":4.3`, 21+n))
	}
	leg("l2", media.Flow{Packets: 300, Lost: 0, Jitter: 30 * time.Millisecond}, media.Flow{Packets: 297, Lost: 3})
	l.tellQuality("c1", `"rtt_ms":1e9,"jitter_ms":-4,"lost":0.5,"concealed":0.2,"mos":2.5`)
	f.talks(l, "c1", joined) // on hold, perhaps: it is the same talk
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.WrapUp}})
	f.expect(call.QualityMeasured{Agent: "ann", Heard: call.TalkQuality{Agent: "ann", Call: "c1", Joined: joined,
		Measured: 20e-9, Bad: 1e-9, MOS: 2.5, Trip50: 30, Trip95: 39, Jitter50: 3, Jitter95: 3, Lost: 2.5, Concealed: 1,
		AgentLost: 2.5, AgentJitter: 2, CallerLost: 0.8, CallerJitter: 0}})

	// The next talk is another, also with the same caller. Leaving tells of it first.
	f.talks(l, "c1", joined.Add(time.Hour))
	l.tellQuality("c1", `"mos":3.6`)
	l.sendMessage(`{"type":"signout"}`)
	l.closed()
	f.expect(call.QualityMeasured{Agent: "ann", Heard: call.TalkQuality{Agent: "ann", Call: "c1", Joined: joined.Add(time.Hour),
		Measured: 1e-9, MOS: 3.6, AgentJitter: 30, CallerLost: 1}}, call.Left{Agent: "ann"})
}

func TestQualityThatComesTooFastCountsOnce(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	f.talks(l, "c1", time.Time{})
	for range 5 {
		l.tellQuality("c1", `"mos":4`)
	}
	if err := f.hub.Close(t.Context()); err != nil { // the next controller hears the rest
		t.Fatal(err)
	}
	f.expect(call.QualityMeasured{Agent: "ann", Heard: call.TalkQuality{Agent: "ann", Call: "c1", Measured: 5, MOS: 4}})
}

func TestAgentHearsHerself(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	echo := func(on bool) bool {
		l.sendMessage(fmt.Sprintf(`{"type":"echo","on":%v}`, on))
		for {
			m, err := l.nextMessage()
			if err != nil {
				t.Fatal(err)
			}
			if m.Type == "echo" {
				return *m.On
			}
		}
	}
	if echo(true) {
		t.Error("a page that shows nothing yet hears itself")
	}
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Idle}})
	l.readMessage("desk")
	if !echo(true) || echo(false) {
		t.Error("it does not begin, or does not end")
	}
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Ringing}})
	l.readMessage("desk")
	if echo(true) {
		t.Error("an agent for whom it rings hears herself")
	}
	f.waitEngine("echo ann false; rest ann; echo ann true; echo ann false; expect ann; echo ann false")
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Idle}})
	l.readMessage("desk")
	f.engine.mu.Lock()
	f.engine.fail = media.ErrNoSeat
	f.engine.mu.Unlock()
	l.sendMessage(`{"type":"echo","on":true}`)
	if m := l.readMessage("error"); m.Text == "" {
		t.Error("a test that cannot be made is not explained")
	}
	if m := l.readMessage("echo"); *m.On {
		t.Error("it was said to have begun")
	}
}

// consults shows ann in a talk with the caller c1, during which she asks somebody.
func (f *floor) consults(l *line, other *call.DeskOther) {
	f.t.Helper()
	talk := &call.DeskTalk{Call: "c1", Since: began, Other: other}
	if other != nil && (other.With == call.WithOther || other.With == "") {
		talk.Hold = &call.DeskHold{Since: asked}
	}
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Talking, Talk: talk}})
	for shown := false; !shown; {
		d := l.readMessage("desk").Desk
		shown = d.Talk.Other == nil && other == nil || d.Talk.Other != nil && other != nil && d.Talk.Other.With == other.With
	}
}

var began, asked = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), time.Date(2026, 3, 2, 9, 5, 0, 0, time.UTC)

func asks(state string, with call.With) *call.DeskOther {
	return &call.DeskOther{Ask: "a1", State: state, Since: asked, With: with}
}

// Of two talks of an agent that one is measured which she hears; the other is not, and
// is not over.
func TestQualityOfTwoTalks(t *testing.T) {
	t.Parallel()
	f := newFloor(t, func(c *softphone.Config) { c.Quality = time.Nanosecond })
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	for _, step := range []struct {
		other *call.DeskOther
		leg   string
		lost  uint64
		mos   string
	}{
		{nil, "c", 1, "4.1"},
		{nil, "c", 2, "4.2"},
		{asks("ringing", ""), "a", 99, "1"}, // the ringing tone, and a caller on hold
		{asks("talking", call.WithOther), "a", 20, "2.1"},
		{asks("talking", call.WithCaller), "c", 3, "4.3"},
		{asks("talking", call.WithAll), "c", 4, "4.4"},
		{asks("talking", call.WithOther), "a", 30, "2.2"},
	} {
		f.consults(l, step.other)
		f.engine.mu.Lock()
		f.engine.stats = &media.Stats{Seat: media.Seat{Leg: step.leg}, FromCaller: media.Flow{Packets: 100 - step.lost, Lost: step.lost}}
		f.engine.mu.Unlock()
		l.tellQuality("c1", `"mos":`+step.mos)
		l.tellQuality("a1", `"mos":`+step.mos)
	}
	f.expect()
	f.consults(l, nil)
	f.expect(call.QualityMeasured{Agent: "ann", Heard: call.TalkQuality{Agent: "ann", Call: "a1", Joined: asked,
		Measured: 2e-9, Bad: 2e-9, MOS: 2.1, CallerLost: 30}})
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.WrapUp}})
	f.expect(call.QualityMeasured{Agent: "ann", Heard: call.TalkQuality{Agent: "ann", Call: "c1", Joined: began,
		Measured: 4e-9, MOS: 4.1, CallerLost: 4}})
}

// The consulted party hears music while the other has turned to the caller.
func TestQualityOfOneWhoIsAsked(t *testing.T) {
	t.Parallel()
	f := newFloor(t, func(c *softphone.Config) { c.Quality = time.Nanosecond })
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	for _, with := range []call.With{call.WithOther, call.WithCaller, call.WithAll} {
		f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Talking,
			Talk: &call.DeskTalk{Call: "a1", Since: asked, Asked: &call.DeskAsked{By: "ben", With: with}}}})
		l.readMessage("desk")
		l.tellQuality("a1", map[call.With]string{call.WithOther: `"mos":4`, call.WithCaller: `"mos":1`, call.WithAll: `"mos":3.9`}[with])
	}
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Idle}})
	f.expect(call.QualityMeasured{Agent: "ann", Heard: call.TalkQuality{Agent: "ann", Call: "a1", Joined: asked, Measured: 2e-9, MOS: 3.9}})
}

// When the caller has gone, the agent talks on with whom she asked, and that talk goes on
// being measured.
func TestQualityWhenTheCallerHasGone(t *testing.T) {
	t.Parallel()
	f := newFloor(t, func(c *softphone.Config) { c.Quality = time.Nanosecond })
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	f.consults(l, asks("talking", call.WithOther))
	l.tellQuality("a1", `"mos":4`)
	f.talks(l, "a1", asked)
	l.tellQuality("a1", `"mos":3.9`)
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.WrapUp}})
	f.expect(call.QualityMeasured{Agent: "ann", Heard: call.TalkQuality{Agent: "ann", Call: "a1", Joined: asked, Measured: 2e-9, MOS: 3.9}})
}

// What is told soon after the agent has turned is in part of the talk before, and is
// booked for neither.
func TestQualityAcrossATurn(t *testing.T) {
	t.Parallel()
	f := newFloor(t, func(c *softphone.Config) { c.Quality = time.Hour })
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	f.consults(l, nil)
	l.tellQuality("c1", `"mos":4`)
	f.consults(l, asks("ringing", ""))
	f.consults(l, asks("talking", call.WithOther))
	l.tellQuality("a1", `"mos":2`)
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.WrapUp}})
	f.expect(call.QualityMeasured{Agent: "ann", Heard: call.TalkQuality{Agent: "ann", Call: "c1", Joined: began, Measured: 3600, MOS: 4}})
}
