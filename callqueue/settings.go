package callqueue

import "time"

// Settings say how one queue works.
type Settings struct {
	Name   string
	Ring   time.Duration // how long an agent's page rings before the next is tried; 15 s unless set
	WrapUp time.Duration // after-call work; 0 none
	Music  string        // class of music in line; "default" unless set
	Target time.Duration // service level threshold T; 20 s unless set
}

// connectLimit is how long joining the audio may take after an accept before
// the caller goes back in line. Asterisk needs some 20 ms; half a second of
// patience with a loaded switch, times ten.
const connectLimit = 5 * time.Second

// mediaLimit is how long a talk survives the agent's audio path being down,
// while the page tries to make it anew. The caller hears nothing meanwhile.
const mediaLimit = 3 * time.Second

// returnLimit is how long, after a restart of the controller, a talk that
// still goes on waits for its agent's page to come back.
const returnLimit = 10 * time.Second

func (c Settings) withDefaults() Settings {
	if c.Ring == 0 {
		c.Ring = 15 * time.Second
	}
	if c.Music == "" {
		c.Music = "default"
	}
	if c.Target == 0 {
		c.Target = 20 * time.Second
	}
	return c
}
