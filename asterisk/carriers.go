package asterisk

import (
	"strings"
	"time"

	"presszero/call"
)

// Carriers says over which trunks calls leave, and is told how that goes. Its
// methods do not wait.
type Carriers interface {
	// Ways are how a call to number can leave now, the best first. None: no trunk
	// can carry it now.
	Ways(number string, about About) []Way
	// Began and Ended count the calls that a trunk carries, both ways.
	Began(trunk string, inbound bool)
	Ended(trunk string)
	// Told is how a call of ours over a trunk has gone.
	Told(trunk string, a CarrierAnswer)
	// In says how calls that come in over a trunk are taken.
	In(trunk string) Inbound
}

// About says what a call is about, which decides the number shown.
type About struct {
	Agent  string // the agent who calls; "": the call is no agent's own
	Queue  string // for which it is made; ""
	Dialed string // the number of ours that the customer had dialled; ""
}

// Way is one way in which a call can leave.
type Way struct {
	Trunk    string // the PJSIP endpoint
	Number   string // as the trunk is told it
	Ours     string // our number that is shown; "": none
	Shown    string // the same, as the trunk is told it
	Withheld bool   // the person must not see it
	Header   string // the header that tells Shown besides From; "": none
	Domain   string // the host in that header
}

// CarrierAnswer is how a call of ours over a trunk has gone.
type CarrierAnswer struct {
	// Class is answered, or why the call was not taken, as in call.DialFailed. "":
	// it rings, and the class is told later.
	Class string
	SIP   int // the final answer; 0: none
	Cause int // Q.850, where there was no SIP answer
}

// Inbound is how calls that come in over a trunk are taken.
type Inbound struct {
	LeadIn    time.Duration // silence after the answer; 0: as Config.LeadIn, negative: none
	Trust     bool          // the carrier's word on who calls is taken
	DialledIn []string      // where the number dialled stands, best first: "request", or a header's name; none: "request"
}

// inboundSuffix is what the endpoints of calls that come in have behind the name
// of their trunk (asterisk/private).
const inboundSuffix = "-in"

// trunkOf returns the trunk of a channel by the channel's own name, such as
// PJSIP/flex-in-0000002a; "": it is of no trunk.
func trunkOf(channel string) (name string, inbound bool) {
	endpoint, is := strings.CutPrefix(channel, "PJSIP/")
	i := strings.LastIndexByte(endpoint, '-')
	if !is || i < 0 {
		return "", false
	}
	if name, is := strings.CutSuffix(endpoint[:i], inboundSuffix); is {
		return name, true
	}
	if endpoint[:i] == "caller" {
		return "", true
	}
	return endpoint[:i], false
}

// variables are what Asterisk needs to know, besides the number shown, when it
// makes the channel of an outgoing call.
func (w Way) variables() map[string]string {
	v := map[string]string{}
	if w.Header != "" && w.Shown != "" {
		v["PJSIP_HEADER(add,"+w.Header+")"] = "<sip:" + w.Shown + "@" + w.Domain + ">"
	}
	if w.Withheld {
		v["CONNECTEDLINE(num-pres,i)"] = "prohib"
	}
	return v
}

// carriedByLocked notes over which trunk the caller's channel goes, once. c.mu is held.
func (c *caller) carriedByLocked(trunk string, inbound bool) {
	if trunk == "" || c.trunk != "" || c.isOver || c.s.cfg.Carriers == nil {
		return
	}
	c.trunk = trunk
	c.s.cfg.Carriers.Began(trunk, inbound)
}

// leftTrunkLocked: the caller's channel is gone. c.mu is held.
func (c *caller) leftTrunkLocked() {
	if c.trunk != "" {
		c.s.cfg.Carriers.Ended(c.trunk)
		c.trunk = ""
	}
}

// told tells how a call of ours over a trunk has gone. way is the one that it took.
// Of a caller whose end has been told nothing goes into the books any more. c.mu is
// held.
func (s *Switch) told(c *caller, channel string, way Way, class string, sip, cause int) {
	if way.Trunk == "" || s.cfg.Carriers == nil {
		return
	}
	s.cfg.Carriers.Told(way.Trunk, CarrierAnswer{class, sip, cause})
	if class != "" && !c.isOver {
		s.post(call.Carried{Call: c.id, Dial: channel, Trunk: way.Trunk, Shown: way.Ours, How: class, SIP: sip})
	}
}
