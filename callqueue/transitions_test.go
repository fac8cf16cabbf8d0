package callqueue

import (
	"strings"
	"testing"

	"presszero/call"
	"presszero/internal/calltest"
)

// The moves that are allowed, written down a second time: a row for each state
// before, a column for each state after.
const agentMatrix = `
            idle ringing connecting talking wrap_up
idle        -    yes     yes        -       -
ringing     yes  -       yes        -       -
connecting  yes  -       -          yes     -
talking     yes  -       -          -       yes
wrap_up     yes  -       -          -       -
`

const visitMatrix = `
            waiting offered connecting talking dialing parked
new         yes     -       -          -       -       -
waiting     -       yes     -          -       yes     yes
offered     yes     -       yes        -       yes     -
connecting  yes     -       -          yes     -       yes
talking     -       -       -          -       -       -
dialing     yes     -       yes        -       yes     yes
parked      yes     -       -          -       -       yes
`

// eachPair calls f with every pair of states of a matrix.
func eachPair(t *testing.T, matrix string, f func(t *testing.T, from, to string, allowed bool)) {
	rows := strings.Split(strings.TrimSpace(matrix), "\n")
	columns := strings.Fields(rows[0])
	for _, row := range rows[1:] {
		cells := strings.Fields(row)
		if len(cells) != len(columns)+1 {
			t.Fatalf("%q does not have %d columns", row, len(columns))
		}
		for i, to := range columns {
			t.Run(cells[0]+" to "+to, func(t *testing.T) { f(t, strings.Replace(cells[0], "new", "", 1), to, cells[i+1] == "yes") })
		}
	}
}

// forced is a line that makes one change at the next event, whatever it is.
type forced struct {
	*Machine
	change func(*call.Step)
}

func (f *forced) Step(s *call.Step, ev call.Event) {
	if change := f.change; change != nil {
		f.change = nil
		change(s)
		return
	}
	f.Machine.Step(s, ev)
}

// forcedDay returns a line in which the caller c1 waits. The agent ana is signed
// in without a voice connection, so the line cannot offer her the caller.
func forcedDay(t *testing.T) (f *forced, post func(call.Event), refused *[]Transition) {
	f = &forced{Machine: New(Settings{Name: "support"})}
	refused = new([]Transition)
	loop := call.NewLoop(f, call.NewRegister())
	f.OnForbidden = func(tr Transition) { *refused = append(*refused, tr) }
	loop.OnPanic = func(_ call.Event, reason any) {
		if _, is := reason.(Transition); !is {
			t.Errorf("it failed for another reason: %v", reason)
		}
	}
	post = func(ev call.Event) { loop.Step(calltest.Start, ev) }
	post(call.SignedIn{Agent: "ana", Shift: "s1"})
	post(call.Arrived{Call: "c1", From: "+34600000001", To: "support"})
	loop.Replay([]call.Entry{{Call: "c1", Seq: 9, At: calltest.Start,
		Fact: call.QueueEntered{Visit: "c1.v1", Queue: "support", Key: calltest.Start, Origin: "menu"}}})
	return f, post, refused
}

// judgeChange checks what came of one change.
func judgeChange(t *testing.T, what, id, from, to, now string, allowed bool, refused []Transition) {
	t.Helper()
	want := map[bool]string{true: to, false: from}[allowed]
	if now != want {
		t.Errorf("it is %q right after the change, want %q", now, want)
	}
	if allowed != (len(refused) == 0) {
		t.Fatalf("refused: %v, want that: %v", refused, !allowed)
	}
	if !allowed && (len(refused) != 1 || refused[0] != Transition{What: what, ID: id, From: from, To: to}) {
		t.Errorf("told %+v", refused)
	}
}

// TestAgentTransitions: a change that is not allowed is not made, is told once,
// and lets go of the agent.
func TestAgentTransitions(t *testing.T) {
	eachPair(t, agentMatrix, func(t *testing.T, from, to string, allowed bool) {
		f, post, refused := forcedDay(t)
		var now string
		f.change = func(s *call.Step) {
			a := f.floor.agents["ana"]
			a.state = call.AgentState(from)
			defer func() { now = string(a.state) }()
			f.floor.changeState(s, a, call.AgentState(to))
		}
		post(call.Wrapped{Agent: "ana"})
		judgeChange(t, "agent", "ana", from, to, now, allowed, *refused)
		if a := f.floor.agents["ana"]; !allowed && (a.state != call.Idle || a.reason != call.ReasonFault) {
			t.Errorf("ana is %s, %s", a.state, a.reason)
		}
	})
}

// TestVisitTransitions is the same for visits: the caller is let go of.
func TestVisitTransitions(t *testing.T) {
	eachPair(t, visitMatrix, func(t *testing.T, from, to string, allowed bool) {
		f, post, refused := forcedDay(t)
		var now string
		f.change = func(*call.Step) {
			v := f.callers["c1"].visit
			v.state = State(from)
			defer func() { now = string(v.state) }()
			f.queues.setState(v, State(to))
		}
		post(call.DigitPressed{Call: "c1", Digit: "5"})
		judgeChange(t, "visit", "c1.v1", from, to, now, allowed, *refused)
		if !allowed && f.callers["c1"] != nil {
			t.Error("the caller is still held")
		}
	})
}

// TestForbiddenInThePast: what the journal says is taken, and told.
func TestForbiddenInThePast(t *testing.T) {
	f, _, refused := forcedDay(t)
	f.Replay(call.Entry{Call: "c1", At: calltest.Start, Fact: call.BridgeJoined{Visit: "c1.v1", Agent: "ana"}})
	if st := f.callers["c1"].visit.state; st != Talking {
		t.Errorf("the visit is %s", st)
	}
	if len(*refused) != 1 || !(*refused)[0].Replayed {
		t.Errorf("told %+v", *refused)
	}
}

// TestMatricesAreComplete: every state has its row and its column.
func TestMatricesAreComplete(t *testing.T) {
	for state := range agentMoves {
		if strings.Count(agentMatrix, string(state)) != 2 {
			t.Errorf("agents: %s is not there", state)
		}
	}
	for state := range visitMoves {
		if state != "" && strings.Count(visitMatrix, string(state)) != 2 {
			t.Errorf("visits: %s is not there", state)
		}
	}
}
