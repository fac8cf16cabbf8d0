package softphone_test

import (
	"fmt"
	"strings"
	"testing"

	"presszero/call"
	"presszero/softphone/media"
)

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

// The engine is told when voice is due, once for each time, and at first that it is
// not: one that outlived a controller may still expect some.
func TestVoiceDue(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.openDesk("ann", "p1")
	for _, state := range []call.AgentState{call.Idle, call.Idle, call.Ringing, call.Connecting, call.Talking, call.WrapUp, call.Idle} {
		f.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: state}})
	}
	f.waitEngine("rest ann; expect ann; rest ann")
}

func TestAudioThatCannotFlowIsMediaDown(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.engine.fail = media.ErrNoSeat
	f.openDesk("ann", "p1")
	f.hub.Do(call.TalkTo{Agent: "ann", Leg: "leg", Remote: "127.0.0.1:9"})
	f.expect(signedIn("ann", "shift-1"), call.MediaDown{Agent: "ann"})
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
