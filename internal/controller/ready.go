package controller

import (
	"context"
	"fmt"
	"time"

	"presszero/internal/plural"
	"presszero/web"
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

// notReady returns why calls cannot be taken now, and since when.
func (c *Controller) notReady(context.Context) []string {
	var why []trouble
	if !c.sw.Ready() {
		why = append(why, trouble{"", "Asterisk", "Asterisk is not connected; look for \"no connection to Asterisk\" in the controller's log, and whether Asterisk runs"})
	}
	if !c.people.known() {
		why = append(why, trouble{"", "users", "agents cannot sign in: the database has not been reached since the start; look whether Postgres runs and PRESSZERO_DATABASE_URL is right"})
	}
	if !c.healthy() {
		why = append(why, trouble{"", "backlog", fmt.Sprintf("event backlog: %d events wait, %d is the limit, and Asterisk's fallback takes new callers until it shrinks; look for a slow disk or a busy processor", c.runner.Waiting(), backlog)})
	}
	return textsOf(c.reasons.describe(time.Now(), why))
}

// late is how long Postgres may lack facts before somebody should know.
const late = 30 * time.Second

// warnings returns what an operator should look at, although calls are taken, and
// since when.
func (c *Controller) warnings(context.Context) []string { return textsOf(c.troubles()) }

// warningsNow are the same, as pages show them.
func (c *Controller) warningsNow() []web.Warning {
	list := []web.Warning{}
	for _, t := range c.troubles() {
		list = append(list, web.Warning{About: t.about, Text: t.text})
	}
	return list
}

// troubles are the warnings of now.
func (c *Controller) troubles() []trouble {
	now := time.Now()
	what := c.warned.describe(now, c.untimedWarnings(now))
	if behind, age := c.shipper.Lag(); age > late {
		what = append(what, trouble{web.AboutDatabase, "lag", fmt.Sprintf("Postgres lacks all facts since %s (%d bytes); reports are delayed, nothing is lost; look whether Postgres runs and its disk has room",
			now.Add(-age).Format("2006-01-02 15:04:05 MST"), behind)})
	}
	for _, text := range c.unnamed.warnings(now, c.flows.names) {
		what = append(what, trouble{web.AboutNumbers, text, text})
	}
	for _, text := range c.trunks.carriers.Warnings(now) {
		what = append(what, trouble{web.AboutTrunk, text, text})
	}
	return what
}

// untimedWarnings are the warnings whose text does not say since when.
func (c *Controller) untimedWarnings(now time.Time) (what []trouble) {
	if text := c.journal.Trouble(); text != "" {
		what = append(what, trouble{web.AboutJournal, "journal", text})
	}
	if n := c.unkept.Load(); n > 0 {
		what = append(what, trouble{web.AboutMessages, "messages", fmt.Sprintf("the recordings of %s could not be taken from %s; if Asterisk records elsewhere, set PRESSZERO_ARI_RECORDINGS", plural.Count(int(n), "message"), c.mailbox.spool)})
	}
	for _, text := range c.keys.Trouble { // of the start; they do not change
		what = append(what, trouble{web.AboutSecrets, text, text})
	}
	if c.simulated.Load() {
		what = append(what, trouble{web.AboutDemo, "demo", "The calls of the past are simulated, by `presszero demo`; take real calls with an empty database"})
	}
	what = append(what, c.archives.warnings()...)
	what = append(what, c.diskWarnings()...)
	if n := c.hub.Unkept(); n > 0 {
		what = append(what, trouble{web.AboutRecording, "recording", "of " + plural.Count(n, "talk") + " nothing can be recorded at the moment, since the disk does not take it; it is tried again, and the talks go on"})
	}
	what = append(what, c.flows.warnings()...)
	if c.outgoing != nil && c.outgoing.Stopped() {
		what = append(what, trouble{web.AboutOutgoing, "outgoing", "Outgoing calls are switched off; callbacks wait until they are switched on, on the supervisor's page"})
	}
	what = append(what, c.trunks.warnings()...)
	return append(what, c.certificate.warnings(now)...)
}
