package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// readyLimit is how long the parts may take to become ready together.
const readyLimit = 90 * time.Second

// ready waits until the controller says that calls can come. A first start
// gives up after readyLimit. After that a centre is not stopped for what may
// come back by itself, as a database of the operator's: it goes on, and says so.
func (sup *Supervisor) ready(ctx context.Context) error {
	limit := time.After(readyLimit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	last := errors.New("the controller does not answer")
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			if !sup.again {
				return fmt.Errorf("not ready after %s: %w; look into %s", readyLimit, last, sup.settings.Path("log", "serve.log"))
			}
			sup.say("not ready after %s: %s; waiting on", readyLimit, last)
		case <-tick.C:
		}
		err := sup.readyNow(ctx)
		if err == nil {
			sup.served = true
			return nil
		}
		last = err
		if why := sup.refused.Load(); why != nil {
			return fmt.Errorf("the controller cannot serve: %s", *why)
		}
	}
}

// readyNow asks whether calls can come.
func (sup *Supervisor) readyNow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return askHealth(ctx, sup.settings, "/readyz")
}

// refuse notes why a controller ended by itself; it is said once. At the start
// it is a reason to give up: a flow that must not be served, a port in use.
func (sup *Supervisor) refuse(why string) {
	if had := sup.refused.Swap(&why); had == nil || *had != why {
		sup.say("the controller cannot serve: %s", why)
	}
}
