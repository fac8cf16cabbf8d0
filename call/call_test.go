package call

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// samples holds one fact of every kind, with every field set.
func samples(t *testing.T) []Fact {
	var all []Fact
	for _, kind := range Kinds() {
		all = append(all, example(t, facts[kind].typ).(Fact))
	}
	return all
}

// TestFactsAreAFormat: what was written yesterday must be read tomorrow. A
// change of an old line in testdata/facts.jsonl breaks every journal there is.
func TestFactsAreAFormat(t *testing.T) {
	var got bytes.Buffer
	for _, f := range samples(t) {
		b, err := json.Marshal(Entry{Call: "c", Day: "2026-03-02", Seq: 1, At: monday, Fact: f})
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(b, '\n'))
		var back Entry
		if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back.Fact, f) {
			t.Fatalf("%s came back as %#v: %v", b, back.Fact, err)
		}
	}
	golden(t, "testdata/facts.jsonl", got.String())
}

func TestUnknownFactIsKept(t *testing.T) {
	const line = `{"call":"c","day":"2026-03-02","seq":1,"at":"2026-03-02T09:00:00Z","kind":"of.tomorrow","data":{"a":1}}`
	var e Entry
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(e)
	if err != nil || string(b) != line {
		t.Fatalf("%s: %v", b, err)
	}
}

// script is a machine whose reactions a test writes.
type script struct {
	step   func(*Step, Event)
	heard  func(*Step, Entry)
	replay func(Entry)
	forget func(*Step, ID)
	free   func(*Step, AgentID, bool) []ID
}

func (m *script) Step(s *Step, ev Event) {
	if m.step != nil {
		m.step(s, ev)
	}
}
func (m *script) Heard(s *Step, e Entry) {
	if m.heard != nil {
		m.heard(s, e)
	}
}
func (m *script) Replay(e Entry) {
	if m.replay != nil {
		m.replay(e)
	}
}
func (m *script) Free(s *Step, a AgentID, gone bool) []ID {
	if m.free != nil {
		return m.free(s, a, gone)
	}
	return nil
}
func (m *script) Forget(s *Step, c ID) {
	if m.forget != nil {
		m.forget(s, c)
	}
}

func TestFactsReenterBeforeTheNextMachineSteps(t *testing.T) {
	var order []string
	first := &script{step: func(s *Step, ev Event) {
		order = append(order, "first steps")
		s.State("c", KeyPressed{Digit: "1"})
	}}
	second := &script{
		heard: func(s *Step, e Entry) { order = append(order, "second hears "+e.Fact.Kind()) },
		step:  func(*Step, Event) { order = append(order, "second steps") },
	}
	fx := NewLoop(first, second).Step(monday, DigitPressed{Call: "c", Digit: "1"})
	want := []string{"first steps", "second hears ivr.input", "second steps"}
	if !reflect.DeepEqual(order, want) {
		t.Errorf("got %q", order)
	}
	if len(fx.Facts) != 1 || fx.Facts[0].Seq != 1 || fx.Facts[0].Day != "2026-03-02" {
		t.Errorf("got %+v", fx.Facts)
	}
}

