package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"presszero/call"
	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/softphone/media"
	"presszero/web"
)

// sides tells what is heard most on each side of the page, in Hz: where it is put, and 0
// for silence.
const sides = `(() => {
	const make = AudioContext.prototype.createStereoPanner;
	window.sides = [];
	AudioContext.prototype.createStereoPanner = function () {
		const pan = make.call(this), ear = this.createAnalyser();
		ear.fftSize = 8192;
		pan.connect(ear);
		sides.push({pan, ear});
		return pan;
	};
	window.hears = (n) => {
		const {ear} = sides[n], bins = new Float32Array(ear.frequencyBinCount);
		ear.getFloatFrequencyData(bins);
		const most = bins.indexOf(Math.max(...bins));
		return bins[most] < -80 ? 0 : most * ear.context.sampleRate / ear.fftSize;
	};
	window.microphones = [];
	const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
	navigator.mediaDevices.getUserMedia = async (...args) => { const s = await ask(...args); microphones.push(...s.getTracks()); return s; };
})()`

// hearsOn waits until this side hears that tone the most.
func hearsOn(side int, hz float64) step {
	return until(fmt.Sprintf("Math.abs(hears(%d) - %v) < 20", side, hz))
}

// lineOfListeners is the line of a test: it lets a supervisor hear Ana's talk c1.
type lineOfListeners struct {
	*voices
	now    call.Listening
	joined string // the address of whom she joins
}

func (l *lineOfListeners) take(ev call.Event) {
	ask, is := ev.(call.ListenAsked)
	if !is || ask.Mode == "" {
		return
	}
	if ask.Mode == call.ListenJoin {
		l.hub.Do(call.TalkTo{Agent: call.AgentID(ask.Listener), Leg: "join", Remote: l.joined})
	} else {
		l.hub.Do(call.Hush{Agent: call.AgentID(ask.Listener), Leg: "join"})
		l.hub.Do(call.Listen{Listener: ask.Listener, Agent: ask.Agent, Leg: "leg1", Whisper: ask.Mode == call.ListenWhisper})
	}
	l.now.Agent, l.now.Call, l.now.Mode, l.now.Turned, l.now.Can = ask.Agent, ask.Call, ask.Mode, time.Now(), nil
	for _, mode := range []call.ListenMode{call.ListenOnly, call.ListenWhisper, call.ListenJoin} {
		if mode != ask.Mode {
			l.now.Can = append(l.now.Can, mode)
		}
	}
	l.hub.Do(call.ShowListener{Listener: ask.Listener, Listening: l.now})
}

// seat is the supervisor's.
func (l *lineOfListeners) seat() media.Seat {
	l.t.Helper()
	seats, err := l.engine.Seats()
	if err != nil {
		l.t.Fatal(err)
	}
	for _, s := range seats {
		if strings.HasPrefix(s.Name, "ear:") {
			return s
		}
	}
	l.t.Fatal("there is no listener's seat")
	return media.Seat{}
}

// TestSupervisorListens: in a real browser she hears the caller on her left and the agent
// on her right, without a microphone; whispers to the agent, who alone hears it; joins; and
// all of it by keys.
func TestSupervisorListens(t *testing.T) {
	t.Parallel()
	v := newVoices(t)
	l := &lineOfListeners{voices: v, now: call.Listening{Name: "Ana", Caller: call.DeskWho{Number: "+34910000001"}, Queue: "support", Since: time.Now()}}
	v.listens = l.take
	ana, answer := mediatest.Page(t, v.engine, "ana", headless.Options{Tone: mediatest.Agent, Side: []float64{}})
	caller := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller)
	if err := v.engine.TalkTo("ana", "leg1", caller.Addr()); err != nil {
		t.Fatal(err)
	}
	d := newTestServer(t, func(c *web.Config) { c.Desk = v })
	d.floor.set(func(live *web.Live) {
		live.Queues = []call.QueueNow{{Name: "support"}}
		live.Agents = []call.AgentNow{{Agent: "ana", Name: "Ana", Presence: call.Available, State: call.Talking, Call: "c1", Since: time.Now(), Media: true},
			{Agent: "ben", Name: "Ben", Presence: call.Available, State: call.Idle, Since: time.Now(), Media: true}}
	})
	b := newTab(t, d)
	b.before(sides)
	b.signIn("supervisor", password)
	b.do("listen", seen("button[aria-label='Listen to Ana']"), until("document.querySelectorAll('[aria-label^=Listen]').length === 1"))
	b.tabTo("button[aria-label='Listen to Ana']")
	b.do("by a key", keys(kb.Enter), shows("Listening to Ana"), shows("Nobody hears you: your microphone is not connected."), shows("+34910000001"),
		hearsOn(0, mediatest.Caller), hearsOn(1, mediatest.Agent), until("sides[0].pan.pan.value === -1 && sides[1].pan.pan.value === 1"),
		until("microphones.length === 0"), until("document.querySelectorAll('.ears .meter span').length === 2"))
	b.do("loaded anew, it listens to nobody unasked", chromedp.Reload(), seen(".beside-floor button[aria-label='Listen to Ana']"),
		until("window.asked ??= Date.now(), Date.now() - window.asked > 500"), until("!document.querySelector('.listening')"))
	b.do("asked again", click(".beside-floor button[aria-label='Listen to Ana']"), shows("Listening to Ana"),
		hearsOn(0, mediatest.Caller), hearsOn(1, mediatest.Agent))
	b.accessiblePart(".listening")
	b.look("listening")
	whispered := func() int { return ana.Side.Gaps().Packets }
	if whispered() > 0 {
		t.Error("the agent hears a page that only listens")
	}

	b.do("whisper", click(".modes button:nth-of-type(2)"), shows("Whispering to Ana"), shows("The caller does not."), hearsOn(0, mediatest.Caller), hearsOn(1, mediatest.Agent),
		until("microphones.length === 1 && microphones[0].readyState === 'live'"))
	mediatest.Until(t, "the agent hears her microphone", func() bool { return whispered() > 20 })
	b.look("whispering")

	third := mediatest.NewPeer(t, l.seat().RTPAddr, mediatest.Caller3)
	l.joined = third.Addr()
	b.do("join", click(".modes button:nth-of-type(3)"), shows("In the call of Ana"), hearsOn(0, mediatest.Caller3), until("sides[0].pan.pan.value === 0"), until("hears(1) === 0"))
	mediatest.Until(t, "the others hear her", func() bool { return len(third.Packets()) > 20 })
	b.look("joined")

	b.do("listen again", click(".modes button:nth-of-type(1)"), shows("Listening to Ana"), until("microphones.every((m) => m.readyState === 'ended')"),
		hearsOn(0, mediatest.Caller), hearsOn(1, mediatest.Agent), until("sides[0].pan.pan.value === -1"))
	before := whispered()
	b.do("a moment", until("window.moment ??= Date.now(), Date.now() - window.moment > 500"))
	if whispered() != before {
		t.Error("the agent still hears her")
	}

	v.hub.Do(call.ShowListener{Listener: call.ListenerID(l.seat().Name), Listening: call.Listening{Agent: "ana", Call: "c1", Notice: "over"}})
	b.do("the talk is over", shows("The talk is over."), until("hears(0) === 0"), click(".listening .title-row button"), until("!document.querySelector('.listening')"))
}

