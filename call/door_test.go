package call

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// lobby is a loop with admission control, and no line behind it.
type lobby struct {
	*Loop
	reg *Register
	n   int
	now time.Time
}

func newLobby(d Door) *lobby {
	l := &lobby{reg: NewRegister(), now: monday}
	l.reg.Door = d
	l.Loop = NewLoop(l.reg)
	return l
}

// calls lets somebody call and returns why the call is refused.
func (l *lobby) calls(t *testing.T, ev Arrived) (ID, string) {
	t.Helper()
	l.n++
	ev.Call = ID(fmt.Sprint("c", l.n))
	fx := l.Step(l.now, ev)
	why := fx.Facts[0].Fact.(CallStarted).Refused
	if refused := len(fx.Commands) == 1 && fx.Commands[0].(Refuse).Call == ev.Call; refused != (why != "") {
		t.Fatalf("refused because %q, ordered %v", why, fx.Commands)
	}
	return ev.Call, why
}

func (l *lobby) wants(t *testing.T, ev Arrived, want string) ID {
	t.Helper()
	id, why := l.calls(t, ev)
	if why != want {
		t.Fatalf("%+v: refused because %q, want %q", ev, why, want)
	}
	return id
}

func (l *lobby) endCall(id ID) CallEnded {
	fx := l.Step(l.now, HungUp{Call: id, Side: SideUs, Cause: 17})
	return fx.Facts[0].Fact.(CallEnded)
}

func TestDoorPerCaller(t *testing.T) {
	l := newLobby(Door{Limits: Limits{PerCaller: 2}})
	ann, ben := Arrived{From: "+34600000001", To: "100"}, Arrived{From: "+34600000002", To: "100"}
	l.endCall(l.wants(t, ann, ""))
	l.now = l.now.Add(20 * time.Second)
	l.endCall(l.wants(t, ann, ""))
	if end := l.endCall(l.wants(t, ann, RefusedCaller)); end.Outcome != Refused || end.Text != RefusedCaller {
		t.Errorf("ended as %+v", end)
	}
	l.wants(t, ben, "")
	for range 5 { // a word is nobody in particular
		l.wants(t, Arrived{From: "anonymous"}, "")
	}
	l.now = l.now.Add(40 * time.Second) // the first of ann's is a minute ago
	l.wants(t, ann, "")
	l.wants(t, ann, RefusedCaller)
	again := ann
	again.Again = true
	l.wants(t, again, "")
}

// TestDoorOfATrunk: who comes over a trunk that is full is turned away, so that
// the carrier can try another way.
func TestDoorOfATrunk(t *testing.T) {
	l := newLobby(Door{Full: func(trunk string) bool { return trunk == "flex" }})
	l.wants(t, Arrived{To: "100"}, "")
	l.wants(t, Arrived{To: "100", Trunk: "gate"}, "")
	l.wants(t, Arrived{To: "100", Trunk: "flex"}, RefusedTrunk)
}

func TestDoorPerNumberAndInAll(t *testing.T) {
	l := newLobby(Door{Limits: Limits{PerNumber: 2, AtOnce: 3},
		Preferred: func(_ time.Time, number string) bool { return number == "+34600000009" }})
	first := l.wants(t, Arrived{To: "100"}, "")
	l.wants(t, Arrived{To: "100"}, "")
	l.endCall(l.wants(t, Arrived{To: "100"}, RefusedNumber))
	l.wants(t, Arrived{To: "200"}, "")
	l.endCall(l.wants(t, Arrived{To: "200"}, RefusedAtOnce))
	l.wants(t, Arrived{To: "100", From: "+34600000009"}, "") // owed, however full it is
	l.endCall(first)
	l.wants(t, Arrived{To: "300"}, RefusedAtOnce)
}

func TestDoorUnderStrain(t *testing.T) {
	l := newLobby(Door{Limits: Limits{Late: 3 * time.Second}})
	l.wants(t, Arrived{At: l.now.Add(-2 * time.Second)}, "")
	l.wants(t, Arrived{At: l.now.Add(-4 * time.Second)}, RefusedLate)
	l.Step(l.now, Strained{For: 4 * time.Second})
	l.wants(t, Arrived{At: l.now}, RefusedStrained)
	l.now = l.now.Add(4 * time.Second)
	l.wants(t, Arrived{At: l.now}, "")
}

