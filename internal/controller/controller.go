// Package controller is what `presszero serve` runs: it introduces the parts of the
// program to each other around the one loop that decides.
//
//	switch ─┐                       ┌─> switch
//	hub ────┼─> runner(menus, line, ┼─> hub
//	        │          register)    └─> journal ─> shipper ─> Postgres
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
//	what do /healthz and /readyz say, and what is warned of? ready.go, health.go
//	which limits does admission control have?                door.go
//	how is another flow published while calls go on?         flows.go, history.go
//	what may refuse a flow, and what is remarked about one?  flowfiles.go, flowremarks.go, checkflow.go
//	which flow does a start begin with?                      flowstart.go
//	what do callers hear, and who may record it?             words.go, sounds.go
//	where is what callers say kept, and for how long?        mailbox.go, messages.go
//	which trunks are there, how are they, and what changes?  trunks.go, trunkstate.go, trunkpage.go, trunkmetrics.go, testcalls.go
//	which calls may leave?                                   outgoing.go, callbacks.go
//	how do facts and figures get to Postgres and back?       books.go, reports.go, share.go, compliance.go
//	who may sign in, and who did what?                       people.go, audit.go
//	what happens beside, and while no controller runs?       beat.go, fallback.go
//	what does a page see of the present?                     floor.go, unnamed.go, metrics.go
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
	"presszero/internal/settings"
	"presszero/ivr"
	"presszero/ivr/lookup"
	"presszero/journal"
	"presszero/outbound"
	"presszero/recordings"
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
	p, err := prepare(ctx, s, o.Standby)
	if err == nil && o.Standby {
		err = p.standBy(ctx, o.NewMedia)
	}
	if err == nil {
		err = p.begin(ctx)
	}
	if err != nil {
		slog.Error("cannot serve", "err", err)
		handover.Tell(handover.Word{Refused: err.Error()})
		return err
	}
	return p.run(ctx)
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

	flowFiles *flowFiles
	firstFlow *served // the one that a start has found; flows.current is the one in force
	flows     *flows
	services  *lookup.Client
	mailbox   mailbox

	number    number.Reader // reads what networks write
	trunks    *trunks
	tests     testCalls
	outgoing  *outbound.Policy // nil: no calls leave
	leaving   *outgoingFiles   // what of it is kept
	line      *callqueue.Machine
	register  *call.Register
	refused   atomic.Int64                    // calls, since the start
	unnamed   unnamed                         // numbers that callers dial and no flow names
	gaveUp    atomic.Int64                    // look-ups of callers that did not answer in time
	forbidden atomic.Int64                    // changes of state that are not allowed
	unkept    atomic.Int64                    // messages whose recording could not be taken
	vips      atomic.Pointer[map[string]bool] // keys of callers who are VIPs
	runner    *call.Runner
	floor     *floor

	media *media.Client
	hub   *softphone.Hub
	sw    *asterisk.Switch
	pages *web.Server
}

// prepare makes ready all that can be made ready while another controller
// runs: it touches neither calls nor facts. One in standby refuses what a start
// would make do without, since then all can stay as it is.
func prepare(ctx context.Context, s settings.Settings, standby bool) (*Controller, error) {
	p := &Controller{Settings: s, log: slog.Default(), orders: handover.Orders()}
	var err error
	if p.listener, err = p.listen(); err != nil {
		return nil, err
	}
	if p.keys, err = settings.LoadSecrets(s); err != nil {
		return nil, err
	}
	if p.trunks, err = openTrunks(s, p.keys.ARIPassword, p.log); err != nil {
		return nil, err
	}
	book := p.trunks.carriers.Book()
	s.Country = book.Country
	p.Settings, p.number = s, s.NumberReader(book)
	if p.outgoing, err = outgoing(s, book, p.trunks.owns); err != nil {
		return nil, err
	}
	p.trunks.policy = p.outgoing
	p.flowFiles = newFlowFiles(s)
	if p.firstFlow, err = p.flowFiles.open(ctx, standby); err != nil {
		return nil, err
	}
	p.mailbox = mailbox{kept: recordings.Messages{Dir: s.Path("messages")}, spool: s.Recordings}
	if p.db, err = sql.Open(ctx, sql.Config{URL: s.DatabaseURL, CallerKey: p.keys.CallerKey, Log: p.log}); err != nil {
		return nil, err
	}
	p.sw = asterisk.New(asterisk.Config{URL: p.ARIURL, User: p.ARIUser, Password: p.keys.ARIPassword, App: settings.App, Node: node,
		DeadMan: time.Minute, Healthy: p.healthy, NewID: newID, Logger: p.log,
		Sound: p.flowFiles.sound, Silence: p.flowFiles.silence, Promise: p.promise, Kept: p.mailbox.length, Carriers: p.trunks}, p.post)
	return p, nil
}

