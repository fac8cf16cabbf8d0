package softphone

import (
	"time"

	"github.com/coder/websocket"

	"presszero/call"
	"presszero/softphone/media"
)

// enter gives the agent's desk to a page that has said hello. The page that
// had it so far is sent away, unless it is the same one come back: then the
// loop hears nothing, for nothing has happened to the agent.
func (h *Hub) enter(p *page) {
	id := p.agent.ID
	standing := h.standing(id)
	h.mu.Lock()
	defer h.mu.Unlock()
	if w, changed := h.work[id]; changed { // since she signed in, perhaps
		p.agent.Work = w
	}
	p.queue(Down{Type: "welcome", Agent: id, Name: p.agent.Name, Queues: p.agent.Queues,
		Now: stamp(time.Now()), Version: h.Engine.Lines()})
	d := h.desks[id]
	if d != nil && d.pageID == p.id {
		stopTimer(d.grace)
		if old := d.page; old != nil {
			old.cut() // a line we had not yet seen break
		}
		d.page = p
		if d.shown != nil {
			p.queue(Down{Type: "desk", Desk: d.shown})
		}
		return
	}
	if d == nil {
		d = &desk{}
		h.desks[id] = d
	} else if d.page != nil {
		d.page.queueGoodbye(ByeElsewhere, "You have opened Press Zero in another window; this one is closed.")
	}
	stopTimer(d.grace)
	*d = desk{pageID: p.id, page: p, voice: true} // an engine that outlived us may expect some
	h.Post(call.SignedIn{Agent: id, Name: p.agent.Name, Queues: p.agent.Queues, Shift: h.NewID(),
		Skills: p.agent.Skills, Head: p.agent.Head})
	if standing == "" {
		p.queue(Down{Type: "renew"})
		return
	}
	h.Post(call.MediaUp{Agent: id, Address: standing, Stands: true})
}

// standing returns the address of a voice that outlived us: after a
// restart the page comes back with its connection still up and does not offer
// it anew. For an agent we know already it is "".
func (h *Hub) standing(id call.AgentID) string {
	h.mu.Lock()
	known := h.desks[id] != nil
	h.mu.Unlock()
	if known {
		return ""
	}
	seats, err := h.Engine.Seats()
	if err != nil {
		return ""
	}
	for _, s := range seats {
		if s.Name == string(id) && s.Connected {
			h.voice(id).setAddr(addressOf(s))
			return addressOf(s)
		}
	}
	return ""
}

// pageLost is called when a page's line has ended, for whatever reason. If the
// desk is still its, it may come back within the grace. A page that was shut or
// loaded anew says so (RFC 6455 section 7.4.1, 1001) and will not come back.
func (h *Hub) pageLost(p *page, why error) {
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
	if websocket.CloseStatus(why) == websocket.StatusGoingAway {
		h.remove(id, call.Left{Agent: id, Lost: true})
		go h.hangUpVoice(id)
		return
	}
	h.Logger.Info("an agent's line is broken", "agent", id)
	var t *time.Timer
	t = time.AfterFunc(h.Grace, func() {
		h.mu.Lock()
		late := h.desks[id] == d && d.page == nil && d.grace == t && !h.closing
		if late {
			h.remove(id, call.Left{Agent: id, Lost: true})
		}
		h.mu.Unlock()
		if late {
			h.hangUpVoice(id)
		}
	})
	d.grace = t
}

// leave ends the page's desk by choice, ours or the agent's.
func (h *Hub) leave(p *page, why, text string) {
	id := p.agent.ID
	h.mu.Lock()
	d := h.desks[id]
	mine := d != nil && d.page == p
	if mine {
		h.remove(id, call.Left{Agent: id})
	}
	h.mu.Unlock()
	p.queueGoodbye(why, text)
	if mine {
		h.hangUpVoice(id)
	}
}

// remove takes the desk away and tells the loop; h.mu is held.
func (h *Hub) remove(id call.AgentID, left call.Left) {
	stopTimer(h.desks[id].grace)
	delete(h.desks, id)
	h.Post(left)
}

func (h *Hub) dismissPage(p *page, text string) {
	h.Logger.Info("an agent's sign-in no longer holds", "agent", p.agent.ID)
	h.leave(p, ByeDenied, text)
}

// Dismiss signs the agent out at once, because the sign-in has ended or her
// rights have changed. It does nothing when she has no page.
func (h *Hub) Dismiss(agent call.AgentID) {
	h.mu.Lock()
	d := h.desks[agent]
	var p *page
	if d != nil {
		p = d.page
	}
	broken := d != nil && p == nil
	if broken {
		h.remove(agent, call.Left{Agent: agent})
	}
	h.mu.Unlock()
	if broken {
		h.hangUpVoice(agent)
	}
	if p != nil {
		h.dismissPage(p, "Your sign-in has ended; please sign in again.")
	}
}

// Resume is called once after a restart, with the agents whom the journal
// believes signed in. Those who are not back within Config.Return are gone:
// the loop hears Left and their voices are closed. Seats of the media that
// belong to nobody are closed as well.
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
	if h.closing {
		h.mu.Unlock()
		return
	}
	for _, id := range agents {
		if h.desks[id] == nil {
			h.Post(call.Left{Agent: id, Lost: true})
		}
	}
	h.mu.Unlock()
	for _, s := range seats {
		h.hangUpVoice(call.AgentID(s.Name))
	}
}

// hangUpVoice closes the agent's voice, unless she has a desk again by now.
func (h *Hub) hangUpVoice(id call.AgentID) {
	v := h.voice(id)
	v.mu.Lock()
	defer v.mu.Unlock()
	h.mu.Lock()
	back := h.desks[id] != nil
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
