package wholetest

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/mediatest"
	"presszero/recordings/capture"
	"presszero/report"
)

// aRecordedHouse is a flow of which all talks are recorded.
const aRecordedHouse = `version: 1
person: support
recording: {talks: all, notice: notice, consent: stay}
queues: {support: {step: card}, billing: {}}
numbers: {"100": support, "200": billing}
nodes:
  support: {queue: support}
  billing: {queue: billing}
  card: {input: card, as: card, min: 8, max: 8, sensitive: true, then: support}
prompts: {notice: This call is recorded., card: "Please type the number of your card."}
`

const (
	noticeTone = 700 // Hz
	cardTone   = 1800
	fiveTone   = 770 // of the two of the key 5
)

// talkTime is how long each part of a talk goes on, and guard what of it is left out at
// both ends: what is heard changes a moment after a page was told.
const (
	talkTime = 700 * time.Millisecond
	guard    = 150 * time.Millisecond
)

// stretch is a part of a talk, and the tones that are in its recording; none: silence.
type stretch struct {
	name        string
	from, to    time.Time
	left, right []float64
	held        time.Duration // how long packets of the talk outside were held up in it
}

// outsideTalk is a talk with a number, which Asterisk records. Where packets are held up,
// on a busy machine, it records silence, and what they bring later by as much, from then on.
type outsideTalk struct {
	caller, number *customer.Call
	late           time.Duration
}

// heldUp is how long the packets of the sides that speak were held up at most since then;
// what a telephone makes up for in any case counts as 0.
func (o *outsideTalk) heldUp(since time.Time, left, right []float64) (longest time.Duration) {
	if left != nil {
		longest = o.number.LongestGap(since, time.Time{})
	}
	if right != nil {
		longest = max(longest, o.caller.LongestGap(since, time.Time{}))
	}
	if longest < guard/2 {
		return 0
	}
	return longest
}

// recordedCall is a call of which the test knows what is to be in its recordings.
type recordedCall struct {
	*building
	id      call.ID
	all     [][]stretch // by recording, in order
	killed  time.Time   // when the media process was, in a pause
	resumed time.Time   // when that was ended
	outside outsideTalk // the last talk
}

