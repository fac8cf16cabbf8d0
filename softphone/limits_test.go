package softphone_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"presszero/call"
	"presszero/softphone"
)

// TestTurns: only so many pages sign in at once. A page that waits too long is
// asked to come again, and a page that has signed in makes room.
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
	for range 20 { // an agent who loads the page again and again is not locked out
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
