package callqueue

import "time"

// Settings say how one queue works. Only Name is needed.
type Settings struct {
	Name   string
	Ring   time.Duration // how long an agent's page rings before the next is tried; 15 s unless set
	WrapUp time.Duration // after-call work; 0 none
	Music  string        // class of music in line; "default" unless set
	Target time.Duration // service level threshold T; 20 s unless set

	Strategy   Strategy                 // who of several free agents; LongestIdle unless set
	Head       time.Duration            // head start over the other queues of an agent who serves several; see HeadStart
	Sticky     time.Duration            // how long a caller waits for who served last; min(20 s, Target) unless set, at most that; negative: not at all
	Remembered time.Duration            // how long it is known who served last; 7 days unless set, at most that
	Skill      string                   // asked for by callers who ask for none themselves; "" any agent of the queue
	Level      int                      // of Skill; 1 unless set
	Widen      []Widening               // how the level asked for falls with waiting; nil: it does not
	Credits    map[string]time.Duration // head start by priority; see DefaultCredits

	Hours     Hours         // nil: always open
	Full      int           // so many may wait; 0: no bound
	MaxWait   time.Duration // since the caller entered the first queue, then OnMaxWait; 0: no bound
	OnFull    Policy        // what happens to a caller who finds the line full
	OnClosed  Policy        // …closed
	OnNobody  Policy        // …without any agent signed in who could serve, for 10 s
	OnMaxWait Policy        // …too slow
	Spill     Spill         // overflow to another queue after some waiting; zero: none

	Mute     bool             // no waits are announced
	Tell     time.Duration    // a wait is first announced after so long; 12 s unless set
	Again    time.Duration    // between two announcements, unless the wait has become shorter; 90 s unless set
	Callback CallbackSettings // when and how callers may be called back
}

// Strategy chooses among the free agents.
type Strategy string

// The strategies.
const (
	LongestIdle Strategy = "longest_idle" // whose last work ended longest ago
	LeastRecent Strategy = "least_recent" // whose last talk began longest ago
	MostSkilled Strategy = "most_skilled" // who is best at what is asked for; of equals, LongestIdle
)

// Spill moves a caller who has waited After in the queue to the queue To, with
// the place kept.
type Spill struct {
	To    string
	After time.Duration
}

// MostWeight is the greatest weight that a queue can have.
const MostWeight = 10

// HeadStart is what a weight from 1 to MostWeight means: every step above 1
// puts the queue's callers half a minute before those of the agent's others.
// So it is bounded, and no weight lets the callers of a light queue starve.
func HeadStart(weight int) time.Duration {
	return time.Duration(min(max(weight, 1), MostWeight)-1) * 30 * time.Second
}

// Widening lowers the level asked for to Level once the caller has waited
// After. Level 0 is everybody who serves the queue.
type Widening struct {
	After time.Duration
	Level int
}

// Hours tells when a queue is open: the stretch that holds now, or the next
// one. A stretch of no length says that it will not open again.
type Hours func(now time.Time) (opens, closes time.Time)

// Policy is what happens to a caller whom the line cannot serve as usual. The
// zero Policy is to go on waiting; none of them hangs up.
type Policy struct {
	Do Action
	To string // the queue of Overflow, the node of Menu
}

// Action is what a Policy does.
type Action string

// The actions.
const (
	Wait     Action = ""         // wait all the same
	Overflow Action = "overflow" // another queue, with the place kept
	Menu     Action = "menu"     // back to the menus, at a node: a text, a mailbox, a number
	Callback Action = "callback" // be asked at once to be called back, and wait meanwhile
)

