package softphone_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"presszero/call"
	"presszero/softphone"
	"presszero/softphone/media"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// floor is a hub, its HTTP door, an engine that only takes notes, and all that
// the loop was told.
type floor struct {
	t      *testing.T
	hub    *softphone.Hub
	server *httptest.Server
	engine *engine

	mu      sync.Mutex
	news    []call.Event
	more    chan struct{}
	allowed func(call.AgentID) bool
}

func newFloor(t *testing.T, change ...func(*softphone.Config)) *floor {
	t.Helper()
	f := &floor{t: t, engine: &engine{more: make(chan struct{}, 1)}, more: make(chan struct{}, 1)}
	shifts := 0
	c := softphone.Config{
		Engine: f.engine,
		Post:   f.postEvent,
		NewID:  func() call.ID { shifts++; return call.ID(fmt.Sprintf("shift-%d", shifts)) },
		Logger: slog.New(slog.DiscardHandler),
		Grace:  200 * time.Millisecond, Silence: 2 * time.Second,
		Recheck: 20 * time.Millisecond, Return: 50 * time.Millisecond,
	}
	for _, f := range change {
		f(&c)
	}
	f.hub = softphone.New(c)
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := call.AgentID(r.URL.Query().Get("agent"))
		f.hub.ServeWS(w, r, softphone.Agent{ID: id, Name: "Name of " + string(id), Work: softphone.Work{Queues: []string{"support"}},
			Still: func(context.Context) bool { return f.still(id) }})
	}))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_ = f.hub.Close(ctx)
		f.server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return f
}

func (f *floor) still(id call.AgentID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.allowed == nil || f.allowed(id)
}

func (f *floor) postEvent(ev call.Event) {
	f.mu.Lock()
	f.news = append(f.news, ev)
	f.mu.Unlock()
	select {
	case f.more <- struct{}{}:
	default:
	}
}

// expect waits until the loop has been told exactly these, and clears them.
func (f *floor) expect(want ...call.Event) {
	f.t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		f.mu.Lock()
		got := slices.Clone(f.news)
		if len(got) >= len(want) {
			f.news = nil
		}
		f.mu.Unlock()
		if len(got) >= len(want) {
			if a, b := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); a != b {
				f.t.Fatalf("the loop was told\n%s\nwant\n%s", a, b)
			}
			return
		}
		select {
		case <-f.more:
		case <-deadline:
			f.t.Fatalf("the loop was told only\n%#v\nwant\n%#v", got, want)
		}
	}
}

func signedIn(agent, shift string) call.Event {
	return call.SignedIn{Agent: call.AgentID(agent), Name: "Name of " + agent, Queues: []string{"support"}, Shift: call.ID(shift)}
}

// line is one websocket of a page, as dumb as can be.
type line struct {
	t    *testing.T
	conn *websocket.Conn
}

func (f *floor) dialPage(agent string, header http.Header) (*line, *http.Response, error) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if header == nil {
		header = http.Header{"Origin": {f.server.URL}}
	}
	conn, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.server.URL, "http")+"/desk?agent="+agent,
		&websocket.DialOptions{Subprotocols: []string{softphone.Subprotocol}, HTTPHeader: header})
	if err != nil {
		return nil, resp, err
	}
	f.t.Cleanup(func() { _ = conn.CloseNow() })
	return &line{f.t, conn}, resp, nil
}

// openDesk dials, says hello as the page and takes the welcome.
func (f *floor) openDesk(agent, page string) *line {
	f.t.Helper()
	l, _, err := f.dialPage(agent, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	l.sendMessage(`{"type":"hello","page":"` + page + `","later":"ignored"}`)
	if m := l.readMessage("welcome"); m.Agent != call.AgentID(agent) || m.Version != 1 || m.Now.IsZero() || m.Queues[0] != "support" {
		f.t.Fatalf("welcome was %+v", m)
	}
	return l
}

func (l *line) sendMessage(text string) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := l.conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		l.t.Fatalf("saying %s: %v", text, err)
	}
}

