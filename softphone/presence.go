package softphone

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"presszero/call"
	"presszero/softphone/media"
)

// enter gives the agent's desk to a page that has said hello. A page that asks is
// not given it, and enter returns false, while another page is there; any other page
// sends that one away. The desk is not changed by it: a talk goes on.
func (h *Hub) enter(p *page, asks bool) bool {
	standing := h.standing(p)
	for {
		other := h.admit(p, asks, standing)
		switch {
		case other == nil:
			return true
		case other.answers():
			return false
		}
		h.pageLost(other, errSilent) // its line had broken, unseen
		other.cut()
	}
}

var errSilent = errors.New("the page does not answer")

// admit is enter, except that it returns the other page if there is one that p asks
// for. A page that comes back to its own desk finds it as it was: then the loop hears
// nothing, for nothing has happened to the agent.
func (h *Hub) admit(p *page, asks bool, standing string) (other *page) {
	id := p.agent.ID
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[id]
	same := d != nil && d.last.id == p.id
	if d != nil && d.page != nil && !same && asks {
		return d.page
	}
	if w, changed := h.work[id]; changed { // since she signed in, perhaps
		p.agent.Work = w
	}
	p.queue(Down{Type: "welcome", Agent: id, Name: p.agent.Name, Queues: p.agent.Queues,
		Now: stamp(time.Now()), Version: h.Engine.Lines()})
	fresh := d == nil
	if fresh {
		h.unkeep(id)
		d = &desk{voice: true, heard: standing != ""} // an engine that outlived us may expect some voice
		h.desks[id] = d
	}
	stopTimer(d.grace)
	if old := d.page; same && old != nil {
		old.cut() // a line we had not yet seen break
	} else if old != nil {
		// Until p has audio of its own, the caller hears the agent through the old page.
		p.instead = old
		time.AfterFunc(h.Grace, p.takeOver)
	}
	d.page, d.last = p, p
	if d.shown != nil {
		p.queue(Down{Type: "desk", Desk: d.shown})
	}
	if same {
		return nil
	}
	h.Post(call.SignedIn{Agent: id, Name: p.agent.Name, Queues: p.agent.Queues, Shift: h.NewID(),
		Skills: p.agent.Skills, Head: p.agent.Head})
	switch {
	case !fresh:
	case standing != "":
		h.voices[id].keep(standing, p.id)
		h.Post(call.MediaUp{Agent: id, Address: standing, Stands: true})
	default:
		p.queue(Down{Type: "renew"})
	}
	return nil
}

// takeOver sends the page away that had the desk before p.
func (p *page) takeOver() {
	if p.instead != nil {
		p.instead.queueGoodbye(ByeElsewhere, "You have opened Press Zero in another window; this one is closed.")
	}
}

// standing returns the address of a voice that outlived the page's line, or us: the
// page comes back with its connection still up and does not offer it anew. It
// returns "" for an agent whose desk is here, and for a page of which we know that
// the voice is another's.
func (h *Hub) standing(p *page) string {
	id := p.agent.ID
	h.mu.Lock()
	known := h.desks[id] != nil
	h.mu.Unlock()
	v := h.voice(id)
	if known {
		return ""
	}
	seats, err := h.Engine.Seats()
	if err != nil {
		return ""
	}
	for _, s := range seats {
		if s.Name != string(id) {
			continue
		}
		v.found(addressOf(s))
		if of := v.lastPage(); s.Connected && (of == "" || of == p.id) {
			return addressOf(s)
		}
	}
	return ""
}

// pageLost is called when a page's line has ended, for whatever reason. If the
// desk is still its, it may come back within the grace. A page that was shut or
// loaded anew says so (RFC 6455 section 7.4.1, 1001) and will not come back; nor is
// one waited for whose voice is gone too, with a caller who hears nothing.
func (h *Hub) pageLost(p *page, why error) {
	p.takeOver()
	id := p.agent.ID
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[id]
	if d == nil || d.page != p {
		return // it left, or another page has the desk
	}
	d.page = nil
	if h.closing {
		return
	}
	if websocket.CloseStatus(why) == websocket.StatusGoingAway || d.silent() {
		h.lose(id)
		return
	}
	h.Logger.Info("an agent's line is broken", "agent", id)
	var t *time.Timer
	t = time.AfterFunc(h.Grace, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.desks[id] == d && d.page == nil && d.grace == t && !h.closing {
			h.lose(id)
		}
	})
	d.grace = t
}

// lose takes the desk of an agent whose page is gone. The seat waits for the next
// page, so that a talk can go on in it. h.mu is held.
func (h *Hub) lose(id call.AgentID) {
	last := h.desks[id].last
	h.remove(id, call.Left{Agent: id, Lost: true})
	h.keepSeat(id, last)
}

// keptSeat is the seat of an agent who has no desk.
type keptSeat struct {
	last *page // nil: not known, after a restart
	over *time.Timer
}

