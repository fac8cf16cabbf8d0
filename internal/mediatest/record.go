package mediatest

import (
	"errors"
	"testing"
	"time"

	"presszero/internal/customer"
	"presszero/softphone/media"
)

// unrecorded: what is asked of recordings of seats, legs and recordings that are not there
// is refused, and of an engine without a folder a talk is not recorded and goes on.
func unrecorded(t *testing.T, engine media.Engine, _ *Diary) {
	want := func(what string, want error, request func(seat, leg string) error, seat, leg string) {
		t.Helper()
		if err := request(seat, leg); !errors.Is(err, want) {
			t.Errorf("%s of %s, %s: %v, want %v", what, seat, leg, err, want)
		}
	}
	phone, answer := agentPage(t, engine, "ana")
	c := Call(t, answer, "leg1", customer.Options{Tone: Caller})
	makeLive(t, engine, "leg1")
	for what, request := range map[string]func(seat, leg string) error{
		"record": func(seat, leg string) error { return engine.Record(seat, leg, "r", 0) },
		"pause":  func(seat, leg string) error { return engine.PauseRecording(seat, leg, time.Minute) },
		"resume": engine.ResumeRecording,
		"stop":   engine.StopRecording,
	} {
		want(what, media.ErrNoSeat, request, "leo", "leg1")
		want(what, media.ErrNoLeg, request, "ana", "leg2")
		switch what {
		case "pause", "resume":
			want(what, media.ErrNotRecorded, request, "ana", "leg1")
		case "stop":
			want(what, nil, request, "ana", "leg1")
		}
	}
	if err := engine.Record("ana", "leg1", "r", 0); err == nil || errors.Is(err, media.ErrOld) {
		t.Errorf("recording without a folder: %v", err)
	}
	if err := engine.PauseRecording("ana", "leg1", 0); err == nil {
		t.Error("a pause without a limit was taken")
	}
	hears(t, "agent", phone.Ear, Caller)
	hearsCall(t, "caller", c, Agent)
}
