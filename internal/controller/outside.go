package controller

import (
	"context"
	"maps"
	"time"

	"github.com/google/uuid"

	"presszero/asterisk"
	"presszero/call"
)

func (p *Controller) promise(ctx context.Context) error { return p.journal.Sync(ctx) }

func (p *Controller) post(ev call.Event) {
	if p.tests.heard(ev) {
		return
	}
	if c := p.closing.Load(); c == nil || c.heard(ev) {
		p.runner.Post(ev)
	}
}

// node is our Asterisk's name; every channel's begins with it.
const node = "pz1"

// newID returns a fresh id for a call or a shift. Later ones sort later.
func newID() call.ID { return call.ID(uuid.Must(uuid.NewV7()).String()) }

// Keep implements call.Outside: the journal first, then those who watch. What
// it refuses because another controller has taken over is never done: see Do.
func (p *Controller) Keep(entries []call.Entry) {
	p.journal.Append(entries)
	p.floor.changed()
	for _, e := range entries {
		switch f := e.Fact.(type) {
		case call.CallStarted:
			switch {
			case f.Refused != "":
				p.refused.Add(1)
			case !f.Again && !p.register.Ours(f.To):
				p.unnamed.heard(f.To, e.At)
				fallthrough
			default:
				go p.recognise(e.Call, f.From)
			}
		case call.MessageLeft:
			go p.keepMessage(f.Record, e.At)
		}
	}
}

// recogniseWithin is how long a caller's number may be looked for. The first
// prompt does not wait for it.
const recogniseWithin = 200 * time.Millisecond

// recognise tells who calls from this number, if anybody we know.
func (p *Controller) recognise(c call.ID, number string) {
	ctx, cancel := context.WithTimeout(context.Background(), recogniseWithin)
	defer cancel()
	who, known, err := p.db.Recognise(ctx, number)
	if err != nil {
		p.gaveUp.Add(1)
		return // the call goes on as a stranger's
	}
	if !known {
		return
	}
	p.runner.Post(call.Recognised{Call: c, Name: who.Name, Language: who.Language, VIP: who.VIP,
		LastAgent: call.AgentID(who.LastAgent), Callback: who.CallbackVisit, LastOutcome: call.Outcome(who.LastOutcome)})
}

// takePauses are how long it is waited before a message is tried again.
var takePauses = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}

// keepMessage takes what was said out of Asterisk's hands. Its caller was told
// that it is kept, so a recording that is not there is told to the operator.
func (p *Controller) keepMessage(id string, at time.Time) {
	err := p.mailbox.take(id, at)
	for _, pause := range takePauses {
		if err == nil {
			return
		}
		time.Sleep(pause)
		err = p.mailbox.take(id, at)
	}
	if err != nil {
		p.unkept.Add(1)
		p.log.Error("what a caller said could not be kept; it is tried again at the next start, if it is there", "message", id, "folder", p.mailbox.spool, "err", err)
	}
}

// Do implements call.Outside.
func (p *Controller) Do(c call.Command) {
	if p.journal.IsFenced() {
		return
	}
	if closing := p.closing.Load(); closing != nil && !closing.allows(c) {
		return
	}
	switch c := c.(type) {
	case call.Show, call.TalkTo, call.Hush:
		p.hub.Do(c)
	case call.LookUp:
		p.services.Do(c)
	case call.Play:
		p.sw.Do(pin(c))
	case call.TransferOut:
		p.transfer(c)
	default:
		p.sw.Do(c)
	}
}

// known tells the switch which calls we believe in, to be compared with those
// it has.
func (p *Controller) known() []asterisk.Known {
	alive := map[string]string{} // leg by seat, of agents whose voice is up
	seats, err := p.media.Seats()
	if err != nil {
		p.log.Warn("the media process does not say who talks; talks of before are put back in line", "err", err)
	}
	for _, s := range seats {
		if s.Connected {
			alive[s.Name] = s.Leg
		}
	}
	var known []asterisk.Known
	seen := p.seen()
	_ = p.runner.Ask(context.Background(), func(time.Time) {
		talks, transfers := p.line.Talks(), p.flows.menus.Transfers()
		up := p.register.Open()
		maps.Copy(up, p.line.Outgoing())
		for id, channel := range up {
			k := asterisk.Known{Call: id, Channel: channel, Transfer: transfers[id], Seen: seen(id)}
			if talk, ok := talks[id]; ok && alive[string(talk.Agent)] == talk.Leg {
				k.Leg = talk.Leg
			}
			known = append(known, k)
		}
	})
	return known
}

// resume lets the agents of before come back to their talks. Nobody is let in
// before the switch has been compared with the journal, so that no agent is
// offered a caller who has gone meanwhile.
func (p *Controller) resume(ctx context.Context) {
	_ = p.sw.WaitReady(ctx)
	var agents []call.AgentID
	_ = p.runner.Ask(ctx, func(time.Time) {
		for _, talk := range p.line.Talks() {
			agents = append(agents, talk.Agent)
		}
	})
	p.hub.Resume(agents)
}
