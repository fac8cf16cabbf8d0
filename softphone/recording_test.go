package softphone_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/mediatest"
	"presszero/softphone/media"
)

func (e *engine) Record(seat, leg, recording string, pause time.Duration) error {
	if pause > 0 {
		leg += " paused " + pause.Round(time.Minute).String()
	}
	return e.noteOrder("record %s %s %s", seat, recording, leg)
}
func (e *engine) PauseRecording(seat, leg string, limit time.Duration) error {
	e.mu.Lock()
	unrecorded := e.unrecorded
	e.mu.Unlock()
	if unrecorded {
		return media.ErrNotRecorded
	}
	return e.noteOrder("pause %s %s %s", seat, leg, limit.Round(time.Minute))
}
func (e *engine) ResumeRecording(seat, leg string) error {
	return e.noteOrder("resume %s %s", seat, leg)
}
func (e *engine) StopRecording(seat, leg string) error {
	return e.noteOrder("stop recording %s %s", seat, leg)
}

func (e *engine) fails(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail, e.done = err, nil
}

// has is what the engine tells of the recording from now on; nil: it has none.
func (e *engine) has(is *media.Recorded) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.seats, e.done, e.unrecorded = []media.Seat{{Name: "ann"}}, nil, is == nil
	if is != nil {
		is.Leg, is.Recording = ofLeg.Leg, ofLeg.Recording
		e.seats[0].Recordings = []media.Recorded{{Leg: "another"}, *is}
	}
}

var ofLeg = call.RecordTalk{Call: "c", Agent: "ann", Leg: "c.o1.leg", Recording: "c.o1.leg"}

func told(what, by, why string) call.Event {
	return call.RecordingTold{Call: "c", Agent: "ann", Leg: "c.o1.leg", Recording: "c.o1.leg", What: what, By: by, Why: why}
}

func pausing(limit time.Duration) call.Command {
	return call.PauseRecording{Call: "c", Agent: "ann", Leg: "c.o1.leg", Recording: "c.o1.leg", Limit: limit}
}

// tells has the engine tell what has become of the recording.
func (f *floor) tells(what, why string) {
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Recording, Leg: ofLeg.Leg, Recording: ofLeg.Recording, What: what, Why: why})
}

// recorded is a floor on which a leg is recorded.
func recorded(t *testing.T) *floor {
	f := newFloor(t)
	f.hub.Do(ofLeg)
	f.hub.Do(call.Hush{Agent: "ann", Leg: "before"})
	f.waitEngine("record ann c.o1.leg c.o1.leg; hush ann before")
	f.tells(media.RecordingStarted, "")
	f.expect(told("started", "", ""))
	f.engine.has(&media.Recorded{Kept: true})
	return f
}

// A recording has started when something is kept; what is ordered then is told when it is
// done, and repeating it does no harm.
func TestOrdersAboutRecordings(t *testing.T) {
	t.Parallel()
	f := recorded(t)
	for _, c := range []call.Command{ofLeg, pausing(3 * time.Minute), call.ResumeRecording(ofLeg), call.StopRecording(ofLeg), call.StopRecording(ofLeg)} {
		f.hub.Do(c)
	}
	f.expect(told("started", "", ""), told("paused", "", ""), told("resumed", "", ""), told("stopped", "", ""), told("stopped", "", ""))
	f.waitEngine("record ann c.o1.leg c.o1.leg; pause ann c.o1.leg 3m0s; resume ann c.o1.leg; stop recording ann c.o1.leg; stop recording ann c.o1.leg")
	f.tells(media.RecordingStopped, "")
	f.expect()
}

