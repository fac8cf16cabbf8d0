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
	Ways(number string, about call.Purpose) []call.Way
	// Began and Ended count the calls that a trunk carries, both ways.
	Began(trunk string, inbound bool)
	Ended(trunk string)
	// Told is how a call of ours over a trunk has gone.
	Told(trunk string, a call.CarrierAnswer)
	// In says how calls that come in over a trunk are taken.
	In(trunk string) Inbound
}

// Inbound is how calls that come in over a trunk are taken.
type Inbound struct {
	LeadIn    time.Duration // silence after the answer; 0: as Config.LeadIn, negative: none
	Trust     bool          // the caller's number is taken as the carrier gives it
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
	switch endpoint[:i] {
	case "caller":
		return "", true
	case agentEndpoint:
		return "", false
	}
	return endpoint[:i], false
}

// variables are what Asterisk needs to know, besides the number shown, when it
// makes the channel of an outgoing call.
func variables(w call.Way) map[string]string {
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

// leftTrunkLocked counts the caller out of its trunk: its channel is gone. c.mu is held.
func (c *caller) leftTrunkLocked() {
	if c.trunk != "" {
		c.s.cfg.Carriers.Ended(c.trunk)
		c.trunk = ""
	}
}

// tellCarrierLocked tells how a call of ours over a trunk has gone: channel is the
// call's, way the one that it took, class as in call.CarrierAnswer. Of a caller whose
// end has been told nothing goes into the journal any more. c.mu is held.
func (c *caller) tellCarrierLocked(channel string, way call.Way, class string, sip, cause int) {
	if way.Trunk == "" || c.s.cfg.Carriers == nil {
		return
	}
	c.s.cfg.Carriers.Told(way.Trunk, call.CarrierAnswer{Class: class, SIP: sip, Cause: cause})
	if class != "" && !c.isOver {
		c.s.post(call.Carried{Call: c.id, Dial: channel, Trunk: way.Trunk, Shown: way.Ours, How: class, SIP: sip})
	}
}
