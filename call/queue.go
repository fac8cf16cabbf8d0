package call

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// QueueSettings say how one queue works. They are declared here and nowhere
// else: the reader of the flow file (ivr), the line (callqueue), flow.schema.json
// and the reports use the fields as they stand, and tests hold that the schema
// and the tables of docs/flow.md say the same.
//
// A field has the name that it has in the flow file, in the writing of Go. Its
// comment is its description in the schema: one sentence, without the default
// and the bounds, which are in the tags:
//
//	flow    the name in the flow file
//	usual   the default, written as in the flow file, entries with blanks between
//	least   the least and the greatest value allowed, of a list or a map those of
//	most    each entry; times as 15s, counts as digits
//	entries the most entries of a list
//	zero    "own": zero is a value of its own, and does not stand for the default
//	words   the words allowed
//	form    "name": the name of something in the flow; other texts are any text
//	needed  "yes": a part without it is refused
//	word    of the field that one word in place of the whole part sets
//	deprecated "yes": an old name, which nothing new should use
//	pattern a regular expression that the schema holds a text against
//
// A field named _ is a second way to write another field. A list that is nil
// stands for the default; one that is empty, and not nil, is empty.
//
// To add a setting: a field here, a row in docs/flow.md, `go test ./ivr -update`
// for the schema, and the line, which honours it. The flow file's reader takes
// texts, times, counts and switches by their tags; what it takes otherwise is in
// ivr/buildqueue.go: lists, and rules about two settings.
type QueueSettings struct {
	Name string

	// How long an agent's page rings before the next agent is tried.
	Ring time.Duration `flow:"ring" usual:"15s" least:"0s" most:"1h"`
	// After-call work that ends by itself.
	WrapUp time.Duration `flow:"wrap_up" least:"0s" most:"1h"`
	// The service level counts calls answered within this.
	Target time.Duration `flow:"target" usual:"20s" least:"1s" most:"1h"`
	// Callers who give up within this are reported apart, as short.
	ShortAbandon time.Duration `flow:"short_abandon" usual:"5s" least:"0s" most:"20s" zero:"own"`
	// The class of music.
	Music string `flow:"music" usual:"default"`
	// Which of several free agents is offered the caller.
	Strategy Strategy `flow:"strategy" usual:"longest_idle" words:"longest_idle least_recent most_skilled"`
	// Over the other queues of an agent who serves several: each step above 1 is half a minute's head start.
	Weight int `flow:"weight" usual:"1" least:"1" most:"10"`
	// Callers wait a moment for the agent who served them last.
	Sticky StickySettings `flow:"sticky"`
	// Asked of agents for callers who ask for no skill themselves.
	Skill string `flow:"skill" form:"name"`
	// How well an agent must have the skill, at least; 1 where only the skill is set.
	Level int `flow:"level" least:"1" most:"10" zero:"own"`
	// How the level asked for falls with waiting.
	Widen []Widening `flow:"widen"`
	// Head start by priority; a priority that is not named keeps its default, and `returned` bounds the head start of callers who were lost from the line and call again, 2m unless set.
	Credits map[string]time.Duration `flow:"credits" usual:"vip=60s complaint=60s retry=60s" least:"0s" most:"2m"`
	// The table of hours when the queue is open; without one it always is.
	Hours OpeningHours `flow:"hours" form:"name"`
	// Where callers go at other times, and while a supervisor has closed the queue.
	Closed Exit `flow:"closed"`
	// How many callers may wait before the queue is full.
	MaxWaiting int `flow:"max_waiting" least:"1" zero:"own"`
	// What max_waiting was called first.
	_ int `flow:"max" least:"1" deprecated:"yes"`
	// Where callers go who find the queue full.
	Full Exit `flow:"full"`
	// Where callers go when for 10s nobody has been signed in who could serve them.
	Nobody Exit `flow:"nobody"`
	// How long a caller may wait, since the first queue.
	MaxWait time.Duration `flow:"max_wait" least:"1s" most:"12h"`
	// Where callers go then.
	TooLong Exit `flow:"too_long"`
	// Another queue takes over callers who have waited so long here; they keep their place.
	Overflow OverflowSettings `flow:"overflow"`
	// What is otherwise while a supervisor has ordered a peak.
	Peak PeakSettings `flow:"peak"`
	// When callers are told how long it will take.
	Announce AnnounceSettings `flow:"announce"`
	// What a caller has who was told how long it would take, the last time, and waited longer.
	BrokenPromise BrokenPromiseSettings `flow:"broken_promise"`
	// How callers are called back.
	Callback CallbackSettings `flow:"callback"`
	// Numbers outside to which agents hand callers over.
	Favourites []Favourite `flow:"favourites" entries:"50"`
	// What a talk can have been about, to be chosen by its agent.
	Codes []TalkCode `flow:"codes" entries:"200"`
	// The node to which an agent may send the caller during a talk, to type what nobody is to hear; the end of the way leads back to the agent.
	Step string `flow:"step" form:"name"`
	// A talk without a code is booked as none_given when the after-call work ends; the page insists before.
	CodesRequired bool `flow:"codes_required"`
	// By how much an agent may extend the after-call work in all, a minute at a time.
	WrapUpMore time.Duration `flow:"wrap_up_more" usual:"3m" least:"0s" most:"30m" zero:"own"`
	// Complaints that agents take down.
	Complaints ComplaintSettings `flow:"complaints"`
	// The page of another program about the caller, opened beside the agent's.
	Pop PopSettings `flow:"pop"`
	// Beyond which a supervisor is told, on the floor and the wall and by what leaves the page.
	Limits LimitSettings `flow:"limits"`
	// Callers who gave up and did not come back.
	Lost LostSettings `flow:"lost"`
	// What the plan of the agents must reach.
	Staffing StaffingSettings `flow:"staffing"`
	// Which talks of the queue are recorded, where it differs from the house.
	Recording RecordingSettings `flow:"recording"`
}

