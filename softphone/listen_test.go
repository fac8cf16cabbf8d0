package softphone_test

import (
	"net/http"
	"testing"
	"time"

	"presszero/call"
	"presszero/softphone"
	"presszero/softphone/media"
)

// openEar opens a listener's page and takes the welcome.
func (f *floor) openEar(name string) *line {
	f.t.Helper()
	l, _, err := f.dial("/listen?agent="+name, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	l.sendMessage(`{"type":"hello","page":"p"}`)
	if m := l.readMessage("welcome"); m.Agent != call.AgentID(name) || m.Version != 2 {
		f.t.Fatalf("welcome was %+v", m)
	}
	return l
}

// connected has the page's audio stand.
func (f *floor) connected(l *line, seat string) {
	f.t.Helper()
	l.sendMessage(`{"type":"media","sdp":"o"}`)
	if m := l.readMessage("media"); m.SDP != "answer to o" {
		f.t.Fatalf("media was %+v", m)
	}
	f.hub.Heard(media.Event{Seat: seat, Kind: media.Connected})
	f.expect(call.ListenerUp{Listener: call.ListenerID(seat), Address: "sip:x@127.0.0.1:4001"})
}

// A supervisor who is an agent listens beside her desk, which nothing befalls.
func TestListenBesideDesk(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	desk := f.openDesk("ann", "p1")
	f.expect(signedIn("ann", "shift-1"))
	l := f.openEar("ann")
	const seat = "ear:shift-2"
	l.sendMessage(`{"type":"listen","agent":"ben","call":"c","mode":"listen"}`)
	if m := l.readMessage("error"); m.Text == "" {
		t.Error("listening without audio is not answered")
	}
	f.connected(l, seat)
	l.sendMessage(`{"type":"listen","agent":"ben","call":"c","mode":"whisper"}`)
	f.expect(call.ListenAsked{Listener: seat, By: "ann", Queues: []string{"support"}, Agent: "ben", Call: "c", Mode: call.ListenWhisper, Join: "shift-3"})

	f.hub.Do(call.Listen{Listener: seat, Agent: "ben", Leg: "leg1"})
	f.hub.Do(call.Listen{Listener: seat, Agent: "ben", Leg: "leg1", Whisper: true})
	f.hub.Do(call.TalkTo{Agent: seat, Leg: "join"})
	f.hub.Do(call.Hush{Agent: seat, Leg: "join"})
	f.hub.Do(call.StopListening{Listener: seat})
	f.waitEngine("connect ear:shift-2 o; listen ear:shift-2 ben leg1; listen ear:shift-2 ben leg1; whisper ear:shift-2 true; talk ear:shift-2 join ; hush ear:shift-2 join; stop ear:shift-2")
	at := time.Date(2026, 5, 4, 9, 0, 0, 123456789, time.FixedZone("CET", 3600))
	f.hub.Do(call.ShowListener{Listener: seat, Listening: call.Listening{Agent: "ben", Call: "c", Mode: call.ListenOnly, Since: at, Turned: at}})
	if m := l.readMessage("listening").Listening; m == nil || m.Mode != call.ListenOnly || !m.Since.Equal(at.Truncate(time.Millisecond)) {
		t.Errorf("the page is shown %+v", m)
	}

	_ = l.conn.CloseNow()
	f.expect(call.ListenerLeft{Listener: seat, Why: "page_gone"})
	desk.sendMessage(`{"type":"ping","t":1}`)
	desk.readMessage("pong")
	f.expect()
}

// Nobody listens whose rights have ended, nor from another site, nor over a restart.
func TestListenerDismissed(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	if _, resp, err := f.dial("/listen?agent=sue", http.Header{"Origin": {"https://elsewhere.example"}}); err == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("from another site: %v, %v", resp, err)
	}
	l := f.openEar("sue")
	f.connected(l, "ear:shift-1")
	f.mu.Lock()
	f.allowed = func(call.AgentID) bool { return false }
	f.mu.Unlock()
	if m := l.readMessage("bye"); m.Why != softphone.ByeDenied {
		t.Errorf("bye was %+v", m)
	}
	l.sendMessage(`{"type":"listen","agent":"ben","call":"c","mode":"listen"}`) // in place of taking leave
	_ = l.conn.CloseNow()
	f.expect(call.ListenerLeft{Listener: "ear:shift-1", Why: "denied"}, call.ListenerLeft{Listener: "ear:shift-1", Why: "page_gone"})

	f.mu.Lock()
	f.allowed = nil
	f.mu.Unlock()
	l = f.openEar("sue")
	if err := f.hub.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if m := l.readMessage("bye"); m.Why != softphone.ByeRestart {
		t.Errorf("bye was %+v", m)
	}
	f.expect(call.ListenerLeft{Listener: "ear:shift-2", Why: "restart"})
}

// What the media cannot do ends the listening; a media process that has lost a listener's
// seat has its page told so; a seat of a controller before us is closed.
func TestListenersAndTheMedia(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	l := f.openEar("sue")
	f.connected(l, "ear:shift-1")
	f.engine.mu.Lock()
	f.engine.fail = media.ErrNoLeg
	f.engine.mu.Unlock()
	f.hub.Do(call.Listen{Listener: "ear:shift-1", Agent: "ben", Leg: "leg1"})
	f.expect(call.ListenerLeft{Listener: "ear:shift-1", Why: "failed"})
	f.engine.mu.Lock()
	f.engine.fail = nil
	f.engine.mu.Unlock()
	f.hub.Heard(media.Event{Kind: media.Back})
	l.readMessage("renew")
	f.expect()

	f.engine.mu.Lock()
	f.engine.done, f.engine.seats = nil, []media.Seat{{Name: "ear:shift-1"}, {Name: "ear:before"}}
	f.engine.mu.Unlock()
	f.hub.Resume(nil)
	f.waitEngine("close ear:before")
}
