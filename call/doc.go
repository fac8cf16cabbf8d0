// Package call holds the words of the trade and the one loop that takes what
// happens to what is done about it.
//
//	asterisk ──┐ Events                              ┌──> Commands to asterisk
//	softphone ─┼──────> mailbox ──> Loop ────────────┼──> Commands to softphone
//	timers ────┘          Directives → ivr           └──> Facts to the journal
//	                      → callqueue → Register
//	                             ^ new facts re-enter here, before the next event
//
// An Event is news from outside: a caller arrived, a digit was pressed, an
// agent accepted. A Command is an order to the outside: play this, ring her.
// A Fact is what has been decided to be true and will be remembered: the
// caller entered the line, the offer was accepted. Facts are the journal;
// replaying the facts of open calls rebuilds every machine after a restart.
//
// The package knows nobody: it imports only the standard library, and no
// clock, network, file or random source is touched by what it decides with.
// Ids come in with events or are counted from them, time is the now of a
// step, and a timer is an event like any other. So a caller who hangs up
// while an agent accepts is not a race but an order of two events, and a
// whole day can be played again in a test.
//
// Where to look:
//
//	a new fact, event or command    kinds.go    how each registers itself
//	how a fact is stored            fact.go     and the files fact_*.go by who states it
//	what comes in, what goes out    event.go, event_agent.go, command.go
//	a supervisor listens            listen.go   its events, facts and orders
//	a talk is recorded              recording.go  what was told and allowed, facts and orders
//	the order of decisions          loop.go     the goroutine around it is in run.go
//	a decision fails                loop.go     letGo
//	how a call as a whole ended     register.go
//	a moment as the API shows it    live.go     filled by callqueue, served by web
//	which talks are recorded        recordingrule.go  of house, queue, number, country the strictest; consent.go: what was allowed
//	which calls are admitted        door.go     and claim.go: what a caller claims to be
//	what supervisors order          directive.go  what holds for a while, and a waiting caller's place
package call

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// ID names a call (or, for facts about an agent's day, a shift). It is a
// UUIDv7 in text, chosen by the program that sees the call first. All other ids of a
// call (visits, offers, legs, playbacks) are counted from it, so an order
// sent twice is harmless.
type ID string

// AgentID is the sign-in name of an agent.
type AgentID string

// Day is the UTC day on which a call or shift began, as "2006-01-02". The
// tables of events are partitioned by it, so a call over midnight stays whole.
type Day string

// DayOf returns the UTC day of t.
func DayOf(t time.Time) Day { return Day(t.UTC().Format(time.DateOnly)) }

// Side tells who ended something.
type Side string

// The sides of a call.
const (
	SideCaller Side = "caller" // the person who phoned
	SideAgent  Side = "agent"  // the person who answered
	SideUs     Side = "us"     // the controller, on purpose: the talk was over
	SideSystem Side = "system" // something broke: Asterisk, the trunk, the media
)

// Presence is the agent's own choice. It is never changed by a call, only by
// the agent or, when calls go unanswered or the page is gone, by the line,
// which then says why in the reason.
type Presence string

// What an agent can choose.
const (
	SignedOut Presence = "signed_out"
	Available Presence = "available"
	Away      Presence = "away"
)

// Reasons for being Away. An agent's own reasons are free short words.
const (
	ReasonSignedIn  = "signed_in"  // just arrived, has not chosen yet
	ReasonNoAnswer  = "no_answer"  // was rung and did not answer
	ReasonDeclined  = "declined"   // said no to an offer
	ReasonNoConnect = "no_connect" // accepted, but the audio could not be joined
	ReasonFault     = "fault"      // a decision of ours about the agent failed
)

// AgentState is what the system is doing with the agent. It is independent of
// Presence: an agent who chooses a break while talking is Away and Talking.
type AgentState string

// The states of an agent.
const (
	Idle       AgentState = "idle"       // nothing to do; offered calls when Available
	Ringing    AgentState = "ringing"    // being offered a caller
	Connecting AgentState = "connecting" // has accepted; audio is being joined
	Talking    AgentState = "talking"    // bridged with a caller
	WrapUp     AgentState = "wrap_up"    // after-call work; ends by the agent or its timer
)

// Outcome is how a visit to a line ended. Exactly one holds for every visit;
// while the caller waits there is none. The words are those of report.visit.
type Outcome string

// Outcomes of a visit, and of the whole call where it never reached a line.
const (
	Answered          Outcome = "answered"
	AbandonedQueue    Outcome = "abandoned_queue"     // hung up while waiting
	AbandonedRinging  Outcome = "abandoned_ringing"   // hung up while an agent rang
	AbandonedAtAnswer Outcome = "abandoned_at_answer" // hung up between accept and bridge
	SystemFailure     Outcome = "system_failure"      // something of ours broke
	ToCallback        Outcome = "callback_accepted"   // hung up with our promise to call back
	Overflow          Outcome = "overflow"            // moved to another queue, with the place
	TimedOut          Outcome = "timeout_exit"        // waited as long as the queue lets one
	NoAgents          Outcome = "no_agents"           // nobody there to serve
	Closed            Outcome = "closed"              // outside opening hours
	Withdrawn         Outcome = "withdrawn"           // not a visit of its own: a callback that became a call
	AbandonedIVR      Outcome = "abandoned_ivr"       // call only: hung up in the menus
	Contained         Outcome = "ivr_contained"       // call only: served by self-service
	LeftMessage       Outcome = "message_left"        // call only: spoke to the mailbox
	TransferredOut    Outcome = "transferred_out"     // talked with a number outside
	Refused           Outcome = "refused"             // call only: not let in, and never answered
)

// VisitID names one entry of a call into one queue: the n-th of the call.
func VisitID(c ID, n int) string { return fmt.Sprintf("%s.v%d", c, n) }

// OfferID names the n-th time a call is offered to an agent.
func OfferID(c ID, n int) string { return fmt.Sprintf("%s.o%d", c, n) }

// CallbackID names the callback that came out of a call; it has a book of its
// own and outlives the call. Of a UUID it keeps all but the node, so that it
// sorts beside the call and is a UUID too.
func CallbackID(c ID, n int) ID {
	const node = 24 // where the last 12 hex digits of a UUID begin
	if len(c) != node+12 {
		return ID(fmt.Sprintf("%s.cb%d", c, n))
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s callback %d", c, n))
	return c[:node] + ID(hex.EncodeToString(sum[:6]))
}

// AskDial names the channel to the consulted party in a call, which may become the leg or the
// transfer of another: its name has the form of a leg's.
func AskDial(ask ID) string { return TransferLeg(AskTransfer(ask)) }

// AskTransfer names the transfer that AskDial's channel is to a caller.
func AskTransfer(ask ID) string { return DialID(ask, 1) }

// DialID names the n-th time a callback is dialled.
func DialID(c ID, n int) string { return fmt.Sprintf("%s.d%d", c, n) }

// TransferID names the transfer outside that the n-th hand-over of a call is.
func TransferID(c ID, n int) string { return fmt.Sprintf("%s.h%d", c, n) }

// TransferLeg names the leg that a transfer's number is to the caller.
func TransferLeg(transfer string) string { return transfer + ".leg" }

// LegID names the agent's leg made for an offer: a caller is joined with an
// agent through exactly one leg, and each accepted offer makes a new one.
func LegID(offer string) string { return offer + ".leg" }
