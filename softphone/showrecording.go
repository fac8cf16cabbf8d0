package softphone

import (
	"slices"

	"presszero/call"
)

// How a talk is recorded is decided beside how it goes, and told by ShowRecording. The
// page is shown both as one.

// showRecording adds how the agent's talk is recorded to what her page shows.
func (h *Hub) showRecording(agent call.AgentID, r call.DeskRecording) {
	r.Until = stamp(r.Until)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.recorded[agent] = &r
	d := h.desks[agent]
	if d == nil || d.shown == nil || d.shown.Talk == nil {
		return
	}
	shown := forPage(*d.shown)
	if h.addRecording(agent, shown); d.page != nil {
		d.page.queue(Down{Type: "desk", Desk: shown})
	}
	d.shown = shown
}

// addRecording adds what was told of this very talk. A page that has just come is shown
// it, too. h.mu is held.
func (h *Hub) addRecording(agent call.AgentID, shown *call.Desk) {
	r := h.recorded[agent]
	if shown.Talk == nil {
		return
	}
	shown.Talk.Recording = nil
	if r != nil && r.State != "" && r.Call == shown.Talk.Call {
		shown.Talk.Recording = r
	}
}

// recordingVerbs are the messages by which an agent says what is to be done about the
// recording of the talk, and the events that they become.
var recordingVerbs = map[string]struct {
	verb  call.RecordingVerb
	event func(agent call.AgentID, m Up) call.Event
}{
	"record": {call.CanRecord, func(a call.AgentID, _ Up) call.Event { return call.RecordAsked{Agent: a} }},
	"pause":  {call.CanPause, func(a call.AgentID, _ Up) call.Event { return call.PauseAsked{Agent: a} }},
	"resume": {call.CanResumeRecording, func(a call.AgentID, _ Up) call.Event { return call.ResumeAsked{Agent: a} }},
	"mark": {call.CanMark, func(a call.AgentID, m Up) call.Event {
		return call.MarkAsked{Agent: a, Text: shortWord(m.Text), Of: m.Of}
	}},
	"refused": {call.CanRefuse, func(a call.AgentID, _ Up) call.Event { return call.RefusedToAgent{Agent: a} }},
}

// askRecording takes such a message, if it is about the talk that the page shows and can
// be done there now. It reports whether it was one.
func (h *Hub) askRecording(p *page, m Up) bool {
	v, is := recordingVerbs[m.Type]
	if !is {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[p.agent.ID]
	if d == nil || d.page != p || d.shown == nil || d.shown.Talk == nil || d.shown.Talk.Call != m.Call {
		return true
	}
	if r := d.shown.Talk.Recording; r != nil && slices.Contains(r.Can, v.verb) {
		h.Post(v.event(p.agent.ID, m))
	}
	return true
}