func (l *line) readMessage(kind string) softphone.Down {
	l.t.Helper()
	m, err := l.nextMessage()
	for err == nil && m.Type == "renew" && kind != "renew" { // a page without a voice connection passes it over
		m, err = l.nextMessage()
	}
	if err != nil {
		l.t.Fatalf("waiting for %s: %v", kind, err)
	}
	if m.Type != kind {
		l.t.Fatalf("heard %+v, want %s", m, kind)
	}
	return m
}

func (l *line) nextMessage() (m softphone.Down, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, data, err := l.conn.Read(ctx)
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	return m, err
}

// closed waits for the end of the line and returns how it was closed.
func (l *line) closed() websocket.StatusCode {
	l.t.Helper()
	for {
		if _, err := l.nextMessage(); err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				l.t.Fatal("the line was not closed")
			}
			return websocket.CloseStatus(err)
		}
	}
}

// TestTurns: only so many pages are on their way in at once; who waits too long
// is asked to come again, and whoever is in makes way.
func TestTurns(t *testing.T) {
	f := newFloor(t, func(c *softphone.Config) { c.AtOnce, c.Turn = 2, 20*time.Millisecond })
	ana, _, err := f.dialPage("ana", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.dialPage("ben", nil); err != nil {
		t.Fatal(err)
	}
	_, resp, err := f.dialPage("cho", nil)
	if err == nil || resp == nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
		t.Fatalf("a third page while two say nothing: %v %+v", err, resp)
	}
	ana.sendMessage(`{"type":"hello","page":"a"}`)
	ana.readMessage("welcome")
	f.expect(signedIn("ana", "shift-1"))
	f.openDesk("cho", "c")
}

// engine takes notes and answers every offer.
type engine struct {
	mu    sync.Mutex
	done  []string
	seats []media.Seat
	fail  error
	wait  chan struct{} // if set, TalkTo waits for it
	more  chan struct{}
}

func (e *engine) noteOrder(format string, args ...any) error {
	e.mu.Lock()
	e.done = append(e.done, fmt.Sprintf(format, args...))
	fail := e.fail
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
	return fail
}

func (e *engine) Connect(_ context.Context, seat, offer string) (media.Answer, error) {
	err := e.noteOrder("connect %s %s", seat, offer)
	return media.Answer{SDP: "answer to " + offer, RTPAddr: "127.0.0.1:4000"}, err
}
func (e *engine) TalkTo(seat, leg, remote string) error {
	if e.wait != nil {
		<-e.wait
	}
	return e.noteOrder("talk %s %s %s", seat, leg, remote)
}
func (e *engine) Hush(seat, leg string) { _ = e.noteOrder("hush %s %s", seat, leg) }
func (e *engine) Close(seat string)     { _ = e.noteOrder("close %s", seat) }
func (e *engine) Seats() ([]media.Seat, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.seats), nil
}
func (e *engine) Stats(string) (media.Stats, error) { return media.Stats{}, media.ErrNoSeat }

func (f *floor) waitEngine(want string) {
	f.t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		f.engine.mu.Lock()
		got := strings.Join(f.engine.done, "; ")
		f.engine.mu.Unlock()
		if got == want {
			return
		}
		select {
		case <-f.engine.more:
		case <-deadline:
			f.t.Fatalf("the engine was asked %q, want %q", got, want)
		}
	}
}

