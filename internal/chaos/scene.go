package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// scene is one mode while it is played. Its methods may be used from many
// goroutines, but those that give up only from the mode's own.
type scene struct {
	*Ground
	*Stack
	context.Context
	options Options
	chance  *rand.Rand
	began   time.Time

	mu    sync.Mutex
	row   *Row
	cast  []*testCaller // all who called
	after []func()      // in the end, the last first
}

// failed notes a reason why the mode is red, and goes on.
func (s *scene) failed(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.row.Why = append(s.row.Why, fmt.Sprintf(format, args...))
}

// giveUp fails and ends the mode, as testing's FailNow ends a test.
func (s *scene) giveUp(format string, args ...any) {
	s.failed(format, args...)
	runtime.Goexit()
}

func (s *scene) require(err error) {
	if err != nil {
		s.giveUp("%v", err)
	}
}

// noteFigure tells a figure that has no column.
func (s *scene) noteFigure(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.row.Notes = append(s.row.Notes, fmt.Sprintf(format, args...))
}

// finally does something at the end of the mode, however it ends.
func (s *scene) finally(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = append(s.after, f)
}

// withinMoments bounds what should happen within moments on a busy machine.
func (s *scene) withinMoments() context.Context {
	ctx, cancel := context.WithTimeout(s.Context, 20*time.Second)
	s.finally(cancel)
	return ctx
}

// waitFor polls for something that other processes do.
func (s *scene) waitFor(limit time.Duration, what string, ok func() bool) {
	if !s.waitedFor(limit, ok) {
		s.giveUp("after %s still not: %s", limit, what)
	}
}

func (s *scene) waitedFor(limit time.Duration, ok func() bool) bool {
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
func (s *scene) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.Done():
		runtime.Goexit()
	}
}

// between is a seeded duration.
func (s *scene) between(low, high time.Duration) time.Duration {
	return low + time.Duration(s.chance.Int64N(int64(high-low)))
}

// waitReady waits until calls can come, and notes how long they could not.
func (s *scene) waitReady(since time.Time) {
	s.waitFor(40*time.Second, "calls can come again", func() bool { return s.readyNow(s) })
	s.mu.Lock()
	defer s.mu.Unlock()
	s.row.Back = max(s.row.Back, Millis(time.Since(since)))
}

// killPart kills a part as a crash does, and returns when another stands in its place.
func (s *scene) killPart(part string) {
	old, err := s.processID(part)
	s.require(err)
	s.require(signal(syscall.SIGKILL, old))
	s.waitReplaced(part, old)
}

func (s *scene) waitReplaced(part string, old int) {
	s.waitFor(20*time.Second, part+" stands again", func() bool {
		pid, err := s.processID(part)
		return err == nil && pid != old
	})
}

// stopPart stops a part and all its children where they are, and returns how to
// let them go on. They go on in any case when the mode ends.
func (s *scene) stopPart(part string) (resume func()) {
	pid, err := s.processID(part)
	s.require(err)
	pids := family(pid)
	resume = sync.OnceFunc(func() { _ = signal(syscall.SIGCONT, pids...) })
	s.finally(resume)
	s.require(signal(syscall.SIGSTOP, pids...))
	return resume
}

// hangPart stops a part until it is found out, ended and started again.
func (s *scene) hangPart(part string, meanwhile func()) {
	pid, err := s.processID(part)
	s.require(err)
	at := time.Now()
	s.stopPart(part)
	meanwhile()
	s.waitFor(30*time.Second, part+" is ended and started again", func() bool {
		now, err := s.processID(part)
		return err == nil && now != pid
	})
	s.noteFigure("%s was ended and started again after %s", part, Millis(time.Since(at)))
	s.waitReady(at)
}

// queryCount runs a query that returns one number.
func (s *scene) queryCount(query string, args ...any) int {
	var n int
	if err := s.db.QueryRowContext(s, query, args...).Scan(&n); err != nil {
		s.giveUp("%s: %v", query, err)
	}
	return n
}

// waitCount waits until the query returns n. The database may be away meanwhile.
func (s *scene) waitCount(limit time.Duration, n int, query string, args ...any) {
	got, err := 0, error(nil)
	if !s.waitedFor(limit, func() bool {
		err = s.db.QueryRowContext(s, query, args...).Scan(&got)
		return err == nil && got == n
	}) {
		s.giveUp("after %s it is %d (%v) and not %d: %s %v", limit, got, err, n, query, args)
	}
}

func (s *scene) waitOutcome(h *testCaller, want string) {
	s.waitCount(20*time.Second, 1, `SELECT count(*) FROM report.call WHERE caller_number = $1 AND outcome = $2`, h.number, want)
}

// noMoreCallbacks takes back those that are still to be made, and ends those
// that are being made.
func (s *scene) noMoreCallbacks() {
	s.waitedFor(30*time.Second, func() bool {
		s.trunk.hangUpAll()
		rows, err := s.db.QueryContext(s, `SELECT callback_id FROM report.callback WHERE ended_at IS NULL`)
		if err != nil {
			return false
		}
		defer rows.Close()
		var open []string
		for rows.Next() {
			var id string
			if rows.Scan(&id) == nil {
				open = append(open, id)
			}
		}
		for _, id := range open {
			_ = s.CancelCallback(s, id) // one that is on the telephone just now ends by itself
		}
		var inLine int // the books may be late: as long as somebody stands in line there, there is more to come
		err = s.db.QueryRowContext(s, `SELECT count(*) FROM report.visit WHERE outcome IS NULL`).Scan(&inLine)
		return err == nil && rows.Err() == nil && len(open) == 0 && inLine == 0
	})
}