// begin takes up the journal, and with it the calls. From here on this is the
// controller.
func (p *Controller) begin(ctx context.Context) error {
	var err error
	if p.journal, err = journal.Open(p.Path("journal"), p.journalOptions()); err != nil {
		return err
	}
	had := time.Now()
	if err := p.mailbox.takeAll(); err != nil {
		p.log.Error("messages of before stay in Asterisk's folder for now", "err", err)
	}
	if p.outgoing != nil {
		if p.leaving, err = openOutgoing(p.outgoing, p.Path("outgoing"), p.log); err != nil {
			return err
		}
	}
	p.shipper = sql.NewShipper(p.db, p.journal)
	p.people = NewPeople(p.db, p.Settings)
	p.auditor = sql.NewAuditor(p.db, p.Path("audit.waiting"))
	if p.takeover != nil {
		p.people.some.Store(true) // they are the users of the one before
	}
	if err := p.decide(ctx); err != nil {
		return err
	}
	if err := p.connect(ctx); err != nil {
		return err
	}
	p.people.store.OnChange(p.changed)
	p.pages, err = p.openPages()
	if p.takeover != nil {
		p.takeover.had, p.takeover.knew = had, time.Now()
	}
	return err
}

// openPages gives the pages what they show and change.
func (p *Controller) openPages() (*web.Server, error) {
	var leaving web.Outgoing
	if p.leaving != nil { // a nil one in an interface would be one that is there
		leaving = p.leaving
	}
	return web.New(web.Config{Outgoing: leaving, Secure: p.Secure(), PublicURL: p.BrowserURL(), TrustedProxies: p.ProxyNetworks(),
		DeviceKey: p.keys.DeviceKey(), MetricsToken: p.MetricsToken, Audit: acts{p.auditor, p.db}, Users: p.people, Sessions: p.people.sessions(),
		Floor: p.floor, Reports: reports{p.db, p.flows, &shared{mark: p.reported}}, Desk: desks{p.hub}, Callers: callers{p.db, p.number},
		Messages: messages{p.db, p, p.mailbox.kept, p.mailbox.audio}, Callbacks: callbacks{p.runner, p.line}, Flow: history{p.flows, p.db}, Prompts: sounds{p.flows}, Trunks: trunkPage{p},
		Alive: p.alive, Ready: p.notReady, Warn: p.warnings, Metrics: p.metrics(), Logger: p.log})
}

// decide builds the machines and takes them to where the journal says they were.
func (p *Controller) decide(ctx context.Context) error {
	flow := p.firstFlow.flow
	p.line, p.register = callqueue.New(LineSettings(flow)...), call.NewRegister()
	p.register.Door = call.Door{Limits: limits(p.Settings), Preferred: p.preferred}
	p.register.Door.Full = p.trunks.carriers.Full
	p.register.Door.ForPreferred = preferredLimits(p.Settings, p.register.Door.Limits)
	if p.outgoing != nil { // a nil policy in an interface would be one that is there
		p.line.Outbound = p.outgoing
	}
	menus := ivr.New(flow, strconv.FormatInt(time.Now().UnixMilli(), 36), p.flowFiles.length(flow.Version))
	menus.ReadNumbers(p.number.One)
	p.register.Number, p.register.Ours = p.trunks.number, menus.Knows
	loop := call.NewLoop(menus, p.line, p.register)
	p.tellFailures(loop)
	past, err := p.journal.Unfinished(ctx)
	if err != nil {
		return err
	}
	p.runner = call.NewRunner(loop, p)
	p.services = lookup.New(lookup.Config{Post: p.runner.Post, Logger: p.log})
	p.flows = newFlows(ctx, p.flowFiles, p.firstFlow, past, flowUsers{menus, p.line, p.runner.Ask, p.services, p.db.KeepFlow})
	loop.Replay(past)
	p.found = p.register.Open()
	p.beat = openBeat(p.Path("beat"), lastFact(past, p.found))
	p.floor = &floor{runner: p.runner, line: p.line, register: p.register, reported: p.reported, warnings: p.warnings}
	return nil
}

