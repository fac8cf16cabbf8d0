// Package controller is what `presszero serve` runs: it introduces the parts of the
// program to each other around the one loop that decides.
//
//	switch ─┐                       ┌─> switch
//	hub ────┼─> runner(directives,  ┼─> hub
//	        │   menus, line,        │
//	        │   register)           └─> journal ─> shipper ─> Postgres
//	        └── pages read the floor and the reports
//
// It decides nothing about a call by itself: events go to the runner, and what the loop
// orders comes out of Do and is kept by Keep.
//
// # Where to look
//
//	in which order is all of it started and ended?           controller.go
//	where do events come in, and orders and facts go out?    outside.go
//	how does one controller take over from another?          standby.go
//	what happens to calls when everything is stopped?        closing.go
//	what do /healthz and /readyz say, and since when?        ready.go, troubles.go, health.go
//	which limits does admission control have?                door.go
//	how is another flow published while calls go on?         flows.go, history.go
//	what may refuse a flow, and what is remarked about one?  flowfiles.go, flowremarks.go, checkflow.go
//	which flow does a start begin with?                      flowstart.go
//	what do callers hear, and who may record it?             words.go, sounds.go
//	what did a caller hear?                                  hear.go   from facts alone; heard.go
//	where is what callers say kept, and for how long?        mailbox.go, messages.go, archive.go
//	what becomes of a captured talk?                         finish.go
//	which trunks are there, how are they, and what changes?  trunks.go, trunkstate.go, trunkpage.go, trunkmetrics.go, testcalls.go
//	which calls may leave?                                   outgoing.go, callbacks.go
//	how do facts and figures get to Postgres and back?       books.go, reports.go, share.go, compliance.go
//	who may sign in, and who did what?                       people.go, audit.go
//	what is kept of a person, and who is forgotten?          persons.go
//	what goes by age, and is there room?                     retention.go
//	what happens beside, and while no controller runs?       beat.go, fallback.go
//	what may a supervisor order?                             supervision.go
//	what does a page see of the present?                     floor.go, unnamed.go, metrics.go
//	who judges the limits of queues, and signs in screens?   limits.go, walls.go
//	what do agents know and write beside the voice?          talks.go, targets.go
//	what leaves by mail and webhooks?                        notices.go, days.go
//	which certificate do the pages show?                     certificate.go, selfsigned.go
package controller

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"presszero/asterisk"
	"presszero/call"
	"presszero/call/number"
	"presszero/callqueue"
	"presszero/internal/handover"
	"presszero/internal/person"
	"presszero/internal/retention"
	"presszero/internal/settings"
	"presszero/ivr"
	"presszero/ivr/lookup"
	"presszero/journal"
	"presszero/notify"
	"presszero/outbound"
	"presszero/recordings/policy"
	"presszero/softphone"
	"presszero/softphone/media"
	"presszero/sql"
	"presszero/web"
)

// Options are how a controller begins. The zero value is a start.
type Options struct {
	Standby  bool // prepare, and wait for the order to take over from the controller that runs
	NewMedia bool // with standby: the voice process will be replaced as well
}

// Run serves until ctx ends, or until another controller takes over. Why it
// cannot begin is also told to the supervisor.
func Run(ctx context.Context, s settings.Settings, o Options) error {
	c, err := prepare(ctx, s, o.Standby)
	if err == nil && o.Standby {
		err = c.standBy(ctx, o.NewMedia)
	}
	if err == nil {
		err = c.begin(ctx)
	}
	if err != nil {
		slog.Error("cannot serve", "err", err)
		handover.Tell(handover.Word{Refused: err.Error()})
		return err
	}
	return c.serve(ctx)
}

// Controller is the deciding loop, and around it the switch, the desks, the books and
// the pages.
type Controller struct {
	settings.Settings
	log  *slog.Logger
	keys settings.Secrets

	listener    net.Listener
	certificate *certificate       // nil: the pages are served over plain HTTP
	takeover    *takeover          // nil: there was nobody to take over from
	found       map[call.ID]string // calls that were open when we began
	beat        *beat              // when the open calls were last known to be there

	orders  <-chan handover.Order   // of `up`; nil: it has not started us
	closing atomic.Pointer[closing] // nil: calls go on

	journal *journal.Journal
	db      *sql.DB
	people  *People
	auditor *sql.Auditor
	shipper *sql.Shipper
	notices *notify.Worker

	webhookKeys notify.Keys

	keeper     person.Keeper
	forgetting *forgetting
	disks      *retention.Guard

	flowFiles *flowFiles
	firstFlow *served // the one that a start has found; flows.current is the one in force
	flows     *flows
	services  *lookup.Client
	archives  *archives
	finisher  *finisher
	mailbox   mailbox

	number   number.Reader // reads what networks write
	trunks   *trunks
	tests    testCalls
	outgoing *outbound.Policy // nil: no calls leave
	leaving  *outgoingFiles   // what of it is kept
	line     *callqueue.Machine

	directives *call.Directives

	register  *call.Register
	refused   atomic.Int64                    // calls, since the start
	unnamed   unnamed                         // numbers that callers dial and no flow names
	simulated atomic.Bool                     // the database holds a simulated past
	gaveUp    atomic.Int64                    // look-ups of callers that did not answer in time
	forbidden atomic.Int64                    // state transitions that are not allowed
	unkept    atomic.Int64                    // messages whose recording could not be taken
	reasons   lasting                         // why calls cannot be taken
	warned    lasting                         // of what an operator is warned
	vips      atomic.Pointer[map[string]bool] // keys of callers who are VIPs
	runner    *call.Runner
	floor     *floor
	walls     *walls

	media *media.Client
	hub   *softphone.Hub
	sw    *asterisk.Switch
	pages *web.Server
}