func TestWhatAPageSaysBecomesAnEvent(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	for _, c := range []struct {
		say  string
		want call.Event
	}{
		{`{"type":"presence","presence":"available"}`, call.Chose{Agent: "ann", Presence: call.Available}},
		{`{"type":"presence","presence":"away","reason":" lunch\u0000\u202e "}`, call.Chose{Agent: "ann", Presence: call.Away, Reason: "lunch"}},
		{`{"type":"presence","presence":"away","reason":"` + strings.Repeat("x", 50) + `"}`, call.Chose{Agent: "ann", Presence: call.Away, Reason: strings.Repeat("x", 40)}},
		{`{"type":"accept","offer":"c.o1"}`, call.Accepted{Agent: "ann", Offer: "c.o1"}},
		{`{"type":"decline","offer":"c.o1"}`, call.Declined{Agent: "ann", Offer: "c.o1"}},
		{`{"type":"giveup","offer":"c.o1"}`, call.GaveUp{Agent: "ann", Offer: "c.o1"}},
		{`{"type":"dial","number":" +34 600\u0000"}`, call.Dialed{Agent: "ann", Call: "shift-2", Number: "+34 600"}},
		{`{"type":"hangup","call":"c"}`, call.AgentHungUp{Agent: "ann", Call: "c"}},
		{`{"type":"wrapped"}`, call.Wrapped{Agent: "ann"}},
	} {
		l.sendMessage(c.say)
		f.expect(c.want)
	}
	// What means nothing is ignored, and the line stays.
	l.sendMessage(`{"type":"presence","presence":"signed_out"}`)
	l.sendMessage(`{"type":"tomorrow"}`)
	l.sendMessage(`{"type":"ping","t":17.5}`)
	if m := l.readMessage("pong"); string(m.T) != "17.5" {
		t.Fatalf("pong was %+v", m)
	}
	f.expect()
}

func TestDeskIsShownAndShownAgain(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	at := time.Date(2026, 5, 4, 9, 0, 0, 123456789, time.FixedZone("CET", 3600))
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{Presence: call.Available, State: call.Ringing, Since: at,
		Offer:  &call.DeskOffer{Offer: "o", Waiting: at, Expires: at, Why: "sticky", Callback: &call.DeskCallback{Number: "+34600000009", Attempt: 2, Until: at}},
		Notice: &call.DeskNotice{What: "taken", At: at, By: "bob"}}})
	d := l.readMessage("desk").Desk
	if back := d.Offer.Callback; back == nil || back.Number != "+34600000009" || back.Attempt != 2 || back.Until != d.Since || d.Offer.Why != "sticky" || d.Notice.By != "bob" {
		t.Fatalf("the callback was %+v of %+v, with %+v", back, d.Offer, d.Notice)
	}
	if d.Since.Format(time.RFC3339Nano) != "2026-05-04T08:00:00.123Z" || d.Offer.Waiting != d.Since || d.Queues == nil {
		t.Fatalf("desk was %+v", d)
	}
	f.hub.Do(call.Show{Agent: "nobody"}) // is nobody's affair
	_ = l.conn.CloseNow()
	again := f.openDesk("ann", "p1")
	if d := again.readMessage("desk").Desk; d.State != call.Ringing {
		t.Fatalf("the page came back and was shown %+v", d)
	}
	f.expect(signedIn("ann", "shift-1")) // and nothing else: it was the same page
}

// TestAssign: what an agent can do from now on reaches the loop at once when
// she is there, and with her next page when she is not.
func TestAssign(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	german := softphone.Work{Queues: []string{"support"}, Skills: map[string]int{"german": 8}}
	assigned := call.Assigned{Agent: "ann", Queues: german.Queues, Skills: german.Skills}
	f.hub.Assign("bob", softphone.Work{Queues: german.Queues, Head: map[string]time.Duration{"support": time.Minute}})
	l := f.openDesk("ann", "p1")
	f.hub.Assign("ann", german)
	f.expect(signedIn("ann", "shift-1"), assigned)
	_ = l.conn.Close(websocket.StatusGoingAway, "")
	f.waitEngine("close ann")
	f.openDesk("ann", "p2")
	f.openDesk("bob", "p3")
	f.expect(call.Left{Agent: "ann", Lost: true},
		call.SignedIn{Agent: "ann", Name: "Name of ann", Queues: german.Queues, Shift: "shift-2", Skills: map[string]int{"german": 8}},
		call.SignedIn{Agent: "bob", Name: "Name of bob", Queues: german.Queues, Shift: "shift-3", Head: map[string]time.Duration{"support": time.Minute}})
}

