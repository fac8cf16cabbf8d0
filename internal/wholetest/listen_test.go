package wholetest

import (
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/headless"
	"presszero/internal/running"
	"presszero/internal/settings"
)

// sueTone is the supervisor's, in Hz: no harmonic of the other two.
const sueTone = 1700

// listeningRoom is a talk, and a supervisor who listens to it.
type listeningRoom struct {
	*building
	caller *customer.Call
	ana    *deskclient.Client
	talk   *call.DeskTalk
	sue    *deskclient.Listener
}

// supervisor is the page of the first supervisor, by which she listens.
func (b *building) supervisor() *deskclient.Listener {
	b.Helper()
	word, err := running.PasswordOf(settings.Settings{StateDir: b.dir}, "supervisor")
	must(b, err)
	l, err := deskclient.DialListener(soon(b), deskclient.Options{URL: b.web, Name: "supervisor", Password: word, Transport: b.transport(),
		Phone: headless.Options{Tone: sueTone, Listen: []float64{callerTone, deskclient.RobotTone}, Side: []float64{deskclient.RobotTone}}})
	must(b, err)
	b.Cleanup(l.Close)
	return l
}

// turn has the supervisor do it in another mode, with or without her microphone.
func (r *listeningRoom) turn(mode call.ListenMode) {
	r.Helper()
	must(r, r.sue.ConnectAudio(soon(r), mode != call.ListenOnly))
	must(r, r.sue.Listen("ana", r.talk.Call, mode))
	_, err := r.sue.Wait(soon(r), func(l call.Listening) bool { return l.Mode == mode })
	must(r, err)
}

// apart waits until the supervisor hears the caller on one side and the agent on the other.
func (r *listeningRoom) apart() {
	r.Helper()
	waitFor(r, 20*time.Second, "the supervisor hears the two apart", func() bool {
		p := r.sue.Phone()
		return p.Heard(callerTone) && p.Side.Heard(deskclient.RobotTone)
	})
}

// unheard holds that the caller has not heard the supervisor since then: less than -40 dB
// of what was heard is her tone.
func (r *listeningRoom) unheard(since time.Time) {
	r.Helper()
	samples := r.caller.Recording()
	samples = samples[max(0, len(samples)-int(time.Since(since).Seconds()*audio.SampleRate)):]
	if share := audio.Level(samples, sueTone); share > 1e-4 {
		r.Errorf("%.6f of what the caller hears is the supervisor", share)
	}
	if share := audio.Level(samples, deskclient.RobotTone); share < 0.5 {
		r.Errorf("only %.3f of what the caller hears is the agent", share)
	}
}

// gapAllowed is how long the caller may not hear the agent when a third voice leaves.
const gapAllowed = 100 * time.Millisecond

// leaves has the supervisor, who talks with both, only listen, and returns for how long the
// caller did not hear the agent meanwhile.
func (r *listeningRoom) leaves() time.Duration {
	r.Helper()
	began := time.Now()
	must(r, r.sue.Listen("ana", r.talk.Call, call.ListenOnly))
	_, err := r.sue.Wait(soon(r), func(l call.Listening) bool { return l.Mode == call.ListenOnly })
	must(r, err)
	_, err = r.caller.WaitToneAfter(soon(r), time.Now().Add(time.Second), deskclient.RobotTone)
	must(r, err)
	return r.caller.LongestWithout(began, time.Now(), []float64{deskclient.RobotTone}, []float64{deskclient.RobotTone, sueTone})
}