// prepare makes ready all that can be made ready while another controller
// runs: it touches neither calls nor facts. One in standby refuses what a start
// would make do without, since then all can stay as it is.
func prepare(ctx context.Context, s settings.Settings, standby bool) (*Controller, error) {
	c := &Controller{Settings: s, log: slog.Default(), orders: handover.Orders()}
	var err error
	if c.listener, err = c.listen(); err != nil {
		return nil, err
	}
	if c.keys, err = settings.LoadSecrets(s); err != nil {
		return nil, err
	}
	if c.trunks, err = openTrunks(s, c.keys.ARIPassword, c.log); err != nil {
		return nil, err
	}
	book := c.trunks.carriers.Book()
	s.Country = book.Country
	c.Settings, c.number = s, s.NumberReader(book)
	if c.outgoing, err = outgoing(s, book, c.trunks.ownsNumber); err != nil {
		return nil, err
	}
	c.trunks.policy = c.outgoing
	c.flowFiles = newFlowFiles(s)
	if c.firstFlow, err = c.flowFiles.open(ctx, standby); err != nil {
		return nil, err
	}
	if c.archives, err = openArchives(s, c.log); err != nil {
		return nil, err
	}
	c.mailbox = mailbox{kept: c.archives.plain, spool: s.Recordings}
	if c.db, err = sql.Open(ctx, sql.Config{URL: s.DatabaseURL, CallerKey: c.keys.CallerKey, Log: c.log}); err != nil {
		return nil, err
	}
	c.forgetting = newForgetting(c)
	if c.keeper, err = keeperOf(c.Settings, c.db, c.archives.talks, c.mailbox.kept); err != nil {
		return nil, err
	}
	c.disks = &retention.Guard{Log: c.log, Disks: []retention.Disk{{Name: "state", Dir: s.StateDir}, {Name: "archive", Dir: s.Archive}, {Name: "recordings", Dir: s.Recordings}}}
	c.sw = asterisk.New(asterisk.Config{URL: c.ARIURL, User: c.ARIUser, Password: c.keys.ARIPassword, App: settings.App, Node: node,
		DeadMan: time.Minute, Healthy: c.healthy, NewID: newID, Logger: c.log,
		Sound: c.flowFiles.sound, Silence: c.flowFiles.silence, Promise: c.promise, Kept: c.mailbox.length, Carriers: c.trunks}, c.postEvent)
	return c, nil
}

// begin takes up the journal, and with it the calls. From here on this is the
// controller.
func (c *Controller) begin(ctx context.Context) error {
	var err error
	if c.journal, err = journal.Open(c.Path("journal"), c.journalOptions()); err != nil {
		return err
	}
	had := time.Now()
	if err := c.mailbox.takeAll(); err != nil {
		c.log.Error("messages that an earlier run left in Asterisk's folder cannot be taken; the next start tries again", "err", err)
	}
	if c.outgoing != nil {
		if c.leaving, err = openOutgoing(c.outgoing, c.Path("outgoing"), c.log); err != nil {
			return err
		}
	}
	c.shipper = sql.NewShipper(c.db, c.journal)
	c.finisher = c.newFinisher()
	c.people = NewPeople(c.db, c.Settings)
	c.walls = &walls{db: c.db, log: c.log}
	c.auditor = sql.NewAuditor(c.db, c.Path("audit.waiting"))
	if c.takeover != nil {
		c.people.some.Store(true) // they are the users of the one before
	}
	if err := c.decide(ctx); err != nil {
		return err
	}
	if err := c.connect(ctx); err != nil {
		return err
	}
	c.people.store.OnChange(c.changed)
	if err := c.openNotices(); err != nil {
		return err
	}
	c.pages, err = c.openPages()
	if c.takeover != nil {
		c.takeover.had, c.takeover.knew = had, time.Now()
	}
	return err
}