// TalkCode is one thing that a talk can have been about.
type TalkCode struct {
	// Stands in the books for ever, and should never mean something else.
	ID string `flow:"id" form:"name" needed:"yes"`
	// What agents read: one text, or one for each language.
	Label Label `flow:"label" needed:"yes"`
	// The heading under which it stands.
	Group Label `flow:"group"`
	// The agent has to write a note as well.
	Note bool `flow:"note"`
	// Can no longer be chosen; reports and cards still show its label.
	Retired bool `flow:"retired"`
}

// ComplaintSettings say who answers complaints.
type ComplaintSettings struct {
	// The queue whose people answer; this one unless set.
	Owner string `flow:"owner" form:"name"`
	// Within which time.
	Due time.Duration `flow:"due" usual:"24h" least:"1m" most:"744h"`
}

// PopSettings say which page of another program is opened for a caller, and when.
type PopSettings struct {
	// Its address with https, on one of the pop_hosts; {number}, {e164}, {call}, {queue}, {name}, {language}, {path} and {agent} are filled in, unknown ones with nothing.
	URL Template `flow:"url" needed:"yes"`
	// By a click of the agent, or by itself with the offer or the answer.
	When PopWhen `flow:"when" usual:"click" words:"click offer answer"`
}

// LimitSettings say beyond what a supervisor is told. A limit that is 0 is not set. They
// change nothing for callers.
type LimitSettings struct {
	// Somebody has waited longer on the phone.
	LongestWait time.Duration `flow:"longest_wait" least:"1s" most:"12h"`
	// More callers wait on the phone.
	Waiting int `flow:"waiting" least:"1"`
	// The service level of the day is below so many percent, once ten callers tell.
	ServiceLevel int `flow:"service_level" least:"1" most:"100"`
	// A message or complaint has been overdue for longer.
	MessageOverdue time.Duration `flow:"message_overdue" least:"1s" most:"744h"`
	// Nobody has been at work for so long while the queue is open.
	Nobody time.Duration `flow:"nobody" least:"1s" most:"12h"`
	// A callback is later than promised by more.
	CallbackLate time.Duration `flow:"callback_late" least:"1s" most:"24h"`
}

// Bound returns a limit by its name in the flow file, in seconds, as a count, or as a
// share from 0 to 1; set is false where it is not set.
func (l LimitSettings) Bound(name string) (bound float64, set bool) {
	v := reflect.ValueOf(l)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Tag.Get("flow") != name {
			continue
		}
		switch value := v.Field(i).Interface().(type) {
		case time.Duration:
			bound = value.Seconds()
		case int:
			bound = float64(value)
			if name == "service_level" {
				bound /= 100
			}
		}
	}
	return bound, bound > 0
}

