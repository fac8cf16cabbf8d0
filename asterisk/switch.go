package asterisk

import (
	"context"
	"errors"
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/backoff"
)

// Switch is one Asterisk. Its methods may be used from many goroutines.
type Switch struct {
	*common
	connector  *connector
	reconciler *reconciler
	beat       *heartbeat
	events     *dispatcher
}

// New returns a switch; Run brings it to life. post takes the events; it must
// neither wait nor call back, as call.Runner's Post does not.
func New(cfg Config, post func(call.Event)) *Switch {
	s := newCommon(cfg, post)
	beat := &heartbeat{common: s, echoes: make(chan struct{}, 1)}
	return &Switch{common: s, connector: &connector{ctx: s.ctx, cfg: s.cfg}, reconciler: &reconciler{common: s},
		beat: beat, events: &dispatcher{common: s, beat: beat}}
}

// Do gives an order to the worker of its call and returns. Orders to the
// softphone and to services are none of ours and are passed over.
func (s *Switch) Do(c call.Command) {
	id := call.CallOrdered(c)
	if _, service := c.(call.LookUp); service || id == "" || s.ctx.Err() != nil {
		return
	}
	dial, dials := c.(call.Dial)
	r := s.callers
	r.mu.Lock()
	defer r.mu.Unlock()
	of, told := r.calls[id], r.ended[id]
	if h, hands := c.(call.HandOn); hands && r.settled {
		r.handOnLocked(h)
	}
	if _, parts := c.(call.Part); parts && of != nil {
		of.consult.orderPart()
	}
	switch {
	case of != nil && !(dials && of.wasTold()):
		of.orders.queueOrder(c)
	case !r.settled:
		r.early = append(r.early, c) // we do not know yet which callers Asterisk has
	case dials:
		s.startDialLocked(dial)
	case told.IsZero():
		r.ended[id] = time.Now()
		s.post(call.HungUp{Call: id, Side: call.SideSystem, Estimated: true, Text: "the switch does not have this call"})
	}
}

// Take takes the application over from the controller that has it; it may be called
// before Run. From then on Asterisk's events come here, where they wait until Run has
// compared the callers, and the other controller gets ErrReplaced. After an error
// nothing has changed.
func (s *Switch) Take() error { return s.connector.openEarly() }

// Pauses between attempts to connect.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Run connects, reconciles and takes Asterisk's events until ctx is over, and
// then returns nil; callers stay where they are. A lost connection is made
// again. known is asked after every connect for the calls that the core
// believes open; nil means none. Run returns ErrReplaced when another
// controller has taken over: from then on nothing is sent any more. It may be
// called once.
func (s *Switch) Run(ctx context.Context, known func() []Known) error {
	s.busy.Add(1)
	defer s.busy.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer context.AfterFunc(s.ctx, cancel)()
	// Close waits for the rounds of care and Run does not: a request of theirs may take
	// seconds, and the controller that takes over waits for Run's end.
	s.busy.Go(func() { s.careForAll(ctx) })
	defer cancel()

	pause := backoff.Backoff{First: firstPause, Last: lastPause, Jitter: 0.5}
	for {
		settled, err := s.connection(ctx, known)
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, ErrReplaced) {
			s.stop() // whatever the workers hold must not be sent any more
			return err
		}
		if settled {
			pause.Reset()
		}
		s.log.Warn("no connection to Asterisk; trying again", "err", err)
		if !pause.Wait(ctx) {
			return nil
		}
	}
}

// connection makes a connection and serves it until it ends. settled: it has worked.
func (s *Switch) connection(ctx context.Context, known func() []Known) (settled bool, err error) {
	socket, err := s.connector.nextSocket(ctx)
	if err != nil {
		return false, err
	}
	defer socket.close()
	if err := s.reconciler.reconcile(ctx, known); err != nil {
		return false, err
	}
	for _, cmd := range s.callers.settle() {
		s.Do(cmd)
	}
	ctx, giveUp := context.WithCancelCause(ctx)
	var beating sync.WaitGroup
	beating.Go(func() { giveUp(s.beat.keepBeating(ctx)) })
	err = s.events.handleEvents(ctx, socket)
	giveUp(err)
	beating.Wait()
	return s.readiness.setReady(false), context.Cause(ctx)
}

// Ready reports whether events and callers of Asterisk are known to be as we
// believe.
func (s *Switch) Ready() bool { return s.readiness.isReady() }

// WaitReady waits until Ready, or returns ctx's error.
func (s *Switch) WaitReady(ctx context.Context) error { return s.readiness.waitReady(ctx) }

// Close stops Run and all other work without hanging anybody up, and waits for
// it, three seconds at most. Callers stay in Asterisk for the next controller.
func (s *Switch) Close() {
	s.stop()
	s.busy.Wait()
}

// Stats are counts for operators.
type Stats struct {
	Ready    bool
	Callers  int   // callers who are there now
	Connects int64 // connections made since the start; more than 1: some were lost
	Events   int64 // events taken from Asterisk
	Unknown  int64 // of these, events that the ARI library cannot read
	Dropped  int64 // of these, keys that came faster than anybody can press them
}

// Stats returns the counts as they are now.
func (s *Switch) Stats() Stats {
	return Stats{Ready: s.Ready(), Callers: s.callers.count(), Connects: s.connector.connects.Load(),
		Events: s.events.taken.Load(), Unknown: s.events.unknown.Load(), Dropped: s.dropped.Load()}
}
