package controller

import (
	"context"
	"time"
)

// demoEvery is how soon pages say that a simulated past was put into the database.
const demoEvery = 15 * time.Second

// watchDemo asks until the database holds a simulated past, which then stays, or ctx
// ends.
func (c *Controller) watchDemo(ctx context.Context) {
	tick := time.NewTicker(demoEvery)
	defer tick.Stop()
	for {
		if _, simulated, err := c.db.Demo(ctx); err == nil && simulated {
			c.simulated.Store(true)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