// LostSettings say what a caller is worth who gave up and is lost, and what part of
// them is left alone.
type LostSettings struct {
	// The part of them, chosen at random, that cannot be called back from the list, so that the report can tell what calling back wins.
	Control Percent `flow:"control" least:"0" most:"50" pattern:"^([0-9]|[1-4][0-9]|50)%$"`
	// What a caller who buys is worth, in whole units of the house's money.
	Value int `flow:"value" least:"1" most:"1000000"`
	// How many of the callers would buy.
	Buy Percent `flow:"buy" least:"0" most:"100" pattern:"^([0-9]|[1-9][0-9]|100)%$"`
}

// StaffingSettings say what the plan of a queue's agents must reach.
type StaffingSettings struct {
	// So many of the callers are answered within the target.
	Share Percent `flow:"share" usual:"80" least:"50" most:"99" pattern:"^[5-9][0-9]%$"`
	// Agents work no more than so much of their time.
	Occupancy Percent `flow:"occupancy" usual:"85" least:"50" most:"100" pattern:"^([5-9][0-9]|100)%$"`
	// The part of the paid time in which an agent is not there: breaks, leave, training.
	Shrinkage Percent `flow:"shrinkage" usual:"30" least:"0" most:"79" zero:"own" pattern:"^([0-9]|[1-7][0-9])%$"`
}

// Percent is a share in whole percent, written as 10%.
type Percent int

// Share is p as a part of 1.
func (p Percent) Share() float64 { return float64(p) / 100 }

// PopValues are the values that are filled into the address of a page about a caller.
var PopValues = []string{"number", "e164", "call", "queue", "name", "language", "path", "agent"}

// Template is a text with values to be filled in, as {number}.
type Template string

// PopWhen is when a page is opened.
type PopWhen string

// When a page is opened.
const (
	PopClick  PopWhen = "click"
	PopOffer  PopWhen = "offer"
	PopAnswer PopWhen = "answer"
)

// Favourite is a number outside that agents know by name.
type Favourite struct {
	// What agents read: one text, or one for each language.
	Name Label `flow:"name" needed:"yes"`
	// The whole number, with + and the country.
	Number string `flow:"number" needed:"yes" pattern:"^\\+[1-9][0-9]{6,14}$"`
}

// Label is a text that agents read, by language; "" is the flow's own language.
type Label map[string]string

// In returns the text in a language, like ko or pt-BR, or in the nearest one
// that there is; own is the flow's language.
func (l Label) In(language, own string) string {
	base, _, _ := strings.Cut(language, "-")
	for _, tag := range []string{strings.ToLower(language), strings.ToLower(base)} {
		if text := l[tag]; text != "" {
			return text
		}
		if text := l[""]; text != "" && tag == own {
			return text
		}
	}
	for _, tag := range append([]string{"", own, "en"}, slices.Sorted(maps.Keys(l))...) {
		if text := l[tag]; text != "" {
			return text
		}
	}
	return ""
}

// Strategy chooses among the free agents.
type Strategy string

// The strategies.
const (
	LongestIdle Strategy = "longest_idle" // whose last work ended longest ago
	LeastRecent Strategy = "least_recent" // whose last talk began longest ago
	MostSkilled Strategy = "most_skilled" // who is best at what is asked for; of equals, LongestIdle
)

// StickySettings say how callers are kept for the agent who served them last.
type StickySettings struct {
	Off bool `word:"off"`
	// How long ago that may have been, at most.
	Window time.Duration `flow:"window" usual:"168h" least:"1m" most:"168h"`
	// How long a caller waits for that agent alone; at most the target.
	Reserve time.Duration `flow:"reserve" usual:"20s" least:"1s" most:"20s"`
}

// Widening lowers the level asked for once the caller has waited.
type Widening struct {
	// How long the caller has waited.
	After time.Duration `flow:"after" least:"1s" most:"1h" needed:"yes"`
	// The level asked for then; 0 is everybody of the queue.
	Level int `flow:"level" least:"0" most:"9" needed:"yes"`
}

// OpeningHours tell when a queue is open: the stretch that holds now, or the
// next one. A stretch of no length says that it will not open again.
type OpeningHours func(now time.Time) (opens, closes time.Time)

