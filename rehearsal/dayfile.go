package rehearsal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/goccy/go-yaml"

	"presszero/callqueue"
)

// dayFile is a real day, written down:
//
//	opens: 9h                    # what 0h of the rehearsal is called here
//	every: 30m                   # length of the stretches of calls
//	aht: 4m
//	patience: 5m                 # or none
//	queues:
//	  support:
//	    calls: [40, 62, 71, 55]  # in each stretch
//	    wrap_up: 20s
//	  french:
//	    calls: [4, 6, 9, 5]
//	    skill: french            # what the agent must be able to do…
//	    level: 2                 # …and how well
//	shifts:
//	  - {name: early, agents: 12, from: 9h, until: 13h}
//	  - {name: bilingual, agents: 2, from: 9h, until: 11h, queues: [french], skills: {french: 3}}
type dayFile struct {
	Opens    time.Duration       `yaml:"opens"`
	Every    time.Duration       `yaml:"every"`
	AHT      time.Duration       `yaml:"aht"`
	Patience string              `yaml:"patience"`
	Queues   map[string]dayQueue `yaml:"queues"`
	Shifts   []Shift             `yaml:"shifts"`
}

type dayQueue struct {
	Calls  []float64     `yaml:"calls"`
	WrapUp time.Duration `yaml:"wrap_up"`
	Ring   time.Duration `yaml:"ring"`
	Ask    `yaml:",inline"`
}

// ReadDay takes a day file into the configuration. Its calls and shifts take
// the place of what was there; agents of the whole day are none.
func (c *Config) ReadDay(text []byte) error {
	var d dayFile
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(&d); err != nil {
		return fmt.Errorf("the day is not understood: %w", err)
	}
	if d.Every <= 0 {
		d.Every = 30 * time.Minute
	}
	if d.AHT > 0 {
		c.Handle = d.AHT
	}
	switch d.Patience {
	case "":
	case "none":
		c.Patience = 0
	default:
		p, err := time.ParseDuration(d.Patience)
		if err != nil || p <= 0 {
			return fmt.Errorf("patience %q is neither a length of time, as 5m, nor none", d.Patience)
		}
		c.Patience = p
	}
	if len(d.Queues) == 0 || len(d.Shifts) == 0 {
		return errors.New("a day needs queues with calls, and shifts")
	}
	c.Agents, c.Staff = 0, d.Shifts
	for i := range c.Staff {
		c.Staff[i].From -= d.Opens
		c.Staff[i].Until -= d.Opens
		if c.Staff[i].From < 0 || c.Staff[i].Until <= c.Staff[i].From {
			return fmt.Errorf("shift %q must begin after opening and end after it begins", c.Staff[i].Name)
		}
	}
	return c.takeCalls(d)
}

// takeCalls turns counted calls into a Poisson process of the same rates.
func (c *Config) takeCalls(d dayFile) error {
	c.Queues, c.Share, c.Skills = nil, map[string]float64{}, map[string]Ask{}
	var stretches []float64
	total := 0.0
	for _, name := range sorted(d.Queues) {
		q := d.Queues[name]
		c.Queues = append(c.Queues, callqueue.Settings{Name: name, WrapUp: q.WrapUp, Ring: q.Ring})
		if q.Skill != "" {
			c.Skills[name] = q.Ask
		}
		for i, n := range q.Calls {
			if n < 0 {
				return fmt.Errorf("queue %s: %v calls are not a number of calls", name, n)
			}
			if i == len(stretches) {
				stretches = append(stretches, 0)
			}
			stretches[i] += n
			c.Share[name] += n
			total += n
		}
	}
	if total < 1 {
		return errors.New("nobody calls on this day")
	}
	c.mix = mixOf(d)
	hours := d.Every.Hours() * float64(len(stretches))
	c.PerHour, c.Calls = total/hours, int(total+0.5)
	c.peak = slices.Max(stretches) / d.Every.Hours() / c.PerHour
	c.Rate = func(since time.Duration) float64 {
		if i := int(since / d.Every); i < len(stretches) {
			return stretches[i] / d.Every.Hours() / c.PerHour
		}
		return 0
	}
	return nil
}

// mixOf tells how many calls of each queue come at a time.
func mixOf(d dayFile) func(queue string, since time.Duration) float64 {
	return func(queue string, since time.Duration) float64 {
		calls := d.Queues[queue].Calls
		if i := int(since / d.Every); i < len(calls) {
			return calls[i]
		}
		return 0
	}
}
