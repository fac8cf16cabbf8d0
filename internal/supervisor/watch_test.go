package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// sleeper is a process that does nothing and hears nothing.
type sleeper struct {
	cmd  *exec.Cmd
	done chan struct{}
}

func newSleeper() (process, error) { return startSleeper(exec.Command("sleep", "600")) }

func startSleeper(cmd *exec.Cmd) (process, error) {
	s := &sleeper{cmd, make(chan struct{})}
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

// TestHangingPartTells: one that can say what it hangs in is asked before it is
// ended; one that does not answer is ended all the same.
func TestHangingPartTells(t *testing.T) {
	t.Parallel()
	for _, trap := range []string{"echo told > told; exit 2", ""} {
		dir := t.TempDir()
		p, err := startSleeper(exec.Command("sh", "-c", fmt.Sprintf("cd '%s'; trap '%s' QUIT; echo > ready; while :; do sleep 0.05; done", dir, trap)))
		must(t, err)
		for _, err := os.Stat(filepath.Join(dir, "ready")); err != nil; _, err = os.Stat(filepath.Join(dir, "ready")) {
			time.Sleep(5 * time.Millisecond) // polls another process
		}
		part{tells: true}.force(p)
		if _, err := os.Stat(filepath.Join(dir, "told")); (err == nil) != (trap != "") {
			t.Errorf("with the trap %q it told: %v", trap, err)
		}
	}
}
