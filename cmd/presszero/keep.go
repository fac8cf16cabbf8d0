package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
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
}

// pause before a part that ended is started again; it doubles for a part
// that keeps ending.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 700 * time.Millisecond
	steady     = 10 * time.Second // a part that ran so long counts as well again
)

// keep starts the part and keeps it up until ctx ends; then it stops it.
// The first start decides whether there is an error.
func keep(ctx context.Context, p part, pids string, say func(string, ...any)) (stopped <-chan struct{}, err error) {
	proc, err := p.start(ctx)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(pids, p.name)
	note := func() { // whole or not at all, for those who read it meanwhile
		_ = os.WriteFile(file+".new", []byte(strconv.Itoa(proc.PID())+"\n"), 0o644)
		_ = os.Rename(file+".new", file)
	}
	note()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer os.Remove(file)
		pause, grace := firstPause, readyLimit
		for {
			began := time.Now()
			watching, unwatch := context.WithCancel(ctx)
			select {
			case <-ctx.Done():
				unwatch()
				proc.Stop()
				return
			case <-proc.Done():
			case why := <-p.watch(watching, proc, grace):
				say("%s hangs (%s); ending it by force", p.name, why)
				_ = syscall.Kill(proc.PID(), syscall.SIGKILL) // it would not hear anything gentler
				<-proc.Done()
			}
			unwatch()
			grace = startWithin
			if time.Since(began) > steady {
				pause = firstPause
			}
			proc.Stop() // lets go of what an ended process still holds, like its lock
			say("%s ended; starting it again", p.name)
			for said := ""; ; {
				select {
				case <-ctx.Done():
					return
				case <-time.After(pause):
				}
				pause = min(2*pause, lastPause)
				again, err := p.start(ctx)
				if err == nil {
					proc = again
					note()
					break
				}
				if err.Error() != said {
					said = err.Error()
					say("%s cannot be started: %s", p.name, said)
				}
			}
		}
	}()
	return done, nil
}

// killWait is how long a process is given to end in order.
const killWait = 8 * time.Second

func logFile(s Settings, name string) (*os.File, error) {
	if err := os.MkdirAll(s.path("log"), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(s.path("log", name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the log of %s cannot be written: %w", name, err)
	}
	return f, nil
}
