package supervisor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"presszero/internal/atomicfile"
	"presszero/internal/backoff"
)

// process is one running process that somebody started.
type process interface {
	PID() int
	Done() <-chan struct{}
	Stop()
}

// part is a process that is kept up: when it ends by itself it is started
// again, within a second.
type part struct {
	name  string
	start func(ctx context.Context) (process, error)

	alive    func(ctx context.Context, p process) error // nil: that it runs is enough
	askEvery time.Duration                              // 0: aliveEvery
	tells    bool                                       // ours: it can say what it hangs in
}

// tellWithin is how long a part that hangs may take to log what it hangs in.
const tellWithin = 500 * time.Millisecond

// force ends a process that hangs. It would not hear anything gentler. On
// SIGQUIT Go prints what each goroutine is doing, and ends.
func (p part) force(proc process) {
	if p.tells && syscall.Kill(proc.PID(), syscall.SIGQUIT) == nil {
		select {
		case <-proc.Done():
			return
		case <-time.After(tellWithin):
		}
	}
	_ = syscall.Kill(proc.PID(), syscall.SIGKILL)
	<-proc.Done()
}

// pause before a part that ended is started again; it doubles for a part
// that keeps ending.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 700 * time.Millisecond
	steady     = 10 * time.Second // a part that ran so long counts as well again
)

// keeper keeps one part up.
type keeper struct {
	part part
	pids string
	say  func(string, ...any)
	swap chan func(process) process
	done chan struct{} // closed when the part has been stopped
}

// keep starts the part and keeps it up until ctx ends; then it stops it.
// The first start decides whether there is an error.
func keep(ctx context.Context, p part, pids string, say func(string, ...any)) (*keeper, error) {
	proc, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	k := &keeper{part: p, pids: pids, say: say, swap: make(chan func(process) process), done: make(chan struct{})}
	k.note(proc)
	go k.run(ctx, proc)
	return k, nil
}

// replace has f put another process in the place of the one that runs. While f
// is at it nobody else starts the part anew; if it returns one that has ended,
// that is done then.
func (k *keeper) replace(ctx context.Context, f func(was process) process) error {
	done := make(chan struct{})
	select {
	case k.swap <- func(was process) process { defer close(done); return f(was) }:
		<-done
		return nil
	case <-k.done:
		return fmt.Errorf("%s has been stopped", k.part.name)
	case <-ctx.Done():
		return fmt.Errorf("%s does not stand: %w", k.part.name, ctx.Err())
	}
}

// note writes the process id where scripts find it.
func (k *keeper) note(proc process) {
	_ = atomicfile.WriteVolatile(k.file(), []byte(strconv.Itoa(proc.PID())+"\n"), 0o644)
}

func (k *keeper) file() string { return filepath.Join(k.pids, k.part.name) }

func (k *keeper) run(ctx context.Context, proc process) {
	defer close(k.done)
	defer os.Remove(k.file())
	pause, grace := &backoff.Backoff{First: firstPause, Last: lastPause}, readyLimit
	for {
		began := time.Now()
		watching, unwatch := context.WithCancel(ctx)
		select {
		case <-ctx.Done():
			unwatch()
			proc.Stop()
			return
		case f := <-k.swap:
			unwatch()
			proc = f(proc)
			k.note(proc)
			grace = startWithin
			continue
		case <-proc.Done():
		case why := <-k.part.watch(watching, proc, grace):
			k.say("%s does not respond (%s); killing it, then starting it again", k.part.name, why)
			k.part.force(proc)
		}
		unwatch()
		grace = startWithin
		if time.Since(began) > steady {
			pause.Reset()
		}
		proc.Stop() // lets go of what an ended process still holds, like its lock
		k.say("%s ended; starting it again", k.part.name)
		if proc = k.again(ctx, proc, pause); proc == nil {
			return
		}
		k.note(proc)
	}
}

// again starts the part until it starts, or returns nil when ctx ends. Another
// process may also be put in the place of the one that was.
func (k *keeper) again(ctx context.Context, was process, pause *backoff.Backoff) process {
	for said := ""; ; {
		select {
		case <-ctx.Done():
			return nil
		case f := <-k.swap:
			if proc := f(was); proc != was {
				return proc
			}
		case <-time.After(pause.Next()):
		}
		proc, err := k.part.start(ctx)
		if err == nil {
			return proc
		}
		if err.Error() != said {
			said = err.Error()
			k.say("%s cannot be started: %s", k.part.name, said)
		}
	}
}

// killWait is how long a process is given to end in order.
const killWait = 8 * time.Second
