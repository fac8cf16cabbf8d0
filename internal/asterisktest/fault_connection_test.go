package asterisktest

import (
	"testing"
	"time"

	"presszero/asterisk"
	"presszero/call"
)

// A socket that is open and useless is given up.
func TestSocketWithoutEvents(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	id, who := b.phoned()
	for name, goDeaf := range map[string]func(){
		"the application is cleared away": fake.ClearAway,
		"no event comes": func() {
			fake.Fault(Fault{Type: "ChannelUserevent", Lose: true, Times: 1})
		},
	} {
		before := b.sw.Stats().Connects
		goDeaf()
		b.until(name+", and the switch connects anew", func() bool { return b.sw.Stats().Connects > before && b.sw.Ready() })
	}
	who.HangUp()
	awaitEvent[call.HungUp](b, id)
}

func TestAsteriskRestarts(t *testing.T) {
	fake, b := onFake(t)
	one, who := b.phoned()
	b.connected(one, who, call.LegID(call.OfferID(one, 1)))
	two, _ := b.phoned()
	before := time.Now()
	fake.Restart()
	for _, id := range []call.ID{one, two} {
		h := awaitEvent[call.HungUp](b, id)
		if h.Side != call.SideSystem || !h.Estimated {
			t.Errorf("told was %+v", h)
		}
		if h.At.Before(before) || h.At.After(time.Now()) { // when the connection was lost
			t.Errorf("the caller was last seen at %s, but Asterisk was there until %s", h.At, before)
		}
	}
	b.until("ready again", b.sw.Ready)
	b.beaten()
	three, other := b.phoned()
	b.sw.Do(call.Music{Call: three})
	b.hears(other, Music)
}

// Both restart: only the age of the caller's channel tells that it was Asterisk.
func TestBothRestart(t *testing.T) {
	fake, b := onFake(t)
	id, who := b.phoned()
	seen := time.Now().Add(-time.Hour)
	known := asterisk.Known{Call: id, Channel: caller(who).Channel(), Seen: seen}
	b.stop()
	fake.Restart()
	fresh := begin(t, b.rig, known)
	if h := awaitEvent[call.HungUp](fresh, id); h.Side != call.SideSystem || !h.Estimated || !h.At.Equal(seen) {
		t.Errorf("told was %+v", h)
	}
}

// Orders that come before we know whom Asterisk has are kept.
func TestOrdersBeforeTheFirstConnect(t *testing.T) {
	fake, old := onFake(t)
	id, who := old.phoned()
	old.stop()
	told := make(chan call.Event, 10)
	s := asterisk.New(fake.Config(), func(e call.Event) { told <- e })
	s.Do(call.Music{Call: id})
	ran := make(chan error)
	go func() {
		ran <- s.Run(t.Context(), func() []asterisk.Known {
			return []asterisk.Known{{Call: id, Channel: caller(who).Channel()}}
		})
	}()
	if e, is := (<-told).(call.Resumed); !is || e.Call != id {
		t.Errorf("told was %#v", e)
	}
	old.hears(who, Music)
	s.Close()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}