func TestLostLine(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	_ = l.conn.CloseNow()
	f.expect(call.Left{Agent: "ann", Lost: true})
	f.waitEngine("close ann")
	f.openDesk("ann", "p1") // too late: it is a new shift
	f.expect(signedIn("ann", "shift-2"))
}

// A browser that shuts or reloads a tab says so; nobody waits for it.
func TestShutPageIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	f := newFloor(t, func(c *softphone.Config) { c.Grace = time.Hour })
	l := f.openDesk("ann", "p1")
	_ = l.conn.Close(websocket.StatusGoingAway, "")
	f.expect(signedIn("ann", "shift-1"), call.Left{Agent: "ann", Lost: true})
	f.waitEngine("close ann")
}

func TestSilentPageIsLost(t *testing.T) {
	t.Parallel()
	f := newFloor(t, func(c *softphone.Config) { c.Silence = 50 * time.Millisecond })
	l := f.openDesk("ann", "p1")
	l.closed()
	f.expect(signedIn("ann", "shift-1"), call.Left{Agent: "ann", Lost: true})
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	l.sendMessage(`{"type":"signout"}`)
	if m := l.readMessage("bye"); m.Why != softphone.ByeSignedOut || m.Text == "" {
		t.Fatalf("bye was %+v", m)
	}
	if s := l.closed(); s != websocket.StatusNormalClosure {
		t.Fatalf("closed with %v", s)
	}
	f.expect(signedIn("ann", "shift-1"), call.Left{Agent: "ann"})
	f.waitEngine("close ann")
}

func TestSecondPageTakesTheDesk(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	first := f.openDesk("ann", "p1")
	second := f.openDesk("ann", "p2")
	if m := first.readMessage("bye"); m.Why != softphone.ByeElsewhere {
		t.Fatalf("bye was %+v", m)
	}
	first.closed()
	f.expect(signedIn("ann", "shift-1"), signedIn("ann", "shift-2"))
	second.sendMessage(`{"type":"wrapped"}`)
	f.expect(call.Wrapped{Agent: "ann"})
	f.waitEngine("") // the seat is not closed: the new page goes on with it
}

// TestMediaProcessComesBack: an offer that comes while the media process is
// being started again is answered when it is there, and not refused.
func TestMediaProcessComesBack(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	lost := func(err error) {
		f.engine.mu.Lock()
		defer f.engine.mu.Unlock()
		f.engine.fail = err
	}
	lost(fmt.Errorf("killed: %w", media.ErrLost))
	l := f.openDesk("ann", "p1")
	l.sendMessage(`{"type":"media","sdp":"v=0"}`)
	f.waitEngine("connect ann v=0")
	lost(nil)
	if m := l.readMessage("media"); m.SDP != "answer to v=0" {
		t.Fatalf("media was %+v", m)
	}
}

func TestMedia(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	l.sendMessage(`{"type":"media","sdp":"v=0"}`)
	if m := l.readMessage("media"); m.SDP != "answer to v=0" {
		t.Fatalf("media was %+v", m)
	}
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Connected})
	f.hub.Heard(media.Event{Seat: "stranger", Kind: media.Connected})
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Audio, Leg: "leg", FromCaller: true})
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Disconnected})
	f.expect(signedIn("ann", "shift-1"), call.MediaUp{Agent: "ann", Address: "127.0.0.1:4000"}, call.MediaDown{Agent: "ann"})
	if m := l.readMessage("audio"); *m.FromAgent || !*m.FromCaller {
		t.Fatalf("audio was %+v", m)
	}
	f.hub.Do(call.TalkTo{Agent: "ann", Leg: "leg", Remote: "127.0.0.1:9"})
	f.hub.Do(call.Hush{Agent: "ann", Leg: "leg"})
	f.waitEngine("connect ann v=0; talk ann leg 127.0.0.1:9; hush ann leg")
}