// TestTalkIsRecorded: a caller is told, talks, and is handed over, cold and by way of all
// three; the agent pauses, holds, asks, and has the caller type a number; a supervisor
// listens and whispers; the controller is killed, and, in a pause, the media process, after
// which another leg is made, and begins paused. Then the caller is handed over to a number
// outside, where the notice is heard first, and the controller is killed. Each recording has
// the caller left and the agent or the number right, and nothing of a pause, of the music, of
// who is asked, of a typed number or of a whisper; it is as long as the talk.
func TestTalkIsRecorded(t *testing.T) {
	t.Parallel() // most of it is waiting
	prompts, flow := t.TempDir(), filepath.Join(t.TempDir(), "flow.yaml")
	recordFor(t, prompts, "notice", noticeTone, time.Second)
	recordFor(t, prompts, "card", cardTone, time.Second)
	must(t, os.WriteFile(flow, []byte(aRecordedHouse), 0o644))
	who, trunk := awake(t), newOutside(t)
	r := &recordedCall{building: build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+prompts,
		"PRESSZERO_TRUNK="+trunk.phone.Addr().String(), "PRESSZERO_COUNTRY="+who.country, "PRESSZERO_OWN_NUMBERS="+who.second)}
	takes := r.keepTakes()
	o, ben := r.employ("ana", "support"), r.employ("ben", "billing")
	o.Phone.Side, ben.Phone.Tone = []float64{sueTone}, bobTone
	ana, bob := r.agent(o), r.agent(ben)

	caller := r.dial(t, "100", "+34800")
	_, err := caller.WaitTone(soon(t), noticeTone)
	must(t, err)
	r.id = answer(t, ana).Talk.Call
	both := func(of float64) (left, right []float64) { return []float64{callerTone}, []float64{of} }
	r.begins(ana)
	left, right := both(deskclient.RobotTone)
	hear(t, caller, ana)
	r.goesOn("they talk, and the controller is killed", left, right, func() {
		r.kill("serve")
		r.ready()
		ana, bob = r.again(ana), r.again(bob)
		must(t, bob.Available())
		r.state(ana, "on")
	})
	r.does(ana, call.CanPause, "paused")
	r.goesOn("it is paused", nil, nil, nil)
	r.does(ana, call.CanResumeRecording, "on")
	r.typesCard(caller, ana, left, right)
	r.listenedTo(&listeningRoom{building: r.building, caller: caller, ana: ana, talk: ana.Desk().Talk, sue: r.supervisor()}, left, right)
	must(t, ana.Hold(r.id, true))
	r.wait(20*time.Second, "the caller is on hold", func() bool { return onHold(ana.Desk()) && !caller.Hears(deskclient.RobotTone) })
	r.goesOn("the caller is on hold", nil, right, nil)
	must(t, ana.Hold(r.id, false))
	hear(t, caller, ana)
	must(t, ana.Ask(r.id, deskclient.Whom{To: "ben"}))
	answer(t, bob)
	asked := r.turned(ana, call.WithOther)
	r.goesOn("ana asks ben", nil, nil, nil)
	must(t, ana.Turn(r.id, call.WithAll))
	r.turned(ana, call.WithAll)
	_, err = caller.WaitToneAfter(soon(t), time.Now(), deskclient.RobotTone, bobTone)
	must(t, err)
	r.isMixed("all three talk", ana, []float64{callerTone, bobTone}, right)

	must(t, ana.HandTo(r.id, asked.Ask))
	r.begins(bob)
	left, right = both(bobTone)
	r.goesOn("the caller talks with ben", left, right, nil)
	must(t, ana.Wrapped())
	must(t, ana.Available())
	_, err = ana.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Idle && d.Presence == call.Available })
	must(t, err)
	must(t, bob.Hand(r.id, deskclient.Handover{To: "ana"}))
	answer(t, ana)
	r.begins(ana)
	left, right = both(deskclient.RobotTone)
	hear(t, caller, ana)
	r.goesOn("the caller talks with ana again", left, right, nil)
	r.does(ana, call.CanPause, "paused")
	r.onDisk(takes)
	r.killed = time.Now()
	r.kill("media")
	must(t, ana.ConnectAudio(soon(t)))
	_, err = ana.WaitDesk(soon(t), func(d call.Desk) bool { return d.Talk != nil && d.Talk.Since.After(r.killed) })
	must(t, err)
	r.state(ana, "paused") // still
	r.all = append(r.all, nil)
	hear(t, caller, ana)
	r.resumed = time.Now()
	r.does(ana, call.CanResumeRecording, "on")
	r.goesOn("they talk through another media process", left, right, nil)
	must(t, ana.Hand(r.id, deskclient.Handover{Number: who.first}))
	person, err := trunk.ring(t, who.first).Answer(customer.Sound{Tone: deskclient.RobotTone})
	must(t, err)
	_, err = person.WaitTone(soon(t), noticeTone)
	must(t, err)
	joined, err := person.WaitTone(soon(t), callerTone)
	must(t, err)
	r.waitCount(10*time.Second, 5, `SELECT count(*) FROM call_event WHERE type = 'recording.started'`)
	r.all = append(r.all, nil)
	left, right = both(deskclient.RobotTone)
	r.outside = outsideTalk{caller: caller, number: person}
	r.outside.late = r.outside.heldUp(joined, left, right)
	r.goesOn("the caller talks with a number outside, and the controller is killed", left, right, func() {
		r.kill("serve")
		r.ready()
	})
	person.Say(customer.Sound{NoPackets: true})
	r.goesOn("the number is on hold", left, nil, nil)
	caller.Say(customer.Sound{NoPackets: true})
	r.goesOn("both are", nil, nil, nil)
	caller.Say(customer.Sound{Tone: callerTone})
	person.Say(customer.Sound{Tone: deskclient.RobotTone})
	r.goesOn("both speak again", left, right, nil)
	must(t, caller.Hangup())
	r.outcome("+34800", "transferred_out")

	r.recordedAs(takes())
	for kind, n := range map[string]int{"notice.played": 1, "consent.given": 1, "recording.started": 5, "recording.paused": 4, "recording.resumed": 3, "recording.stopped": 5} {
		r.waitCount(10*time.Second, n, `SELECT count(*) FROM call_event WHERE type = $1`, kind)
	}
	r.archived()
	r.marked("pause", "hold", "pause", "listen", "whisper", "hold", "ask", "hold", "all", "handover")
}

