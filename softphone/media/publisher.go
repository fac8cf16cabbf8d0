package media

import (
	"sync"

	"presszero/internal/mailbox"
)

// publisher hands events to the listeners one at a time, in order, from a
// goroutine of its own: a listener may call the engine back, and a slow one
// delays other events but never a voice packet.
type publisher struct {
	events *mailbox.Mailbox[Event]

	mu        sync.Mutex
	listeners map[int]func(Event)
	nextID    int
}

func newPublisher() *publisher {
	return &publisher{events: mailbox.New[Event](), listeners: map[int]func(Event){}}
}

// enqueue never blocks.
func (p *publisher) enqueue(e Event) { p.events.Put(e) }

// listen adds a listener until the returned function is called.
func (p *publisher) listen(hear func(Event)) (cancel func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := p.nextID
	p.nextID++
	p.listeners[id] = hear
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.listeners, id)
	}
}

// deliverUntil delivers until done is closed.
func (p *publisher) deliverUntil(done <-chan struct{}) {
	for {
		select {
		case <-p.events.Ready():
			p.deliver()
		case <-done:
			return
		}
	}
}

func (p *publisher) deliver() {
	events := p.events.TakeAll()
	p.mu.Lock()
	listeners := make([]func(Event), 0, len(p.listeners))
	for _, hear := range p.listeners {
		listeners = append(listeners, hear)
	}
	p.mu.Unlock()
	for _, e := range events {
		for _, hear := range listeners {
			hear(e)
		}
	}
}
