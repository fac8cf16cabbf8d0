package call

// Register is the machine that opens and closes the book on each call: it
// states CallStarted when a caller arrives and CallEnded when the channel is
// gone. It steps last, so that by CallEnded every other machine has said what
// the hang-up meant to it.
type Register struct {
	open map[ID]*account
}

// account is what decides how a call as a whole ended.
type account struct {
	channel string  // the switch's name for it
	picked  bool    // the channel was answered
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
		r.Replay(s.State(ev.Call, CallStarted{Node: ev.Node, Channel: ev.Channel,
			To: ev.To, From: ev.From, Name: ev.Name, Again: ev.Again}))
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
		if end.Outcome == AbandonedIVR {
			end.Node = a.node
		}
		r.Replay(s.State(ev.Call, end))
	}
}

// ending is the outcome of a call whose channel is gone.
func (a *account) ending(by Side) Outcome {
	switch {
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
		r.open[e.Call] = &account{channel: f.Channel}
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
		delete(r.open, e.Call)
	}
}

// Forget closes the account without a word.
func (r *Register) Forget(_ *Step, c ID) { delete(r.open, c) }