// keepSeat closes the seat after Config.Keep, unless a page has come. h.mu is held.
func (h *Hub) keepSeat(id call.AgentID, last *page) {
	k := &keptSeat{last: last}
	h.kept[id] = k
	k.over = time.AfterFunc(h.Keep, func() {
		h.mu.Lock()
		over := h.kept[id] == k && !h.closing
		if over {
			h.unkeep(id)
		}
		h.mu.Unlock()
		if over {
			h.hangUpVoice(id)
		}
	})
}

// unkeep forgets that the seat is kept, if it is. h.mu is held.
func (h *Hub) unkeep(id call.AgentID) {
	if k := h.kept[id]; k != nil {
		k.over.Stop()
		delete(h.kept, id)
	}
}

// leave ends the page's desk by choice, ours or the agent's, also when the page is
// gone and may come back.
func (h *Hub) leave(p *page, why, text string) {
	id := p.agent.ID
	h.mu.Lock()
	mine := h.lastPage(id) == p
	if mine {
		h.remove(id, call.Left{Agent: id})
	}
	h.mu.Unlock()
	p.queueGoodbye(why, text)
	if mine {
		h.hangUpVoice(id)
	}
}

// signOut ends the desk of an agent, as a supervisor has ordered. The sign-in stands: she
// may come back.
func (h *Hub) signOut(o call.SignOut) {
	h.mu.Lock()
	p := h.lastPage(o.Agent)
	h.mu.Unlock()
	if p != nil {
		h.Logger.Info("a supervisor has an agent signed out", "agent", o.Agent, "by", o.By)
		h.leave(p, ByeSignedOut, fmt.Sprintf("%s has signed you out.", o.By))
	}
}

// lastPage is the page that has the agent's desk, or had it last and may come back;
// nil if there is none. h.mu is held.
func (h *Hub) lastPage(id call.AgentID) *page {
	if d := h.desks[id]; d != nil {
		return d.last
	}
	if k := h.kept[id]; k != nil {
		return k.last
	}
	return nil
}

// remove takes the desk away, or the seat that was kept, and tells the loop; h.mu is
// held.
func (h *Hub) remove(id call.AgentID, left call.Left) {
	if d := h.desks[id]; d != nil {
		stopTimer(d.grace)
		delete(h.desks, id)
	}
	h.unkeep(id)
	h.hearingsOver(id, nil)
	h.Post(left)
}

func (h *Hub) dismissPage(p *page) {
	h.Logger.Info("an agent's sign-in no longer holds", "agent", p.agent.ID)
	h.leave(p, ByeDenied, "Your sign-in has ended; please sign in again.")
}

// signInOver dismisses a page whose sign-in was found to have ended, and returns
// whether it did: a talk comes to its end before.
func (h *Hub) signInOver(p *page) bool {
	h.mu.Lock()
	d := h.desks[p.agent.ID]
	talks := d != nil && d.page == p && d.talks()
	h.mu.Unlock()
	if talks {
		return false
	}
	h.dismissPage(p)
	return true
}

// Dismiss is called when a sign-in of the agent has ended, or her rights have changed.
// If her page was opened with a sign-in that has ended, she is signed out at once, and
// a caller she talks with goes back to the line; also when the page is gone and may
// come back. It waits for Agent.Still.
func (h *Hub) Dismiss(agent call.AgentID) {
	h.mu.Lock()
	p := h.lastPage(agent)
	h.recheckEars(agent)
	h.mu.Unlock()
	if p == nil || p.agent.Still == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stillWithin)
	defer cancel()
	if !p.agent.Still(ctx) {
		h.dismissPage(p)
	}
}

// stillWithin is how long Dismiss waits at most.
const stillWithin = 5 * time.Second

// Resume is called once after a restart, with the agents whom the journal
// believes signed in. Of those who are not back within Config.Return the loop hears
// that their pages are gone. Seats of the media that belong to nobody are kept for
// them, and then closed; recordings that nobody has ordered by then end.
func (h *Hub) Resume(agents []call.AgentID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	stopTimer(h.away)
	h.away = time.AfterFunc(h.Return, func() { h.sweep(agents) })
}

func (h *Hub) sweep(agents []call.AgentID) {
	seats, err := h.Engine.Seats()
	if err != nil {
		seats = []media.Seat{}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		return
	}
	for _, id := range agents {
		if h.lastPage(id) == nil {
			h.Post(call.Left{Agent: id, Lost: true})
		}
	}
	for _, s := range seats {
		id := call.AgentID(s.Name)
		switch {
		case isEar(s.Name) && h.ears[call.ListenerID(s.Name)] == nil:
			h.orders.append(closeSeat{s.Name})
		case !isEar(s.Name) && h.lastPage(id) == nil:
			h.keepSeat(id, nil)
		}
	}
	h.orders.append(strays(seats))
}

// hangUpVoice closes the agent's voice, unless she has a desk again by now, or had.
func (h *Hub) hangUpVoice(id call.AgentID) {
	v := h.voice(id)
	v.mu.Lock()
	defer v.mu.Unlock()
	h.mu.Lock()
	back := h.desks[id] != nil || h.kept[id] != nil
	h.mu.Unlock()
	if !back {
		h.Engine.Close(string(id))
	}
}

// current reports whether the page has its agent's desk.
func (h *Hub) current(p *page) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[p.agent.ID]
	return d != nil && d.page == p
}
