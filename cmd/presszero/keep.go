package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
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
	note := func() { _ = os.WriteFile(file, []byte(strconv.Itoa(proc.PID())+"\n"), 0o644) }
	note()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer os.Remove(file)
		pause := firstPause
		for {
			began := time.Now()
			select {
			case <-ctx.Done():
				proc.Stop()
				return
			case <-proc.Done():
			}
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
