package rehearsal

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue"
)

// Config says what is rehearsed.
type Config struct {
	Agents   int           // who serve all queues; further ones in Staff
	PerHour  float64       // callers
	Handle   time.Duration // mean of an exponential talk
	Patience time.Duration // mean of an exponential patience; 0: no caller gives up
	Calls    int           // how many callers come
	Seed     uint64
	Target   time.Duration // service level threshold; 20 s unless set

	Queues []callqueue.Settings // one queue "rehearsal" unless set
	Share  map[string]float64   // of the callers, by queue; equal unless set
	Skills map[string]Ask       // what the callers of a queue ask for
	Staff  []Shift
	Rate   func(since time.Duration) float64 // factor on PerHour; nil: 1 throughout
	Away   func(since time.Duration) int     // how many of Agents are away then; nil: none
	Pickup time.Duration                     // until an agent accepts
	Limits call.Limits                       // of admission; none unless set

	// Progress is told of every caller who comes, the how-manieth of all; nil: nobody is.
	Progress func(came, all int)

	mix  func(queue string, since time.Duration) float64 // Share, where it changes over the day
	peak float64                                         // the greatest Rate, where it is above 8
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// Ask is what callers ask of an agent.
type Ask struct {
	Skill string `yaml:"skill"`
	Level int    `yaml:"level"`
}

// Shift is one or several agents' hours.
type Shift struct {
	Name   string         `yaml:"name"`
	Agents int            `yaml:"agents"`
	Queues []string       `yaml:"queues"`
	Skills map[string]int `yaml:"skills"`
	From   time.Duration  `yaml:"from"`
	Until  time.Duration  `yaml:"until"`
}

func (c *Config) check() error {
	switch {
	case c.Agents <= 0 && len(c.Staff) == 0:
		return errors.New("a rehearsal needs agents: --agents must be at least 1")
	case c.PerHour <= 0:
		return errors.New("a rehearsal needs callers: --calls-per-hour must be above 0")
	case c.Handle <= 0:
		return errors.New("a call must take some time: --aht must be above 0")
	case c.Calls <= 0:
		return errors.New("a rehearsal must end: --calls must be at least 1")
	case c.Patience < 0:
		return errors.New("--patience must be a length of time, or none")
	}
	if len(c.Queues) == 0 {
		c.Queues = []callqueue.Settings{{Name: "rehearsal"}}
	}
	if c.Target <= 0 {
		c.Target = 20 * time.Second
	}
	return nil
}
