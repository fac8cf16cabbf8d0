package web_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"presszero/call"
	"presszero/internal/mediatest"
	"presszero/softphone"
	"presszero/softphone/media"
	"presszero/web"
)

// voices is the desk of one agent with the real hub and the real voice; only the line is
// the test's, which shows what it likes.
type voices struct {
	t      *testing.T
	engine *media.Local
	hub    *softphone.Hub
	offers atomic.Int32 // of voice connections

	mu    sync.Mutex
	desk  call.Desk
	due   chan call.Desk // to be shown, in order: the hub has its lock when it posts
	heard []call.TalkQuality

	listens func(call.Event) // is told of listeners; nil: nobody is
}

func newVoices(t *testing.T) *voices {
	t.Helper()
	v := &voices{t: t, desk: call.Desk{Presence: call.Available, State: call.Idle, Since: time.Now()}, due: make(chan call.Desk, 100)}
	open := make(chan struct{})
	quiet := slog.New(slog.DiscardHandler)
	var err error
	v.engine, err = media.New(media.Config{MediaAddr: "127.0.0.1:0", Logger: quiet, OnEvent: func(e media.Event) { <-open; v.hub.Heard(e) }})
	if err != nil {
		t.Fatal(err)
	}
	shifts := 0
	v.hub = softphone.New(softphone.Config{Engine: v, Post: v.post, Logger: quiet,
		NewID: func() call.ID { shifts++; return call.ID(fmt.Sprintf("shift%d", shifts)) }})
	close(open)
	var showing sync.WaitGroup
	showing.Go(func() {
		for desk := range v.due {
			v.hub.Do(call.Show{Agent: "agent", Desk: desk})
		}
	})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = v.hub.Close(ctx)
		if err := v.engine.Shutdown(); err != nil {
			t.Error(err)
		}
		close(v.due)
		showing.Wait()
	})
	return v
}

// The engine, which counts offers.
func (v *voices) Connect(ctx context.Context, seat, offer string) (media.Answer, error) {
	v.offers.Add(1)
	return v.engine.Connect(ctx, seat, offer)
}
func (v *voices) Lines() int                             { return v.engine.Lines() }
func (v *voices) TalkTo(seat, leg, remote string) error  { return v.engine.TalkTo(seat, leg, remote) }
func (v *voices) Hush(seat, leg string)                  { v.engine.Hush(seat, leg) }
func (v *voices) Listen(seat, of, leg string) error      { return v.engine.Listen(seat, of, leg) }
func (v *voices) Whisper(seat string, on bool) error     { return v.engine.Whisper(seat, on) }
func (v *voices) StopListening(seat string)              { v.engine.StopListening(seat) }
func (v *voices) Expect(seat string, voice bool)         { v.engine.Expect(seat, voice) }
func (v *voices) Echo(seat string, on bool) error        { return v.engine.Echo(seat, on) }
func (v *voices) Close(seat string)                      { v.engine.Close(seat) }
func (v *voices) Seats() ([]media.Seat, error)           { return v.engine.Seats() }
func (v *voices) Stats(seat string) (media.Stats, error) { return v.engine.Stats(seat) }
func (v *voices) Record(seat, leg, recording string, pause time.Duration) error {
	return v.engine.Record(seat, leg, recording, pause)
}
func (v *voices) PauseRecording(seat, leg string, limit time.Duration) error {
	return v.engine.PauseRecording(seat, leg, limit)
}
func (v *voices) ResumeRecording(seat, leg string) error { return v.engine.ResumeRecording(seat, leg) }
func (v *voices) StopRecording(seat, leg string) error   { return v.engine.StopRecording(seat, leg) }
func (v *voices) ServeListener(w http.ResponseWriter, r *http.Request, l web.Listener) {
	v.hub.ServeListener(w, r, softphone.Listener{Name: call.AgentID(l.Name), Queues: l.Queues, Still: l.Still})
}

func (v *voices) Dismiss(string) {}
func (v *voices) Serve(w http.ResponseWriter, r *http.Request, a web.Agent) {
	v.hub.ServeWS(w, r, softphone.Agent{ID: call.AgentID(a.Name), Name: a.Name, Still: a.Still})
}

