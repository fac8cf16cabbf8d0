package policy

import (
	"time"

	"presszero/call"
)

// book is one call, callback or call of an agent, as far as recording goes.
type book struct {
	id      call.ID
	talk    call.RecordedTalk
	consult bool // somebody is asked in it during a talk
	consent call.Consent
	legs    int    // so far, to know old timers
	leg     *leg   // that is joined; nil: none
	node    string // where the caller is in the menus; "": is not, or was before

	asked  *book  // the call in which a number is asked, or was and has taken the caller over; nil: none
	united bool   // that number is in this talk: all three talk
	rings  string // the number outside that is called for the caller; "": none
	rest   rest   // of the pause of the leg before
}

// rest is what was left of a pause when its leg ended. If the same agent has the caller again
// before it is over, as when the voice process was killed, her new leg begins in it.
type rest struct {
	agent call.AgentID
	until time.Time
	step  bool
}

// state is where the recording of a leg stands.
type state string

// The states of a leg's recording.
const (
	asked   state = "asked"   // the media has been told to, and has not answered
	absent  state = "absent"  // it is not recorded
	on      state = "on"      // it is
	paused  state = "paused"  // not at the moment
	stopped state = "stopped" // it was
)

// leg is an agent's talk with whoever is on the other side, or a caller's with a number
// outside. Its first part is the same after a restart.
type leg struct {
	*book
	name    string
	agent   call.AgentID // "": there is none; with outside
	outside string       // the number with which the caller talks
	told    call.Consent // what the person there was told, and has allowed
	state   state
	why     string    // absent, paused, stopped
	until   time.Time // when a pause ends by itself
	marks   int

	// What has been ordered and not been answered; the reasons are stated with the answer.
	pausing, resuming, stopping string
	limit                       time.Duration // of the pause
	step                        bool          // the caller types what may not be kept

	failing bool          // it is on or paused, and the disk takes nothing
	quiet   bool          // it is asked for, and paused already
	retry   time.Duration // until it is asked for again
}

// Replay takes a fact of the past.
func (m *Machine) Replay(e call.Entry) { m.apply(e) }

// apply is the one place where what lasts changes.
func (m *Machine) apply(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.CallStarted:
		if f.Refused == "" {
			m.open(e.Call, call.RecordedTalk{Direction: call.CallIn, Dialled: f.To, Other: f.From})
		}
	case call.CallbackBooked:
		m.open(e.Call, call.RecordedTalk{Direction: call.CallBack, Queue: f.Queue, Dialled: f.To, Other: f.Number})
	case call.OutgoingDialed:
		b := m.open(e.Call, call.RecordedTalk{Direction: call.CallOut, Other: f.Number})
		b.consult = f.For != ""
		if about := m.books[f.For]; about != nil && f.Number != "" {
			about.asked, about.united = b, false
		}
	default:
		if b := m.books[e.Call]; b != nil {
			m.applyBook(b, e)
		}
	}
}

func (m *Machine) open(c call.ID, talk call.RecordedTalk) *book {
	b := &book{id: c, talk: talk}
	m.books[c] = b
	return b
}

func (m *Machine) applyBook(b *book, e call.Entry) {
	b.consent.Take(e.Fact)
	switch f := e.Fact.(type) {
	case call.NodeEntered:
		b.node = f.Node
	case call.MenuLeft, call.BridgeStepOver:
		b.node = ""
	case call.QueueEntered:
		b.talk.Queue = f.Queue
	case call.BridgeJoined:
		m.join(b, f.Leg, f.Agent)
	case call.OutgoingJoined:
		m.join(b, f.Leg, f.Agent)
	case call.BridgeLeft:
		if l := b.leg; l != nil && l.until.After(e.At) && l.resuming == "" {
			b.rest = rest{l.agent, l.until, l.step}
		}
		m.part(b)
	case call.TransferOver:
		m.part(b)
	case call.OutgoingTurned:
		if about := m.books[f.For]; about != nil && about.asked == b {
			about.united = f.With == call.WithAll
		}
	case call.TransferStarted:
		b.rings = f.Number
	case call.TransferJoined:
		m.joinOutside(b, f)
	case call.CallEnded, call.CallbackEnded:
		m.close(b)
	case call.OutgoingEnded:
		if about := m.books[f.For]; about != nil && about.asked == b {
			about.united = false
		}
		m.close(b)
	default:
		if b.leg != nil {
			b.leg.applyRecording(e)
		}
	}
}

func (m *Machine) close(b *book) {
	m.part(b)
	delete(m.books, b.id)
}

// join takes in that a leg is joined.
func (m *Machine) join(b *book, name string, agent call.AgentID) {
	m.enter(b, leg{name: name, agent: agent})
	if !b.consult {
		m.agents[agent] = b.leg
	}
}

// joinOutside takes in that the caller is joined with a number outside. A number that was
// asked before was told in the call in which it was.
func (m *Machine) joinOutside(b *book, f call.TransferJoined) {
	l := leg{name: call.TransferLeg(f.Transfer), outside: b.rings}
	if b.asked != nil && f.Transfer == call.AskTransfer(b.asked.id) {
		l.told = b.asked.consent
	} else {
		l.told = f.Told()
	}
	m.enter(b, l)
}

func (m *Machine) enter(b *book, l leg) {
	m.part(b)
	b.legs++
	l.book, l.state = b, asked
	b.leg = &l
	m.legs[l.name] = b.leg
}

// part takes in that the leg is over.
func (m *Machine) part(b *book) {
	l := b.leg
	if l == nil {
		return
	}
	b.leg = nil
	delete(m.legs, l.name)
	if m.agents[l.agent] == l {
		delete(m.agents, l.agent)
	}
}

// applyRecording changes where the recording stands. A fact of another leg's recording is
// passed over.
func (l *leg) applyRecording(e call.Entry) {
	switch f := e.Fact.(type) {
	case call.RecordingStarted:
		if f.Leg == l.name {
			l.state, l.why = on, ""
		}
	case call.RecordingAbsent:
		if f.Leg == l.name {
			l.state, l.why = absent, f.Why
		}
	case call.RecordingPaused:
		if f.Recording == l.name {
			l.state, l.why, l.pausing = paused, f.Why, ""
			l.step = l.step || f.Why == "sensitive"
			l.until = e.At.Add(time.Duration(f.Limit * float64(time.Second)))
		}
	case call.RecordingResumed:
		if f.Recording == l.name {
			l.state, l.why, l.resuming, l.until = on, "", "", time.Time{}
		}
	case call.RecordingFailed:
		if f.Recording == l.name {
			l.failing = true
		}
	case call.RecordingRecovered:
		if f.Recording == l.name {
			l.failing = false
		}
	case call.RecordingMarked:
		if f.Recording == l.name && f.Of == 0 {
			l.marks++
		}
	case call.RecordingStopped:
		if f.Recording == l.name {
			l.state, l.why = stopped, f.Why
		}
	}
}
