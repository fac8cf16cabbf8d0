package controller

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"presszero/asterisk"
	"presszero/call"
	"presszero/softphone/media"
)

func (c *Controller) promise(ctx context.Context) error { return c.journal.Sync(ctx) }

func (c *Controller) postEvent(ev call.Event) {
	if c.tests.heard(ev) {
		return
	}
	if end := c.closing.Load(); end == nil || end.heard(ev) {
		c.runner.Post(ev)
	}
}

// node is our Asterisk's name; every channel's begins with it.
const node = "pz1"

// newID returns a fresh id for a call or a shift. Later ones sort later.
func newID() call.ID { return call.ID(uuid.Must(uuid.NewV7()).String()) }

// Keep implements call.Outside: facts go to the journal first, then to the pages. After
// another controller has taken over, the journal refuses facts, and Do carries out no
// orders.
func (c *Controller) Keep(entries []call.Entry) {
	c.journal.Append(entries)
	c.floor.changed()
	for _, e := range entries {
		switch f := e.Fact.(type) {
		case call.CallStarted:
			switch {
			case f.Refused != "":
				c.refused.Add(1)
			case !f.Again && !c.register.Ours(f.To):
				c.unnamed.heard(f.To, e.At)
				fallthrough
			default:
				go c.recognise(e.Call, f.From)
			}
		case call.MessageLeft:
			go c.keepMessage(f.Record, e.At)
		case call.ListenStarted, call.ListenTurned, call.ListenEnded:
			c.auditListening(e)
		}
	}
}

// recogniseWithin is how long a caller's number may be looked for. Nothing waits for it: a caller
// who is recognised late is greeted as a stranger, and known from then on.
const recogniseWithin = 2 * time.Second

// recognise tells the loop which known caller has this number, if any.
func (c *Controller) recognise(id call.ID, number string) {
	ctx, cancel := context.WithTimeout(context.Background(), recogniseWithin)
	defer cancel()
	who, known, err := c.db.Recognise(ctx, number)
	if err != nil {
		c.gaveUp.Add(1)
	}
	if !known {
		return // the call goes on as a stranger's
	}
	ev := call.Recognised{Call: id, Name: who.Name, Language: who.Language, VIP: who.VIP,
		LastAgent: call.AgentID(who.LastAgent), Callback: who.CallbackVisit, LastOutcome: call.Outcome(who.LastOutcome)}
	if b := who.Broken; b != nil {
		ev.Broken = call.BrokenPromise{Visit: b.Visit, Ended: b.Ended, High: b.HighS, Waited: b.WaitedS}
	}
	c.runner.Post(ev)
}

// takePauses are how long it is waited before a message is tried again.
var takePauses = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second}

// keepMessage takes what was said out of Asterisk's hands. Its caller was told
// that it is kept, so a recording that is not there is told to the operator.
func (c *Controller) keepMessage(id string, at time.Time) {
	err := c.mailbox.take(id, at)
	for _, pause := range takePauses {
		if err == nil {
			return
		}
		time.Sleep(pause)
		err = c.mailbox.take(id, at)
	}
	if err != nil {
		c.unkept.Add(1)
		c.log.Error("a caller's message cannot be taken from Asterisk's folder; the next start tries again; look whether Asterisk records there", "message", id, "folder", c.mailbox.spool, "err", err)
	}
}

// Do implements call.Outside.
func (c *Controller) Do(order call.Command) {
	if c.journal.IsFenced() {
		return
	}
	if closing := c.closing.Load(); closing != nil && !closing.allows(order) {
		return
	}
	switch order := order.(type) {
	case call.RecordTalk:
		c.record(order)
	case call.StopRecording:
		c.recorder(order.Agent).Do(order)
	case call.Show, call.TalkTo, call.Hush, call.SignOut, call.Listen, call.StopListening, call.ShowListener,
		call.PauseRecording, call.ResumeRecording, call.ShowRecording:
		c.hub.Do(order)
	case call.LookUp:
		c.services.Do(order)
	case call.Play:
		c.sw.Do(pinSounds(order))
	case call.TransferOut:
		c.transfer(order)
	default:
		c.sw.Do(order)
	}
}

// known tells the switch which calls we believe in, to be compared with those
// it has.
func (c *Controller) known() []asterisk.Known {
	alive := map[string]media.Seat{}
	seats, err := c.media.Seats()
	if err != nil {
		c.log.Warn("the media process cannot be asked which agents are connected; their callers are put back in line", "err", err)
	}
	for _, s := range seats {
		alive[s.Name] = s
	}
	var known []asterisk.Known
	seen := c.lastSeen()
	_ = c.runner.Ask(context.Background(), func(time.Time) {
		talks, transfers := c.line.Talks(), c.transfers()
		legs := map[call.AgentID][]string{} // two of an agent who asks somebody, of which one is live
		for _, talk := range talks {
			legs[talk.Agent] = append(legs[talk.Agent], talk.Leg)
		}
		up := c.register.Open()
		maps.Copy(up, c.line.Outgoing())
		for id, channel := range up {
			k := asterisk.Known{Call: id, Channel: channel, Transfer: transfers[id], Seen: seen(id)}
			if talk, ok := talks[id]; ok {
				seat := alive[string(talk.Agent)]
				if (seat.Connected || talk.Gap) && slices.Contains(legs[talk.Agent], seat.Leg) {
					k.Leg = talk.Leg
				}
				k.With = talk.With
			}
			known = append(known, k)
		}
	})
	return known
}

// transfers returns the talks with numbers outside that are going on, by call.
func (c *Controller) transfers() map[call.ID]string {
	all := c.flows.menus.Transfers()
	maps.Copy(all, c.line.Outside())
	return all
}

// resume lets the agents of before come back to their talks. No agent is
// admitted before the switch has been compared with the journal, so that no agent is
// offered a caller who has gone meanwhile.
func (c *Controller) resume(ctx context.Context) {
	_ = c.sw.WaitReady(ctx)
	var agents []call.AgentID
	_ = c.runner.Ask(ctx, func(time.Time) {
		for _, talk := range c.line.Talks() {
			agents = append(agents, talk.Agent)
		}
	})
	c.hub.Resume(agents)
}