// TestPanicEndsOneCall: the call goes to the fallback with its books closed,
// who was bound to it is freed, and other calls are not touched.
func TestPanicEndsOneCall(t *testing.T) {
	freed := 0
	bad := &script{
		step: func(s *Step, ev Event) {
			if d, ok := ev.(DigitPressed); ok && d.Call == "a" {
				s.State("a", KeyPressed{Digit: "1"})
				panic("no such node")
			}
		},
		forget: func(*Step, ID) { freed++ },
	}
	l := NewLoop(bad, NewRegister())
	var told any
	l.OnPanic = func(_ Event, reason any) { told = reason }
	l.Step(monday, Arrived{Call: "a"})
	l.Step(monday, Arrived{Call: "b"})
	fx := l.Step(monday, DigitPressed{Call: "a", Digit: "1"})
	if told != "no such node" || freed != 1 {
		t.Fatalf("told %v, freed %d", told, freed)
	}
	last := fx.Facts[len(fx.Facts)-1]
	if end, ok := last.Fact.(CallEnded); !ok || end.Outcome != SystemFailure || last.Seq != 3 {
		t.Errorf("facts %+v", fx.Facts)
	}
	if !reflect.DeepEqual(fx.Commands, []Command{Fallback{"a"}}) {
		t.Errorf("commands %+v", fx.Commands)
	}
	if fx := l.Step(monday, HungUp{Call: "a"}); len(fx.Facts) != 0 {
		t.Errorf("the end was told twice: %+v", fx.Facts)
	}
	if fx := l.Step(monday, HungUp{Call: "b", Side: SideCaller}); len(fx.Facts) != 1 {
		t.Errorf("the other call: %+v", fx.Facts)
	}
}

// TestPanicOverATimer finds the call that the timer was about.
func TestPanicOverATimer(t *testing.T) {
	bad := &script{step: func(s *Step, ev Event) {
		switch ev.(type) {
		case Picked:
			s.After(time.Second, Timer{Kind: "t", Of: "a"})
		case TimerFired:
			panic("late")
		}
	}}
	l := NewLoop(bad, NewRegister())
	l.Step(monday, Arrived{Call: "a"})
	l.Step(monday, Picked{Call: "a"})
	fx, ok := l.Fire(monday.Add(time.Second))
	if !ok || len(fx.Commands) != 1 {
		t.Fatalf("%v %+v", ok, fx)
	}
}

func TestTimersFireInOrder(t *testing.T) {
	var fired []string
	m := &script{step: func(s *Step, ev Event) {
		switch ev := ev.(type) {
		case Picked:
			s.After(2*time.Second, Timer{Kind: "late"})
			s.After(time.Second, Timer{Kind: "one"})
			s.After(time.Second, Timer{Kind: "two"})
		case TimerFired:
			fired = append(fired, string(ev.Timer.Kind))
		}
	}}
	l := NewLoop(m)
	l.Step(monday, Picked{Call: "c"})
	if _, ok := l.Fire(monday); ok {
		t.Fatal("a timer fired before its time")
	}
	for {
		if _, ok := l.Fire(monday.Add(time.Second)); !ok {
			break
		}
	}
	if at, ok := l.Next(); !ok || !at.Equal(monday.Add(2*time.Second)) {
		t.Errorf("next at %v, %v", at, ok)
	}
	if got := strings.Join(fired, " "); got != "one two" {
		t.Errorf("fired %q", got)
	}
}

// TestReplayGoesOnCounting: facts after a restart follow those before it, and
// keep the day on which the call began.
func TestReplayGoesOnCounting(t *testing.T) {
	l := NewLoop(NewRegister())
	first := l.Step(monday, Arrived{Call: "c", Channel: "ch"}).Facts
	again := NewLoop(NewRegister())
	again.Replay(first)
	fx := again.Step(monday.Add(24*time.Hour), HungUp{Call: "c", Side: SideCaller})
	if e := fx.Facts[0]; e.Seq != 2 || e.Day != "2026-03-02" {
		t.Errorf("%+v", e)
	}
}