// listenedTo has a supervisor listen to the talk, whisper, and go: the recording is as if
// she had not.
func (r *recordedCall) listenedTo(room *listeningRoom, left, right []float64) {
	r.Helper()
	room.turn(call.ListenOnly)
	room.apart()
	r.goesOn("a supervisor listens", left, right, nil)
	began := time.Now()
	room.turn(call.ListenWhisper)
	whispered := func() bool { return room.ana.Phone().Side.Heard(sueTone) }
	waitFor(r, 20*time.Second, "the agent hears the whisper", whispered)
	r.goesOn("a supervisor whispers", left, right, nil)
	if !whispered() {
		r.Error("the agent no longer hears the whisper at its end")
	}
	room.unheard(began)
	room.sue.Close()
}

// marked holds that these are the marks of the first recording, in order, and that those of
// the supervisor bear her name.
func (r *recordedCall) marked(want ...string) {
	r.Helper()
	var id string
	must(r, r.db.QueryRow(`SELECT recording_id FROM recording ORDER BY joined_at LIMIT 1`).Scan(&id))
	var told struct{ Marks []report.Mark }
	must(r, json.Unmarshal([]byte(r.admin().get(r, "/api/v1/recordings/"+id)), &told))
	var kinds []string
	for _, m := range told.Marks {
		if m.AtS > 0 {
			kinds = append(kinds, m.Kind)
		}
		if (m.Kind == "listen" || m.Kind == "whisper") && (m.By != "supervisor" || m.UntilS == nil || *m.UntilS-m.AtS < talkTime.Seconds()) {
			r.Errorf("the mark of the supervisor is %+v", m)
		}
	}
	if !slices.Equal(kinds, want) {
		r.Errorf("the marks are %v, want %v", kinds, want)
	}
}

