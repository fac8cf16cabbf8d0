package supervisor

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"presszero/asterisk/private"
	"presszero/softphone/media"
)

// A part may hang instead of ending: nothing that waits for its end notices.
// So each that can be asked is asked whether it is alive, and one that has
// been and is not any more, three times in a row, is ended and started again.
// The voice process is asked more often: every talk waits for it, and it has no
// reason to be slow.
// A part that is starting has more time, most the first time: then sounds are
// made and the database is set up.
const (
	aliveEvery  = 3 * time.Second // and an answer may take as long
	notAlive    = 3
	startWithin = 15 * time.Second
)

// watch tells why the process is to be given up. grace is how long it may take
// to start.
func (p part) watch(ctx context.Context, proc process, grace time.Duration) <-chan error {
	hangs := make(chan error, 1)
	if p.alive == nil {
		return hangs
	}
	every, began := cmp.Or(p.askEvery, aliveEvery), time.Now()
	go func() {
		pause, was := every/10, false
		for missed := 0; ; {
			select {
			case <-ctx.Done():
				return
			case <-proc.Done():
				return
			case <-time.After(pause):
			}
			asking, done := context.WithTimeout(ctx, every)
			err := p.alive(asking, proc)
			done()
			if err == nil {
				missed, pause, was = 0, every, true
				continue
			}
			pause = every / 10
			if missed++; missed >= notAlive && (was || time.Since(began) > grace) {
				hangs <- err
				return
			}
		}
	}()
	return hangs
}

// asteriskAlive makes a call inside Asterisk and asks SIP and ARI.
func asteriskAlive(ctx context.Context, p process) error {
	a, is := p.(*private.Process)
	if !is {
		return fmt.Errorf("%T is no Asterisk", p)
	}
	return a.Alive(ctx)
}

func (sup *Supervisor) mediaAlive(ctx context.Context, _ process) error {
	return media.Alive(ctx, sup.settings.Path("media", "socket"))
}

// serveAlive asks the controller at its own socket.
func (sup *Supervisor) serveAlive(ctx context.Context, _ process) error {
	return askHealth(ctx, sup.settings, "/healthz")
}
