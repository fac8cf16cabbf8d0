package deskclient_test

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/deskclient"
)

// A robot pauses the recording of its talk in the middle of it, and goes on.
func TestRobotPausesTheRecording(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ann := s.page(func(o *deskclient.Options) {
		o.Robot = &deskclient.Robot{TalkFor: 200 * time.Millisecond, HoldFor: 20 * time.Millisecond, Pause: 1}
	})
	s.hub.Do(call.ShowRecording{Agent: "ann", Recording: call.DeskRecording{Call: "c1", State: "on",
		Can: []call.RecordingVerb{call.CanPause, call.CanResumeRecording, call.CanMark}}})
	s.show(call.DeskTalk{Call: "c1"})
	s.expect(call.PauseAsked{Agent: "ann"})
	s.expect(call.ResumeAsked{Agent: "ann"})
	s.expect(call.AgentHungUp{Agent: "ann", Call: "c1"})
	if err := ann.Recording("c1", call.CanMark); err != nil {
		t.Fatal(err)
	}
	s.expect(call.MarkAsked{Agent: "ann"})
}
