package controller

import (
	"context"
	"fmt"
	"time"

	"presszero/internal/plural"
)

// backlog is how many undecided events mean that the loop does not keep up.
const backlog = 5000

// healthy decides whether Asterisk goes on sending us callers.
func (c *Controller) healthy() bool { return c.runner.Waiting() < backlog }

// alive returns an error when nothing is decided any more.
func (c *Controller) alive(ctx context.Context) error {
	if err := c.runner.Ask(ctx, func(time.Time) {}); err != nil {
		return fmt.Errorf("nothing is decided: %w", err)
	}
	return nil
}

// notReady returns why calls cannot be taken now.
func (c *Controller) notReady(context.Context) []string {
	var why []string
	if !c.sw.Ready() {
		why = append(why, "Asterisk is not connected")
	}
	if !c.people.known() {
		why = append(why, "nobody can sign in yet; the database has not been reached")
	}
	if !c.healthy() {
		why = append(why, "more happens than can be decided")
	}
	return why
}

// late is how long Postgres may lack facts before somebody should know.
const late = 30 * time.Second

// warnings returns what an operator should look at, although calls are taken.
func (c *Controller) warnings(context.Context) []string {
	var what []string
	if trouble := c.journal.Trouble(); trouble != "" {
		what = append(what, trouble)
	}
	if n := c.unkept.Load(); n > 0 {
		what = append(what, fmt.Sprintf("the recordings of %s could not be taken from %s; if Asterisk records elsewhere, set PRESSZERO_ARI_RECORDINGS", plural.Count(int(n), "message"), c.mailbox.spool))
	}
	if behind, age := c.shipper.Lag(); age > late {
		what = append(what, fmt.Sprintf("Postgres lacks the facts of the last %s (%d bytes); reports are delayed, nothing is lost", age.Round(time.Second), behind))
	}
	what = append(what, c.keys.Trouble...)
	what = append(what, c.flows.warnings()...)
	what = append(what, c.unnamed.warnings(time.Now(), c.flows.names)...)
	if c.outgoing != nil && c.outgoing.Stopped() {
		what = append(what, "Outgoing calls are switched off; callbacks wait until they are switched on")
	}
	what = append(what, c.trunks.warnings()...)
	return append(what, c.certificate.warnings(time.Now())...)
}
