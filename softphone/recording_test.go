package softphone_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/softphone"
	"presszero/softphone/media"
)

func (e *engine) Record(seat, leg, recording string) error {
	return e.noteOrder("record %s %s %s", seat, leg, recording)
}
func (e *engine) PauseRecording(seat, leg string, limit time.Duration) error {
	return e.noteOrder("pause %s %s %s", seat, leg, limit.Round(time.Minute))
}
func (e *engine) ResumeRecording(seat, leg string) error {
	return e.noteOrder("resume %s %s", seat, leg)
}
func (e *engine) StopRecording(seat, leg string) error {
	return e.noteOrder("stop recording %s %s", seat, leg)
}

// recorder is a floor whose engine can record.
func recorder(t *testing.T) *floor {
	return newFloor(t, func(c *softphone.Config) { c.Recorder = c.Engine.(softphone.Recorder) })
}

func (e *engine) fails(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fail, e.done = err, nil
}

var ofLeg = call.RecordTalk{Call: "c", Agent: "ann", Leg: "c.o1.leg", Recording: "c.o1.leg"}

func told(what, by, why string) call.Event {
	return call.RecordingTold{Call: "c", Agent: "ann", Leg: "c.o1.leg", Recording: "c.o1.leg", What: what, By: by, Why: why}
}

func pausing(limit time.Duration) call.Command {
	return call.PauseRecording{Call: "c", Agent: "ann", Leg: "c.o1.leg", Recording: "c.o1.leg", Limit: limit}
}

// What is ordered is told when the media process has done it, and repeating it does no harm.
func TestOrdersAboutRecordings(t *testing.T) {
	t.Parallel()
	f := recorder(t)
	for _, c := range []call.Command{ofLeg, ofLeg, pausing(3 * time.Minute), call.ResumeRecording(ofLeg), call.StopRecording(ofLeg), call.StopRecording(ofLeg)} {
		f.hub.Do(c)
	}
	f.expect(told("started", "", ""), told("started", "", ""), told("paused", "", ""), told("resumed", "", ""), told("stopped", "", ""), told("stopped", "", ""))
	f.waitEngine("record ann c.o1.leg c.o1.leg; record ann c.o1.leg c.o1.leg; pause ann c.o1.leg 3m0s; resume ann c.o1.leg; stop recording ann c.o1.leg; stop recording ann c.o1.leg")
}

// A talk goes on that cannot be recorded. What cannot be paused is recorded no more.
func TestTalkThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	old := newFloor(t)
	old.hub.Do(ofLeg)
	old.expect(told("failed", "", "media"))

	f := recorder(t)
	f.hub.Do(ofLeg)
	f.expect(told("started", "", ""))
	f.engine.fails(errors.New("some fault"))
	f.hub.Do(pausing(3 * time.Minute))
	f.expect(told("failed", "", "failed"))
	f.waitEngine("pause ann c.o1.leg 3m0s; stop recording ann c.o1.leg")
}

// What the media process has missed is ordered when it is back, and what it has told
// meanwhile is found out. Of legs that are over nothing is ordered.
func TestRecordingsWhenTheMediaIsBack(t *testing.T) {
	t.Parallel()
	f := recorder(t)
	f.hub.Do(ofLeg)
	f.expect(told("started", "", ""))
	f.hub.Do(call.RecordTalk{Call: "d", Agent: "ben", Leg: "over", Recording: "over"})
	f.takeNews(1)
	f.hub.Do(call.Hush{Agent: "ben", Leg: "over"})
	f.waitEngine("record ann c.o1.leg c.o1.leg; record ben over over; hush ben over")

	f.engine.fails(media.ErrLost)
	f.hub.Do(pausing(3 * time.Minute))
	f.waitEngine("pause ann c.o1.leg 3m0s")
	f.engine.fails(nil)
	f.hub.Heard(media.Event{Kind: media.Back})
	f.expect(told("paused", "", ""))
	f.waitEngine("record ann c.o1.leg c.o1.leg; pause ann c.o1.leg 3m0s")

	f.hub.Do(pausing(0)) // it passes while the media process is away
	f.expect(told("paused", "", ""))
	f.engine.fails(nil)
	f.hub.Heard(media.Event{Kind: media.Back})
	f.expect(told("resumed", "limit", ""))
	f.waitEngine("record ann c.o1.leg c.o1.leg")

	f.engine.fails(media.ErrLost)
	f.hub.Do(call.StopRecording(ofLeg))
	f.waitEngine("stop recording ann c.o1.leg")
	f.engine.fails(nil)
	f.hub.Heard(media.Event{Kind: media.Back})
	f.expect(told("stopped", "", ""))
	f.waitEngine("stop recording ann c.o1.leg")
}

// A media process that was started anew has no legs.
func TestRecordingLostWithTheMedia(t *testing.T) {
	t.Parallel()
	f := recorder(t)
	f.hub.Do(ofLeg)
	f.expect(told("started", "", ""))
	f.engine.fails(media.ErrNoSeat)
	f.hub.Heard(media.Event{Kind: media.Back})
	f.expect(told("failed", "", "failed"))
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
	say("refused", "c", "")
	f.expect(call.RefusedToAgent{Agent: "ann"})
	show(call.CanResumeRecording, call.CanRecord)
	say("resume", "c", "")
	f.expect(call.ResumeAsked{Agent: "ann"})
	say("record", "c", "")
	f.expect(call.RecordAsked{Agent: "ann"})
}
