package outbound

import (
	"sync"
	"time"

	"presszero/call/number"
)

// Config is what an operator decides. The zero value of a cap takes the
// default; a negative one forbids all.
type Config struct {
	Home      string   // the country we are in, as "ES"; numbers without + are read as its
	Countries []string // that may be called; Home unless set
	TollFree  bool     // whether freephone numbers may be called
	Own       []string // our own numbers: calling them would go round in circles

	Owns      func(e164 string) bool // further numbers of our own; nil: none
	Emergency bool                   // whether a trunk carries emergency calls

	PerNumber int // calls to one number in 24 h; 3 unless set; numbers that the operator names have none
	PerAgent  int // calls by one agent in an hour; 60 unless set
	PerHour   int // calls in an hour; 600 unless set
	PerDay    int // calls in 24 h; 3000 unless set

	From  time.Duration // since midnight where the number is; 9 h unless set
	Until time.Duration // 21 h unless set
	Zone  string        // of numbers that do not say where they are; UTC unless set
}

func (c Config) withDefaults() Config {
	or := func(n *int, otherwise int) {
		if *n == 0 {
			*n = otherwise
		}
	}
	or(&c.PerNumber, 3)
	or(&c.PerAgent, 60)
	or(&c.PerHour, 600)
	or(&c.PerDay, 3000)
	if len(c.Countries) == 0 {
		c.Countries = []string{c.Home}
	}
	if c.From == 0 && c.Until == 0 {
		c.From, c.Until = 9*time.Hour, 21*time.Hour
	}
	if c.Zone == "" {
		c.Zone = "UTC"
	}
	return c
}

// Policy is a Config at work: it counts what has been called.
type Policy struct {
	cfg Config
	own map[string]bool // E.164

	reader number.Reader

	mu      sync.Mutex
	stopped bool
	made    calls             // all
	number  map[string]*calls // by number
	agent   map[string]*calls // by agent
	keep    func(Call)        // told of every call

	permitted int // so far
}

// New returns a policy. Own numbers that cannot be read are an error: a loop
// that is found by calling is found too late.
func New(c Config) (*Policy, error) {
	p := &Policy{cfg: c.withDefaults(), own: map[string]bool{}, number: map[string]*calls{}, agent: map[string]*calls{}}
	if err := p.checkConfig(); err != nil {
		return nil, err
	}
	return p, nil
}

// Stop is the kill switch: from now on nothing leaves. Start takes it back.
func (p *Policy) Stop() { p.setStopped(true) }

// Start lets calls leave again, after Stop.
func (p *Policy) Start() { p.setStopped(false) }

func (p *Policy) setStopped(stopped bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = stopped
}

// Stopped reports whether Stop was the last word.
func (p *Policy) Stopped() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopped
}