// typesCard has the caller type a number during the talk, in the menus, and come back: the
// agent hears neither the caller nor a key, and it is in no recording and no fact.
func (r *recordedCall) typesCard(caller *customer.Call, ana *deskclient.Client, left, right []float64) {
	r.Helper()
	five := func() {
		_, err := caller.Press(soon(r), '5')
		must(r, err)
		if l := ana.Phone().Level(fiveTone); l > 0.05 {
			r.Errorf("the agent hears a key: %.3f", l)
		}
	}
	must(r, ana.Step(r.id))
	r.state(ana, "paused")
	_, err := caller.WaitTone(soon(r), cardTone)
	must(r, err)
	r.wait(20*time.Second, "the caller hears nothing of the agent", func() bool { return !caller.Hears(deskclient.RobotTone) })
	r.goesOn("the caller types a number", nil, nil, func() {
		for range 7 {
			five()
		}
		if ana.Phone().Heard(callerTone) {
			r.Error("the agent hears the caller who types a number")
		}
	})
	five()
	_, err = ana.WaitDesk(soon(r), func(d call.Desk) bool { return d.Talk != nil && !d.Talk.Step && d.Talk.Stepped == "done" })
	must(r, err)
	r.state(ana, "on")
	hear(r, caller, ana)
	r.goesOn("the caller has typed it and is back", left, right, nil)
	r.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'bridge.step_over'`)
	r.waitCount(time.Second, 0, `SELECT count(*) FROM call_event WHERE data::text LIKE '%55555%'`)
}

// begins waits until the agent's talk is recorded.
func (r *recordedCall) begins(a *deskclient.Client) {
	r.Helper()
	r.state(a, "on")
	r.all = append(r.all, nil)
}

// state waits until the agent's page shows so.
func (r *recordedCall) state(a *deskclient.Client, want string) {
	r.Helper()
	_, err := a.WaitDesk(soon(r), func(d call.Desk) bool {
		return d.Talk != nil && d.Talk.Call == r.id && d.Talk.Recording != nil && d.Talk.Recording.State == want
	})
	must(r, err)
}

func (r *recordedCall) does(a *deskclient.Client, verb call.RecordingVerb, want string) {
	r.Helper()
	must(r, a.Recording(r.id, verb))
	r.state(a, want)
}

// turned waits until the agent talks with them, and returns who is asked.
func (r *recordedCall) turned(a *deskclient.Client, with call.With) *call.DeskOther {
	r.Helper()
	d, err := a.WaitDesk(soon(r), func(d call.Desk) bool { return d.Talk != nil && d.Talk.Other != nil && d.Talk.Other.With == with })
	must(r, err)
	return d.Talk.Other
}

// goesOn lets the talk go on, while something happens or not; longer where packets of a talk
// outside are held up, so that most of it is heard.
func (r *recordedCall) goesOn(name string, left, right []float64, while func()) {
	began := time.Now()
	s := stretch{name: name, left: left, right: right}
	if while != nil {
		while()
	}
	for more := talkTime + r.outside.late; more > 0; {
		time.Sleep(more) // so long is talked
		mediatest.OnTime()
		if r.outside.number == nil {
			break
		}
		held := r.outside.heldUp(began, left, right)
		more, s.held = 3*(held-s.held), held
	}
	s.from = began.Add(guard + r.outside.late + s.held)
	s.to = time.Now().Add(-guard)
	r.outside.late = max(r.outside.late, s.held)
	last := len(r.all) - 1
	r.all[last] = append(r.all[last], s)
}

// isMixed lets a talk of three go on until the agent has heard the mix of the caller and the
// colleague for half a second without a gap. Asterisk's mixer leaves out a telephone whose
// packets are late, as they are on a busy machine. The recording has what the agent heard, some
// milliseconds earlier or later.
func (r *recordedCall) isMixed(name string, a *deskclient.Client, left, right []float64) {
	r.Helper()
	const long, edge = 500 * time.Millisecond, 100 * time.Millisecond
	since, longest := time.Now(), time.Duration(0)
	defer func() {
		if r.Failed() {
			heard := a.Phone().LastHeard()
			r.Logf("for %v at most; now the shares of %v are %.4f and %.4f of %d samples", longest, left, audio.Level(heard, left[0]), audio.Level(heard, left[1]), len(heard))
		}
	}()
	r.wait(time.Minute, name+": the agent hears both others", func() bool {
		heard := a.Phone().LastHeard()
		if len(heard) < audio.SampleRate*9/100 || !hasOnly(heard, left) {
			since = time.Now()
		}
		longest = max(longest, time.Since(since))
		return longest > long
	})
	mediatest.OnTime()
	last := len(r.all) - 1
	r.all[last] = append(r.all[last], stretch{name: name, left: left, right: right, from: since.Add(edge), to: since.Add(long - edge)})
}

// onDisk waits until what was said in the last talk is written: what the media process has
// not written yet is lost when it is killed.
func (r *recordedCall) onDisk(takes func() []capture.Take) {
	r.Helper()
	talk := r.all[len(r.all)-1]
	said := talk[len(talk)-1].to
	r.wait(20*time.Second, "what was said is on the disk", func() bool {
		all := takes()
		is, err := all[len(all)-1].WriteMulaw(io.Discard, time.Time{}, time.Time{})
		must(r, err)
		return !is.From.Add(is.Length).Before(said)
	})
}

// longer is how much longer a recording is than its talk, and how much may be. The last
// second before the media process is killed may be lost; and until the controller hears of
// the kill, the leg goes on.
func (r *recordedCall) longer(recording time.Duration, joined, left time.Time) (by, within time.Duration) {
	if joined.Before(r.killed) && r.killed.Before(left) {
		by = recording - r.killed.Sub(joined)
		if by > 0 {
			by = max(0, by-left.Sub(r.killed))
		}
		return by, time.Second
	}
	return recording - left.Sub(joined), 50 * time.Millisecond
}

// stretch is what the recording that began at began has of a part of the talk.
func (r *recordedCall) stretch(recording []byte, began time.Time, s stretch) []byte {
	r.Helper()
	at := func(t time.Time) int { return 2 * int(t.Sub(began).Seconds()*audio.SampleRate) }
	from, to := at(s.from), at(s.to)
	if from < 0 || to > len(recording) {
		r.Errorf("%s: it went from %v to %v of a recording of %v", s.name, s.from.Sub(began), s.to.Sub(began),
			time.Duration(len(recording)/2)*time.Second/audio.SampleRate)
		return nil
	}
	return recording[from:to]
}

// recordedAs holds that there is a recording of each talk, and what is in it.
func (r *recordedCall) recordedAs(takes []capture.Take) {
	r.Helper()
	rows, err := r.db.Query(`SELECT j.data->>'leg', j.at, l.at FROM call_event j JOIN call_event l USING (call_id, visit_id, agent)
		WHERE j.type = 'bridge.joined' AND l.type = 'bridge.left'
		UNION ALL SELECT j.data->>'transfer' || '.leg', j.at, l.at FROM call_event j JOIN call_event l USING (call_id)
		WHERE j.type = 'transfer.joined' AND l.type = 'transfer.ended' ORDER BY 2`)
	must(r, err)
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var leg string
		var joined, left time.Time
		must(r, rows.Scan(&leg, &joined, &left))
		i := slices.IndexFunc(takes, func(t capture.Take) bool { return t.Recording == leg })
		if i < 0 || n >= len(r.all) {
			r.Fatalf("of the talk %s there is no recording in %+v, or it is one too many", leg, takes)
		}
		var sound bytes.Buffer
		is, err := takes[i].WriteMulaw(&sound, time.Time{}, time.Time{})
		must(r, err)
		if takes[i].BySides() {
			r.Logf("of %v Asterisk has recorded %d bytes, from %v after the caller was joined on", left.Sub(joined), takes[i].Bytes/2, takes[i].Wall.Sub(joined))
			sound.Reset()
			is, err = takes[i].WriteMulaw(&sound, joined, left)
			must(r, err) // as presszero keep does
		}
		off, within := r.longer(is.Length, joined, left)
		if joined.After(r.killed) && joined.Before(r.resumed) { // it begins paused: by its packets, where the pause ends
			off, within = is.Length-left.Sub(r.resumed), 200*time.Millisecond // until what was ordered is done
			// The first packet after the pause has the sound of the 20 ms before it came.
			if is.From.Before(r.resumed.Add(-audio.FrameTime)) {
				r.Errorf("of %s something was kept %v before the pause was over", leg, r.resumed.Sub(is.From))
			}
		}
		if off.Abs() > within || len(is.Holes) > 0 {
			r.Errorf("the recording of %s is longer than the talk by %v, with holes %v", leg, off, is.Holes)
		}
		for _, s := range r.all[n] {
			part := r.stretch(sound.Bytes(), is.From, s)
			r.tones(s.name+", left", sideOf(part, capture.Left), s.left, s.held)
			r.tones(s.name+", right", sideOf(part, capture.Right), s.right, s.held)
		}
	}
	if must(r, rows.Err()); n != len(r.all) {
		r.Errorf("there are %d talks", n)
	}
}