// TestDoorAfterRestart: the facts of the open calls say how full it is, and a
// refusal that was cut off is ordered again.
func TestDoorAfterRestart(t *testing.T) {
	l := newLobby(Door{Limits: Limits{PerNumber: 1}})
	var past []Entry
	for _, id := range []ID{"c1", "c2"} {
		past = append(past, l.Step(l.now, Arrived{Call: id, To: "100"}).Facts...)
	}
	l = newLobby(Door{Limits: Limits{PerNumber: 1}})
	l.Replay(past)
	if fx := l.Step(l.now, Resumed{Call: "c1"}); len(fx.Commands) != 0 {
		t.Errorf("who was let in: %v", fx.Commands)
	}
	if fx := l.Step(l.now, Resumed{Call: "c2"}); len(fx.Commands) != 1 || fx.Commands[0] != (Refuse{Call: "c2", Cause: causeBusy}) {
		t.Errorf("who was refused: %v", fx.Commands)
	}
	l.n = 2
	l.wants(t, Arrived{To: "100"}, RefusedNumber)
	l.endCall("c2")
	l.endCall("c1")
	l.wants(t, Arrived{To: "100"}, "")
	if len(l.reg.Door.to) != 1 || l.reg.Door.admitted != 1 {
		t.Errorf("counted %v", l.reg.Door)
	}
}

// TestDoorForPreferred: callers who are owed a place have limits of their own.
// A flood in the name of one of them takes neither the room of all others, nor
// that of another such caller.
func TestDoorForPreferred(t *testing.T) {
	const vip, other = "+34600000009", "+34600000008"
	l := newLobby(Door{Limits: Limits{PerCaller: 3, PerNumber: 50, AtOnce: 100},
		Preferred: func(_ time.Time, number string) bool {
			return strings.HasSuffix(number, "8") || strings.HasSuffix(number, "9")
		},
		ForPreferred: Limits{PerCaller: 9, PerNumber: 55, AtOnce: 110}})
	let := map[string]int{}
	var last ID
	for i := range 5000 {
		from := []string{vip, "0034 600-000-009", "+34 (600) 000009"}[i%3] // however it is written
		id, why := l.calls(t, Arrived{To: "100", From: from})
		if let[why]++; why == "" {
			last = id
		}
	}
	if let[""] != 9 || let[RefusedCaller] != 4991 {
		t.Fatalf("of 5,000 calls from one number: %v", let)
	}
	l.endCall(last)
	l.wants(t, Arrived{To: "100", From: vip}, RefusedCaller)
	l.now = l.now.Add(time.Minute)
	l.wants(t, Arrived{To: "100", From: vip}, "")
	for range 41 {
		l.wants(t, Arrived{To: "100"}, "")
	}
	l.wants(t, Arrived{To: "100"}, RefusedNumber)
	for range 5 {
		l.wants(t, Arrived{To: "100", From: other}, "") // above the limit of the others
	}
	l.wants(t, Arrived{To: "100", From: other}, RefusedNumber)
	for i := range 45 {
		l.wants(t, Arrived{To: fmt.Sprint("2", i)}, "")
	}
	l.wants(t, Arrived{To: "300"}, RefusedAtOnce)
	l.now = l.now.Add(time.Minute)
	for range 9 {
		l.wants(t, Arrived{To: "300", From: other}, "")
	}
	l.wants(t, Arrived{To: "300", From: vip}, "")
	l.wants(t, Arrived{To: "300", From: vip}, RefusedAtOnce)
}

// TestDoorManyPreferred: of 5,000 calls from as many such numbers no more are
// let in than their own limit allows.
func TestDoorManyPreferred(t *testing.T) {
	l := newLobby(Door{Limits: Limits{PerCaller: 30, AtOnce: 1000},
		Preferred:    func(time.Time, string) bool { return true },
		ForPreferred: Limits{PerCaller: 90, AtOnce: 1100, Late: 9 * time.Second}})
	let := map[string]int{}
	for i := range 5000 {
		_, why := l.calls(t, Arrived{To: "100", From: fmt.Sprintf("+346%08d", i)})
		let[why]++
	}
	if let[""] != 1100 || let[RefusedAtOnce] != 3900 {
		t.Errorf("of 5,000 calls: %v", let)
	}
	l.Step(l.now, Strained{For: 4 * time.Second})
	l.reg.Door.ForPreferred.AtOnce = 0
	l.wants(t, Arrived{From: "+34600000001", At: l.now.Add(-8 * time.Second)}, "")
	l.wants(t, Arrived{From: "+34600000001", At: l.now.Add(-10 * time.Second)}, RefusedLate)
}

// TestDoorShortNumber: a preferred caller with an extension of a switchboard
// is counted as well.
func TestDoorShortNumber(t *testing.T) {
	l := newLobby(Door{Preferred: func(_ time.Time, number string) bool { return number == "201" }, ForPreferred: Limits{PerCaller: 2}})
	l.wants(t, Arrived{From: "201"}, "")
	l.wants(t, Arrived{From: "201"}, "")
	l.wants(t, Arrived{From: "201"}, RefusedCaller)
}
