package ivr

import "time"

// Queue is what the flow file says about one queue. Zero values mean the
// line's defaults.
type Queue struct {
	Name   string
	Ring   time.Duration
	WrapUp time.Duration
	Target time.Duration
	Short  time.Duration // who gives up within it has given up shortly; 0 to 20 s, UsualShort unless set
	Music  string
	Zone   string // IANA name of the zone of its days: that of its hours, or else the flow's

	Strategy string // longest_idle, least_recent, most_skilled
	Weight   int    // 1 to 10, over the other queues of an agent who serves several
	Sticky   Sticky
	Skill    string // asked of agents for callers who ask for none themselves
	Level    int    // of Skill, 1 to 10
	Widen    []Widening
	Credits  map[string]time.Duration // by priority; what is not named is usual

	Hours    *Table // nil: always open
	Closed   Exit
	Max      int // callers who may wait before the queue is full; 0: no limit
	Full     Exit
	Nobody   Exit          // when nobody is signed in who could serve
	MaxWait  time.Duration // since the caller came into the first line; 0: no limit
	TooLong  Exit          // then
	Overflow Overflow

	Announce Announce
	Callback Callbacks
}

// Exit is where a caller goes whom a queue cannot serve as usual: to a node,
// to another queue with the place kept, or, while waiting, to the question
// whether to be called back. The zero Exit is to wait all the same.
type Exit struct {
	Node     string
	Queue    string
	Callback bool
}

// Overflow moves a caller who has waited After to the queue To, place kept.
type Overflow struct {
	To    string
	After time.Duration
}

// Sticky is how callers are kept for the agent who served them last.
type Sticky struct {
	Off     bool
	Window  time.Duration // so long ago at most
	Reserve time.Duration // how long a caller waits for her alone
}

// Widening asks for less of the skill once a caller has waited After; Level 0
// is everybody of the queue.
type Widening struct {
	After time.Duration
	Level int
}

// Announce is how waiting callers are told how long it will take.
type Announce struct {
	Off   bool
	First time.Duration
	Every time.Duration
}

// Callbacks is how callers of a queue are called back.
type Callbacks struct {
	Off           bool
	After         time.Duration   // of waiting, then it is offered
	Long          time.Duration   // offered at once when the wait will be longer
	Every         time.Duration   // between two offers
	Ring          time.Duration   // the customer's phone
	Pauses        []time.Duration // between attempts; empty, not nil: one attempt
	Expires       time.Duration
	Later         []time.Duration // times that callers may choose; empty, not nil: none
	CustomerFirst int             // from so many agents at work on the customer is called before one is free; negative: never
	From, Until   time.Duration   // of the day, where the customer is; 0: the house's own hours
}

// queue returns what the flow says of the queue, or nothing but its name.
func (f *Flow) queue(name string) Queue {
	for _, q := range f.Queues {
		if q.Name == name {
			return q
		}
	}
	return Queue{Name: name}
}

// Exits by the keys of the flow file.
const (
	exitFull    = "full"
	exitNobody  = "nobody"
	exitClosed  = "closed"
	exitTooLong = "too_long"
)

// namedExit is an exit with its key.
type namedExit struct {
	key string
	Exit
}

func (q Queue) exits() []namedExit {
	return []namedExit{{exitFull, q.Full}, {exitNobody, q.Nobody}, {exitClosed, q.Closed}, {exitTooLong, q.TooLong}}
}

// over returns the queues to which the queue passes callers on, by key.
func (q Queue) over() map[string]string {
	over := map[string]string{}
	for _, e := range q.exits() {
		if e.Queue != "" {
			over[e.key] = e.Queue
		}
	}
	if q.Overflow.To != "" {
		over["overflow"] = q.Overflow.To
	}
	return over
}

// sends returns the ways on which callers of a queue come back to the menus:
// its own, and those of the queues to which it passes callers on.
func (f *Flow) sends(queue string) []way {
	var ways []way
	todo, seen := []string{queue}, map[string]bool{queue: true}
	for len(todo) > 0 {
		q := f.queue(todo[0])
		todo = todo[1:]
		for _, e := range q.exits() {
			if e.Node == "" {
				continue
			}
			word := e.key
			if q.Name != queue {
				word = q.Name + " " + word
			}
			ways = append(ways, way{byRefusal, word, e.Node})
		}
		over := q.over()
		for _, key := range keys(over) {
			if !seen[over[key]] {
				seen[over[key]] = true
				todo = append(todo, over[key])
			}
		}
	}
	return ways
}
