package call

// Register is the machine that opens and closes the book on each call: it
// states CallStarted when a caller arrives and CallEnded when the channel is
// gone. It steps last, so that by CallEnded every other machine has said what
// the hang-up meant to it.
type Register struct {
	Door Door // admission control; its limits are set before the first step

	// Number and Ours are what Admit is given.
	Number func(trunk, written string) string
	Ours   func(number string) bool

	open map[ID]*account
}

// account is what decides how a call as a whole ended.
type account struct {
	channel string  // the switch's name for it
	picked  bool    // the channel was answered
	to      string  // the number dialled
	refused string  // why it was not let in
	node    string  // the menu the caller was in last
	served  bool    // a self-service text was heard to its end
	message bool    // the caller has left a message
	outcome Outcome // of the last visit, once it has one
	sent    Outcome // of the visit from which the line sent the caller back to the menus
}

// NewRegister returns an empty register.
func NewRegister() *Register { return &Register{open: map[ID]*account{}} }

// Open returns the calls that have started and not ended, each with the
// switch's name for its channel.
func (r *Register) Open() map[ID]string {
	open := make(map[ID]string, len(r.open))
	for id, a := range r.open {
		open[id] = a.channel
	}
	return open
}

// Step opens and closes calls.
func (r *Register) Step(s *Step, ev Event) {
	switch ev := ev.(type) {
	case Arrived:
		if r.open[ev.Call] != nil {
			return // told twice; the first time counted
		}
		f := Admit(ev, r.Number, r.Ours)
		ev.To, ev.From = f.To, f.From
		f.Refused = r.Door.refusalReason(s.Now, ev)
		r.Replay(s.State(ev.Call, f))
		r.refuse(s, ev.Call)
	case Resumed:
		r.refuse(s, ev.Call) // a restart came in between
	case Strained:
		r.Door.strained = s.Now.Add(ev.For)
	case Picked:
		if a := r.open[ev.Call]; a != nil && !a.picked { // told again after a restart
			r.Replay(s.State(ev.Call, CallAnswered{}))
		}
	case HungUp:
		a := r.open[ev.Call]
		if a == nil {
			return // already over
		}
		end := CallEnded{Outcome: a.ending(ev.Side), Side: ev.Side, Cause: ev.Cause,
			Text: ev.Text, Estimated: ev.Estimated}
		switch end.Outcome {
		case AbandonedIVR:
			end.Node = a.node
		case Refused:
			end.Text = a.refused
		}
		r.Replay(s.State(ev.Call, end))
	}
}

// refuse ends a call that is not admitted.
func (r *Register) refuse(s *Step, c ID) {
	if a := r.open[c]; a != nil && a.refused != "" {
		s.Order(Refuse{Call: c, Cause: causeFor(a.refused)})
	}
}

// ending is the outcome of a call whose channel is gone.
func (a *account) ending(by Side) Outcome {
	switch {
	case a.refused != "":
		return Refused
	case a.outcome != "":
		return a.outcome // the last visit, or the talk outside, says it all
	case a.message:
		return LeftMessage
	case by == SideSystem:
		return SystemFailure
	case a.sent != "":
		return a.sent
	case a.served:
		return Contained
	default:
		return AbandonedIVR
	}
}

// Heard follows what the other machines state.
func (r *Register) Heard(_ *Step, e Entry) { r.Replay(e) }

// Replay keeps the accounts.
func (r *Register) Replay(e Entry) {
	if f, ok := e.Fact.(CallStarted); ok {
		r.open[e.Call] = &account{channel: f.Channel, to: f.To, refused: f.Refused}
		if f.Refused == "" {
			r.Door.countCall(e.At, f)
		}
		return
	}
	a := r.open[e.Call]
	if a == nil {
		return
	}
	switch f := e.Fact.(type) {
	case CallAnswered:
		a.picked = true
	case NodeEntered:
		a.node = f.Node
	case SelfServed:
		a.served = true
	case QueueEntered:
		a.outcome = ""
	case QueueLeft:
		a.outcome = f.Outcome
	case SentBack: // what the visit came to, unless the menus do better
		a.sent, a.outcome = a.outcome, ""
	case TransferJoined:
		a.outcome = TransferredOut
	case MessageLeft:
		a.message = true
	case CallEnded:
		r.close(e.Call)
	}
}

// Forget ends a call that could not be decided about. The caller goes to the
// switch's own fallback.
func (r *Register) Forget(s *Step, c ID) {
	if r.open[c] == nil {
		return
	}
	r.Replay(s.State(c, CallEnded{Outcome: SystemFailure, Side: SideSystem, Text: "a decision failed"}))
	s.Order(Fallback{c})
}

// Free has nothing to do: the register knows no agents.
func (*Register) Free(*Step, AgentID, bool) []ID { return nil }

func (r *Register) close(c ID) {
	if a := r.open[c]; a != nil && a.refused == "" {
		r.Door.uncountCall(a.to)
	}
	delete(r.open, c)
}
