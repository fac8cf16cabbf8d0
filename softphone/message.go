package softphone

import (
	"encoding/json"
	"strings"
	"time"
	"unicode"

	"presszero/call"
)

// Subprotocol is the websocket subprotocol that both sides must speak.
const Subprotocol = "presszero.desk.v1"

// MaxMessage is the longest message of a page, in bytes.
const MaxMessage = 64 << 10

// Up is what a page says. Only the fields of its type are set.
type Up struct {
	Type     string          `json:"type"` // hello, media, presence, accept, decline, giveup, dial, hangup, wrapped, signout, ping
	Page     string          `json:"page,omitempty"`
	SDP      string          `json:"sdp,omitempty"`
	Presence call.Presence   `json:"presence,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Offer    string          `json:"offer,omitempty"`
	Number   string          `json:"number,omitempty"`
	Call     call.ID         `json:"call,omitempty"`
	T        json.RawMessage `json:"t,omitempty"`
}

// Down is what a page is told. Only the fields of its type are set.
type Down struct {
	Type    string          `json:"type"` // welcome, media, renew, desk, audio, pong, error, bye
	Agent   call.AgentID    `json:"agent,omitempty"`
	Name    string          `json:"name,omitempty"`
	Queues  []string        `json:"queues,omitempty"`
	Now     time.Time       `json:"now,omitzero"`
	Version int             `json:"version,omitempty"` // of welcome: 2 where the page's offer may have a second line
	SDP     string          `json:"sdp,omitempty"`
	Desk    *call.Desk      `json:"desk,omitempty"`
	T       json.RawMessage `json:"t,omitempty"`
	Why     string          `json:"why,omitempty"`
	Text    string          `json:"text,omitempty"`

	// Of audio: whose voice arrives at us while the agent talks. A false is
	// one-way audio, and the page says so.
	FromAgent  *bool `json:"from_agent,omitempty"`
	FromCaller *bool `json:"from_caller,omitempty"`
}

// Reasons for a bye of the server.
const (
	ByeSignedOut = "signed_out" // the agent asked for it
	ByeElsewhere = "elsewhere"  // the same agent has opened another page
	ByeRestart   = "restart"    // the server goes down and comes back
	ByeDenied    = "denied"     // the sign-in no longer holds
)

// event is what a page's message means to the loop, or nil when it means
// nothing there.
func (m Up) event(agent call.AgentID) call.Event {
	switch m.Type {
	case "presence":
		switch m.Presence {
		case call.Available:
			return call.Chose{Agent: agent, Presence: call.Available}
		case call.Away:
			return call.Chose{Agent: agent, Presence: call.Away, Reason: shortWord(m.Reason)}
		}
	case "accept":
		return call.Accepted{Agent: agent, Offer: m.Offer}
	case "decline":
		return call.Declined{Agent: agent, Offer: m.Offer}
	case "giveup":
		return call.GaveUp{Agent: agent, Offer: m.Offer}
	case "hangup":
		return call.AgentHungUp{Agent: agent, Call: m.Call}
	case "wrapped":
		return call.Wrapped{Agent: agent}
	}
	return nil
}

// shortWord makes a reason fit for journals and wallboards: no control
// characters, at most 40 letters.
func shortWord(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if letters := []rune(s); len(letters) > 40 {
		s = string(letters[:40])
	}
	return strings.TrimSpace(s)
}

// forPage returns the desk with its times as the protocol has them: UTC,
// milliseconds.
func forPage(d call.Desk) *call.Desk {
	d.Since = stamp(d.Since)
	if d.Offer != nil {
		o := *d.Offer
		o.Waiting, o.Expires = stamp(o.Waiting), stamp(o.Expires)
		if o.Callback != nil {
			back := *o.Callback
			back.Until = stamp(back.Until)
			o.Callback = &back
		}
		d.Offer = &o
	}
	if d.Talk != nil {
		t := *d.Talk
		t.Since = stamp(t.Since)
		d.Talk = &t
	}
	if d.WrapUp != nil {
		at := stamp(*d.WrapUp)
		d.WrapUp = &at
	}
	if d.Notice != nil {
		n := *d.Notice
		n.At = stamp(n.At)
		d.Notice = &n
	}
	if d.Queues == nil {
		d.Queues = []string{}
	}
	return &d
}

func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
