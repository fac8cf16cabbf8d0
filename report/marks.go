package report

import (
	"encoding/json"
	"time"
)

// Mark is something that happened during a recording, by the facts of its call.
type Mark struct {
	AtS    float64  `json:"at_s"`    // from the beginning of the recording
	UntilS *float64 `json:"until_s"` // nil: it was but a moment
	// Kind is notice, consent, refused, hold, pause (nothing was kept), disk (it took
	// nothing), gap (the agent's page was away), ask (somebody is asked), all (all three talk), listen, whisper, join (a
	// supervisor), keys, mark (of the agent), handover.
	Kind string `json:"kind"`
	Text string `json:"text"` // the notice, why, to whom, what the agent wrote
	By   string `json:"by"`   // the supervisor; who was asked
}

// startsLate is by how much a recording begins after its talk that was begun during it.
const startsLate = time.Second

// Zero is the moment at which a recording begins: with the talk, unless it was begun during it.
func (r Recording) Zero() time.Time {
	if r.StartedAt != nil && r.StartedAt.Sub(r.JoinedAt) > startsLate {
		return *r.StartedAt
	}
	return r.JoinedAt
}

// opens and closes tell which facts begin something that lasts, and which end it.
var (
	opens = map[string]string{"bridge.held": "hold", "bridge.gap": "gap", "recording.paused": "pause", "recording.failed": "disk", "outgoing.dialed": "ask"}
	ends  = map[string]string{"bridge.resumed": "hold", "bridge.rejoined": "gap", "recording.resumed": "pause", "recording.recovered": "disk", "outgoing.ended": "ask"}
)

// Marks are what happened during a recording, in order; facts are those of its call. What
// the caller was told before the talk stands at its beginning.
func Marks(r Recording, facts []Fact) []Mark {
	m := marking{r: r, list: []Mark{}, open: map[string]int{}}
	for _, f := range facts {
		var d factOfTalk
		if json.Unmarshal(f.Data, &d) == nil {
			m.add(f, d)
		}
	}
	for _, i := range m.open { // it ended with the talk
		m.list[i].UntilS = r.LengthS
	}
	return m.list
}

// factOfTalk is what is read of the facts: each has some of it.
type factOfTalk struct {
	Agent, Recording, Why, Text, Notice, How, By, Mode, With, To, Number, Queue, Listening string
	Of                                                                                     int
}

// marking makes marks of facts.
type marking struct {
	r    Recording
	list []Mark
	open map[string]int // the place in list of what goes on, by its kind, or by the listening
	mine []int          // those of the agent's marks
}

func (m *marking) add(f Fact, d factOfTalk) {
	at := f.At.Sub(m.r.Zero()).Seconds()
	before := at < 0
	at = max(at, 0)
	if m.r.LengthS != nil {
		at = min(at, *m.r.LengthS)
	}
	switch {
	case f.Kind == "notice.played" && before:
		m.moment("notice", at, d.Notice, "")
	case f.Kind == "consent.given" && before:
		m.moment("consent", at, d.How, "")
	case f.Kind == "consent.refused":
		m.moment("refused", at, d.How, "")
	case before, m.r.LeftAt != nil && f.At.After(*m.r.LeftAt):
	case d.Recording != "" && d.Recording != m.r.ID, d.Recording == "" && d.Agent != m.r.Agent:
	case f.Kind == "recording.marked" && d.Of > 0:
		if d.Of <= len(m.mine) {
			m.list[m.mine[d.Of-1]].Text = d.Text
		}
	case f.Kind == "recording.marked":
		m.mine = append(m.mine, len(m.list))
		m.moment("mark", at, d.Text, "")
	case f.Kind == "bridge.keys":
		m.moment("keys", at, "", "")
	case f.Kind == "bridge.handed":
		m.moment("handover", at, d.to(), "")
	case f.Kind == "outgoing.turned":
		m.end("all", at)
		if d.With == "all" {
			m.begin("all", "all", at, "", "")
		}
	case f.Kind == "listen.started", f.Kind == "listen.turned":
		m.end(d.Listening, at)
		m.begin(d.Listening, d.Mode, at, "", d.By)
	case f.Kind == "listen.ended":
		m.end(d.Listening, at)
	case opens[f.Kind] == "ask":
		m.begin("ask", "ask", at, "", d.to())
	case opens[f.Kind] != "":
		if opens[f.Kind] == d.Why {
			d.Why = "" // the kind says it
		}
		m.begin(opens[f.Kind], opens[f.Kind], at, d.Why, "")
	case ends[f.Kind] != "":
		m.end(ends[f.Kind], at)
		if ends[f.Kind] == "ask" {
			m.end("all", at)
		}
	}
}

// to is whom the caller was given to, or who was asked.
func (d factOfTalk) to() string {
	for _, text := range []string{d.To, d.Number, d.Queue} {
		if text != "" {
			return text
		}
	}
	return ""
}

func (m *marking) moment(kind string, at float64, text, by string) {
	m.list = append(m.list, Mark{AtS: at, Kind: kind, Text: text, By: by})
}

func (m *marking) begin(key, kind string, at float64, text, by string) {
	m.open[key] = len(m.list)
	m.moment(kind, at, text, by)
}

func (m *marking) end(key string, at float64) {
	if i, ok := m.open[key]; ok {
		m.list[i].UntilS = &at
		delete(m.open, key)
	}
}
