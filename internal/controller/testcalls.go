package controller

import (
	"sync"

	"presszero/call"
)

// testCalls are the calls that are made to try a trunk. The line knows nothing of
// them: what the switch tells about them goes to the test call that waits. The zero value is
// ready.
type testCalls struct {
	mu  sync.Mutex
	all map[call.ID]chan call.Event
}

// begin returns what will be told about the call.
func (t *testCalls) begin(id call.ID) <-chan call.Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[call.ID]chan call.Event{}
	}
	news := make(chan call.Event, 64)
	t.all[id] = news
	return news
}

func (t *testCalls) end(id call.ID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, id)
}

// heard takes an event about a test call, and reports whether it is one.
func (t *testCalls) heard(ev call.Event) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.all) == 0 {
		return false
	}
	news := t.all[call.CallOf(ev)]
	if news == nil {
		return false
	}
	select {
	case news <- ev:
	default: // more than a call of seconds can have
	}
	return true
}