func TestRegisterOutcomes(t *testing.T) {
	visit := func(how Outcome) []Fact {
		return []Fact{QueueEntered{Visit: "v"}, QueueLeft{Visit: "v", Outcome: how}}
	}
	for name, c := range map[string]struct {
		facts []Fact
		side  Side
		want  Outcome
	}{
		"in the menu":            {[]Fact{NodeEntered{Node: "main"}}, SideCaller, AbandonedIVR},
		"served by self-service": {[]Fact{NodeEntered{Node: "hours"}, SelfServed{Node: "hours"}}, SideCaller, Contained},
		"in the menu, our fault": {[]Fact{NodeEntered{Node: "main"}}, SideSystem, SystemFailure},
		"answered":               {visit(Answered), SideCaller, Answered},
		"answered, agent ended":  {visit(Answered), SideUs, Answered},
		"abandoned":              {visit(AbandonedQueue), SideCaller, AbandonedQueue},
		"returned and answered":  {append(visit(Answered), visit(Answered)...), SideCaller, Answered},
		"left a message":         {[]Fact{NodeEntered{Node: "box"}, MessageLeft{Node: "box"}}, SideUs, LeftMessage},
		"message, then waited":   {append([]Fact{MessageLeft{}}, visit(AbandonedQueue)...), SideCaller, AbandonedQueue},
		"talked outside":         {[]Fact{TransferJoined{Transfer: "t"}, TransferOver{Transfer: "t"}}, SideUs, TransferredOut},
		"nobody outside":         {[]Fact{NodeEntered{Node: "out"}, TransferOver{Transfer: "t"}}, SideCaller, AbandonedIVR},
		"returned and abandoned": {append(visit(Answered), visit(AbandonedQueue)...), SideCaller, AbandonedQueue},
	} {
		t.Run(name, func(t *testing.T) {
			facts := &script{step: func(s *Step, ev Event) {
				if _, ok := ev.(Picked); ok {
					for _, f := range c.facts {
						s.State("c", f)
					}
				}
			}}
			l := NewLoop(facts, NewRegister())
			l.Step(monday, Arrived{Call: "c"})
			l.Step(monday, Picked{Call: "c"})
			fx := l.Step(monday, HungUp{Call: "c", Side: c.side})
			end, ok := fx.Facts[len(fx.Facts)-1].Fact.(CallEnded)
			if !ok || end.Outcome != c.want {
				t.Errorf("got %+v, want %s", fx.Facts, c.want)
			}
			if (end.Node != "") != (c.want == AbandonedIVR) {
				t.Errorf("node %q with outcome %s", end.Node, end.Outcome)
			}
		})
	}
}

// outside notes what it is told to keep and do.
type outside struct{ did []string }

func (o *outside) Keep(es []Entry) {
	for _, e := range es {
		o.did = append(o.did, "keep "+e.Fact.Kind())
	}
}
func (o *outside) Do(c Command) { o.did = append(o.did, reflect.TypeOf(c).Name()) }

// TestRunner runs the goroutine on synthetic time: facts are kept before the
// orders that the same event gave, and timers fire without being asked.
func TestRunner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &script{step: func(s *Step, ev Event) {
			switch ev.(type) {
			case Picked:
				s.Order(Music{Call: "c"})
				s.State("c", CallAnswered{})
				s.After(time.Hour, Timer{Kind: "t"})
			case TimerFired:
				s.Order(HangUp{Call: "c"})
			}
		}}
		o := &outside{}
		r := NewRunner(NewLoop(m), o)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); r.Run(ctx) }()
		r.Post(Picked{Call: "c"})
		var seen int
		if err := r.Ask(ctx, func(time.Time) { seen = len(o.did) }); err != nil || seen != 2 {
			t.Errorf("asked after the event: %d, %v", seen, err)
		}
		time.Sleep(time.Hour + time.Second) // synthetic
		synctest.Wait()
		cancel()
		<-done
		want := []string{"keep call.answered", "Music", "HangUp"}
		if !reflect.DeepEqual(o.did, want) {
			t.Errorf("got %q", o.did)
		}
		if err := r.Ask(ctx, func(time.Time) {}); err == nil {
			t.Error("asked a runner that has stopped, and was answered")
		}
	})
}

// TestCallbackID: a callback's id is a UUID when the call's is, and sorts beside it.
func TestCallbackID(t *testing.T) {
	const c = ID("019a1b2c-3d4e-7f50-8a6b-7c8d9e0f1a2b")
	one, two := CallbackID(c, 1), CallbackID(c, 2)
	if len(one) != len(c) || one[:24] != c[:24] || one == c || one == two || one != CallbackID(c, 1) {
		t.Errorf("%s %s", one, two)
	}
	if id := CallbackID("c1", 1); id != "c1.cb1" {
		t.Error(id)
	}
}