// The loop is told what the media process does by itself, but for what it knows.
func TestRecordingsByThemselves(t *testing.T) {
	t.Parallel()
	f := recorded(t)
	f.hub.Do(pausing(time.Millisecond))
	f.expect(told("paused", "", ""))
	f.tells(media.RecordingPaused, "")
	f.tells(media.RecordingResumed, media.WhyLimit)
	f.tells(media.RecordingFailed, media.WhyDisk)
	f.expect(told("resumed", "limit", ""), told("failed", "", "disk"))
	if n := f.hub.Unkept(); n != 1 {
		t.Errorf("of %d talks nothing is kept, want 1", n)
	}
	f.tells(media.RecordingStarted, "")
	f.expect(told("started", "", ""))
	if n := f.hub.Unkept(); n != 0 {
		t.Errorf("of %d talks nothing is kept, want none", n)
	}

	f.hub.Do(pausing(time.Hour)) // as the one before ends
	f.expect(told("paused", "", ""))
	f.tells(media.RecordingResumed, media.WhyLimit)
	f.tells(media.RecordingStopped, media.WhyLeg)
	f.hub.Do(call.Hush{Agent: "ann", Leg: ofLeg.Leg})
	f.waitEngine("pause ann c.o1.leg 0s; pause ann c.o1.leg 1h0m0s; hush ann c.o1.leg")
	f.tells(media.RecordingFailed, media.WhyDisk)
	f.expect()
}

// A talk goes on that cannot be recorded. What cannot be paused is recorded no more.
func TestTalkThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.engine.fails(media.ErrOld)
	f.hub.Do(ofLeg)
	f.expect(told("failed", "", "media"))

	f = recorded(t)
	f.engine.fails(errors.New("some fault"))
	f.hub.Do(pausing(3 * time.Minute))
	f.expect(told("failed", "", "failed"))
	f.waitEngine("pause ann c.o1.leg 3m0s; stop recording ann c.o1.leg")
}

// What the media process has missed is done when it is back, and what it has told
// meanwhile is found out.
func TestRecordingsWhenTheMediaIsBack(t *testing.T) {
	t.Parallel()
	again := "record ann c.o1.leg c.o1.leg"
	for name, test := range map[string]struct {
		missed call.Command // nil: nothing
		has    *media.Recorded
		told   []call.Event
		orders string
	}{
		"nothing":                {nil, &media.Recorded{Kept: true}, nil, ""},
		"a pause":                {pausing(3 * time.Minute), &media.Recorded{Kept: true}, []call.Event{told("paused", "", "")}, "pause ann c.o1.leg 3m0s"},
		"the end of its limit":   {pausing(0), &media.Recorded{Kept: true}, []call.Event{told("resumed", "limit", "")}, ""},
		"the end of a pause":     {call.ResumeRecording(ofLeg), &media.Recorded{Kept: true, Paused: true}, []call.Event{told("resumed", "", "")}, "resume ann c.o1.leg"},
		"the end":                {call.StopRecording(ofLeg), &media.Recorded{Kept: true}, []call.Event{told("stopped", "", "")}, "stop recording ann c.o1.leg"},
		"a full disk":            {nil, &media.Recorded{Failed: true}, []call.Event{told("failed", "", "disk")}, ""},
		"a full disk, of before": {nil, &media.Recorded{}, []call.Event{told("failed", "", "disk")}, ""},
		"the order":              {nil, nil, nil, again},
		"order and pause":        {pausing(3 * time.Minute), nil, []call.Event{told("paused", "", "")}, again + " paused 3m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := recorded(t)
			if test.missed != nil {
				f.engine.fails(media.ErrLost)
				f.hub.Do(test.missed)
				mediatest.Until(t, "the order is given", func() bool {
					f.engine.mu.Lock()
					defer f.engine.mu.Unlock()
					return len(f.engine.done) == 1
				})
			}
			f.engine.fails(nil)
			f.engine.has(test.has)
			f.hub.Heard(media.Event{Kind: media.Back})
			f.expect(test.told...)
			f.waitEngine(test.orders)
		})
	}
}

// A media process that was started anew has no legs.
func TestRecordingLostWithTheMedia(t *testing.T) {
	t.Parallel()
	f := recorded(t)
	f.engine.has(nil)
	f.engine.fails(media.ErrNoSeat)
	f.hub.Heard(media.Event{Kind: media.Back})
	f.expect(told("failed", "", "failed"))
	f.waitEngine("record ann c.o1.leg c.o1.leg") // nobody is alarmed, and nothing is stopped: it is to begin anew with the talk's next leg
}

