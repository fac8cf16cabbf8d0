package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/google/uuid"

	"presszero/asterisk"
	"presszero/call"
	"presszero/call/number"
	"presszero/callqueue"
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

// serveCommand runs the controller until ctx ends. With --standby it first
// waits for the order to take over from another one.
func serveCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	standby := flags.Bool("standby", false, "prepare, then wait to be told to take over from the controller that runs (for `presszero up`)")
	newMedia := flags.Bool("new-media", false, "with --standby: the media process will be replaced as well")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := load()
	if err != nil {
		return err
	}
	slog.SetDefault(logger())
	spare(func(s os.Signal) {
		if s != syscall.SIGHUP { // see reloads
			slog.Warn("a signal is passed over; SIGTERM stops the controller", "signal", s.String())
		}
	}, stray...)
	p, err := prepare(ctx, s, *standby)
	if err == nil && *standby {
		err = p.standBy(ctx, *newMedia)
	}
	if err == nil {
		err = p.begin(ctx)
	}
	if err != nil {
		slog.Error("cannot serve", "err", err)
		tellUp(word{Refused: err.Error()})
		return err
	}
	return p.run(ctx)
}

// program is the controller: the deciding loop, and around it the switch, the
// desks, the books and the pages.
//
//	switch ─┐                       ┌─> switch
//	hub ────┼─> runner(menus, line, ┼─> hub
//	        │          register)    └─> journal ─> shipper ─> Postgres
//	        └── pages read the floor and the reports
type program struct {
	Settings
	log  *slog.Logger
	keys secrets

	listener    net.Listener
	certificate *certificate       // nil: the pages are served over plain HTTP
	takeover    *takeover          // nil: there was nobody to take over from
	found       map[call.ID]string // calls that were open when we began
	beat        *beat              // when the open calls were last known to be there

	orders  <-chan string           // of `up`; nil: it has not started us
	closing atomic.Pointer[closing] // nil: calls go on

	journal *journal.Journal
	db      *sql.DB
	people  *people
	auditor *sql.Auditor
	shipper *sql.Shipper

	flows    *flows
	services *lookup.Client
	mailbox  mailbox

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
func prepare(ctx context.Context, s Settings, standby bool) (*program, error) {
	p := &program{Settings: s, log: slog.Default(), orders: orders()}
	var err error
	if p.listener, err = p.listen(); err != nil {
		return nil, err
	}
	if p.keys, err = loadSecrets(s); err != nil {
		return nil, err
	}
	if p.trunks, err = openTrunks(s, p.keys.ARIPassword, p.log); err != nil {
		return nil, err
	}
	book := p.trunks.carriers.Book()
	s.Country = book.Country
	p.Settings, p.number = s, s.reader(book)
	if p.outgoing, err = outgoing(s, book, p.trunks.owns); err != nil {
		return nil, err
	}
	p.trunks.policy = p.outgoing
	p.flows = newFlows(s)
	if err := p.flows.open(ctx, standby); err != nil {
		return nil, err
	}
	p.mailbox = mailbox{kept: recordings.Messages{Dir: s.path("messages")}, spool: s.Recordings}
	if p.db, err = sql.Open(ctx, sql.Config{URL: s.DatabaseURL, CallerKey: p.keys.CallerKey, Log: p.log}); err != nil {
		return nil, err
	}
	p.sw = asterisk.New(asterisk.Config{URL: p.ARIURL, User: p.ARIUser, Password: p.keys.ARIPassword, App: app, Node: node,
		DeadMan: time.Minute, Healthy: p.healthy, NewID: newID, Logger: p.log,
		Sound: p.flows.sound, Silence: p.flows.silence, Promise: p.promise, Kept: p.mailbox.length, Carriers: p.trunks}, p.post)
	return p, nil
}

// begin takes up the journal, and with it the calls. From here on this is the
// controller.
func (p *program) begin(ctx context.Context) error {
	var err error
	if p.journal, err = journal.Open(p.path("journal"), p.journalOptions()); err != nil {
		return err
	}
	had := time.Now()
	if err := p.mailbox.takeAll(); err != nil {
		p.log.Error("messages of before stay in Asterisk's folder for now", "err", err)
	}
	if p.outgoing != nil {
		if p.leaving, err = openOutgoing(p.outgoing, p.path("outgoing"), p.log); err != nil {
			return err
		}
	}
	p.shipper = sql.NewShipper(p.db, p.journal)
	p.people = newPeople(p.db, p.Settings)
	p.auditor = sql.NewAuditor(p.db, p.path("audit.waiting"))
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
	var leaving web.Outgoing
	if p.leaving != nil { // a nil one in an interface would be one that is there
		leaving = p.leaving
	}
	p.pages, err = web.New(web.Config{Outgoing: leaving, Secure: p.secure(), PublicURL: p.publicURL(), TrustedProxies: p.trustedProxies(),
		DeviceKey: p.keys.deviceKey(), MetricsToken: p.MetricsToken, Audit: acts{p.auditor, p.db}, Users: p.people, Sessions: p.people.sessions(),
		Floor: p.floor, Reports: reports{p.db, p.flows, &shared{mark: p.reported}}, Desk: desks{p.hub}, Callers: callers{p.db, p.number},
		Messages: messages{p.db, p, p.mailbox.kept, p.mailbox.audio}, Callbacks: callbacks{p.runner, p.line}, Flow: history{p.flows, p.db}, Prompts: sounds{p.flows}, Trunks: trunkPage{p},
		Alive: p.alive, Ready: p.notReady, Warn: p.warnings, Metrics: p.metrics(), Logger: p.log})
	if p.takeover != nil {
		p.takeover.had, p.takeover.knew = had, time.Now()
	}
	return err
}

func (p *program) promise(ctx context.Context) error { return p.journal.Sync(ctx) }

func (p *program) post(ev call.Event) {
	if p.tests.heard(ev) {
		return
	}
	if c := p.closing.Load(); c == nil || c.heard(ev) {
		p.runner.Post(ev)
	}
}

// decide builds the machines and takes them to where the journal says they were.
func (p *program) decide(ctx context.Context) error {
	flow := p.flows.current().flow
	p.line, p.register = callqueue.New(lineSettings(flow)...), call.NewRegister()
	p.register.Door = call.Door{Limits: limits(p.Settings), Preferred: p.preferred}
	p.register.Door.Full = p.trunks.carriers.Full
	p.register.Door.ForPreferred = preferredLimits(p.Settings, p.register.Door.Limits)
	if p.outgoing != nil { // a nil policy in an interface would be one that is there
		p.line.Outbound = p.outgoing
	}
	menus := ivr.New(flow, strconv.FormatInt(time.Now().UnixMilli(), 36), p.flows.length(flow.Version))
	menus.ReadNumbers(p.number.One)
	p.register.Number, p.register.Ours = p.trunks.number, menus.Knows
	loop := call.NewLoop(menus, p.line, p.register)
	p.tellFailures(loop)
	past, err := p.journal.Unfinished(ctx)
	if err != nil {
		return err
	}
	p.flows.menus, p.flows.line = menus, p.line
	p.flows.reopen(ctx, past)
	loop.Replay(past)
	p.found = p.register.Open()
	p.beat = openBeat(p.path("beat"), lastFact(past, p.found))
	p.runner = call.NewRunner(loop, p)
	p.services = lookup.New(lookup.Config{Post: p.runner.Post, Logger: p.log})
	p.flows.ask, p.flows.services, p.flows.keep = p.runner.Ask, p.services, p.db.KeepFlow
	p.flows.permit()
	p.floor = &floor{runner: p.runner, line: p.line, register: p.register, reported: p.reported, warnings: p.warnings}
	return nil
}

// tellFailures logs and counts what the loop and the line could not decide.
func (p *program) tellFailures(loop *call.Loop) {
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
func (p *program) connect(ctx context.Context) error {
	var err error
	open := make(chan struct{}) // the hub is there
	p.media, err = media.Dial(ctx, p.path("media", "socket"), func(ev media.Event) { <-open; p.hub.Heard(ev) })
	if err != nil {
		return err
	}
	defer close(open)
	p.hub = softphone.New(softphone.Config{Engine: p.media, Post: p.runner.Post, NewID: newID, Logger: p.log})
	return nil
}

// node is our Asterisk's name; every channel's begins with it.
const node = "pz1"

// newID returns a fresh id for a call or a shift. Later ones sort later.
func newID() call.ID { return call.ID(uuid.Must(uuid.NewV7()).String()) }

// Keep implements call.Outside: the journal first, then those who watch. What
// it refuses because another controller has taken over is never done: see Do.
func (p *program) Keep(entries []call.Entry) {
	p.journal.Append(entries)
	p.floor.changed()
	for _, e := range entries {
		switch f := e.Fact.(type) {
		case call.CallStarted:
			switch {
			case f.Refused != "":
				p.refused.Add(1)
			case !f.Again && !p.register.Ours(f.To):
				p.unnamed.heard(f.To, e.At)
				fallthrough
			default:
				go p.recognise(e.Call, f.From)
			}
		case call.MessageLeft:
			go p.keepMessage(f.Record, e.At)
		}
	}
}

// recogniseWithin is how long a caller's number may be looked for. The first
// prompt does not wait for it.
const recogniseWithin = 200 * time.Millisecond

// recognise tells who calls from this number, if anybody we know.
func (p *program) recognise(c call.ID, number string) {
	ctx, cancel := context.WithTimeout(context.Background(), recogniseWithin)
	defer cancel()
	who, known, err := p.db.Recognise(ctx, number)
	if err != nil {
		p.gaveUp.Add(1)
		return // the call goes on as a stranger's
	}
	if !known {
		return
	}
	p.runner.Post(call.Recognised{Call: c, Name: who.Name, Language: who.Language, VIP: who.VIP,
		LastAgent: call.AgentID(who.LastAgent), Callback: who.CallbackVisit, LastOutcome: call.Outcome(who.LastOutcome)})
}

// takePauses are how long it is waited before a message is tried again.
var takePauses = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}

// keepMessage takes what was said out of Asterisk's hands. Its caller was told
// that it is kept, so a recording that is not there is told to the operator.
func (p *program) keepMessage(id string, at time.Time) {
	err := p.mailbox.take(id, at)
	for _, pause := range takePauses {
		if err == nil {
			return
		}
		time.Sleep(pause)
		err = p.mailbox.take(id, at)
	}
	if err != nil {
		p.unkept.Add(1)
		p.log.Error("what a caller said could not be kept; it is tried again at the next start, if it is there", "message", id, "folder", p.mailbox.spool, "err", err)
	}
}

// Do implements call.Outside.
func (p *program) Do(c call.Command) {
	if p.journal.IsFenced() {
		return
	}
	if closing := p.closing.Load(); closing != nil && !closing.allows(c) {
		return
	}
	switch c := c.(type) {
	case call.Show, call.TalkTo, call.Hush:
		p.hub.Do(c)
	case call.LookUp:
		p.services.Do(c)
	case call.Play:
		p.sw.Do(pin(c))
	case call.TransferOut:
		p.transfer(c)
	default:
		p.sw.Do(c)
	}
}

// run serves until ctx ends, or until another controller takes over.
func (p *program) run(ctx context.Context) error {
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

	outer.Go(func() { cancel(p.sw.Run(ctx, p.known)) })
	outer.Go(func() { p.watchFence(ctx, cancel) })
	p.resume(ctx)
	outer.Go(func() {
		if err := serveHealth(ctx, p.Settings, p.pages.Health()); err != nil {
			p.log.Error("the controller is asked for its health at its pages only", "err", err)
		}
	})
	outer.Go(func() { cancel(p.pages.Serve(ctx, p.listener)) })
	outer.Go(func() { p.certificate.watch(ctx) })
	outer.Go(func() { p.trunks.watch(ctx) })
	outer.Go(func() { p.reloads(ctx) })
	outer.Go(func() { p.stopsInOrder(ctx, cancel) })
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

// reloads reads the flow file and the file of trunks again on SIGHUP.
func (p *program) reloads(ctx context.Context) {
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
func (p *program) listen() (net.Listener, error) {
	l, err := held()
	if err == nil && l == nil {
		l, err = net.Listen("tcp", p.HTTPAddr)
		if err != nil {
			err = inUse(p.HTTPAddr, err)
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

// known tells the switch which calls we believe in, to be compared with those
// it has.
func (p *program) known() []asterisk.Known {
	alive := map[string]string{} // leg by seat, of agents whose voice is up
	seats, err := p.media.Seats()
	if err != nil {
		p.log.Warn("the media process does not say who talks; talks of before are put back in line", "err", err)
	}
	for _, s := range seats {
		if s.Connected {
			alive[s.Name] = s.Leg
		}
	}
	var known []asterisk.Known
	seen := p.seen()
	_ = p.runner.Ask(context.Background(), func(time.Time) {
		talks, transfers := p.line.Talks(), p.flows.menus.Transfers()
		up := p.register.Open()
		maps.Copy(up, p.line.Outgoing())
		for id, channel := range up {
			k := asterisk.Known{Call: id, Channel: channel, Transfer: transfers[id], Seen: seen(id)}
			if talk, ok := talks[id]; ok && alive[string(talk.Agent)] == talk.Leg {
				k.Leg = talk.Leg
			}
			known = append(known, k)
		}
	})
	return known
}

// resume lets the agents of before come back to their talks. Nobody is let in
// before the switch has been compared with the journal, so that no agent is
// offered a caller who has gone meanwhile.
func (p *program) resume(ctx context.Context) {
	_ = p.sw.WaitReady(ctx)
	var agents []call.AgentID
	_ = p.runner.Ask(ctx, func(time.Time) {
		for _, talk := range p.line.Talks() {
			agents = append(agents, talk.Agent)
		}
	})
	p.hub.Resume(agents)
}

// backlog is how many undecided events mean that the loop does not keep up.
const backlog = 5000

// healthy decides whether Asterisk goes on sending us callers.
func (p *program) healthy() bool { return p.runner.Waiting() < backlog }

// alive returns an error when nothing is decided any more.
func (p *program) alive(ctx context.Context) error {
	if err := p.runner.Ask(ctx, func(time.Time) {}); err != nil {
		return fmt.Errorf("nothing is decided: %w", err)
	}
	return nil
}

// notReady returns why calls cannot be taken now.
func (p *program) notReady(context.Context) []string {
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
func (p *program) warnings(context.Context) []string {
	var what []string
	if trouble := p.journal.Trouble(); trouble != "" {
		what = append(what, trouble)
	}
	if n := p.unkept.Load(); n > 0 {
		what = append(what, fmt.Sprintf("the recordings of %s could not be taken from %s; if Asterisk records elsewhere, set PRESSZERO_ARI_RECORDINGS", count(int(n), "message"), p.mailbox.spool))
	}
	if behind, age := p.shipper.Lag(); age > late {
		what = append(what, fmt.Sprintf("Postgres lacks the facts of the last %s (%d bytes); reports are delayed, nothing is lost", age.Round(time.Second), behind))
	}
	what = append(what, p.keys.trouble...)
	what = append(what, p.flows.warnings()...)
	what = append(what, p.unnamed.warnings(time.Now(), p.flows.names)...)
	if p.outgoing != nil && p.outgoing.Stopped() {
		what = append(what, "Outgoing calls are switched off; callbacks wait until they are switched on")
	}
	what = append(what, p.trunks.warnings()...)
	return append(what, p.certificate.warnings(time.Now())...)
}
