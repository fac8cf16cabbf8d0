package controller

import (
	"context"
	"fmt"
	"time"

	"presszero/internal/plural"
)

// backlog is how many waiting events mean that the event loop does not keep up.
const backlog = 5000

// healthy decides whether Asterisk goes on sending us callers.
func (c *Controller) healthy() bool { return c.runner.Waiting() < backlog }

// alive returns an error when the event loop does not respond.
func (c *Controller) alive(ctx context.Context) error {
	if err := c.runner.Ask(ctx, func(time.Time) {}); err != nil {
		return fmt.Errorf("event loop not responding; presszero up restarts the controller, else restart it: %w", err)
	}
	return nil
}

// notReady returns why calls cannot be taken now.
func (c *Controller) notReady(context.Context) []string {
	var why []string
	if !c.sw.Ready() {
		why = append(why, "Asterisk is not connected; look for \"no connection to Asterisk\" in the controller's log, and whether Asterisk runs")
	}
	if !c.people.known() {
		why = append(why, "agents cannot sign in: the database has not been reached since the start; look whether Postgres runs and PRESSZERO_DATABASE_URL is right")
	}
	if !c.healthy() {
		why = append(why, fmt.Sprintf("event backlog: %d events wait, %d is the limit, and Asterisk's fallback takes new callers until it shrinks; look for a slow disk or a busy processor", c.runner.Waiting(), backlog))
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
		what = append(what, fmt.Sprintf("Postgres lacks the facts of the last %s (%d bytes); reports are delayed, nothing is lost; look whether Postgres runs and its disk has room", age.Round(time.Second), behind))
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
