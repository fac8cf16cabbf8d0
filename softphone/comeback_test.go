package softphone_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/coder/websocket"

	"presszero/call"
	"presszero/internal/mediatest"
	"presszero/softphone"
	"presszero/softphone/media"
)

// hello says hello as a page of version 2, which does or does not take the desk.
func (f *floor) hello(agent, page string, take bool) *line {
	f.t.Helper()
	l, _, err := f.dialPage(agent, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	l.sendMessage(fmt.Sprintf(`{"type":"hello","page":"%s","version":2,"take":%v}`, page, take))
	return l
}

// listen reads what the page is told, as a browser does, until its line is closed.
func (l *line) listen() <-chan softphone.Down {
	told := make(chan softphone.Down, 1000)
	go func() {
		defer close(told)
		for {
			m, err := l.nextMessage()
			if err != nil {
				return
			}
			told <- m
		}
	}()
	return told
}

// talks is a floor on which ann talks, heard through the voice of page p1.
func talks(t *testing.T, change ...func(*softphone.Config)) (*floor, *line) {
	f := newFloor(t, append([]func(*softphone.Config){func(c *softphone.Config) { c.Grace, c.Keep = time.Hour, time.Hour }}, change...)...)
	l := f.openDesk("ann", "p1")
	l.sendMessage(`{"type":"media","sdp":"v=1"}`)
	l.readMessage("media")
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Connected})
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Talking, Talk: &call.DeskTalk{Call: "c"}}})
	l.readMessage("desk")
	f.expect(signedIn("ann", "shift-1"), up())
	return f, l
}

func up() call.Event   { return call.MediaUp{Agent: "ann", Address: "127.0.0.1:4000"} }
func lost() call.Event { return call.Left{Agent: "ann", Lost: true} }

// The seat waits for the next page, and is reached where it was. The voice of the page
// that is gone is not taken for that of the new one.
func TestReload(t *testing.T) {
	t.Parallel()
	f, l := talks(t)
	f.engine.mu.Lock()
	f.engine.seats = []media.Seat{{Name: "ann", Connected: true, RTPAddr: "127.0.0.1:4000"}} // its end is noticed later
	f.engine.mu.Unlock()
	_ = l.conn.Close(websocket.StatusGoingAway, "")
	f.expect(lost())
	again := f.openDesk("ann", "p2")
	f.expect(signedIn("ann", "shift-2"))
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Disconnected}) // of the old connection
	f.expect(call.MediaDown{Agent: "ann"})
	again.sendMessage(`{"type":"media","sdp":"v=2"}`)
	again.readMessage("media")
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Connected})
	f.expect(up())
	f.waitEngine("connect ann v=1; connect ann v=2")
}

// The page that lost its line for longer than the grace finds its voice standing.
func TestSamePageIsBackAfterTheGrace(t *testing.T) {
	t.Parallel()
	f, l := talks(t, func(c *softphone.Config) { c.Grace = 10 * time.Millisecond })
	f.engine.mu.Lock()
	f.engine.seats = []media.Seat{{Name: "ann", Connected: true, RTPAddr: "127.0.0.1:4000"}}
	f.engine.mu.Unlock()
	_ = l.conn.CloseNow()
	f.expect(lost())
	f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-2"), call.MediaUp{Agent: "ann", Address: "127.0.0.1:4000", Stands: true})
	f.waitEngine("connect ann v=1")
}

func TestPageIsBackTooLate(t *testing.T) {
	t.Parallel()
	f, l := talks(t, func(c *softphone.Config) { c.Keep = 10 * time.Millisecond })
	_ = l.conn.Close(websocket.StatusGoingAway, "")
	f.expect(lost())
	f.waitEngine("connect ann v=1; close ann")
	f.openDesk("ann", "p2")
	f.expect(signedIn("ann", "shift-2"))
}

// A page that crashes in a talk says nothing. When its voice has gone, too, the caller
// hears nothing, and nobody waits longer.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"line", "voice"} {
		told := make(logged, 10)
		f, l := talks(t, func(c *softphone.Config) { c.Logger = slog.New(slog.NewTextHandler(told, nil)) })
		if first == "line" {
			_ = l.conn.CloseNow()
			<-told // that it is broken
			f.expect()
			f.hub.Heard(media.Event{Seat: "ann", Kind: media.Disconnected})
			f.expect(lost())
			continue
		}
		f.hub.Heard(media.Event{Seat: "ann", Kind: media.Disconnected})
		_ = l.conn.CloseNow()
		f.expect(call.MediaDown{Agent: "ann"}, lost())
	}
}

