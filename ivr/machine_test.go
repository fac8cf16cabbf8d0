package ivr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/call/calltest"
)

func two(string) time.Duration { return 2 * time.Second }

func house(t testing.TB) *Flow {
	t.Helper()
	flow, err := Load("testdata/flows/house.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// emptyHouse is a line where nobody is signed in.

type emptyHouse struct{}

func (emptyHouse) Step(*call.Step, call.Event) {}

func (emptyHouse) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.MenuLeft); ok && strings.Contains(f.Elsewhere, "nobody") {
		s.State(e.Call, call.QueueRefused{Queue: f.Queue, Why: "nobody"})
	}
}

func (emptyHouse) Replay(call.Entry) {}

func (emptyHouse) Forget(*call.Step, call.ID) {}

func TestRefused(t *testing.T) {
	flow := house(t)
	flow.Version = "v"
	calltest.Run(t, "testdata/refused/*.txt", func() []call.Machine {
		return []call.Machine{New(flow, "e", two), emptyHouse{}, call.NewRegister()}
	})
}

// TestRefusedWithoutAWay: a line that refuses although it may not is told

// again, and then has to take the caller.

func TestRefusedWithoutAWay(t *testing.T) {
	l := call.NewLoop(New(example(t), "e", two), &once{}, call.NewRegister())
	fx := l.Step(calltest.Start, call.Arrived{Call: "c", To: "unknown"})
	var left []call.MenuLeft
	for _, e := range fx.Facts {
		if f, ok := e.Fact.(call.MenuLeft); ok {
			left = append(left, f)
		}
	}
	if len(left) != 2 || left[1].Elsewhere != "" || left[1].Queue != "support" {
		t.Errorf("%+v", left)
	}
}

// once refuses the first caller it hears of.

type once struct{ done bool }

func (*once) Step(*call.Step, call.Event) {}

func (o *once) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.MenuLeft); ok && !o.done {
		o.done = true
		s.State(e.Call, call.QueueRefused{Queue: f.Queue, Why: "full"})
	}
}

func (*once) Replay(call.Entry) {}

func (*once) Forget(*call.Step, call.ID) {}

// TestSecretsStay: what is typed in a sensitive step is in no fact, in no

// printed command and in no JSON; only the service is told.

func TestSecretsStay(t *testing.T) {
	l := call.NewLoop(New(house(t), "e", two), call.NewRegister())
	var written []string
	revealed := ""
	post := func(ev call.Event) {
		fx := l.Step(calltest.Start, ev)
		b, err := json.Marshal(fx)
		if err != nil {
			t.Fatal(err)
		}
		written = append(written, string(b), fmt.Sprintf("%+v %#v", fx, fx))
		for _, c := range fx.Commands {
			written = append(written, calltest.Order(c))
			if ask, ok := c.(call.LookUp); ok {
				_, revealed = ask.Request()
			}
		}
	}
	post(call.Arrived{Call: "c", To: "500"})
	for _, d := range strings.Split("111#8642", "") {
		post(call.DigitPressed{Call: "c", Digit: d})
	}
	if all := strings.Join(written, "\n"); strings.Contains(all, "8642") || strings.Contains(all, "111") {
		t.Errorf("a secret got out:\n%s", all)
	}
	if revealed != `{"account":"111","pin":"8642"}` {
		t.Errorf("the service was asked %s", revealed)
	}
}

// TestPublish: a call finishes on the version it began with, also after a

// restart in between; the next one begins with the new one.

func TestPublish(t *testing.T) {
	old := example(t)
	old.Version = "old"
	newer, err := Parse("flow.yaml", []byte(strings.ReplaceAll(string(Example), `"1": billing`, `"1": technical`)))
	if err != nil {
		t.Fatal(err)
	}
	newer.Version = "new"
	m := New(old, "e", two)
	l := call.NewLoop(m, call.NewRegister())
	var past []call.Entry
	post := func(ev call.Event) []call.Entry {
		fx := l.Step(calltest.Start, ev)
		past = append(past, fx.Facts...)
		return fx.Facts
	}
	queue := func(facts []call.Entry) string {
		f, _ := facts[len(facts)-1].Fact.(call.MenuLeft)
		return f.Queue
	}
	post(call.Arrived{Call: "a", To: "100"})
	post(call.Arrived{Call: "b", To: "100"})
	m.Publish(newer, two)
	post(call.Arrived{Call: "c", To: "100"})
	if got := m.Retire(); !slices.Equal(got, []string{"new", "old"}) {
		t.Errorf("kept %v", got)
	}
	if q := queue(post(call.DigitPressed{Call: "a", Digit: "1"})); q != "billing" {
		t.Errorf("a began with the old version and went to %q", q)
	}
	if q := queue(post(call.DigitPressed{Call: "c", Digit: "1"})); q != "technical" {
		t.Errorf("c began with the new version and went to %q", q)
	}

	m = New(old, "f", two)
	m.Publish(newer, two)
	l = call.NewLoop(m, call.NewRegister())
	l.Replay(past)
	post(call.Resumed{Call: "b"})
	if q := queue(post(call.DigitPressed{Call: "b", Digit: "1"})); q != "billing" {
		t.Errorf("after the restart, b went to %q", q)
	}
	for _, c := range []call.ID{"a", "b"} {
		post(call.HungUp{Call: c, Side: call.SideCaller})
	}
	if got := m.Retire(); !slices.Equal(got, []string{"new"}) {
		t.Errorf("kept %v", got)
	}
}

// TestInclude: a flow of several files is one flow, and a finding names the

// file it is in.

// TestHostileFiles: what is no flow at all is refused with one sentence, and

// soon; each of these has brought some reader of YAML to its knees.

// TestMeasured: real lengths count, where they are known.

// TestTexts: every prompt that a call can name has words to make a sound of.

// TestPrefixes: what can still become valid decides what a 0 means.

// TestHours tries the table at the edges of days, holidays and clock changes.

// TestFresh: a greeting of the day is true for its day, by the clock of the house.
