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
