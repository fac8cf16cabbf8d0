package callqueue

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/call/calltest"
)

// menus stands for ivr: every caller wants the queue named by the number dialled.
type menus struct{}

func (menus) Step(*call.Step, call.Event) {}
func (menus) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.CallStarted); ok {
		s.State(e.Call, call.MenuLeft{Node: "main", Queue: f.To, Reason: "chosen"})
	}
}
func (menus) Replay(call.Entry)          {}
func (menus) Forget(*call.Step, call.ID) {}

func queues() *Machine {
	return New(Settings{Name: "support", WrapUp: 10 * time.Second}, Settings{Name: "billing"})
}

func TestTranscripts(t *testing.T) {
	calltest.Run(t, "testdata/*.txt", func() []call.Machine {
		return []call.Machine{menus{}, queues(), call.NewRegister()}
	})
}