// CallbackSettings say when and how callers may be called back. They may when
// the machine has an Outbound policy; see Machine.Outbound.
type CallbackSettings struct {
	Off           bool
	After         time.Duration   // offered when so long waited; 30 s unless set
	Long          time.Duration   // offered at once when p50 is above; 120 s unless set
	Again         time.Duration   // between two offers; 90 s unless set
	Ring          time.Duration   // the customer's phone; 25 s unless set
	Gaps          []time.Duration // between attempts; 5 and 15 min unless set: three attempts. Empty, not nil: one attempt
	Keep          time.Duration   // until it expires; unless set, 24 h, or the end of the next day of work where there are Hours
	Later         []time.Duration // times that can be chosen with the keys 1, 2…; 1, 2 and 4 h unless set. Empty, not nil: none
	From, Until   time.Duration   // hours of the day where the customer is in which we may call, beside those of Outbound; 0: only those
	CustomerFirst int             // from so many agents on the customer is called before one is free; 10 unless set; negative: never
}

// DefaultCredits are the head starts by priority. None is above MaxCredit, so
// nobody is overtaken by anyone who comes more than that later.
var DefaultCredits = map[string]time.Duration{
	"vip":       60 * time.Second,
	"complaint": 60 * time.Second,
	"retry":     60 * time.Second,
}

// Returned is the priority under which Credits bounds the credit of a caller
// who was lost from the line and calls again; MaxCredit where it is not there.
const Returned = "returned"

// MaxCredit bounds every credit.
const MaxCredit = 120 * time.Second

// connectLimit is how long joining the audio may take after an accept before
// the caller goes back in line. Asterisk needs some 20 ms; half a second of
// patience with a loaded switch, times ten.
const connectLimit = 5 * time.Second

// mediaLimit is how long a talk survives the agent's audio path being down,
// while the page tries to make it anew. The caller hears nothing meanwhile, nor
// in the second that it takes to find out, and is to hear music within three.
const mediaLimit = 1500 * time.Millisecond

// ownRing is how long a number rings that an agent has dialled.
const ownRing = 45 * time.Second

// returnLimit is how long, after a restart of the controller, a talk that
// still goes on waits for its agent's page to come back.
const returnLimit = 10 * time.Second

// stickyLimit bounds the time for which a caller is kept for one agent.
const stickyLimit = 20 * time.Second

// usualLater are the times of the prompt "callback-later".
var usualLater = []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour}

func orElse[T comparable](v *T, otherwise T) {
	var zero T
	if *v == zero {
		*v = otherwise
	}
}

func (c Settings) withDefaults() Settings {
	orElse(&c.Ring, 15*time.Second)
	orElse(&c.Music, "default")
	orElse(&c.Target, 20*time.Second)
	orElse(&c.Strategy, LongestIdle)
	orElse(&c.Sticky, stickyLimit)
	c.Sticky = min(c.Sticky, stickyLimit, c.Target)
	orElse(&c.Remembered, stickyMemory)
	orElse(&c.Tell, firstSpeech)
	orElse(&c.Again, speechAgain)
	if c.Skill != "" {
		c.Level = max(c.Level, 1)
	}
	if c.Credits == nil {
		c.Credits = DefaultCredits
	}
	c.Callback = c.Callback.withDefaults()
	return c
}

func (c CallbackSettings) withDefaults() CallbackSettings {
	orElse(&c.After, 30*time.Second)
	orElse(&c.Long, 120*time.Second)
	orElse(&c.Again, 90*time.Second)
	orElse(&c.Ring, 25*time.Second)
	orElse(&c.CustomerFirst, 10)
	if c.Gaps == nil {
		c.Gaps = []time.Duration{5 * time.Minute, 15 * time.Minute}
	}
	if c.Later == nil {
		c.Later = usualLater
	}
	return c
}

// level is the level asked for by a caller who asked for one and has waited so
// long, and how long it stays so; 0: for good.
func (c *Settings) level(asked int, waited time.Duration) (level int, stays time.Duration) {
	level = asked
	for _, w := range c.Widen {
		if waited >= w.After {
			level = min(level, w.Level)
		} else if stays == 0 || w.After-waited < stays {
			stays = w.After - waited
		}
	}
	return level, stays
}