// openPages gives the pages what they show and change.
func (c *Controller) openPages() (*web.Server, error) {
	var leaving web.Outgoing
	if c.leaving != nil { // a nil one in an interface would be one that is there
		leaving = c.leaving
	}
	return web.New(web.Config{
		Outgoing:       leaving,
		Secure:         c.Secure(),
		PublicURL:      c.BrowserURL(),
		TrustedProxies: c.ProxyNetworks(),
		DeviceKey:      c.keys.DeviceKey(),
		MetricsToken:   c.MetricsToken,
		Audit:          acts{c.auditor, c.db},
		CallerKey:      func(number string) string { return sql.CallerKey(c.keys.CallerKey, c.number.One(number)) },
		Users:          c.people,
		Sessions:       c.people.sessions(),
		Floor:          c.floor,
		Reports:        reports{c.db, c.flows, &shared{mark: c.reported}},
		Desk:           desks{c.hub},
		Talks:          talks{c},
		Callers:        callers{c.db, c.number},
		Supervision:    supervision{c.runner, c.line, c.flows},
		Messages:       messages{c.db, c, c.mailbox.kept, c.mailbox.audio},
		Callbacks:      callbacks{c.runner, c.line},
		Flow:           history{c.flows, c.db},
		Prompts:        sounds{c.flows},
		Hearings:       hearings{reports{c.db, c.flows, nil}.Timeline, c.flows},
		Recordings:     recorded{c.db, c.number, c.archives.talks, c.recordingPlan, c.queueNames, c.Downloads},
		Trunks:         trunkPage{c},
		Archive:        archivePage{c.archives, c.finisher},
		Lost:           lost{c},
		Rehearsals:     newRehearsals(c),
		Limits:         c.db,
		Notices:        notices{c.db, c.webhookKeys, c.MailServer() != nil},
		Tokens:         tokens{c.db},
		Persons:        persons{c},
		Keeping:        keeping{c},
		Walls:          c.walls,
		Alive:          c.alive,
		Ready:          c.notReady,
		Warn:           c.warnings,
		Demo:           c.simulated.Load,
		Metrics:        c.metrics(),
		Logger:         c.log,
	})
}

// decide builds the machines and takes them to where the journal says they were.
func (c *Controller) decide(ctx context.Context) error {
	flow := c.firstFlow.flow
	c.line, c.register = callqueue.New(LineSettings(flow)...), call.NewRegister()
	c.register.Door = call.Door{Limits: limits(c.Settings), Preferred: c.preferred}
	c.register.Door.Full = c.trunks.carriers.Full
	c.register.Door.NoRoom = c.noRoom
	c.register.Door.ForPreferred = preferredLimits(c.Settings, c.register.Door.Limits)
	c.line.HideListening = !c.ListenShown
	if c.outgoing != nil { // a nil policy in an interface would be one that is there
		c.line.Outbound = c.outgoing
	}
	menus := ivr.New(flow, strconv.FormatInt(time.Now().UnixMilli(), 36), c.flowFiles.length(flow.Version))
	menus.ReadNumbers(c.number.One)
	c.register.Number, c.register.Ours = c.trunks.number, menus.Knows
	c.directives = call.NewDirectives()
	recorded := policy.New()
	record := c.recordBy(menus, recorded)
	loop := call.NewLoop(c.directives, menus, c.line, recorded, c.register)
	c.tellFailures(loop)
	past, err := c.journal.Unfinished(ctx)
	if err != nil {
		return err
	}
	c.runner = call.NewRunner(loop, c)
	c.services = lookup.New(lookup.Config{Post: c.runner.Post, Logger: c.log})
	c.flows = newFlows(ctx, c.flowFiles, c.firstFlow, past, flowUsers{menus, c.line, c.runner.Ask, c.services, c.db.KeepFlow, record})
	loop.Replay(past)
	c.found = c.register.Open()
	c.beat = openBeat(c.Path("beat"), lastFact(past, c.found))
	c.floor = &floor{runner: c.runner, line: c.line, register: c.register, directives: c.directives, reported: c.reported, warnings: c.warningsNow,
		figures: &figuresKeeper{source: reports{c.db, c.flows, nil}, flow: func() *ivr.Flow { return c.flows.current().flow }, publish: c.db.Publish, log: c.log}}
	return nil
}