// tellFailures logs and counts what the loop and the line could not decide.
func (p *Controller) tellFailures(loop *call.Loop) {
	loop.OnPanic = func(ev call.Event, reason any) {
		p.log.Error("a decision failed; the call or the agent that it was about is let go of", "event", fmt.Sprintf("%T", ev),
			"call", call.CallOf(ev), "agent", call.AgentOf(ev), "reason", reason, "latest events", loop.Recent())
	}
	p.line.OnForbidden = func(t callqueue.Transition) {
		p.forbidden.Add(1)
		if t.Replayed {
			p.log.Error("the journal has a change of state that is not allowed; it is taken", "change", t.Error())
		}
	}
}

// connect introduces the loop to the agents' voice.
func (p *Controller) connect(ctx context.Context) error {
	var err error
	open := make(chan struct{}) // the hub is there
	p.media, err = media.Dial(ctx, p.Path("media", "socket"), func(ev media.Event) { <-open; p.hub.Heard(ev) })
	if err != nil {
		return err
	}
	defer close(open)
	p.hub = softphone.New(softphone.Config{Engine: p.media, Post: p.runner.Post, NewID: newID, Logger: p.log})
	return nil
}

// run serves until ctx ends, or until another controller takes over.
func (p *Controller) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	// What is behind the doors outlives the doors, so that what they still
	// say is heard and written down.
	behind, closeBehind := context.WithCancel(context.WithoutCancel(ctx))
	var inner, outer sync.WaitGroup
	decided := make(chan struct{})
	go func() { defer close(decided); p.runner.Run(behind) }()
	inner.Go(func() { p.books(behind) })
	inner.Go(func() { p.fallbacks(behind) })
	inner.Go(func() { p.beats(behind) })
	p.openDoors(ctx, cancel, &outer)
	p.tookOver(ctx)

	<-ctx.Done()
	why := context.Cause(ctx)
	p.log.Info("stopping", "why", why)
	var err error
	if errors.Is(why, asterisk.ErrReplaced) || errors.Is(why, errFenced) {
		err = p.letGo(closeBehind, decided)
	}
	bye, done := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer done()
	_ = p.hub.Close(bye)
	outer.Wait()
	p.services.Close()
	closeBehind()
	<-decided
	inner.Wait()
	_ = p.media.Shutdown()
	err = errors.Join(err, p.journal.Close(), p.db.Close())
	if !errors.Is(why, context.Canceled) && !errors.Is(why, errStopped) {
		return errors.Join(why, err)
	}
	return err
}

// openDoors lets callers, agents and operators reach the loop until ctx ends. It returns
// when Asterisk has been compared with the journal and agents may come back. What ends the
// controller is given to cancel.
func (p *Controller) openDoors(ctx context.Context, cancel context.CancelCauseFunc, doors *sync.WaitGroup) {
	doors.Go(func() { cancel(p.sw.Run(ctx, p.known)) })
	doors.Go(func() { p.watchFence(ctx, cancel) })
	p.resume(ctx)
	doors.Go(func() {
		if err := serveHealth(ctx, p.Settings, p.pages.Health()); err != nil {
			p.log.Error("the controller is asked for its health at its pages only", "err", err)
		}
	})
	doors.Go(func() { cancel(p.pages.Serve(ctx, p.listener)) })
	doors.Go(func() { p.certificate.watch(ctx) })
	doors.Go(func() { p.trunks.watch(ctx) })
	doors.Go(func() { p.reloads(ctx) })
	doors.Go(func() { p.stopsInOrder(ctx, cancel) })
}

// reloads reads the flow file and the file of trunks again on SIGHUP.
func (p *Controller) reloads(ctx context.Context) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			if changed, _ := p.reloadTrunks(ctx); changed { // an error is logged, and warned of
				p.auditor.Write("file", "trunks.reload", map[string]string{"file": p.Trunks})
			}
			before := p.flows.current().flow.Version
			p.flows.reload(ctx)
			if now := p.flows.current(); now.flow.Version != before && now.by == "file" {
				p.auditor.Write("file", "flow.publish", map[string]string{"version": now.flow.Version, "before": before})
			}
		}
	}
}

// listen takes the socket that is held for us, or opens it.
func (p *Controller) listen() (net.Listener, error) {
	l, err := handover.HeldSocket()
	if err == nil && l == nil {
		l, err = net.Listen("tcp", p.HTTPAddr)
		if err != nil {
			err = settings.InUse(p.HTTPAddr, err)
		}
	}
	if err != nil {
		return nil, err
	}
	p.certificate, err = openCertificate(p.Settings, p.log)
	if err != nil || p.certificate == nil {
		return l, err
	}
	return tls.NewListener(l, p.certificate.config()), nil
}
