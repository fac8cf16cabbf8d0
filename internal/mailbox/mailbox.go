// Package mailbox is an unbounded queue from many goroutines to one. Putting never
// waits; it is for messages whose loss would cost more than memory does.
//
//	for {
//		for _, message := range box.TakeAll() { … }
//		select {
//		case <-box.Ready():
//		case <-done: return
//		}
//	}
package mailbox

import "sync"

// Mailbox holds messages in the order in which they were put. New makes one.
type Mailbox[T any] struct {
	mu      sync.Mutex
	waiting []T
	ready   chan struct{} // holds one token after a Put
}

// New returns an empty mailbox.
func New[T any]() *Mailbox[T] { return &Mailbox[T]{ready: make(chan struct{}, 1)} }

// Put adds a message and never waits. Any goroutine may call it.
func (m *Mailbox[T]) Put(message T) {
	m.mu.Lock()
	m.waiting = append(m.waiting, message)
	m.mu.Unlock()
	select {
	case m.ready <- struct{}{}:
	default: // the receiver has been told
	}
}

// TakeAll removes and returns all messages, the oldest first; none: nil.
func (m *Mailbox[T]) TakeAll() []T {
	m.mu.Lock()
	defer m.mu.Unlock()
	messages := m.waiting
	m.waiting = nil
	return messages
}

// Ready can be received from after a Put. Sometimes TakeAll has then taken the
// message already, and there is none. One goroutine should receive.
func (m *Mailbox[T]) Ready() <-chan struct{} { return m.ready }

// Len returns how many messages wait.
func (m *Mailbox[T]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.waiting)
}
