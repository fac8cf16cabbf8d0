package mediatest

import (
	"testing"
	"time"

	"presszero/internal/headless"
	"presszero/softphone/media"
)

// restingPage is a page that sends bursts only, after it was announced.
func restingPage(t testing.TB, engine media.Engine, diary *Diary, seat string) (*headless.Phone, media.Answer) {
	t.Helper()
	phone, answer := Page(t, engine, seat, headless.Options{
		Tone: Agent, Listen: []float64{Caller}, Bursts: true,
	})
	diary.Wait(t, media.Event{Seat: seat, Kind: media.Connected})
	phone.Rest(true)
	return phone, answer
}

// resting: few packets are enough, and a caller is heard as ever.
func resting(t *testing.T, engine media.Engine, diary *Diary) {
	phone, answer := restingPage(t, engine, diary, "ana")
	began, before := time.Now(), stats(t, engine, "ana").Mic
	Until(t, "some bursts have come", func() bool { return stats(t, engine, "ana").Mic >= before+15 })
	if took := time.Since(began); took < 3*time.Second {
		t.Errorf("15 packets have come within %v: the page does not rest", took)
	}
	for kind, want := range map[media.Kind]int{media.Connected: 1, media.Disconnected: 0} {
		if n := diary.Count(media.Event{Seat: "ana", Kind: kind}); n != want {
			t.Errorf("while it rested it was announced as %s %d times, want %d", kind, n, want)
		}
	}
	engine.Expect("ana", true)
	phone.Rest(false)
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	engine.Expect("ana", false) // a leg is enough
	hears(t, "agent", phone.Ear, Caller)
	hears(t, "caller", peer.Ear, Agent)
	Until(t, "a second of voice went both ways", func() bool {
		s := stats(t, engine, "ana")
		return s.FromAgent.Sent >= 50 && s.FromCaller.Sent >= 50
	})
	if n := diary.Count(media.Event{Seat: "ana", Kind: media.Disconnected}); n != 0 {
		t.Errorf("it was announced as disconnected %d times", n)
	}
}

// dyingAtRest: a page that dies while it rests is announced, without an Expect or a leg,
// and so is its return.
func dyingAtRest(t *testing.T, engine media.Engine, diary *Diary) {
	phone, _ := restingPage(t, engine, diary, "ana")
	phone.Mute(true)
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Disconnected})
	phone.Rest(false) // as its desk says that it is not heard
	phone.Mute(false)
	Until(t, "its return is announced", func() bool {
		return diary.Count(media.Event{Seat: "ana", Kind: media.Connected}) == 2
	})
}

// owingVoice: a page that does not begin to speak when it rings, or in a talk, has
// not heard of it. Bursts do not help it then.
func owingVoice(t *testing.T, engine media.Engine, diary *Diary) {
	rings, _ := restingPage(t, engine, diary, "ana")
	_, answer := restingPage(t, engine, diary, "leo")
	dies, deadAnswer := restingPage(t, engine, diary, "eva")

	due := time.Now()
	engine.Expect("ana", true)
	startTalk(t, engine, "leo", "leg1", NewPeer(t, answer.RTPAddr, Caller))
	dies.Mute(true)
	startTalk(t, engine, "eva", "leg1", NewPeer(t, deadAnswer.RTPAddr, Caller))
	for _, seat := range []string{"ana", "leo", "eva"} {
		diary.Wait(t, media.Event{Seat: seat, Kind: media.Disconnected})
	}
	if took := time.Since(due); took < 900*time.Millisecond || took > 5*time.Second {
		t.Errorf("it took %v to notice", took)
	}

	engine.Expect("ana", false)
	before := stats(t, engine, "ana").Mic
	Until(t, "two more bursts have come", func() bool { return stats(t, engine, "ana").Mic >= before+6 })
	if n := diary.Count(media.Event{Seat: "ana", Kind: media.Connected}); n != 1 {
		t.Errorf("bursts of a page that did not speak when it rang had it announced again")
	}
	rings.Rest(false)
	Until(t, "its return is announced", func() bool {
		return diary.Count(media.Event{Seat: "ana", Kind: media.Connected}) == 2
	})
}
