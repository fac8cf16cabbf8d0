package softphone_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"presszero/call"
	"presszero/softphone"
	"presszero/softphone/media"
)

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

// A supervisor signs an agent out; one who is not there is passed over.
func TestOrderedSignOut(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openDesk("ann", "p1")
	f.hub.Do(call.SignOut{Agent: "bob", By: "eva"})
	f.hub.Do(call.SignOut{Agent: "ann", By: "eva"})
	if m := l.readMessage("bye"); m.Why != softphone.ByeSignedOut || m.Text != "eva has signed you out." {
		t.Fatalf("bye was %+v", m)
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
	f.hub.Dismiss("bob") // another sign-in of his has ended
	f.hub.Dismiss("nobody")
	bob.sendMessage(`{"type":"wrapped"}`)
	f.expect(call.Wrapped{Agent: "bob"})
}

// Who is found to be signed out in a talk talks on. Dismiss does not wait.
func TestEndOfSignInInATalk(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	ann, bob := f.openDesk("ann", "p1"), f.openDesk("bob", "p1")
	for _, id := range []call.AgentID{"ann", "bob"} {
		f.hub.Do(call.Show{Agent: id, Desk: call.Desk{State: call.Talking}})
	}
	asked := make(chan call.AgentID)
	over := make(chan struct{})
	f.mu.Lock()
	f.allowed = func(id call.AgentID) bool {
		select {
		case asked <- id:
		case <-over:
		}
		return false
	}
	f.mu.Unlock()
	for times := map[call.AgentID]int{}; times["ann"] < 3 || times["bob"] < 3; times[<-asked]++ {
	}
	close(over)
	f.expect(signedIn("ann", "shift-1"), signedIn("bob", "shift-2"))
	f.hub.Dismiss("bob")
	bob.readMessage("desk")
	if m := bob.readMessage("bye"); m.Why != softphone.ByeDenied {
		t.Fatalf("bye was %+v", m)
	}
	f.expect(call.Left{Agent: "bob"})
	f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.WrapUp}})
	f.expect(call.Left{Agent: "ann"})
	ann.closed()
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
