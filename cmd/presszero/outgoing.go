package main

import (
	"errors"
	"time"

	"presszero/call"
	"presszero/outbound"
)

// outgoing is the one policy for all calls that we make; nil where none leave.
func outgoing(s Settings) (*outbound.Policy, error) {
	if s.Trunk == "" {
		return nil, nil
	}
	if s.Country == "" {
		return nil, errors.New("PRESSZERO_TRUNK is set, so calls may leave; say with PRESSZERO_COUNTRY (as ES) in which country we are, so that only sensible numbers are called")
	}
	return outbound.New(outbound.Config{Home: s.Country, Countries: s.CallTo, Own: s.OwnNumbers,
		PerDay: s.CallsPerDay, PerHour: s.CallsPerHour, PerAgent: s.CallsByAgent, PerNumber: s.CallsToPerson, Zone: s.Zone})
}

// transfer carries a transfer out, if the policy allows the number.
func (p *program) transfer(c call.TransferOut) {
	why := "refused"
	if p.outgoing != nil {
		number, err := p.outgoing.Check(c.Number)
		if err == nil {
			err = p.outgoing.PermitNamed(time.Now(), number)
		}
		if err == nil {
			c.Number = number
			p.sw.Do(c)
			return
		}
		p.log.Warn("a transfer is refused", "call", c.Call, "err", err)
	} else {
		p.log.Warn("a transfer is refused: PRESSZERO_TRUNK is not set, so no calls leave", "call", c.Call)
	}
	p.runner.Post(call.TransferEnded{Call: c.Call, Transfer: c.Transfer, Why: why})
}
