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

// Config says which Asterisk to speak to, and how.
type Config struct {
	URL      string // of ARI, such as http://127.0.0.1:8088/ari
	User     string
	Password string
	App      string // the Stasis application that the dialplan hands callers to
	Node     string // our name for this switch, for events

	// DeadMan is how long Asterisk leaves a caller in our hands after the last
	// sign of care. It is renewed every third of it, or every 10 s if that is
	// sooner. Default: 60 s.
	DeadMan time.Duration

	// LeadIn is how much silence is played before the first word. Gateways open
	// the way of the voice some time after the answer, and what is said before
	// is lost. Default: 200 ms; negative: none.
	LeadIn time.Duration

	// Ringing is what an agent who calls a number hears where the far end rings
	// without sound, as ARI has it. Default: what ITU-T E.180 recommends, 425 Hz for
	// 1 s and 4 s of silence.
	Ringing string

	// SilentTrunk is how long a trunk may do nothing with a call until the next one
	// is tried. Default: 15 s.
	SilentTrunk time.Duration

	// Sound turns an item of call.Play (see call.Prompt and call.Spoken) into
	// ARI's address of the sound, such as sound:/abs/path/without/extension. It
	// may take its time, up to the deadline of ctx, while the caller goes on
	// hearing music; after an error that item is left out.
	// nil: "sound:" and the item.
	Sound func(ctx context.Context, prompt string) (mediaURI string, err error)

	// Silence gives ARI's address of a sound that holds so much silence.
	// nil: there is no lead-in.
	Silence func(length time.Duration) (mediaURI string, err error)

	// Promise waits until all facts stated so far are on disk, up to the
	// deadline of ctx (half a second). nil: there is nothing to wait for.
	Promise func(ctx context.Context) error

	// Kept tells how much sound the recording of that name holds, once it is
	// over. nil, or after an error: Asterisk's own count, which may be a second
	// off either way. fs.ErrNotExist: it was not kept, whatever Asterisk says.
	Kept func(record string) (time.Duration, error)

	// Carriers says over which trunks calls leave. nil: no call is made.
	Carriers Carriers

	MusicClass string // music for orders that name no class; "" is Asterisk's default

	// Healthy says whether the controller can decide about calls. While it
	// says no, neither heartbeat nor dead-man is renewed, and Asterisk takes
	// new and then old callers to its fallback. nil: always.
	Healthy func() bool

	Logger *slog.Logger // nil: slog.Default()

	NewID func() call.ID // names calls that arrive; UUIDv7 in text
}

func (c Config) complete() Config {
	if c.DeadMan <= 0 {
		c.DeadMan = time.Minute
	}
	if c.LeadIn == 0 {
		c.LeadIn = 200 * time.Millisecond
	}
	if c.Ringing == "" {
		c.Ringing = "tone:425/1000,0/4000"
	}
	if c.SilentTrunk <= 0 {
		c.SilentTrunk = silentTrunk
	}
	if c.Sound == nil {
		c.Sound = func(_ context.Context, prompt string) (string, error) { return "sound:" + prompt, nil }
	}
	if c.Promise == nil {
		c.Promise = func(context.Context) error { return nil }
	}
	if c.Healthy == nil {
		c.Healthy = func() bool { return true }
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Known is a call that the core believes open.
type Known struct {
	Call    call.ID
	Channel string // as told by Arrived, or the id of the Dial
	Leg     string // the leg that is bridged and whose agent is still connected, else ""

	// Seen is when the caller was last known to be there; zero: not known. A
	// caller that Asterisk does not have has ended then.
	Seen time.Time

	// Transfer is the one that has been answered and is not over. If it is over
	// by now, TransferEnded follows Resumed.
	Transfer string
}

// ErrReplaced says that another controller has taken the application over.
// This one must not act any more, and does not.
var ErrReplaced = errors.New("asterisk: another controller has taken over the application; this one stops")

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
