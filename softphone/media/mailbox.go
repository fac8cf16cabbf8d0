package media

import "sync"

// mailbox hands events to the listeners one at a time, in order, from a
// goroutine of its own: a listener may call the engine back, and a slow one
// delays other news but never a voice packet.
type mailbox struct {
	mu        sync.Mutex
	waiting   []Event
	listeners map[int]func(Event)
	nextID    int
	wake      chan struct{} // holds one token while something waits
}

func newMailbox() *mailbox {
	return &mailbox{listeners: map[int]func(Event){}, wake: make(chan struct{}, 1)}
}

// enqueue never blocks.
func (m *mailbox) enqueue(e Event) {
	m.mu.Lock()
	m.waiting = append(m.waiting, e)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// listen adds a listener until the returned function is called.
func (m *mailbox) listen(hear func(Event)) (cancel func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := m.nextID
	m.nextID++
	m.listeners[id] = hear
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.listeners, id)
	}
}

// deliverUntil delivers until done is closed.
func (m *mailbox) deliverUntil(done <-chan struct{}) {
	for {
		select {
		case <-m.wake:
			m.deliver()
		case <-done:
			return
		}
	}
}

func (m *mailbox) deliver() {
	m.mu.Lock()
	events := m.waiting
	m.waiting = nil
	listeners := make([]func(Event), 0, len(m.listeners))
	for _, hear := range m.listeners {
		listeners = append(listeners, hear)
	}
	m.mu.Unlock()
	for _, e := range events {
		for _, hear := range listeners {
			hear(e)
		}
	}
}