// TestListen: a supervisor listens to a talk, whispers, joins it and leaves it again, on the
// real thing. Who hears whom is measured by tones.
func TestListen(t *testing.T) {
	t.Parallel()
	b := build(t)
	o := b.employ("ana")
	o.Phone.Side = []float64{sueTone}
	r := &listeningRoom{building: b, ana: b.agent(o)}
	r.caller = b.callPerson("+34796001")
	r.talk = answer(t, r.ana).Talk
	hear(t, r.caller, r.ana)
	r.sue = b.supervisor()
	channels, bridges := b.switchHas()

	began := time.Now()
	r.turn(call.ListenOnly)
	r.apart()
	d, err := r.ana.WaitDesk(soon(t), func(d call.Desk) bool { return len(d.Talk.Listeners) == 1 })
	must(t, err)
	if l := d.Talk.Listeners[0]; l.By != "supervisor" || l.Mode != call.ListenOnly {
		t.Errorf("the agent is told %+v", l)
	}
	must(t, r.ana.Hold(r.talk.Call, true))
	_, err = r.sue.Wait(soon(t), func(l call.Listening) bool { return l.Hold && l.Mode == call.ListenOnly })
	must(t, err)
	must(t, r.ana.Hold(r.talk.Call, false))
	r.apart()

	whispers := time.Now()
	r.turn(call.ListenWhisper)
	waitFor(t, 20*time.Second, "the agent hears the whisper", func() bool { return r.ana.Phone().Side.Heard(sueTone) })
	r.apart()
	hear(t, r.caller, r.ana)
	r.unheard(whispers)
	r.unheard(began)
	if n, m := b.switchHas(); n != channels || m != bridges {
		t.Errorf("Asterisk has %d channels and %d bridges, and had %d and %d: it is to know nothing of the listener", n, m, channels, bridges)
	}

	r.turn(call.ListenJoin)
	waitFor(t, 20*time.Second, "the supervisor hears both in one", func() bool { return r.sue.Phone().Heard(callerTone, deskclient.RobotTone) })
	waitFor(t, 20*time.Second, "the agent hears both", func() bool { return r.ana.Phone().Heard(callerTone, sueTone) })
	_, err = r.caller.WaitToneAfter(soon(t), time.Now(), deskclient.RobotTone, sueTone)
	must(t, err)
	waitFor(t, 20*time.Second, "nobody hears anything twice", func() bool {
		return r.ana.Phone().Side.Level(sueTone) == 0 && r.sue.Phone().Side.Level(deskclient.RobotTone) == 0
	})

	// On hold the caller hears music, and the two others each other.
	must(t, r.ana.Hold(r.talk.Call, true))
	waitFor(t, 20*time.Second, "the agent hears the supervisor alone", func() bool { return r.ana.Phone().Heard(sueTone) && !r.ana.Phone().Heard(callerTone) })
	waitFor(t, 20*time.Second, "the supervisor hears the agent alone", func() bool {
		return r.sue.Phone().Heard(deskclient.RobotTone) && !r.sue.Phone().Heard(callerTone)
	})
	waitFor(t, 20*time.Second, "the caller hears neither", func() bool { return !r.caller.Hears(deskclient.RobotTone) && !r.caller.Hears(sueTone) })
	must(t, r.ana.Hold(r.talk.Call, false))
	_, err = r.caller.WaitToneAfter(soon(t), time.Now(), deskclient.RobotTone, sueTone)
	must(t, err)

	gap := r.leaves()
	for again := 0; again < 2 && gap > gapAllowed; again++ { // the machine was late, or we are: then it is so each time
		t.Logf("the caller's longest gap when the supervisor left: %v", gap)
		r.turn(call.ListenJoin)
		_, err = r.caller.WaitToneAfter(soon(t), time.Now(), deskclient.RobotTone, sueTone)
		must(t, err)
		gap = r.leaves()
	}
	if gap > gapAllowed {
		t.Errorf("the caller did not hear the agent for %v when the supervisor left", gap)
	}
	r.apart()
	b.wait(10*time.Second, "her channel is gone", func() bool { n, m := b.switchHas(); return n == channels && m == bridges })

	must(t, r.ana.HangUp(r.talk.Call))
	_, err = r.sue.Wait(soon(t), func(l call.Listening) bool { return l.Mode == "" && l.Notice == "over" })
	must(t, err)
	must(t, r.ana.Wrapped())
	b.outcome("+34796001", "answered")
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.listening WHERE why = 'over' AND listen_s > 0 AND whisper_s > 0 AND join_s > 0
		AND abs(total_s - extract(epoch FROM ended_at - started_at)) < 0.1`)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM audit WHERE who = 'supervisor' AND what = 'talk.listened'`)
	if said, sound := b.audit(); !sound {
		t.Error(said)
	}
}

// TestListenOverRestarts: a supervisor has joined a talk when the controller dies, and
// listens when the media process does. Her part ends, the books have every second, and no
// channel is left.
func TestListenOverRestarts(t *testing.T) {
	t.Parallel()
	b := build(t)
	ana := b.agent(b.employ("ana"))
	t.Cleanup(func() { ana.Close() })
	c := b.callPerson("+34796002")
	talk := answer(t, ana).Talk
	hear(t, c, ana)
	channels, bridges := b.switchHas()
	r := &listeningRoom{building: b, caller: c, ana: ana, talk: talk, sue: b.supervisor()}
	r.turn(call.ListenOnly)
	r.turn(call.ListenJoin)
	_, err := c.WaitToneAfter(soon(t), time.Now(), deskclient.RobotTone, sueTone)
	must(t, err)

	b.kill("serve")
	b.ready()
	b.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.listening WHERE why = 'restart' AND join_s > 0`)
	b.wait(20*time.Second, "her channel is gone", func() bool { n, m := b.switchHas(); return n == channels && m == bridges })
	ana, err = ana.Again(soon(t))
	must(t, err)
	r.ana = ana
	_, err = ana.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking && d.Media })
	must(t, err)
	hear(t, c, ana)

	r.sue = b.supervisor()
	r.turn(call.ListenOnly)
	r.apart()
	b.kill("media")
	_, err = r.sue.Wait(soon(t), func(l call.Listening) bool { return l.Gone })
	must(t, err)
	must(t, ana.ConnectAudio(soon(t))) // another media process: the talk is over, and the caller is offered anew
	b.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.listening WHERE why = 'over' AND listen_s > 0`)
	must(t, c.Hangup())
	b.waitCount(20*time.Second, 0, `SELECT count(*) FROM report.listening WHERE ended_at IS NULL`)
	b.wait(20*time.Second, "nothing is left in Asterisk", func() bool { n, m := b.switchHas(); return n == 0 && m == 0 })
	if said, sound := b.audit(); !sound {
		t.Error(fmt.Sprint("the books are not sound: ", said))
	}
}