// Exit is where a caller goes whom a queue cannot serve as usual. At most one
// of its fields is set; the zero Exit is to wait all the same. None hangs up.
type Exit struct {
	// Back to the menus, at this node.
	Node string `flow:"node" form:"name" word:"name"`
	// To this queue, with the place kept.
	Queue string `flow:"queue" form:"name"`
	// The caller is asked at once whether to be called back, and waits meanwhile.
	Callback bool `flow:"callback"`
}

// OverflowSettings move a caller to another queue, with the place kept.
type OverflowSettings struct {
	// The queue that takes over.
	Queue string `flow:"queue" form:"name" needed:"yes"`
	// How long the caller has waited in this queue.
	After time.Duration `flow:"after" least:"1s" most:"12h" needed:"yes"`
}

// PeakSettings say what a queue does otherwise at a peak, beside offering callbacks at
// once. What is not set is as ever.
type PeakSettings struct {
	// How the level asked for falls with waiting, in place of widen.
	Widen []Widening `flow:"widen"`
	// The queue that takes over, in place of overflow.
	Overflow OverflowSettings `flow:"overflow"`
}

// AnnounceSettings say when waiting callers are told how long it will take.
type AnnounceSettings struct {
	Off bool `word:"off"`
	// After so much waiting.
	First time.Duration `flow:"first" usual:"12s" least:"1s" most:"10m"`
	// Between two announcements, unless the wait has become shorter.
	Every time.Duration `flow:"every" usual:"90s" least:"30s" most:"1h"`
}

// BrokenPromiseSettings say how we make up for an announcement that was not kept. A
// caller is told so, and has the head start, once for each.
type BrokenPromiseSettings struct {
	Off bool `word:"off"`
	// Head start at the next call; it is not added to another one.
	Credit time.Duration `flow:"credit" usual:"60s" least:"1s" most:"2m"`
	// How long ago the wait may have ended.
	Within time.Duration `flow:"within" usual:"168h" least:"1h" most:"744h"`
	// The caller is not told.
	Silent bool `flow:"silent"`
}

// CallbackSettings say when and how callers may be called back.
type CallbackSettings struct {
	Off bool `word:"off"`
	// Offered after so much waiting.
	After time.Duration `flow:"after" usual:"30s" least:"1s" most:"1h"`
	// Offered at once when the wait will be longer.
	Long time.Duration `flow:"long" usual:"2m" least:"1s" most:"12h"`
	// Between two offers.
	Every time.Duration `flow:"every" usual:"90s" least:"30s" most:"1h"`
	// How long the customer's phone rings.
	Ring time.Duration `flow:"ring" usual:"25s" least:"10s" most:"2m"`
	// How often the customer is called, with the usual pauses between.
	_ int `flow:"attempts" usual:"3" least:"1" most:"10"`
	// Between attempts; [] is one attempt.
	Pauses []time.Duration `flow:"pauses" usual:"5m 15m" least:"1m" most:"24h"`
	// When it is given up; after 24h unless set, or at the end of the next day of work where the queue has hours.
	Expires time.Duration `flow:"expires" least:"10m" most:"744h"`
	// Times that callers may choose, with 1, 2…; [] is none.
	Later []time.Duration `flow:"later" usual:"1h 2h 4h" least:"10m" most:"168h" entries:"9"`
	// From so many agents at work on the customer is called before one is free.
	CustomerFirst CustomerFirst `flow:"customer_first" usual:"10" least:"1"`
	// Nobody is called at these hours where the customer is, like 20:00-10:00; it never shortens the company's own night.
	Quiet Night `flow:"quiet" pattern:"^[0-9]{1,2}:[0-9]{2}-[0-9]{1,2}:[0-9]{2}$"`
}

// UsualExpiry is how long a callback is wanted where neither Expires nor Hours
// are set.
const UsualExpiry = 24 * time.Hour

// CustomerFirst is from how many agents at work on the customer is called
// before one of them is free.
type CustomerFirst int

// Those that have words in the flow file.
const (
	NeverFirst  CustomerFirst = -1
	AlwaysFirst CustomerFirst = 1
)

// Night is a part of the day that goes over midnight. Both of its ends count
// from midnight, Begin up to and with 24 h; the zero Night is none.
type Night struct{ Begin, End time.Duration }

// Returned is the priority under which Credits bounds the credit of a caller
// who was lost from the line and calls again.
const Returned = "returned"
