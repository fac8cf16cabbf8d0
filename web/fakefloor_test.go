package web_test

import (
	"context"
	"sync"
	"time"

	"presszero/web"
)

// stage is web.Floor with whatever the test puts on it.
type stage struct {
	mu       sync.Mutex
	live     web.Live
	asked    int
	watchers map[int]func()
}

func newStage() *stage { return &stage{watchers: map[int]func(){}} }

func (s *stage) Now(context.Context) (web.Live, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	l := s.live
	l.Now = time.Now()
	return l, nil
}

func (s *stage) Watch(changed func()) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := len(s.watchers)
	s.watchers[id] = changed
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, id)
	}
}

// set changes the stage and tells whoever watches.
func (s *stage) set(change func(*web.Live)) {
	s.mu.Lock()
	change(&s.live)
	var tell []func()
	for _, w := range s.watchers {
		tell = append(tell, w)
	}
	s.mu.Unlock()
	for _, w := range tell {
		w()
	}
}
