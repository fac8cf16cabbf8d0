package chaos

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"
)

// script is how a mode proceeds: it waits, gives up, and in the end undoes what
// was begun. Its methods may be used from many goroutines, but those that give
// up only from the mode's own.
type script struct {
	context.Context
	*result
	chance *rand.Rand // from the seed

	mu    sync.Mutex
	after []func() // in the end, the last first
}

// giveUp fails and ends the mode, as testing's FailNow ends a test.
func (s *script) giveUp(format string, args ...any) {
	s.failed(format, args...)
	runtime.Goexit()
}

// require gives up unless err is nil.
func (s *script) require(err error) {
	if err != nil {
		s.giveUp("%v", err)
	}
}

// finally does something at the end of the mode, however it ends.
func (s *script) finally(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = append(s.after, f)
}

// withinMoments bounds what should happen within moments on a busy machine.
func (s *script) withinMoments() context.Context {
	ctx, cancel := context.WithTimeout(s.Context, 20*time.Second)
	s.finally(cancel)
	return ctx
}

// waitFor polls for something that other processes do.
func (s *script) waitFor(limit time.Duration, what string, ok func() bool) {
	if !s.waitedFor(limit, ok) {
		s.giveUp("after %s still not: %s", limit, what)
	}
}

// waitedFor reports whether it came true within the limit.
func (s *script) waitedFor(limit time.Duration, ok func() bool) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(limit); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			return false
		case <-s.Done():
			return false
		}
	}
	return true
}

// pause lets time pass, as the deed demands it.
func (s *script) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.Done():
		runtime.Goexit()
	}
}

// between is a seeded duration.
func (s *script) between(low, high time.Duration) time.Duration {
	return low + time.Duration(s.chance.Int64N(int64(high-low)))
}

// sleep lets time pass, and no more of it when the program ends.
func (s *script) sleep(d time.Duration) {
	select {
	case <-time.After(d):
	case <-s.Done():
	}
}

// runPart does one part of the mode, which may give up.
func (s *script) runPart(part func()) {
	var done sync.WaitGroup
	done.Go(part)
	done.Wait()
}

// undoAll calls what was passed to finally, the last first.
func (s *script) undoAll() {
	for {
		s.mu.Lock()
		if len(s.after) == 0 {
			s.mu.Unlock()
			return
		}
		last := s.after[len(s.after)-1]
		s.after = s.after[:len(s.after)-1]
		s.mu.Unlock()
		last()
	}
}