func TestAudioThatCannotFlowIsMediaDown(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.engine.fail = media.ErrNoSeat
	f.openDesk("ann", "p1")
	f.hub.Do(call.TalkTo{Agent: "ann", Leg: "leg", Remote: "127.0.0.1:9"})
	f.expect(signedIn("ann", "shift-1"), call.MediaDown{Agent: "ann"})
}

// The engine is stuck and the page deaf until all orders have been taken.
func TestDoNeverWaits(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.engine.wait = make(chan struct{})
	l := f.openDesk("ann", "p1") // which from now on does not read
	for range 10_000 {
		f.hub.Do(call.TalkTo{Agent: "ann", Leg: "leg", Remote: "127.0.0.1:9"})
		f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{Reason: strings.Repeat("x", 1000)}})
	}
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{Reason: "the newest"}})
	close(f.engine.wait)
	for l.readMessage("desk").Desk.Reason != "the newest" { // older ones may be left out, it may not
	}
}

func TestOffersAreLimited(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	for range 5 {
		l.sendMessage(`{"type":"media","sdp":"v=0"}`)
		l.readMessage("media")
	}
	l.sendMessage(`{"type":"media","sdp":"v=0"}`)
	l.readMessage("error")
	l.sendMessage(`{"type":"signout"}`)
	l.closed()
	again := f.openDesk("ann", "p2") // a new page does not lift the limit
	again.sendMessage(`{"type":"media","sdp":"v=0"}`)
	again.readMessage("error")
}

func TestUnusableOffer(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.engine.fail = media.ErrOffer
	l := f.openDesk("ann", "p1")
	l.sendMessage(`{"type":"media","sdp":"junk"}`)
	if m := l.readMessage("error"); !strings.Contains(m.Text, "browser") {
		t.Fatalf("error was %+v", m)
	}
}

