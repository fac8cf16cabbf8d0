// Package fallback knows what is booked of a caller whom Asterisk served alone.
//
// While the controller is away Asterisk serves alone: an apology, music, people
// to ring, a mailbox. What came of it is booked afterwards, from the log that
// the dialplan writes and the messages that lie beside it, and so are callers
// who gave up before the controller was told of them. Every such end is marked
// as estimated, since nobody of ours saw it.
//
// A stay has the same facts, under the same id, however often it is booked, so
// a crash on the way costs nothing and adds nothing.
//
//	Asterisk's dialplan ──> log, messages ──> private.Stays ──> Facts ──> the journal
package fallback

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"

	"presszero/asterisk/private"
	"presszero/call"
)

const (
	// Node is the place where these callers were, in reports and messages.
	Node = "fallback"
	// MessagePrefix begins the ids of their messages; the channel's name follows.
	MessagePrefix = "fallback-"
	// answerWithin is how long an answer to a message may take, from its end.
	answerWithin = 15 * time.Minute
)

// Centre is what the facts of a stay need to know of the call centre.
type Centre struct {
	Switch string                             // our Asterisk's name in facts
	Number func(trunk, written string) string // reads a number as that trunk writes it
	Person string                             // the queue whose agents answer messages
}

// Facts returns the facts of one stay, of which a message of this length was left; 0:
// none. There are no facts where the controller has booked the call: it took the caller
// back, or had the caller before and has noticed that the channel is gone.
func (c Centre) Facts(s private.Stay, said time.Duration) []call.Entry {
	end, booked := ending(s, said)
	if booked {
		return nil
	}
	id := ID(s)
	var entries []call.Entry
	say := func(at time.Time, f call.Fact) {
		entries = append(entries, call.Entry{Call: id, Day: call.DayOf(s.Came), Seq: len(entries) + 1, At: at, Fact: f})
	}
	say(s.Came, call.Admit(call.Arrived{Node: c.Switch, Channel: s.Channel, To: s.To, From: s.From, Again: s.Call != ""}, c.Number, nil))
	if s.How != private.Early {
		say(s.Came, call.CallAnswered{})
	}
	if said > 0 {
		say(s.Left, call.MessageLeft{Node: Node, Record: MessagePrefix + s.Channel, Seconds: said.Seconds(), Owner: c.Person, Due: s.Left.Add(answerWithin)})
	}
	say(s.Left, end)
	return entries
}

// ending is how the call of a stay ended. booked reports that the controller has it in
// the books.
func ending(s private.Stay, said time.Duration) (end call.CallEnded, booked bool) {
	end = call.CallEnded{Side: call.SideCaller, Estimated: true}
	switch {
	case s.How == private.Back:
		return end, true
	case s.How == private.Early:
		end.Outcome, end.Text = call.AbandonedIVR, "gave up while the call was coming in"
	case said > 0:
		end.Outcome, end.Text = call.LeftMessage, "left a message while the controller was away"
	case s.How == private.Served:
		end.Outcome, end.Text = call.Answered, "answered by "+s.By+" while the controller was away"
	case s.Call != "":
		return end, true
	case s.How == private.Cut:
		end.Outcome, end.Side, end.Text = call.SystemFailure, call.SideSystem, "Asterisk ended while the controller was away"
	default:
		end.Outcome, end.Node, end.Text = call.AbandonedIVR, Node, "gave up while the controller was away"
	}
	return end, false
}

// ID is the id of a stay, the same every time: a UUIDv7 whose random part
// is made of the channel's name.
func ID(s private.Stay) call.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", s.Channel, s.Came.Unix()))
	id := uuid.UUID(sum[:16])
	ms := s.Came.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return call.ID(id.String())
}
