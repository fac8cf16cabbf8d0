package deskclient

import (
	"presszero/call"
	"presszero/softphone"
)

// The actions of an agent, as in docs/desk-protocol.md.

// Available asks for calls.
func (c *Client) Available() error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "presence", Presence: call.Available})
}

// Away asks for none.
func (c *Client) Away(reason string) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "presence", Presence: call.Away, Reason: reason})
}

// Accept takes the offered call.
func (c *Client) Accept(offer string) error {
	if p := c.Phone(); p != nil {
		p.Forget() // the tones of earlier talks
	}
	c.moment(Moment{What: AcceptSent, Offer: offer})
	return c.sendMessage(c.ctx, softphone.Up{Type: "accept", Offer: offer})
}

// Decline leaves the offered call to others.
func (c *Client) Decline(offer string) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "decline", Offer: offer})
}

// GiveUp stops the number from ringing that is dialled for the offer.
func (c *Client) GiveUp(offer string) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "giveup", Offer: offer})
}

// Call dials a number.
func (c *Client) Call(number string) error {
	if p := c.Phone(); p != nil {
		p.Forget()
	}
	return c.sendMessage(c.ctx, softphone.Up{Type: "dial", Number: number})
}

// Hold puts the caller on hold, or talks again.
func (c *Client) Hold(id call.ID, on bool) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "hold", Call: id, On: on})
}

// Step has the caller type something in the menus, and come back.
func (c *Client) Step(id call.ID) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "step", Call: id})
}

// Keys presses keys, of 0-9*#, towards the far end of the talk that the desk shows,
// towards the consulted party, in the call of that, or towards the number that rings for a call
// of the agent's own.
func (c *Client) Keys(id call.ID, keys string) error {
	m := softphone.Up{Type: "keys", Call: id, Keys: keys}
	switch d := c.Desk(); {
	case d.Offer != nil && d.Offer.Call == id:
		m.After = d.Offer.Keys
	case d.Talk != nil && d.Talk.Call == id:
		m.After = d.Talk.Keys
	case d.Talk != nil && d.Talk.Other != nil && d.Talk.Other.Ask == id:
		m.After = d.Talk.Other.Keys
	}
	return c.sendMessage(c.ctx, m)
}

// Handover says to whom a caller is given; one of the first three is set.
type Handover struct {
	Queue  string
	To     call.AgentID
	Number string
	Note   string
	Anyway bool // also if nobody is there who could take the caller soon
}

// Hand gives the caller away.
func (c *Client) Hand(id call.ID, to Handover) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "hand", Call: id, Queue: to.Queue, To: to.To, Number: to.Number, Note: to.Note, Anyway: to.Anyway})
}

// HandTo gives the caller to the consulted party in the call ask.
func (c *Client) HandTo(id, ask call.ID) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "hand", Call: id, Ask: ask})
}

// Whom names the party to consult; one of the first three is set.
type Whom struct {
	Queue  string // the best agent of it who is free
	To     call.AgentID
	Number string
	Note   string
}

// Ask asks somebody during the talk, while the caller hears music. The desk tells in
// Talk.Other what comes of it. The consulted party accepts or declines it as an offer.
func (c *Client) Ask(id call.ID, whom Whom) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "ask", Call: id, Queue: whom.Queue, To: whom.To, Number: whom.Number, Note: whom.Note})
}

// Turn turns to the caller, to the consulted party, or to both.
func (c *Client) Turn(id call.ID, with call.With) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "turn", Call: id, With: with})
}

// Cancel ends the asking. The caller is on hold still, unless the agent has turned to
// the caller before.
func (c *Client) Cancel(id call.ID) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "cancel", Call: id})
}

// PutBack puts the caller back in line, for another agent; callback has the caller
// asked at once whether to be called back.
func (c *Client) PutBack(id call.ID, note string, callback bool) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "back", Call: id, Note: note, Callback: callback})
}

// Help asks the supervisors for help, or needs it no more.
func (c *Client) Help(on bool) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: "help", On: on})
}

// Recording says what is to be done about the recording of the talk. The desk tells in
// Talk.Recording what may be done, and what has come of it.
func (c *Client) Recording(id call.ID, verb call.RecordingVerb) error {
	return c.sendMessage(c.ctx, softphone.Up{Type: string(verb), Call: id})
}

// HangUp ends the talk.
func (c *Client) HangUp(id call.ID) error {
	c.moment(Moment{What: HangUpSent, Call: id})
	return c.sendMessage(c.ctx, softphone.Up{Type: "hangup", Call: id})
}

// Wrapped ends the after-call work.
func (c *Client) Wrapped() error {
	c.moment(Moment{What: WrapSent})
	return c.sendMessage(c.ctx, softphone.Up{Type: "wrapped"})
}
