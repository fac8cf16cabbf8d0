package main

import (
	"context"
	"errors"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"
)

// sleeper is a process that does nothing and hears nothing.
type sleeper struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func newSleeper() (process, error) {
	s := &sleeper{exec.Command("sleep", "600"), make(chan struct{})}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = s.cmd.Wait(); close(s.done) }()
	return s, nil
}

func (s *sleeper) PID() int              { return s.cmd.Process.Pid }
func (s *sleeper) Done() <-chan struct{} { return s.done }
func (s *sleeper) Stop()                 { _ = s.cmd.Process.Kill(); <-s.done }

// TestHangingPart: a part is judged from its first sign of life on, three
// misses in a row are its end, and the next one starts with a clean sheet.
func TestHangingPart(t *testing.T) {
	t.Parallel()
	silent := errors.New("silent")
	answers := []error{silent, silent, silent, silent, nil, silent, silent, nil, silent, silent, silent, // the end of the first
		silent, silent, silent, silent, nil}
	var asked, starts atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	all := make(chan struct{})
	first := make(chan int, 1)
	kept, err := keep(ctx, part{name: "sleeper", askEvery: time.Millisecond,
		start: func(context.Context) (process, error) {
			p, err := newSleeper()
			if starts.Add(1) == 1 && err == nil {
				first <- p.PID()
			}
			return p, err
		},
		alive: func(_ context.Context, p process) error {
			n := int(asked.Add(1)) - 1
			if n == len(answers)-1 {
				close(all)
			}
			if n >= len(answers) {
				return nil
			}
			if n == 11 && p.PID() == <-first {
				t.Error("the one that hung was not replaced")
			}
			return answers[n]
		}}, t.TempDir(), t.Logf)
	must(t, err)
	select {
	case <-all:
	case <-soon(t).Done():
		t.Error("not asked to the end")
	}
	if n := starts.Load(); n != 2 {
		t.Errorf("started %d times, want 2", n)
	}
	cancel()
	<-kept.done
}