// TestAgentSeesWhoListens: by whom, and how.
func TestAgentSeesWhoListens(t *testing.T) {
	t.Parallel()
	v := newVoices(t)
	b := newTab(t, newTestServer(t, func(c *web.Config) { c.Desk = v }))
	peer := mediatest.NewPeer(t, v.atWork(b), mediatest.Caller)
	v.talk("c1", peer.Addr())
	b.do("nobody", seen(".panel.talk"), until("!document.querySelector('.listeners .banner')"))
	for mode, text := range map[call.ListenMode]string{
		call.ListenOnly:    "sue is listening to this call.",
		call.ListenWhisper: "sue is talking to you. The caller does not hear it.",
		call.ListenJoin:    "sue has joined the call. All of you hear each other.",
	} {
		v.show(func(d *call.Desk) {
			talk := *d.Talk
			talk.Listeners = []call.DeskListener{{By: "sue", Mode: mode, Since: time.Now()}}
			d.Talk = &talk
		})
		b.do(string(mode), shows(text))
	}
	b.accessible("listened-to")
}

// TestListenerRights: a supervisor is let in with her queues, an admin with all of them;
// the right ends when her queues, her role or her sign-in change.
func TestListenerRights(t *testing.T) {
	t.Parallel()
	s := &standing{opened: make(chan web.Agent, 1), dismissed: make(chan struct{})}
	d := newTestServer(t, func(c *web.Config) { c.Desk = s })
	queues := func(list ...string) {
		t.Helper()
		if err := d.users.change("supervisor", func(u *web.User) { u.Queues = list }); err != nil {
			t.Fatal(err)
		}
	}
	queues("support")
	open := func(cookie string) (int, web.Agent) {
		t.Helper()
		status := d.from("127.0.0.1", "GET", "/listen", nil, "Cookie", cookie).StatusCode
		select {
		case l := <-s.opened:
			return status, l
		default:
			return status, web.Agent{}
		}
	}
	if status, l := open(d.signedIn("agent")); status != http.StatusForbidden || l.Name != "" {
		t.Errorf("an agent is answered %d, and let in as %q", status, l.Name)
	}
	if _, l := open(d.signedIn("admin")); l.Name != "admin" || l.Queues != nil || !l.Still(t.Context()) {
		t.Errorf("an admin is let in as %+v", l)
	}
	cookie := d.signedIn("supervisor")
	_, l := open(cookie)
	if l.Name != "supervisor" || !slices.Equal(l.Queues, []string{"support"}) || !l.Still(t.Context()) {
		t.Fatalf("a supervisor is let in as %+v", l)
	}
	queues("support", "billing")
	if l.Still(t.Context()) {
		t.Error("it goes on with the queues of before")
	}
	if _, l = open(cookie); !slices.Equal(l.Queues, []string{"support", "billing"}) {
		t.Errorf("afterwards she is let in as %+v", l)
	}
	if status := d.from("127.0.0.1", "DELETE", "/api/v1/session", nil, "Cookie", cookie).StatusCode; status != http.StatusNoContent {
		t.Fatalf("signing out: %d", status)
	}
	if l.Still(t.Context()) {
		t.Error("it goes on after she has signed out")
	}
	queues()
	if _, l = open(d.signedIn("supervisor")); l.Name != "supervisor" || l.Queues != nil {
		t.Errorf("a supervisor of all queues is let in as %+v", l)
	}
}
