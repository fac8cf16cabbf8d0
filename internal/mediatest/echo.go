package mediatest

import (
	"errors"
	"testing"
	"time"

	"presszero/internal/headless"
	"presszero/softphone/media"
)

// echo: a page hears itself when that was asked for and nobody else is there, and a
// talk ends it for good.
func echo(t *testing.T, engine media.Engine, diary *Diary) {
	if err := engine.Echo("ana", true); !errors.Is(err, media.ErrNoSeat) {
		t.Errorf("an echo without a page: %v", err)
	}
	phone, answer := Page(t, engine, "ana", headless.Options{Tone: Agent, Listen: []float64{Agent, Caller}})
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Connected})
	retryLost(t, func() error { return engine.Echo("ana", true) })
	hears(t, "the agent", phone.Ear, Agent)
	retryLost(t, func() error { return engine.Echo("ana", false) })
	Until(t, "the agent hears nothing", func() bool { return phone.Level(Agent) == 0 })

	retryLost(t, func() error { return engine.Echo("ana", true) })
	Until(t, "the agent hears herself again", func() bool { return phone.Level(Agent) > 0 })
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "the agent", phone.Ear, Caller)
	hears(t, "the caller", peer.Ear, Agent)
	Until(t, "the agent hears the caller only", func() bool { return phone.Level(Agent) < 0.05 && phone.Level(Caller) > 0.5 })
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(tryAgain) {
		if err = engine.Echo("ana", true); !errors.Is(err, media.ErrLost) {
			break
		}
	}
	if !errors.Is(err, media.ErrTalking) {
		t.Errorf("an echo in a talk: %v", err)
	}
	engine.Hush("ana", "leg1")
	Until(t, "the agent hears nothing after the talk", func() bool { return phone.Level(Agent) == 0 && phone.Level(Caller) == 0 })
}
