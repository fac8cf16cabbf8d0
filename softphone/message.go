package softphone

import (
	"encoding/json"
	"fmt"
	"slices"
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
	// Type is hello, media, presence, accept, decline, giveup, dial, hangup, hold, step, keys,
	// hand, back, ask, turn, cancel, help, wrapped, record, pause, resume, mark, refused, echo,
	// quality, signout or ping; of a listener's page hello, media, listen or ping.
	Type     string          `json:"type"`
	Page     string          `json:"page,omitempty"`
	Version  int             `json:"version,omitempty"` // of the protocol, as the page knows it; 0: 1
	Take     bool            `json:"take,omitempty"`    // of hello: the agent wants the desk here, wherever else it is open
	SDP      string          `json:"sdp,omitempty"`
	Presence call.Presence   `json:"presence,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Offer    string          `json:"offer,omitempty"`
	Number   string          `json:"number,omitempty"`
	Call     call.ID         `json:"call,omitempty"`
	On       bool            `json:"on,omitempty"`       // of hold, help and echo
	Keys     string          `json:"keys,omitempty"`     // in no log
	After    int             `json:"after,omitempty"`    // of keys: how many were pressed in this call before
	Queue    string          `json:"queue,omitempty"`    // of hand and ask: this one,…
	To       call.AgentID    `json:"to,omitempty"`       // …this one, Number,…
	Ask      call.ID         `json:"ask,omitempty"`      // …or, of hand, the consulted party in this call
	Note     string          `json:"note,omitempty"`     // of hand, back and ask; in no log
	With     call.With       `json:"with,omitempty"`     // of turn
	Agent    call.AgentID    `json:"agent,omitempty"`    // of listen: who talks
	Mode     call.ListenMode `json:"mode,omitempty"`     // of listen; "": no more
	Anyway   bool            `json:"anyway,omitempty"`   // of hand
	Callback bool            `json:"callback,omitempty"` // of back
	Text     string          `json:"text,omitempty"`     // of mark
	Of       int             `json:"of,omitempty"`       // of mark: the text is that of the agent's mark of this number, from 1
	T        json.RawMessage `json:"t,omitempty"`
	Quality                  // of quality
}

// Down is what a page is told. Only the fields of its type are set.
type Down struct {
	Type    string          `json:"type"` // welcome, media, renew, desk, audio, echo, listening, pong, error, bye
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

	Listening *call.Listening `json:"listening,omitempty"`

	On *bool `json:"on,omitempty"` // of echo: the page hears itself from now on, or not any more
}

// Reasons for a bye of the server.
const (
	ByeSignedOut = "signed_out" // the agent asked for it, or a supervisor
	ByeElsewhere = "elsewhere"  // the same agent has opened another page
	ByeOpen      = "open"       // another page of the agent has the desk, and this one did not ask to take it
	ByeRestart   = "restart"    // the server goes down and comes back
	ByeDenied    = "denied"     // the sign-in no longer holds
)

// Bounds of what an agent types in a talk.
const (
	mostKeys = 32  // in one message
	mostNote = 500 // letters
	mostName = 100 // letters of a queue or an agent; there are none so long
)

const oneTargetOnly = "Choose one: a queue, a colleague or a number."

// oneTarget reports whether a message names exactly one whom it is about.
func (m Up) oneTarget() bool {
	n := 0
	for _, target := range []string{m.Queue, string(m.To), m.Number, string(m.Ask)} {
		if target != "" {
			n++
		}
	}
	return n == 1
}

// event is what a page's message means to the loop, or nil when it means
// nothing there. wrong is what to tell the agent when it cannot mean anything.
// newID makes the id of a call that comes of it.
func (m Up) event(agent call.AgentID, newID func() call.ID) (ev call.Event, wrong string) {
	switch m.Type {
	case "presence":
		switch m.Presence {
		case call.Available:
			return call.Chose{Agent: agent, Presence: call.Available}, ""
		case call.Away:
			return call.Chose{Agent: agent, Presence: call.Away, Reason: shortWord(m.Reason)}, ""
		}
	case "accept":
		return call.Accepted{Agent: agent, Offer: m.Offer}, ""
	case "decline":
		return call.Declined{Agent: agent, Offer: m.Offer}, ""
	case "giveup":
		return call.GaveUp{Agent: agent, Offer: m.Offer}, ""
	case "dial":
		return call.Dialed{Agent: agent, Call: newID(), Number: shortWord(m.Number)}, ""
	case "step":
		return call.StepAsked{Agent: agent, Call: m.Call}, ""
	case "hangup":
		return call.AgentHungUp{Agent: agent, Call: m.Call}, ""
	case "hold":
		return call.Held{Agent: agent, Call: m.Call, On: m.On}, ""
	case "keys":
		if m.Keys == "" || len(m.Keys) > mostKeys || strings.Trim(m.Keys, "0123456789*#") != "" {
			return nil, fmt.Sprintf("Only 0 to 9, * and # are keys, at most %d at a time.", mostKeys)
		}
		return call.Keyed{Agent: agent, Call: m.Call, Keys: call.NewSecret(m.Keys), After: m.After}, ""
	case "hand":
		if !m.oneTarget() {
			return nil, oneTargetOnly
		}
		return call.HandedOver{Agent: agent, Call: m.Call, Queue: shorten(m.Queue, mostName), To: call.AgentID(shorten(string(m.To), mostName)),
			Number: shortWord(m.Number), Ask: m.Ask, Note: note(m.Note), Anyway: m.Anyway}, ""
	case "back":
		return call.PutBack{Agent: agent, Call: m.Call, Note: note(m.Note), Callback: m.Callback}, ""
	case "ask":
		if !m.oneTarget() || m.Ask != "" {
			return nil, oneTargetOnly
		}
		return call.Asked{Agent: agent, Call: m.Call, Ask: newID(), To: call.AgentID(shorten(string(m.To), mostName)),
			Queue: shorten(m.Queue, mostName), Number: shortWord(m.Number), Note: note(m.Note)}, ""
	case "cancel":
		return call.AskCancelled{Agent: agent, Call: m.Call}, ""
	case "turn":
		switch m.With {
		case call.WithCaller, call.WithOther, call.WithAll:
			return call.Turned{Agent: agent, Call: m.Call, With: m.With}, ""
		}
	case "help":
		return call.HelpAsked{Agent: agent, On: m.On}, ""
	case "wrapped":
		return call.Wrapped{Agent: agent}, ""
	}
	return nil, ""
}

// shortWord makes a reason fit for journals and wallboards: no control
// characters, at most 40 letters.
func shortWord(s string) string { return strings.TrimSpace(shorten(strings.Map(printable, s), 40)) }

// note makes of what an agent has typed a text for other agents: no control
// characters but line breaks, at most mostNote letters.
func note(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return printable(r)
	}, strings.ReplaceAll(s, "\t", " "))
	return strings.TrimSpace(shorten(s, mostNote))
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return -1
}

func shorten(s string, most int) string {
	if letters := []rune(s); len(letters) > most {
		return string(letters[:most])
	}
	return s
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
		if t.Hold != nil {
			t.Hold = &call.DeskHold{Since: stamp(t.Hold.Since)}
		}
		if t.Other != nil {
			other := *t.Other
			other.Since = stamp(other.Since)
			t.Other = &other
		}
		t.Listeners = slices.Clone(t.Listeners)
		for i := range t.Listeners {
			t.Listeners[i].Since = stamp(t.Listeners[i].Since)
		}
		d.Talk = &t
	}
	if d.WrapUp != nil {
		at := stamp(*d.WrapUp)
		d.WrapUp = &at
	}
	if d.Help != nil {
		at := stamp(*d.Help)
		d.Help = &at
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
