package asterisk

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"presszero/call"
	"presszero/internal/backoff"
)

// Switch is one Asterisk. Its methods may be used from many goroutines.
type Switch struct {
	cfg  Config
	post func(call.Event)
	log  *slog.Logger
	api  *client

	// carer has connections of its own, so that dead-man and heartbeat wait for
	// no request about any caller.
	carer *client

	ctx  context.Context // over when nothing may be sent any more
	stop context.CancelFunc
	busy sync.WaitGroup // workers and what they started

	mu      sync.Mutex
	calls   map[call.ID]*caller
	channel map[string]*caller // by the caller's channel
	legs    map[string]*caller // by the leg's channel
	plays   map[string]*caller // by the playback
	records map[string]*caller // by the recording
	ended   map[call.ID]time.Time
	taken   *news          // by Take, for Run's first connection
	early   []call.Command // ordered before the first reconciliation
	settled bool           // that has happened
	startup string         // when Asterisk started, in its own words
	up      chan struct{}  // closed while ready
	ready   bool
	lost    time.Time     // when the last connection that worked was lost
	echoes  chan struct{} // an event of our own has come

	connects, events, unknown, dropped atomic.Int64
}

// New returns a switch; Run brings it to life. post takes the events; it must
// neither wait nor call back, as call.Runner's Post does not.
func New(cfg Config, post func(call.Event)) *Switch {
	cfg = cfg.complete()
	s := &Switch{
		cfg: cfg, post: post, log: cfg.Logger.With("switch", cfg.Node), api: newClient(cfg), carer: newClient(cfg).apart(),
		calls: map[call.ID]*caller{}, channel: map[string]*caller{}, legs: map[string]*caller{},
		plays: map[string]*caller{}, records: map[string]*caller{}, ended: map[call.ID]time.Time{}, up: make(chan struct{}),
		echoes: make(chan struct{}, 1),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Do gives an order to the worker of its call and returns. Orders to the
// softphone and to services are none of ours and are passed over.
func (s *Switch) Do(c call.Command) {
	id := call.CallOrdered(c)
	if _, service := c.(call.LookUp); service || id == "" || s.ctx.Err() != nil {
		return
	}
	dial, dials := c.(call.Dial)
	s.mu.Lock()
	defer s.mu.Unlock()
	of, told := s.calls[id], s.ended[id]
	switch {
	case of != nil && !(dials && of.wasTold()):
		of.worker.order(c)
	case !s.settled:
		s.early = append(s.early, c) // we do not know yet which callers Asterisk has
	case dials:
		s.startDial(dial)
	case told.IsZero():
		s.ended[id] = time.Now()
		s.post(call.HungUp{Call: id, Side: call.SideSystem, Estimated: true, Text: "the switch does not have this call"})
	}
}

// Take takes the application over from the controller that has it; it may be called
// before Run. From then on Asterisk's events come here, where they wait until Run has
// compared the callers, and the other controller gets ErrReplaced. After an error
// nothing has changed.
func (s *Switch) Take() error {
	n, err := openSocket(s.ctx, s.cfg)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = n
	return nil
}

// nextConnection is the connection that Take has made, or a new one.
func (s *Switch) nextConnection(ctx context.Context) (*news, error) {
	s.mu.Lock()
	n := s.taken
	s.taken = nil
	s.mu.Unlock()
	if n != nil {
		return n, nil
	}
	return openSocket(ctx, s.cfg)
}

// Pauses between attempts to connect.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 5 * time.Second
)

// Run connects, reconciles and takes Asterisk's news until ctx is over, and
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
	// Close waits for it and Run does not: a request of its may take seconds,
	// and the controller that takes over waits for Run's end.
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

// connection lives through one connection and says whether it ever worked.
func (s *Switch) connection(ctx context.Context, known func() []Known) (settled bool, err error) {
	news, err := s.nextConnection(ctx)
	if err != nil {
		return false, err
	}
	defer news.close()
	s.connects.Add(1)
	if err := s.reconcile(ctx, known); err != nil {
		return false, err
	}
	ctx, giveUp := context.WithCancelCause(ctx)
	var beating sync.WaitGroup
	beating.Go(func() { giveUp(s.heartbeat(ctx)) })
	err = s.handleEvents(ctx, news)
	giveUp(err)
	beating.Wait()
	return s.setReady(false), context.Cause(ctx)
}

// Ready reports whether events and callers of Asterisk are known to be as we
// believe.
func (s *Switch) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ready
}

// WaitReady waits until Ready, or returns ctx's error.
func (s *Switch) WaitReady(ctx context.Context) error {
	s.mu.Lock()
	up := s.up
	s.mu.Unlock()
	select {
	case <-up:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// setReady returns what was true before.
func (s *Switch) setReady(ready bool) (before bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ready && !s.ready:
		close(s.up)
	case !ready && s.ready:
		s.up, s.lost = make(chan struct{}), time.Now()
	}
	before, s.ready = s.ready, ready
	return before
}

// Close stops Run and all other work without hanging anybody up, and waits for
// it, three seconds at most. Callers stay in Asterisk for the next controller.
func (s *Switch) Close() {
	s.stop()
	s.busy.Wait()
}

// Stats are counts for operators.
type Stats struct {
	Ready    bool
	Callers  int   // who are there now
	Connects int64 // connections made since the start; more than 1: some were lost
	Events   int64 // news taken from Asterisk
	Unknown  int64 // of these, what could not be understood and was passed over
	Dropped  int64 // of these, keys that came faster than anybody can press them
}

// Stats returns the counts as they are now.
func (s *Switch) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Ready: s.ready, Callers: len(s.calls), Connects: s.connects.Load(),
		Events: s.events.Load(), Unknown: s.unknown.Load(), Dropped: s.dropped.Load()}
}