// A controller that starts finds what is recorded, has it go on if that is wanted, and
// ends the rest.
func TestRecordingsAfterARestart(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.engine.has(&media.Recorded{Kept: true, Paused: true})
	f.hub.Do(pausing(3 * time.Minute))
	f.expect(told("paused", "", ""))
	f.hub.Resume(nil)
	f.waitEngine("pause ann c.o1.leg 3m0s; stop recording ann another; close ann")

	f = newFloor(t)
	f.engine.has(&media.Recorded{Failed: true})
	f.hub.Do(ofLeg)
	f.expect(told("failed", "", "disk"))
}

// The page is shown how its talk is recorded, whichever of the two is told first, and a
// page that comes back, too.
func TestPageIsShownTheRecording(t *testing.T) {
	t.Parallel()
	f, l := talks(t)
	at := time.Date(2026, 5, 4, 9, 0, 0, 123456789, time.FixedZone("CET", 3600))
	shown := call.DeskRecording{Call: "c", State: "paused", Why: "agent", Until: at, Marks: 2, Can: []call.RecordingVerb{call.CanResumeRecording}}
	f.hub.Do(call.ShowRecording{Agent: "ann", Recording: shown})
	check := func(d *call.Desk) {
		t.Helper()
		r := d.Talk.Recording
		if r == nil || r.State != "paused" || r.Until.Format(time.RFC3339Nano) != "2026-05-04T08:00:00.123Z" || r.Marks != 2 || !slices.Equal(r.Can, shown.Can) {
			t.Fatalf("shown was %+v", r)
		}
	}
	check(l.readMessage("desk").Desk)
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Talking, Talk: &call.DeskTalk{Call: "c", Held: 1}}})
	check(l.readMessage("desk").Desk)
	_ = l.conn.CloseNow()
	check(f.openDesk("ann", "p1").readMessage("desk").Desk)
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Talking, Talk: &call.DeskTalk{Call: "d"}}})
	f.hub.Do(call.ShowRecording{Agent: "ben", Recording: shown}) // who has no page
	g := f.hello("ann", "p2", true)
	g.readMessage("welcome")
	if d := g.readMessage("desk").Desk; d.Talk.Call != "d" || d.Talk.Recording != nil {
		t.Errorf("of another talk it was shown %+v", d.Talk.Recording)
	}
}

// What a page asks about the recording counts if it is about its talk, and can be done.
func TestPageAsksAboutTheRecording(t *testing.T) {
	t.Parallel()
	f, l := talks(t)
	say := func(kind, call, text string) {
		l.sendMessage(`{"type":"` + kind + `","call":"` + call + `","text":"` + text + `"}`)
	}
	show := func(can ...call.RecordingVerb) {
		f.hub.Do(call.ShowRecording{Agent: "ann", Recording: call.DeskRecording{Call: "c", State: "on", Can: can}})
		l.readMessage("desk")
	}
	say("pause", "c", "") // nothing was told of a recording
	l.sendMessage(`{"type":"ping","t":1}`)
	l.readMessage("pong")
	show(call.CanPause, call.CanMark, call.CanRefuse)
	for _, kind := range []string{"resume", "record"} {
		say(kind, "c", "")
	}
	say("pause", "d", "")
	say("pause", "c", "")
	f.expect(call.PauseAsked{Agent: "ann"})
	say("mark", "c", ` price\u0000 `)
	f.expect(call.MarkAsked{Agent: "ann", Text: "price"})
	l.sendMessage(`{"type":"mark","call":"c","text":"price","of":2}`)
	f.expect(call.MarkAsked{Agent: "ann", Text: "price", Of: 2})
	say("refused", "c", "")
	f.expect(call.RefusedToAgent{Agent: "ann"})
	show(call.CanResumeRecording, call.CanRecord)
	say("resume", "c", "")
	f.expect(call.ResumeAsked{Agent: "ann"})
	say("record", "c", "")
	f.expect(call.RecordAsked{Agent: "ann"})
}
