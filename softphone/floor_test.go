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

// floor is a test fixture: a hub behind an HTTP server, an engine that records
// its orders, and the events that the loop was told.
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
		Keep: 50 * time.Millisecond,
	}
	for _, f := range change {
		f(&c)
	}
	f.hub = softphone.New(c)
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := call.AgentID(r.URL.Query().Get("agent"))
		if r.URL.Path == "/listen" {
			f.hub.ServeListener(w, r, softphone.Listener{Name: id, Queues: []string{"support"}, Still: func(context.Context) bool { return f.still(id) }})
			return
		}
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
	got := f.takeNews(len(want))
	if a, b := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); a != b {
		f.t.Fatalf("the loop was told\n%s\nwant\n%s", a, b)
	}
}

// takeNews waits until the loop has been told so much, and clears it.
func (f *floor) takeNews(n int) []call.Event {
	f.t.Helper()
	deadline := time.After(5 * time.Second)
	for {
		f.mu.Lock()
		got := f.news
		if len(got) >= n {
			f.news = nil
		}
		f.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-f.more:
		case <-deadline:
			f.t.Fatalf("the loop was told only\n%#v", got)
		}
	}
}

func signedIn(agent, shift string) call.Event {
	return call.SignedIn{Agent: call.AgentID(agent), Name: "Name of " + agent, Queues: []string{"support"}, Shift: call.ID(shift)}
}

// line is one websocket of a page; it does only what the test says.
type line struct {
	t    *testing.T
	conn *websocket.Conn
}

func (f *floor) dialPage(agent string, header http.Header) (*line, *http.Response, error) {
	f.t.Helper()
	return f.dial("/desk?agent="+agent, header)
}

func (f *floor) dial(path string, header http.Header) (*line, *http.Response, error) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if header == nil {
		header = http.Header{"Origin": {f.server.URL}}
	}
	conn, resp, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(f.server.URL, "http")+path,
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
	if m := l.readMessage("welcome"); m.Agent != call.AgentID(agent) || m.Version != 2 || m.Now.IsZero() || m.Queues[0] != "support" {
		f.t.Fatalf("welcome was %+v", m)
	}
	return l
}

func (l *line) sendMessage(text string) {
	l.t.Helper()
	if err := l.trySend(text); err != nil {
		l.t.Fatalf("saying %s: %v", text, err)
	}
}

func (l *line) trySend(text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return l.conn.Write(ctx, websocket.MessageText, []byte(text))
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

// engine records its orders and answers every offer.
type engine struct {
	mu    sync.Mutex
	done  []string
	seats []media.Seat
	stats *media.Stats // nil: there is no such seat
	fail  error
	wait  chan struct{} // if set, TalkTo waits for it
	more  chan struct{}

	unrecorded bool // it has the legs, and records none
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
	return media.Answer{SDP: "answer to " + offer, RTPAddr: "127.0.0.1:4000", Address: address(seat)}, err
}

// address is of listeners' seats alone: desks are tested with a media process of before.
func address(seat string) string {
	if strings.HasPrefix(seat, "ear:") {
		return "sip:x@127.0.0.1:4001"
	}
	return ""
}

func (e *engine) TalkTo(seat, leg, remote string) error {
	if e.wait != nil {
		<-e.wait
	}
	return e.noteOrder("talk %s %s %s", seat, leg, remote)
}
func (e *engine) Hush(seat, leg string) { _ = e.noteOrder("hush %s %s", seat, leg) }
func (e *engine) Listen(seat, of, leg string) error {
	return e.noteOrder("listen %s %s %s", seat, of, leg)
}
func (e *engine) Whisper(seat string, on bool) error {
	return e.noteOrder("whisper %s %v", seat, on)
}
func (e *engine) StopListening(seat string) { _ = e.noteOrder("stop %s", seat) }
func (e *engine) Lines() int                { return media.MaxLines }
func (e *engine) Echo(seat string, on bool) error {
	return e.noteOrder("echo %s %v", seat, on)
}
func (e *engine) Expect(seat string, voice bool) {
	if voice {
		_ = e.noteOrder("expect %s", seat)
	} else {
		_ = e.noteOrder("rest %s", seat)
	}
}
func (e *engine) Close(seat string) { _ = e.noteOrder("close %s", seat) }
func (e *engine) Seats() ([]media.Seat, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.seats), nil
}
func (e *engine) Stats(string) (media.Stats, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stats == nil {
		return media.Stats{}, media.ErrNoSeat
	}
	return *e.stats, nil
}

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
