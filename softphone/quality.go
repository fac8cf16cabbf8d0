package softphone

import (
	"math"
	"slices"
	"time"

	"presszero/call"
	"presszero/softphone/media"
)

// How a talk is heard: a page tells every 5 s how it was heard there, and the media
// process is then asked what it has counted. When the talk is over, or its page is lost,
// the loop is told once. An agent who asks somebody during a talk has two, and hears one
// of them: each is measured by itself.

// Quality is how a page heard the caller of late.
type Quality struct {
	Trip      float64 `json:"rtt_ms,omitempty"`    // there and back
	Jitter    float64 `json:"jitter_ms,omitempty"` // of what arrives
	Lost      float64 `json:"lost,omitempty"`      // share of the caller's packets, 0 to 1
	Concealed float64 `json:"concealed,omitempty"` // share of the sound that was made up in their place
	MOS       float64 `json:"mos,omitempty"`       // mean opinion score of the worse way, 1 to 4.5 (ITU-T G.107)
}

const (
	poorBelow = 3.6    // many listeners are dissatisfied (G.107, annex B)
	mostTold  = 10_000 // some 14 hours
)

// heardTalk is a talk that an agent has.
type heardTalk struct {
	call   call.ID
	joined time.Time
}

// talksOf are the talks that a desk shows.
func talksOf(t *call.DeskTalk) (all []heardTalk) {
	if t == nil {
		return nil
	}
	all = []heardTalk{{t.Call, t.Since}}
	if o := t.Other; o != nil && o.With != "" {
		all = append(all, heardTalk{o.Ask, o.Since})
	}
	return all
}

// hears is the one that the agent hears; zero: none, or the caller is on hold, or who asks
// her has turned to the caller. Hub.mu is held.
func (d *desk) hears() heardTalk {
	if d.shown == nil || d.shown.Talk == nil {
		return heardTalk{}
	}
	t := d.shown.Talk
	switch {
	case t.Other != nil && t.Other.With == call.WithOther:
		return heardTalk{t.Other.Ask, t.Other.Since}
	case t.Hold != nil || t.Asked != nil && t.Asked.With == call.WithCaller:
		return heardTalk{}
	}
	return heardTalk{t.Call, t.Since}
}

// hearing is what was told of a talk so far.
type hearing struct {
	heardTalk
	at time.Time // when it was told last

	told                      []Quality
	agentJitter, callerJitter []float64              // ms, as the media process counted
	legs                      map[string]media.Stats // the latest of each leg of the talk
}

// hear takes what a page says of the talk that it shows.
func (h *Hub) hear(p *page, m Up) {
	id := p.agent.ID
	g := h.hearingOf(p, m.Call)
	if g == nil {
		return
	}
	stats, err := h.Engine.Stats(string(id))
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.hearings[id], g) || len(g.told) == mostTold {
		return // over meanwhile
	}
	g.told = append(g.told, m.Quality.bounded())
	if err == nil && stats.Leg != "" {
		g.legs[stats.Leg] = stats
		g.agentJitter = append(g.agentJitter, milliseconds(stats.FromAgent.Jitter))
		g.callerJitter = append(g.callerJitter, milliseconds(stats.FromCaller.Jitter))
	}
}

// hearingOf returns the hearing of the talk that the agent hears; nil if that is not the
// call of which the page speaks, or it has told of it just now, or what it tells is in
// part of another talk, to which she has turned since.
func (h *Hub) hearingOf(p *page, c call.ID) *hearing {
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.desks[p.agent.ID]
	if d == nil || d.page != p || d.hears().call != c || c == "" {
		return nil
	}
	now := time.Now()
	g := h.hearing(p.agent.ID, d.hears())
	if now.Sub(g.at) < h.Config.Quality*4/5 || now.Sub(d.turned) < h.Config.Quality*4/5 {
		return nil
	}
	g.at = now
	return g
}

// hearing finds the hearing of an agent's talk, or begins it. h.mu is held.
func (h *Hub) hearing(id call.AgentID, of heardTalk) *hearing {
	for _, g := range h.hearings[id] {
		if g.of(of) {
			return g
		}
	}
	g := &hearing{heardTalk: of, legs: map[string]media.Stats{}}
	h.hearings[id] = append(h.hearings[id], g)
	return g
}

func (g *hearing) of(t heardTalk) bool { return g.call == t.call && g.joined.Equal(t.joined) }

// hearingsOver tells the loop of hearings whose talks are not shown now; nil: none is.
// h.mu is held.
func (h *Hub) hearingsOver(id call.AgentID, shown *call.DeskTalk) {
	talks := talksOf(shown)
	h.hearings[id] = slices.DeleteFunc(h.hearings[id], func(g *hearing) bool {
		if slices.ContainsFunc(talks, g.of) {
			return false
		}
		if len(g.told) > 0 {
			h.Post(call.QualityMeasured{Agent: id, Heard: g.sum(id, h.Config.Quality.Seconds())})
		}
		return true
	})
	if len(h.hearings[id]) == 0 {
		delete(h.hearings, id)
	}
}

// bounded keeps a page from writing nonsense into the books.
func (q Quality) bounded() Quality {
	return Quality{Trip: clamp(q.Trip, 0, 60_000), Jitter: clamp(q.Jitter, 0, 60_000),
		Lost: clamp(q.Lost, 0, 1), Concealed: clamp(q.Concealed, 0, 1), MOS: clamp(q.MOS, 1, 4.5)}
}

// sum is what it all amounts to, each that was told being about so many seconds.
func (g *hearing) sum(id call.AgentID, each float64) call.TalkQuality {
	q := call.TalkQuality{Agent: id, Call: g.call, Joined: g.joined,
		Measured: each * float64(len(g.told)), MOS: g.told[0].MOS}
	var trips, jitters []float64
	for _, s := range g.told {
		trips, jitters = append(trips, s.Trip), append(jitters, s.Jitter)
		q.Lost += s.Lost
		q.Concealed += s.Concealed
		q.MOS = min(q.MOS, s.MOS)
		if s.MOS < poorBelow {
			q.Bad += each
		}
	}
	q.Lost = tenth(100 * q.Lost / float64(len(g.told)))
	q.Concealed = tenth(100 * q.Concealed / float64(len(g.told)))
	q.Trip50, q.Trip95 = quantile(trips, 0.5), quantile(trips, 0.95)
	q.Jitter50, q.Jitter95 = quantile(jitters, 0.5), quantile(jitters, 0.95)
	q.AgentJitter, q.CallerJitter = quantile(g.agentJitter, 0.95), quantile(g.callerJitter, 0.95)
	var agent, caller media.Flow
	for _, s := range g.legs {
		agent.Packets, agent.Lost = agent.Packets+s.FromAgent.Packets, agent.Lost+s.FromAgent.Lost
		caller.Packets, caller.Lost = caller.Packets+s.FromCaller.Packets, caller.Lost+s.FromCaller.Lost
	}
	q.AgentLost, q.CallerLost = lossOf(agent), lossOf(caller)
	return q
}

// lossOf is how many of a hundred packets were lost.
func lossOf(f media.Flow) float64 {
	all := f.Packets + f.Lost
	if all == 0 {
		return 0
	}
	return tenth(100 * float64(f.Lost) / float64(all))
}

// quantile is the least value that so large a share of all is not above; 0 of none.
func quantile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return tenth(sorted[int(math.Ceil(share*float64(len(sorted))))-1])
}

func clamp(v, low, high float64) float64 { return min(max(v, low), high) }

func tenth(v float64) float64 { return math.Round(10*v) / 10 }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
