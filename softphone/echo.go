package softphone

import (
	"errors"

	"presszero/softphone/media"
)

// echo has the page hear its own microphone by way of the media process, or not any
// more, and tells it which. Callers go before: it is refused to an agent who has one, or
// for whom it rings.
func (h *Hub) echo(p *page, on bool) {
	if on && !h.atRest(p) {
		on = false
	}
	if err := h.Engine.Echo(string(p.agent.ID), on); err != nil && on {
		on = false
		if !errors.Is(err, media.ErrTalking) {
			h.Logger.Warn("an agent cannot hear herself", "agent", p.agent.ID, "err", err)
			p.queue(Down{Type: "error", Text: "The sound test cannot be made at the moment."})
		}
	}
	p.queue(Down{Type: "echo", On: &on})
}

// atRest reports whether the page has its agent's desk, and nobody is or rings there.
func (h *Hub) atRest(p *page) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[p.agent.ID]
	return d != nil && d.page == p && d.shown != nil && !VoiceDue(d.shown.State)
}