// post is the line: it shows whether the voice stands, and keeps how talks were heard.
func (v *voices) post(ev call.Event) {
	switch ev.(type) {
	case call.ListenAsked, call.ListenerUp, call.ListenerLeft:
		if v.listens != nil {
			v.listens(ev)
		}
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch ev := ev.(type) {
	case call.MediaUp:
		v.desk.Media = true
	case call.MediaDown:
		v.desk.Media = false
	case call.QualityMeasured:
		v.heard = append(v.heard, ev.Heard)
	}
	v.due <- v.desk
}

// show changes what the desk shows.
func (v *voices) show(change func(*call.Desk)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(&v.desk)
	v.due <- v.desk
}

// ring lets it ring at her page.
func (v *voices) ring(offer string) {
	v.show(func(d *call.Desk) {
		d.State, d.Offer = call.Ringing, &call.DeskOffer{Offer: offer, Queue: "support", Expires: time.Now().Add(15 * time.Second), Waiting: time.Now()}
	})
}

// talk lets her talk with a caller who is at the other end of the leg.
func (v *voices) talk(id call.ID, remote string) {
	v.t.Helper()
	if err := v.engine.TalkTo("agent", string(id)+".leg", remote); err != nil {
		v.t.Fatal(err)
	}
	v.show(func(d *call.Desk) {
		d.State, d.Talk = call.Talking, &call.DeskTalk{Call: id, Since: time.Now(), Caller: call.DeskWho{Number: "+34910000001"}}
	})
}

// rest ends the talk.
func (v *voices) rest(id call.ID) {
	v.engine.Hush("agent", string(id)+".leg")
	v.show(func(d *call.Desk) { d.State, d.Talk = call.Idle, nil })
}

// wire is what lies between a caller and the media process.
type wire struct {
	caller, seat *net.UDPConn // towards each
	lossy        atomic.Bool  // one in four packets to the agent is lost
	tasks        sync.WaitGroup
}

func newWire(t *testing.T, seat string) *wire {
	t.Helper()
	to, err := netip.ParseAddrPort(seat)
	if err != nil {
		t.Fatal(err)
	}
	listen := func() *net.UDPConn {
		c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	n := &wire{caller: listen(), seat: listen()}
	var from atomic.Pointer[netip.AddrPort]
	n.carry(n.caller, func(i int, packet []byte, addr netip.AddrPort) {
		from.Store(&addr)
		if i%4 > 0 || !n.lossy.Load() {
			_, _ = n.seat.WriteToUDPAddrPort(packet, to)
		}
	})
	n.carry(n.seat, func(_ int, packet []byte, _ netip.AddrPort) {
		if addr := from.Load(); addr != nil {
			_, _ = n.caller.WriteToUDPAddrPort(packet, *addr)
		}
	})
	t.Cleanup(func() {
		_, _ = n.caller.Close(), n.seat.Close()
		n.tasks.Wait()
	})
	return n
}

func (n *wire) carry(c *net.UDPConn, pass func(int, []byte, netip.AddrPort)) {
	n.tasks.Go(func() {
		buf := make([]byte, 2048)
		for i := 0; ; i++ {
			size, addr, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			pass(i, buf[:size], addr)
		}
	})
}

// lines lets a test reach the page's voice connections.
const lines = `(() => {
	const add = RTCPeerConnection.prototype.addTransceiver;
	window.lines = [];
	RTCPeerConnection.prototype.addTransceiver = function (...args) { const line = add.apply(this, args); lines.push(line); return line; };
})()`

// atWork is an agent's page whose voice stands, and where Asterisk sends for her.
func (v *voices) atWork(b *tab) (rtp string) {
	v.t.Helper()
	b.signIn("agent", password)
	b.do("at work", shows("Ready to ring"))
	seats, err := v.engine.Seats()
	if err != nil || len(seats) != 1 || !seats[0].Connected {
		v.t.Fatalf("seats: %+v, %v", seats, err)
	}
	return seats[0].RTPAddr
}

// TestAgentTriesHerSound: a tone and her voice go to the server and come back, and the
// page tells how long that took. A caller who rings ends it.
func TestAgentTriesHerSound(t *testing.T) {
	t.Parallel()
	v := newVoices(t)
	b := newTab(t, newTestServer(t, func(c *web.Config) { c.Desk = v }))
	v.atWork(b)
	b.do("begin", click(".setup .more"), shows("A tone and your voice go to the server"), click(".sounds .choose:nth-of-type(4) button"),
		shows("Speak now: you hear yourself as callers do."), until(`/The tone came back after \d+ ms\./.test(document.body.innerText)`))
	b.look("sound-test")
	text, err := chromedp.Run(b.ctx, chromedp.Text(chromedp.CSS(".sounds .choose:nth-of-type(4) [role=status]")))
	if err != nil {
		t.Fatal(err)
	}
	var ms int
	if _, err := fmt.Sscanf(text, "The tone came back after %d ms.", &ms); err != nil || ms < 20 || ms > 1500 {
		t.Errorf("%q: %v", text, err)
	}
	t.Logf("the tone came back after %d ms", ms)
	b.do("end", click(".sounds .choose:nth-of-type(4) button"), until("document.querySelector('.sounds .choose:nth-of-type(4) button').textContent === 'Start'"), shows("The tone came back"))

	b.do("again", click(".sounds .choose:nth-of-type(4) button"), shows("Speak now"))
	v.ring("c1.o1")
	b.do("it rings", seen(".panel.ringing"), until("!document.body.innerText.includes('Speak now')"))
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.desk.Media {
		t.Error("the voice does not stand any more")
	}
}

// TestMicrophoneIsReplacedInATalk: the caller hears the next microphone by the same
// connection, without a hole in the stream.
func TestMicrophoneIsReplacedInATalk(t *testing.T) {
	t.Parallel()
	v := newVoices(t)
	b := newTab(t, newTestServer(t, func(c *web.Config) { c.Desk = v }))
	b.before(plugs)
	b.before(lines)
	peer := mediatest.NewPeer(t, v.atWork(b), mediatest.Caller)
	b.do("choose", click(".setup .more"), selects("#choose-mic", mic2), until("opened.at(-1) === '"+mic2+"'"))
	v.talk("c1", peer.Addr())
	heard := func(what string) {
		t.Helper()
		peer.Forget()
		before := len(peer.Packets())
		mediatest.Until(t, what, func() bool { return len(peer.Packets()) >= before+50 })
	}
	heard("the caller hears her")
	b.do("pulled", seen(".panel.talk"), until("(pull('"+mic2+"'), true)"), shows("Your voice goes through “"))
	heard("the caller hears the next one")
	b.do("the sender has another track", until("lines[0].sender.track.label !== '"+mic2+"' && lines[0].sender.track.readyState === 'live'"))
	b.do("back", until("(pull(), true)"), shows("is back"), until("lines[0].sender.track.label === '"+mic2+"'"))
	heard("and the chosen one again")
	if n := v.offers.Load(); n != 1 {
		t.Errorf("%d voice connections were made", n)
	}
	packets := peer.Packets()
	for i, p := range packets[1:] {
		if was := packets[i]; p.SSRC != was.SSRC || p.Seq != was.Seq+1 {
			t.Errorf("packet %d: sequence %d after %d, ssrc %x after %x", i+1, p.Seq, was.Seq, p.SSRC, was.SSRC)
		}
	}
}

// light waits for what the light says.
func light(text string) step {
	return until(fmt.Sprintf("document.querySelector('.light strong')?.textContent === %q", text))
}

// TestAgentSeesHowATalkIsHeard: a light in words, what is not heard at all within 2 s,
// and the books afterwards.
func TestAgentSeesHowATalkIsHeard(t *testing.T) {
	t.Parallel()
	v := newVoices(t)
	b := newTab(t, newTestServer(t, func(c *web.Config) { c.Desk = v }))
	b.before(lines)
	way := newWire(t, v.atWork(b))
	peer := mediatest.NewPeer(t, way.caller.LocalAddr().String(), mediatest.Caller)
	v.talk("c1", way.seat.LocalAddr().String())
	b.do("good", seen(".panel.talk"), light("good"), until("document.querySelectorAll('.light .bars .on').length === 3"))
	b.look("quality-good")
	way.lossy.Store(true)
	b.do("poor", light("poor: you hear gaps"), until("document.querySelectorAll('.light .bars .on').length === 1"))
	b.accessible("quality-poor")
	b.do("and is told so", until("window.poor ??= Date.now(), Date.now() - window.poor > 6000"), light("poor: you hear gaps"))
	way.lossy.Store(false)
	b.do("good again", light("good"))

	within := func(what, text string, break_, mend func()) {
		t.Helper()
		began := time.Now()
		break_()
		b.do(what, shows(text))
		took := time.Since(began)
		t.Logf("%s: told after %v", what, took.Round(10*time.Millisecond))
		if took > 3*time.Second { // 2 s, and what a busy machine takes
			t.Errorf("%s was told after %v", what, took)
		}
		mend()
		b.do(what+" no more", until(fmt.Sprintf("!document.body.innerText.includes(%q)", text)))
	}
	within("nothing is heard of the caller", "Nothing is heard from the caller", func() { peer.Mute(true) }, func() { peer.Mute(false) })
	within("nothing is heard of her", "The caller cannot hear you", func() {
		// for good, so that no other microphone helps; the connection is made anew by itself
		b.do("cut", until("(lines[0].sender.replaceTrack(null), lines[0].sender.replaceTrack = async () => {}, true)"))
	}, func() {})

	v.show(func(d *call.Desk) { d.Talk.Hold = &call.DeskHold{Since: time.Now()} })
	peer.Mute(true) // as on hold
	b.do("on hold nothing is missing", until("!document.querySelector('.light strong')"), until("window.hold ??= Date.now(), Date.now() - window.hold > 2500"),
		until("!document.body.innerText.includes('Nothing is heard')"))

	v.rest("c1")
	mediatest.Until(t, "the books", func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		return len(v.heard) > 0
	})
	v.mu.Lock()
	defer v.mu.Unlock()
	q := v.heard[0]
	if q.Agent != "agent" || q.Call != "c1" || q.Measured < 10 || q.Bad < 5 || q.MOS >= 3.6 || q.Lost == 0 || q.CallerLost == 0 || q.Trip95 > 1000 {
		t.Errorf("the books: %+v", q)
	}
	t.Logf("%+v", q)
}