// tellFailures logs and counts faults of the loop and forbidden state transitions.
func (c *Controller) tellFailures(loop *call.Loop) {
	loop.OnPanic = func(ev call.Event, reason any) {
		c.log.Error("a decision failed: a fault in the program; its caller was given to the fallback or back to the line, its agent was set away; report it with the latest events", "event", fmt.Sprintf("%T", ev),
			"call", call.CallOf(ev), "agent", call.AgentOf(ev), "reason", reason, "latest events", loop.Recent())
	}
	c.line.OnForbidden = func(t callqueue.Transition) {
		c.forbidden.Add(1)
		if t.Replayed {
			c.log.Error("the journal has a state transition that is not allowed; it is replayed as it is; report it", "transition", t.Error())
		}
	}
}

// connect introduces the loop to the agents' voice.
func (c *Controller) connect(ctx context.Context) error {
	var err error
	open := make(chan struct{}) // the hub is there
	c.media, err = media.Dial(ctx, c.Path("media", "socket"), func(ev media.Event) { <-open; c.hub.Heard(ev) })
	if err != nil {
		return err
	}
	defer close(open)
	c.hub = softphone.New(softphone.Config{Engine: c.media, Post: c.runner.Post, NewID: newID, Logger: c.log})
	return nil
}

// serve serves until ctx ends, or until another controller takes over.
func (c *Controller) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// What is behind the doors outlives the doors, so that what they still
	// say is heard and written down.
	behind, closeBehind := context.WithCancel(context.WithoutCancel(ctx))
	var inner, outer sync.WaitGroup
	decided := make(chan struct{})
	go func() { defer close(decided); c.runner.Run(behind) }()
	inner.Go(func() { c.books(behind) })
	inner.Go(func() { c.fallbacks(behind) })
	inner.Go(func() { c.beats(behind) })
	c.openDoors(ctx, cancel, &outer)
	c.tookOver(ctx)

	<-ctx.Done()
	why := context.Cause(ctx)
	c.log.Info("stopping", "why", why)
	var err error
	if errors.Is(why, asterisk.ErrReplaced) || errors.Is(why, errFenced) {
		err = c.letGo(closeBehind, decided)
	}
	bye, done := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer done()
	_ = c.hub.Close(bye)
	outer.Wait()
	c.services.Close()
	closeBehind()
	<-decided
	inner.Wait()
	_ = c.media.Shutdown()
	err = errors.Join(err, c.journal.Close(), c.db.Close())
	if !errors.Is(why, context.Canceled) && !errors.Is(why, errStopped) {
		return errors.Join(why, err)
	}
	return err
}

// openDoors lets callers, agents and operators reach the loop until ctx ends. It returns
// when Asterisk has been compared with the journal and agents may come back. What ends the
// controller is given to cancel.
func (c *Controller) openDoors(ctx context.Context, cancel context.CancelCauseFunc, doors *sync.WaitGroup) {
	doors.Go(func() { cancel(c.sw.Run(ctx, c.known)) })
	doors.Go(func() { c.watchFence(ctx, cancel) })
	c.resume(ctx)
	doors.Go(func() {
		if err := serveHealth(ctx, c.Settings, atSocket(c.pages.Health(), callbacks{c.runner, c.line})); err != nil {
			c.log.Error("the health socket cannot be served; the supervisor asks the pages for the controller's health instead", "err", err)
		}
	})
	doors.Go(func() { cancel(c.pages.Serve(ctx, c.listener)) })
	doors.Go(func() { c.certificate.watch(ctx) })
	doors.Go(func() { c.trunks.watch(ctx) })
	doors.Go(func() { c.watchTroubles(ctx) })
	doors.Go(func() { c.watchDemo(ctx) })
	doors.Go(func() { c.reloads(ctx) })
	doors.Go(func() { c.stopsInOrder(ctx, cancel) })
}

// reloads reads the flow file and the file of trunks again on SIGHUP.
func (c *Controller) reloads(ctx context.Context) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			if changed, _ := c.reloadTrunks(ctx); changed { // an error is logged, and warned of
				c.auditor.Write("file", "trunks.reload", map[string]string{"file": c.Trunks})
			}
			before := c.flows.current().flow.Version
			c.flows.reload(ctx)
			if now := c.flows.current(); now.flow.Version != before && now.by == "file" {
				c.auditor.Write("file", "flow.publish", map[string]string{"version": now.flow.Version, "before": before})
			}
		}
	}
}

// listen takes the socket that is held for us, or opens it.
func (c *Controller) listen() (net.Listener, error) {
	l, err := handover.HeldSocket()
	if err == nil && l == nil {
		l, err = net.Listen("tcp", c.HTTPAddr)
		if err != nil {
			err = settings.InUse(c.HTTPAddr, err)
		}
	}
	if err != nil {
		return nil, err
	}
	c.certificate, err = openCertificate(c.Settings, c.log)
	if err != nil || c.certificate == nil {
		return l, err
	}
	return tls.NewListener(l, c.certificate.config()), nil
}
