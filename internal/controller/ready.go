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
func (p *Controller) healthy() bool { return p.runner.Waiting() < backlog }

// alive returns an error when nothing is decided any more.
func (p *Controller) alive(ctx context.Context) error {
	if err := p.runner.Ask(ctx, func(time.Time) {}); err != nil {
		return fmt.Errorf("nothing is decided: %w", err)
	}
	return nil
}

// notReady returns why calls cannot be taken now.
func (p *Controller) notReady(context.Context) []string {
	var why []string
	if !p.sw.Ready() {
		why = append(why, "Asterisk is not connected")
	}
	if !p.people.known() {
		why = append(why, "nobody can sign in yet; the database has not been reached")
	}
	if !p.healthy() {
		why = append(why, "more happens than can be decided")
	}
	return why
}

// late is how long Postgres may lack facts before somebody should know.
const late = 30 * time.Second

// warnings returns what an operator should look at, although calls are taken.
func (p *Controller) warnings(context.Context) []string {
	var what []string
	if trouble := p.journal.Trouble(); trouble != "" {
		what = append(what, trouble)
	}
	if n := p.unkept.Load(); n > 0 {
		what = append(what, fmt.Sprintf("the recordings of %s could not be taken from %s; if Asterisk records elsewhere, set PRESSZERO_ARI_RECORDINGS", plural.Count(int(n), "message"), p.mailbox.spool))
	}
	if behind, age := p.shipper.Lag(); age > late {
		what = append(what, fmt.Sprintf("Postgres lacks the facts of the last %s (%d bytes); reports are delayed, nothing is lost", age.Round(time.Second), behind))
	}
	what = append(what, p.keys.Trouble...)
	what = append(what, p.flows.warnings()...)
	what = append(what, p.unnamed.warnings(time.Now(), p.flows.names)...)
	if p.outgoing != nil && p.outgoing.Stopped() {
		what = append(what, "Outgoing calls are switched off; callbacks wait until they are switched on")
	}
	what = append(what, p.trunks.warnings()...)
	return append(what, p.certificate.warnings(time.Now())...)
}