// TestEveryKindSaysItsCall: an event or order that has a call must name it, or
// a panic about it ends nothing and its worker is not found.
func TestEveryKindSaysItsCall(t *testing.T) {
	for _, ev := range []Event{DialRinging{Call: "c"}, DialAnswered{Call: "c"}, DialFailed{Call: "c"}, CallbackCancelled{Callback: "c"}} {
		if CallOf(ev) != "c" {
			t.Errorf("%T", ev)
		}
	}
	for _, o := range []Command{Dial{Call: "c"}, Promise{Call: "c"}} {
		if CallOrdered(o) != "c" {
			t.Errorf("%T", o)
		}
	}
}

// TestRecent: the log of a failure has the latest events in their order, and
// nothing of what a caller has pressed.
func TestRecent(t *testing.T) {
	l := NewLoop(NewRegister())
	if got := l.Recent(); len(got) != 0 {
		t.Errorf("before any event: %v", got)
	}
	for i := range 20 {
		l.Step(monday.Add(time.Duration(i)*time.Second), DigitPressed{Call: ID(fmt.Sprint("c", i)), Digit: "7"})
	}
	l.Step(monday.Add(20*time.Second), TimerFired{Timer: Timer{Kind: "ring", Of: "c1.o1", Agent: "ana"}})
	got := l.Recent()
	if len(got) != 16 || got[0] != "09:00:05.000 call.DigitPressed call=c5" || got[15] != "09:00:20.000 call.TimerFired ring of c1.o1 agent=ana" {
		t.Errorf("the latest events are %d: %q … %q", len(got), got[0], got[len(got)-1])
	}
}

// A question that is given up is not asked any more: what it was to write to may be read.
func TestAskThatIsGivenUp(t *testing.T) {
	r := NewRunner(NewLoop(), &outside{})
	ended := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	for range 200 {
		asking, giveUp := context.WithCancel(t.Context())
		go giveUp()
		asked := false
		if err := r.Ask(asking, func(time.Time) { asked = true }); err == nil || asked {
			t.Fatal("asked before Run", err)
		}
	}
	go func() { r.Run(ctx); close(ended) }()
	for range 200 {
		asking, giveUp := context.WithCancel(t.Context())
		go giveUp()
		asked := false
		if err := r.Ask(asking, func(time.Time) { asked = true }); (err == nil) != asked {
			t.Fatal("asked:", asked, err)
		}
	}
	stop()
	<-ended
}

// TestFactsAfterTheEnd: what a later machine states of a call that has ended in this step
// follows in the call's stream; afterwards nothing is held of it, nor after a replay.
func TestFactsAfterTheEnd(t *testing.T) {
	ends := &script{step: func(s *Step, ev Event) {
		switch ev.(type) {
		case Arrived:
			s.State("c", CallStarted{})
		case HungUp:
			s.State("c", CallEnded{})
		}
	}}
	hears := &script{heard: func(s *Step, e Entry) {
		if _, over := e.Fact.(CallEnded); over {
			s.State("c", RecordingStopped{Recording: "l", Why: "end"})
		}
	}}
	l := NewLoop(ends, hears)
	past := l.Step(monday, Arrived{Call: "c"}).Facts
	past = append(past, l.Step(monday, HungUp{Call: "c"}).Facts...)
	if len(past) != 3 || past[2].Seq != 3 || past[2].Fact.Kind() != "recording.stopped" || len(l.streams) != 0 {
		t.Errorf("%+v, %d streams", past, len(l.streams))
	}
	again := NewLoop(&script{})
	again.Replay(append(past, Entry{Call: "c", Day: "2026-03-02", Seq: 4, At: monday, Fact: RecordingKept{Recording: "l"}}))
	if len(again.streams) != 0 {
		t.Errorf("%d streams of calls that have ended", len(again.streams))
	}
}
