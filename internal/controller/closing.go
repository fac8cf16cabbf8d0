package controller

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/handover"
)

// errStopped is why a controller ends that has closed its calls.
var errStopped = errors.New("everything is stopped")

// stopsInOrder waits for the order to stop, closes the calls, and cancels.
func (c *Controller) stopsInOrder(ctx context.Context, cancel context.CancelCauseFunc) {
	for orders := c.orders; ; {
		select {
		case <-ctx.Done():
			return
		case order, more := <-orders:
			switch {
			case !more: // `up` has ended, and so shall we
				orders = nil
			case order == handover.StopWithAsterisk || order == handover.StopAlone:
				c.close(ctx, order == handover.StopAlone)
				cancel(errStopped)
				return
			default:
				c.log.Error("an unknown order from the supervisor is ignored; do the program versions match?", "order", order)
			}
		}
	}
}

// closing is the end of all calls that are up, in order. From its beginning on
// the loop books what happens, and only closing gives orders to the switch.
type closing struct {
	controller *Controller
	stays      bool // Asterisk takes the callers

	mu   sync.Mutex
	open map[call.ID]bool // still there
	none chan struct{}    // closed when nobody is
}

// close ends every call: in the books at once, as a failure of ours, which it
// is for callers who wait or talk; and then in the switch, with a word to the callers,
// or by giving them to Asterisk's fallback where Asterisk stays.
func (c *Controller) close(ctx context.Context, stays bool) {
	ending := &closing{controller: c, stays: stays, open: map[call.ID]bool{}, none: make(chan struct{})}
	up, err := ending.begin(ctx)
	if err != nil || len(up) == 0 {
		return
	}
	c.log.Info("stopping everything while calls are up", "calls", len(up), "asterisk stays", stays)
	for id := range up {
		c.runner.Post(call.HungUp{Call: id, Side: call.SideSystem, Text: "stopped by the operator"})
	}
	_ = c.runner.Ask(ctx, func(time.Time) {}) // behind all of them
	for id, last := range up {
		ending.end(id, last)
	}
	select {
	case <-ending.none:
	case <-ctx.Done():
	case <-time.After(handover.FarewellLimit):
		for id := range up {
			c.sw.Do(call.HangUp{Call: id})
		}
	}
	c.shipped(ctx)
}

// lastOf is what closing must know of a call that is up.
type lastOf struct {
	goodbye  *call.Play // nil: nothing can be said
	transfer string     // "": the caller is not being transferred
	ours     bool       // we have dialled it
}

// begin finds the calls that are up. From here on only closing gives orders to the switch.
func (c *closing) begin(ctx context.Context) (up map[call.ID]lastOf, err error) {
	up = map[call.ID]lastOf{}
	err = c.controller.runner.Ask(ctx, func(time.Time) {
		c.controller.closing.Store(c)
		ours, transfers := c.controller.line.Outgoing(), c.controller.transfers()
		all := c.controller.register.Open()
		maps.Copy(all, ours)
		c.mu.Lock()
		defer c.mu.Unlock()
		for id := range all {
			c.open[id] = true
			_, dialled := ours[id]
			last := lastOf{transfer: transfers[id], ours: dialled}
			if play, ok := c.controller.flows.menus.Goodbye(id, goodbye(id)); ok {
				last.goodbye = &play
			}
			up[id] = last
		}
	})
	return up, err
}

// end ends one call in the switch.
func (c *closing) end(id call.ID, last lastOf) {
	if last.transfer != "" {
		c.controller.sw.Do(call.DropTransfer{Call: id, Transfer: last.transfer})
	}
	switch {
	case c.stays && !last.ours:
		c.controller.sw.Do(call.Fallback{Call: id})
	case c.stays || last.goodbye == nil || last.ours:
		c.controller.sw.Do(call.HangUp{Call: id})
	default:
		c.controller.sw.Do(pinSounds(*last.goodbye))
	}
}

// goodbye is the id of the playback that ends a call.
func goodbye(id call.ID) string { return string(id) + ".goodbye" }

// shipped waits until Postgres has the ends of the calls, for two seconds at
// most: else they come there at the next start.
func (c *Controller) shipped(ctx context.Context) {
	ctx, done := context.WithTimeout(ctx, 2*time.Second)
	defer done()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		if behind, _ := c.shipper.Lag(); behind == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// heard takes what the switch tells meanwhile, and reports whether the loop is
// to hear of it: not of new callers, whom nobody would answer.
func (c *closing) heard(ev call.Event) bool {
	switch ev := ev.(type) {
	case call.Arrived:
		if c.stays {
			go c.controller.sw.Do(call.Fallback{Call: ev.Call})
		} else {
			go c.controller.sw.Do(call.Refuse{Call: ev.Call, Cause: congestion})
		}
		return false
	case call.PlayEnded:
		if ev.Play != goodbye(ev.Call) {
			break // what was being said before
		}
		go c.controller.sw.Do(call.HangUp{Call: ev.Call})
	case call.HungUp:
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.open[ev.Call] {
			if delete(c.open, ev.Call); len(c.open) == 0 {
				close(c.none)
			}
		}
	}
	return true
}

// congestion is the Q.850 cause with which callers are refused meanwhile.
const congestion = 42

// allows reports whether an order of the loop is still carried out.
func (c *closing) allows(order call.Command) bool {
	switch order.(type) {
	case call.Show, call.TalkTo, call.Hush, call.SignOut, call.DropLeg, call.StopListening, call.ShowListener,
		call.PauseRecording, call.StopRecording, call.ShowRecording:
		return true
	}
	return false
}