// logged gets the lines of a log.
type logged chan string

func (l logged) Write(line []byte) (int, error) {
	l <- string(line)
	return len(line), nil
}

// An agent who does not talk may come back within the grace, though her voice is gone.
func TestCrashWithoutATalk(t *testing.T) {
	t.Parallel()
	f, l := talks(t)
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Idle}})
	l.readMessage("desk")
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Disconnected})
	_ = l.conn.CloseNow()
	f.openDesk("ann", "p1").readMessage("desk")
	f.expect(call.MediaDown{Agent: "ann"})
}

// A page that does not ask to take the desk leaves it to the one that is there.
func TestOpenElsewhere(t *testing.T) {
	t.Parallel()
	f, first := talks(t)
	told := first.listen()
	second := f.hello("ann", "p2", false)
	if m := second.readMessage("bye"); m.Why != softphone.ByeOpen || m.Text == "" {
		t.Fatalf("bye was %+v", m)
	}
	if s := second.closed(); s != websocket.StatusNormalClosure {
		t.Fatalf("closed with %v", s)
	}
	first.sendMessage(`{"type":"hold","call":"c","on":true}`)
	f.expect(call.Held{Agent: "ann", Call: "c", On: true})
	f.waitEngine("connect ann v=1")
	select {
	case m := <-told:
		t.Errorf("the first page was told %+v", m)
	default:
	}
}

// The agent takes the desk to another page. The first speaks until the second can.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	f, first := talks(t)
	second := f.hello("ann", "p2", true)
	second.readMessage("welcome")
	if d := second.readMessage("desk").Desk; d.Talk == nil {
		t.Fatalf("the second page was shown %+v", d)
	}
	f.expect(signedIn("ann", "shift-2"))
	first.sendMessage(`{"type":"hangup","call":"c"}`)
	first.sendMessage(`{"type":"media","sdp":"v=3"}`)
	first.sendMessage(`{"type":"ping","t":1}`)
	first.readMessage("pong") // and no bye
	second.sendMessage(`{"type":"media","sdp":"v=2"}`)
	second.readMessage("media")
	if m := first.readMessage("bye"); m.Why != softphone.ByeElsewhere {
		t.Fatalf("bye was %+v", m)
	}
	first.closed()
	f.hub.Heard(media.Event{Seat: "ann", Kind: media.Connected})
	f.expect(up())
	f.waitEngine("connect ann v=1; connect ann v=2")
}

// A page that takes the desk and is lost at once does not leave two.
func TestTakenAndLost(t *testing.T) {
	t.Parallel()
	f, first := talks(t)
	second := f.hello("ann", "p2", true)
	second.readMessage("welcome")
	_ = second.conn.Close(websocket.StatusGoingAway, "")
	if m := first.readMessage("bye"); m.Why != softphone.ByeElsewhere {
		t.Fatalf("bye was %+v", m)
	}
	f.expect(signedIn("ann", "shift-2"), lost())
}

// The line of a page that is gone without a word stands for a while. The next page
// does not ask because of it, and its late end harms nobody.
func TestOldLineStands(t *testing.T) {
	t.Parallel()
	f, first := talks(t) // which does not answer pings: nobody reads
	second := f.hello("ann", "p2", false)
	second.readMessage("welcome")
	f.expect(signedIn("ann", "shift-2"))
	_ = first.conn.Close(websocket.StatusGoingAway, "")
	second.sendMessage(`{"type":"hangup","call":"c"}`)
	f.expect(call.AgentHungUp{Agent: "ann", Call: "c"})
}

// Who signs out while her page is gone has left by choice; a sign-in that ends
// elsewhere is no reason.
func TestSignOutWhileThePageIsGone(t *testing.T) {
	t.Parallel()
	f, l := talks(t)
	_ = l.conn.Close(websocket.StatusGoingAway, "")
	f.expect(lost())
	f.hub.Dismiss("ann")
	f.expect()
	f.mu.Lock()
	f.allowed = func(call.AgentID) bool { return false }
	f.mu.Unlock()
	f.hub.Dismiss("ann")
	f.expect(call.Left{Agent: "ann"})
	f.waitEngine("connect ann v=1; close ann")
	f.hub.Dismiss("ann") // there is nothing any more
	f.expect()
}

