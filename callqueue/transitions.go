package callqueue

import (
	"fmt"
	"slices"

	"presszero/call"
)

// agentMoves has, for each state of an agent, the states that may follow.
var agentMoves = map[call.AgentState][]call.AgentState{
	call.Idle:       {call.Ringing, call.Connecting},
	call.Ringing:    {call.Connecting, call.Idle},
	call.Connecting: {call.Talking, call.Idle},
	call.Talking:    {call.WrapUp, call.Idle},
	call.WrapUp:     {call.Idle},
}

// visitMoves has, for each state of a visit, the states that may follow. The
// last three rows are of callbacks and of agents' own calls, as are the moves
// to Dialing and Parked. A talk is a visit's last state.
var visitMoves = map[State][]State{
	"":         {Waiting},
	Waiting:    {Offered, Dialing, Parked},
	Offered:    {Connecting, Dialing, Waiting},
	Connecting: {Talking, Waiting, Parked},
	Talking:    {},
	Dialing:    {Connecting, Waiting, Parked, Dialing}, // Dialing twice: accepted, and then dialled
	Parked:     {Waiting, Parked},
}

// Transition is a change of state that is not allowed.
type Transition struct {
	What     string // agent or visit
	ID       string // of the agent or the visit
	From, To string // states
	Replayed bool   // a fact of the past makes it; it is taken all the same
}

// Error implements error.
func (t Transition) Error() string {
	return fmt.Sprintf("%s %s must not go from %q to %q", t.What, t.ID, t.From, t.To)
}

// mayBecome refuses an agent's change of state that is not allowed.
func (sh *shared) mayBecome(a *agent, state call.AgentState) {
	if !slices.Contains(agentMoves[a.state], state) {
		sh.refuse(Transition{What: "agent", ID: string(a.id), From: string(a.state), To: string(state)})
	}
}

// mayBe refuses a visit's change of state that is not allowed.
func (sh *shared) mayBe(v *visit, state State) {
	if !slices.Contains(visitMoves[v.state], state) {
		sh.refuse(Transition{What: "visit", ID: v.id, From: string(v.state), To: string(state)})
	}
}

// refuse ends the decision: the state stays what it was, and the loop lets go
// of what was being decided about. What the journal says has happened.
func (sh *shared) refuse(t Transition) {
	t.Replayed = sh.replaying
	if sh.machine.OnForbidden != nil {
		sh.machine.OnForbidden(t)
	}
	if !t.Replayed {
		panic(t)
	}
}