func TestWildPagesAreClosed(t *testing.T) {
	t.Parallel()
	f := newFloor(t, func(c *softphone.Config) { c.Silence = time.Minute })
	for name, say := range map[string][]string{
		"no hello": {`{"type":"wrapped"}`},
		"nameless": {`{"type":"hello"}`},
		"not JSON": {`{"type":"hello","page":"p"}`, `?`},
		"too long": {`{"type":"hello","page":"p"}`, `{"type":"` + strings.Repeat("x", softphone.MaxMessage) + `"}`},
		"too talkative": append([]string{`{"type":"hello","page":"p"}`},
			slices.Repeat([]string{`{"type":"tomorrow"}`}, 200)...),
	} {
		t.Run(name, func(t *testing.T) {
			l, _, err := f.dialPage(strings.ReplaceAll(name, " ", ""), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range say {
				ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
				_ = l.conn.Write(ctx, websocket.MessageText, []byte(text)) // fails once it is closed
				cancel()
			}
			if s := l.closed(); s == websocket.StatusNormalClosure {
				t.Fatal("the line was closed as if nothing were wrong")
			}
		})
	}
}

func TestOriginAndSubprotocol(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	for _, header := range []http.Header{{}, {"Origin": {"https://elsewhere.example"}}, {"Origin": {"null"}}} {
		if _, resp, err := f.dialPage("ann", header); err == nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("a page with %v got in", header)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, f.server.URL+"/desk?agent=ann",
		&websocket.DialOptions{HTTPHeader: http.Header{"Origin": {f.server.URL}}})
	if err != nil {
		t.Fatal(err)
	}
	if s := (&line{t, conn}).closed(); s != websocket.StatusPolicyViolation {
		t.Fatalf("a page without the subprotocol was closed with %v", s)
	}
	f.expect()
}

func TestEndOfSignIn(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	bob := f.openDesk("bob", "p1")
	f.expect(signedIn("ann", "shift-1"), signedIn("bob", "shift-2"))
	f.mu.Lock()
	f.allowed = func(id call.AgentID) bool { return id != "ann" }
	f.mu.Unlock()
	if m := l.readMessage("bye"); m.Why != softphone.ByeDenied {
		t.Fatalf("bye was %+v", m)
	}
	f.expect(call.Left{Agent: "ann"})
	f.hub.Dismiss("bob")
	f.hub.Dismiss("nobody")
	if m := bob.readMessage("bye"); m.Why != softphone.ByeDenied {
		t.Fatalf("bye was %+v", m)
	}
	f.expect(call.Left{Agent: "bob"})
}

func TestRestart(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	closing := make(chan error)
	go func() { closing <- f.hub.Close(t.Context()) }()
	if m := l.readMessage("bye"); m.Why != softphone.ByeRestart {
		t.Fatalf("bye was %+v", m)
	}
	l.closed()
	if err := <-closing; err != nil {
		t.Fatal(err)
	}
	f.expect() // a restart is no news of an agent
	if _, resp, err := f.dialPage("ann", nil); err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Fatal("a page got in while closing")
	}
	f.waitEngine("") // voices go on

	// The new process: ann's voice still stands, her page comes back; eve's does not.
	g := newFloor(t)
	g.engine.seats = []media.Seat{{Name: "ann", Connected: true, RTPAddr: "127.0.0.1:4000"}, {Name: "eve", Connected: true}}
	g.openDesk("ann", "p1")
	g.expect(signedIn("ann", "shift-1"), call.MediaUp{Agent: "ann", Address: "127.0.0.1:4000", Stands: true})
	g.hub.Resume([]call.AgentID{"ann", "eve"})
	g.expect(call.Left{Agent: "eve", Lost: true})
	g.waitEngine("close eve")
}

// TestCloseWaitsForNobody: pages that do not answer the good-bye are cut off
// when the time is over.
func TestCloseWaitsForNobody(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	for i := range 40 {
		f.openDesk(fmt.Sprintf("ann-%d", i), "p1")
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := f.hub.Close(over); !errors.Is(err, context.Canceled) {
		t.Fatalf("closing said %v", err)
	}
}

func TestMediaProcessComesBackEmpty(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	lines := map[string]*line{}
	for i, name := range []string{"ann", "bob", "eve"} {
		lines[name] = f.openDesk(name, "p1")
		f.expect(signedIn(name, fmt.Sprintf("shift-%d", i+1)))
		if m, err := lines[name].nextMessage(); err != nil || m.Type != "renew" { // there was nothing of hers
			t.Fatalf("%s was told %+v, %v", name, m, err)
		}
	}
	f.hub.Heard(media.Event{Kind: media.Lost})
	f.expect(call.MediaDown{Agent: "ann"}, call.MediaDown{Agent: "bob"}, call.MediaDown{Agent: "eve"})
	f.engine.mu.Lock()
	f.engine.seats = []media.Seat{{Name: "bob", Connected: true, RTPAddr: "127.0.0.1:5"}, {Name: "eve"}}
	f.engine.mu.Unlock()
	f.hub.Heard(media.Event{Kind: media.Back})
	f.expect(call.MediaDown{Agent: "ann"}, call.MediaUp{Agent: "bob", Address: "127.0.0.1:5"}, call.MediaDown{Agent: "eve"})
	for name, want := range map[string]string{"ann": "renew", "bob": "pong", "eve": "pong"} { // eve is connecting already
		lines[name].sendMessage(`{"type":"ping","t":1}`)
		if m, err := lines[name].nextMessage(); err != nil || m.Type != want {
			t.Errorf("%s was told %+v, %v", name, m, err)
		}
	}
}