// The controller ends while a page is gone. The next one keeps the seat, too.
func TestRestartWhileThePageIsGone(t *testing.T) {
	t.Parallel()
	f, l := talks(t, func(c *softphone.Config) { c.Keep = 10 * time.Millisecond })
	_ = l.conn.Close(websocket.StatusGoingAway, "")
	f.expect(lost())
	if err := f.hub.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := newFloor(t, func(c *softphone.Config) { c.Keep = time.Hour })
	g.engine.seats = []media.Seat{{Name: "ann", RTPAddr: "127.0.0.1:4000"}}
	g.hub.Resume([]call.AgentID{"ann"})
	g.expect(lost())
	again := g.openDesk("ann", "p2")
	again.sendMessage(`{"type":"media","sdp":"v=2"}`)
	again.readMessage("media")
	g.waitEngine("connect ann v=2")
	g.hub.Heard(media.Event{Seat: "ann", Kind: media.Connected})
	g.expect(signedIn("ann", "shift-1"), call.MediaUp{Agent: "ann", Address: "127.0.0.1:4000", Stands: true})
}

// TestPagesInAnyOrder: of pages that come, take, crash, and sign out in any order, at
// most one has the desk; and when all are gone, nothing is left.
func TestPagesInAnyOrder(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Log("the seed is ", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	f := newFloor(t, func(c *softphone.Config) { c.Grace, c.Keep = 5*time.Millisecond, 5*time.Millisecond })
	type tab struct {
		*line
		told <-chan softphone.Down
	}
	var tabs []tab // which are there; the last has the desk, if owned
	owned := false
	await := func(p tab, kinds ...string) string {
		for m := range p.told {
			if slices.Contains(kinds, m.Type) {
				return m.Type
			}
		}
		return "closed"
	}
	for n := range 300 {
		what := chance.IntN(7)
		var p tab // one of those that are there
		i := 0
		if len(tabs) > 0 {
			i = chance.IntN(len(tabs))
			p = tabs[i]
		}
		switch {
		case what < 3 || len(tabs) == 0:
			l := f.hello("ann", fmt.Sprint("p", n), what == 1)
			p = tab{l, l.listen()}
			got, want := await(p, "welcome", "bye"), "welcome"
			if owned && what != 1 {
				want = "bye"
			}
			if got != want {
				t.Fatalf("step %d: a page was answered by %s, want %s", n, got, want)
			}
			if got == "welcome" {
				tabs, owned = append(tabs, p), true
			}
			continue
		case what == 3:
			_ = p.conn.Close(websocket.StatusGoingAway, "")
		case what == 4:
			_ = p.conn.CloseNow()
		case what == 5:
			p.trySend(`{"type":"signout"}`)
			await(p)
		case what == 6:
			p = tabs[len(tabs)-1]
			if !owned {
				continue
			}
			p.sendMessage(`{"type":"media","sdp":"v=0"}`)
			await(p, "media", "error")
			f.hub.Heard(media.Event{Seat: "ann", Kind: []media.Kind{media.Connected, media.Disconnected}[chance.IntN(2)]})
			continue
		}
		owned = owned && i != len(tabs)-1
		tabs = slices.Delete(tabs, i, i+1)
		if owned {
			p = tabs[len(tabs)-1]
			p.sendMessage(`{"type":"ping","t":1}`)
			if await(p, "pong") != "pong" {
				t.Fatalf("step %d: the page that has the desk was closed", n)
			}
		}
	}
	for _, p := range tabs {
		_ = p.conn.CloseNow()
	}
	mediatest.Until(t, "the seat is closed", func() bool {
		f.engine.mu.Lock()
		defer f.engine.mu.Unlock()
		n := len(f.engine.done)
		return n > 0 && f.engine.done[n-1] == "close ann" && len(f.hub.Present()) == 0
	})
	is := "out"
	for _, ev := range f.takeNews(1) {
		was := is
		switch ev := ev.(type) {
		case call.SignedIn:
			is = "in"
		case call.Left:
			is = map[bool]string{true: "gone", false: "out"}[ev.Lost]
			if was == "out" || was == "gone" && ev.Lost {
				t.Errorf("%#v of an agent who is %s", ev, was)
			}
		default:
			if was != "in" {
				t.Errorf("%#v of an agent who is %s", ev, was)
			}
		}
	}
	if is == "in" {
		t.Error("the agent has not left")
	}
}
