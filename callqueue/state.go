package callqueue

import (
	"cmp"
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// State is where a visit stands.
type State string

// The states of a visit.
const (
	Waiting    State = "waiting"    // in line; on the phone, with music, or at home
	Offered    State = "offered"    // an agent's page rings for it; a caller still hears music
	Dialing    State = "dialing"    // a callback: the customer's phone rings
	Connecting State = "connecting" // the agent has accepted; audio is being joined
	Talking    State = "talking"    // bridged; the outcome is answered
	Parked     State = "parked"     // a callback that cannot be done now; keeps its key
)

// caller is what the line knows of one call, or of one callback.
type caller struct {
	id      call.ID
	who     call.DeskWho
	visits  int    // entered so far, to number the next
	offers  int    // made so far
	visit   *visit // the open one, nil while not in line
	arrived time.Time

	language string // that the caller hears; "" the flow's own

	known call.CallerKnown // what the site's own records say of the number, once they have answered

	consent call.Consent // to be recorded
	notice  *notice      // is being told of recording; not kept over a restart

	ticket   *ticket     // of a callback; nil for a call
	holds    call.ID     // the open callback of this person, who has rung in meanwhile
	listened int         // how often somebody has listened to this call, to number the next
	books    int         // callbacks that came out of this call, to number the next
	promised call.ID     // the callback with which the last visit ended
	farewell string      // the playback after which we hang up
	served   bool        // has talked in this call
	faulted  bool        // a decision about the agent of this call has failed once
	handed   int         // how often agents have handed the caller over
	leaving  []call.Hush // the agent who hands the caller on is still heard
	took     call.ID     // the call in which the one was asked who took the caller over last; "": was not asked
	moved    int         // queues that this caller has been moved through since coming from the menus

	outside *outside // a number that an agent has handed the caller over to; nil: none

	sent  map[sentBy]bool  // why the line has sent this caller back to the menus…
	stood map[string]stand // …and where the caller stood in each queue
}

// sentBy is a queue and its reason to send a caller back to the menus.
type sentBy struct{ queue, why string }

// stand is the place of a caller who has left a queue: it is kept for the rest
// of the call, so that callers lose nothing by being moved.
type stand struct {
	key    time.Time
	credit time.Duration
}

// deskCard is how the caller is shown to agents and supervisors: with the name that
// the site's records have for the number, before the name that the network claims.
func (c *caller) deskCard() call.DeskWho {
	who := c.who
	if c.known.Name != "" {
		who.Name = c.known.Name
	}
	who.VIP = c.known.VIP
	return who
}

// onPhone reports whether a person on the phone hears us: any caller, but of
// callbacks only the one whose phone was taken.
func (c *caller) onPhone() bool { return c.ticket == nil || c.ticket.up }

// promptsOf are prompts in the caller's language.
func (c *caller) promptsOf(prompts []string) []string {
	words := make([]string, len(prompts))
	for i, p := range prompts {
		words[i] = call.Prompt(c.language, p)
	}
	return words
}

func compareCallers(a, b *caller) int { return cmp.Compare(a.id, b.id) }

// visit is one entry of a caller into one queue. It changes only in apply.
type visit struct {
	*caller
	id       string
	queue    string
	key      time.Time // order key: the smallest is served first
	front    bool      // a supervisor has put it at the front…
	gave     time.Time // …and this was its key before
	credit   time.Duration
	entered  time.Time
	first    time.Time // entered any queue; entered unless it came by overflow
	returned bool      // had talked in this call before
	skill    string    // asked for; "" any agent of the queue
	level    int       // asked for at first
	state    State
	rang     time.Duration // all ended offers

	sticky   call.AgentID // kept for her…
	reserved time.Time    // …until then
	tried    []call.AgentID

	offer   string // the open or accepted offer
	offered time.Time
	agent   call.AgentID // whom it is offered to or talks with
	leg     string
	remote  string // LegMade's
	hears   bool   // the agent hears how the call goes that is made for her
	joined  time.Time
	through string // the address that the leg of the talk leads to; "": not known, after a restart
	pauses  pauses // of the talk
	keys    int    // pressed towards the far end
	step    *step  // the caller is in the menus during the talk; nil: is not
	stepped step   // the last of those that are over

	listenings []*listening // supervisors who listen to the talk; never changed, but replaced
	early      call.Secret  // keys pressed while it rings, not sent yet; not kept over a restart

	by    call.AgentID // who has handed the caller over, or put the caller back; "": nobody
	note  string       // by's
	meant call.AgentID // the colleague to whom it was handed over; "": to all

	group        *group // in whose heap it waits
	place        int    // in the heap; -1 when not in line
	node         node   // in the tree of its queue
	older, newer *visit // neighbours in the order of entry

	speech // what the caller is told

	predicted estimate.Wait // when the wait began, not calibrated; zero: no ground
	ahead     int           // then
	overtaken int
	counted   bool // in predialed of its line
}

// stands reports whether the visit counts as a place in line. A callback whose person
// has rung in is not: the call is.
func (v *visit) stands() bool { return v.ticket == nil || v.ticket.here == "" }

// isLive reports whether the visit is a caller on the phone, who may give up.
func (v *visit) isLive() bool { return v.onPhone() }

// waitsSince is since when the visit waits on the phone.
func (v *visit) waitsSince() time.Time {
	if v.ticket != nil && v.ticket.since.After(v.entered) {
		return v.ticket.since
	}
	return v.entered
}

// outgoing reports whether it is no visit to a queue, but an agent's own call.
func (v *visit) outgoing() bool { return v.ticket != nil && v.ticket.out }

// lostAudioNotice is what an agent is told when her voice has gone in the middle of it.
func (v *visit) lostAudioNotice() string {
	if v.outgoing() {
		return "dial_media_lost"
	}
	return "media_lost"
}

// before orders the line: by key, then by visit, so that equal keys keep one order.
func (v *visit) before(w *visit) bool {
	if !v.key.Equal(w.key) {
		return v.key.Before(w.key)
	}
	return v.id < w.id
}

// inOrder is before, for sorting.
func inOrder(v, w *visit) int {
	switch {
	case v == w:
		return 0
	case v.before(w):
		return -1
	}
	return 1
}

// timer is a timer about this visit.
func (v *visit) timer(kind call.TimerKind) call.Timer {
	return call.Timer{Kind: kind, Of: string(v.caller.id), Gen: v.visits}
}

// hasTried reports whether this agent has missed or refused this visit before.
func (v *visit) hasTried(id call.AgentID) bool {
	for _, t := range v.tried {
		if t == id {
			return true
		}
	}
	return false
}

// node is a visit's place in the tree of its queue, and what lies below it.
type node struct {
	left, right *visit
	weight      uint32 // random but always the same: keeps the tree shallow
	open        int    // visits below, itself included
	waiting     int    // of these, in state Waiting
	live        int    // of these, on the phone
}

// speech is what a visit is being told, and has been told.
type speech struct {
	sayings  int       // so far
	play     string    // what is being said; "" music
	told     time.Time // when a wait was last announced
	toldHigh float64   // seconds; its upper bound, 0 none
	grown    bool      // was told once that it takes longer
	asked    time.Time // when a callback was last offered
	asks     string    // the playback that last offered one
	unsaid   bool      // that could not be played
	sayNext  bool      // it is to be told that it is next
	next     string    // why a callback is offered when what is being said has ended; "" it is not
	dialog   *dialog   // about a callback, while it goes on
}

// dialog is the short talk in which a caller asks to be called back:
//
//	music ──1──> number read back ──1──> promise ──> goodbye
//	                 │  │   └─2─> type another number ──> read back
//	                 │  └─3─> choose a time ──> promise
//	                 └─0, *, silence──> music, the place unchanged
//
// The caller stays in line all the while, and is connected at once when an
// agent accepts.
type dialog struct {
	step   string // confirm, enter, later, opening
	number string // E.164, once known
	source string // claimed, typed
	digits string // typed so far
	failed int    // numbers refused
	due    time.Time
	gen    int
	asked  time.Time // when the last question began to be said
}

// promise is when the caller will probably be called: a phrase, and the two
// instants that it stands for.
type promise struct {
	phrase     string // "" when there is no ground for one
	begin, end time.Time
}

// ticket is the promise to call a person back. It is a visit in the same line
// as those who wait on the phone, with the key the caller had; only the
// channel is gone.
//
//	booked ──> Waiting ──offer──> Offered ──accept──> Dialing ──person──> Connecting ──> Talking ──> completed
//	   │          ^                                    │   └─machine, busy, no answer─┐
//	   └──> Parked┴────────── due <── retry, quiet hours, chosen time <───────────────┴──> exhausted
//
// (superseded when the caller rings in and is answered, cancelled, or expired, at any time
// before a person has taken the call)
//
// With enough agents the customer is called first: see predial.go.
type ticket struct {
	from    call.ID // the call it came out of
	source  string  // claimed, typed, message, agent
	here    call.ID // the call in which the person has rung in, and waits on the phone
	queue   string
	number  string // E.164
	person  int    // behind the number
	key     time.Time
	entered time.Time // the line, as a caller
	begin   time.Time // the window promised
	until   time.Time
	due     time.Time // not before
	expires time.Time
	skill   string
	level   int

	attempts int // that count
	dials    int // all, to number the next
	dial     string
	rung     bool      // this dial rang
	up       bool      // a person has taken the call, and is still there…
	since    time.Time // …since then
	first    bool      // this dial: the customer is called before an agent is free
	greeted  bool      // a person has taken such a call, and has not pressed 1 yet
	machine  bool      // a machine has our message: one is enough
	parked   time.Time
	parks    int
	why      string  // it was parked last
	onPhone  bool    // parked until the caller has put the phone down
	resumed  bool    // the switch still has the channel
	out      bool    // no promise: a call that an agent makes herself, see outgoing.go
	asks     *asking // of such a call: somebody is asked in it during a talk, see ask.go

	agent call.AgentID // who has booked it, and is asked first when it is due
}

// ticketKey is what there is only one open callback for. Several persons may
// be behind one number; person numbers them.
type ticketKey struct {
	number, queue string
	person        int
}

// notice is what an agent is told of a call that we made.
func (t *ticket) notice(what string) string {
	if t.out {
		return "dial_" + what
	}
	return "callback_" + what
}

func (t *ticket) unique() ticketKey { return ticketKey{t.number, t.queue, t.person} }

// line is one queue: its settings, the visits in it and what has been measured.
type line struct {
	Settings
	door     *standing // a supervisor has opened or closed it; nil: nobody has
	peak     *standing // a supervisor has ordered it; nil: there is none
	open     tree      // all visits not yet talking
	oldest   *visit
	newest   *visit
	groups   []*group
	asked    map[requirement]*group
	profiles []*profile // whose agents serve the queue

	handling    estimate.Handling
	patience    estimate.Patience
	calibration estimate.Calibration
	shadow      estimate.Shadow
	p99         float64            // seconds; 0 unknown
	arrivals    [5]estimate.Fading // by credit, in steps of 30 s

	crew   float64   // agents at work for this queue, as counted…
	crewAt time.Time // …then…
	crewOf int       // …when floor.staffing was this

	dials     estimate.Fading // customers called first within a day…
	abandoned estimate.Fading // …who hung up before an agent was there
	booked    int             // open callbacks
	predialed int             // customers called first and not yet with an agent
}

// requirement is what a caller asks of an agent.
type requirement struct {
	skill string
	level int
}

// visitHeap holds the visits of a group, the next to be served on top.
type visitHeap []*visit

// tree holds the open visits of a queue in the order of service (a treap: a
// search tree by key and a heap by weight) and knows in O(log n) how many
// stand before one.
type tree struct{ root *visit }

// expected is what a caller may expect, and from what that was computed.
type expected struct {
	wait             estimate.Wait
	scale            float64
	ahead            int
	agents           float64
	handle, patience float64 // seconds
}

func (e expected) quantile(z float64) float64 { return e.wait.Quantile(z, e.scale) }

// lineEntry is how a caller comes into a line.
type lineEntry struct {
	queue    string
	origin   string
	key      time.Time
	first    time.Time // zero: now
	credit   time.Duration
	why      string // of the credit
	skill    string
	level    int
	sticky   call.AgentID
	callback bool // wants to be called, and need not be served now

	by     call.AgentID // who hands the caller over, or puts the caller back
	note   string
	nth    int  // hand-overs of this call so far
	direct bool // a colleague is asked at once; the queue's policies wait

	movedBy string // the supervisor who moves the caller here; the queue's policies wait
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// durationOf is a stored number of seconds.
func durationOf(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// milli rounds to thousandths, so that facts stay short.
func milli(x float64) float64 { return float64(int64(x*1000+0.5)) / 1000 }
