package ivr

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	telephone "presszero/call/number"
	"presszero/internal/calltest"
)

func two(string) time.Duration { return 2 * time.Second }

func fullFlow(t testing.TB) *Flow {
	t.Helper()
	flow, err := Load("testdata/flows/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// unstaffedLine is a line where nobody is signed in. Like the line it sends a
// caller back once; a caller who asks again waits.
type unstaffedLine struct {
	flow *Flow
	sent map[string]bool
}

func (unstaffedLine) Step(*call.Step, call.Event) {}
func (l unstaffedLine) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.MenuLeft); ok {
		once := string(e.Call) + f.Queue
		if to := l.flow.queue(f.Queue).Nobody.Node; to != "" && !l.sent[once] {
			l.sent[once] = true
			s.State(e.Call, call.SentBack{Queue: f.Queue, Node: to, Reason: "nobody"})
		}
	}
}
func (unstaffedLine) Replay(call.Entry)                             {}
func (unstaffedLine) Forget(*call.Step, call.ID)                    {}
func (unstaffedLine) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

func TestSentBack(t *testing.T) {
	flow := fullFlow(t)
	flow.Version = "v"
	calltest.Run(t, "testdata/refused/*.txt", func() []call.Machine {
		return []call.Machine{New(flow, "e", two), unstaffedLine{flow, map[string]bool{}}, call.NewRegister()}
	})
}

// TestNumbersInEveryWriting: a number of the flow is found however the file or
// the network writes it, also for a flow that is published later.
func TestNumbersInEveryWriting(t *testing.T) {
	flow, err := Parse("f.yaml", []byte(`
version: 1
language: en
person: support
queues: {support: {}}
numbers: {"2015550100": sales, "+12015550101": service, "100": inside}
nodes:
  sales: {menu: hello, keys: {"1": people}}
  service: {menu: hello, keys: {"1": people}}
  inside: {menu: hello, keys: {"1": people}}
  people: {queue: support}
prompts: {hello: "For support press 1, for a person press 0."}
`))
	if err != nil {
		t.Fatal(err)
	}
	read, err := telephone.New("US")
	if err != nil {
		t.Fatal(err)
	}
	for _, later := range []bool{false, true} {
		m := New(flow, "e", two)
		m.ReadNumbers(read.One)
		if later {
			m.Publish(flow, two)
		}
		reg := call.NewRegister()
		reg.Number = func(_, written string) string { return read.One(written) }
		l := call.NewLoop(m, reg)
		for dialled, node := range map[string]string{"+12015550100": "sales", "0012015550100": "sales", "12015550100": "sales",
			"2015550100": "sales", "(201) 555-0101": "service", "100": "inside", "101": ""} {
			id := call.ID("c" + dialled)
			entered := ""
			for _, e := range l.Step(time.Now(), call.Arrived{Call: id, To: dialled}).Facts {
				if f, ok := e.Fact.(call.NodeEntered); ok {
					entered = f.Node
				}
			}
			if entered != node {
				t.Errorf("later=%v: %s leads to %q, not %q", later, dialled, entered, node)
			}
		}
	}
}

// TestSentBackToldWhy: a node that says nothing itself is not entered without a
// word, in the caller's language; 0 still means a person at once.
func TestSentBackToldWhy(t *testing.T) {
	const text = `
version: 1
language: en
languages: [en, ko]
person: people
hours: {office: {week: {daily: "08:00-08:01"}}}
queues:
  people: {}
  a: {hours: office, closed: later, max_waiting: 5, full: by-clock, nobody: other, max_wait: 5m, too_long: sorry}
nodes:
  ask: {queue: a}
  later: {callback: people}
  other: {queue: people}
  by-clock: {hours: office, open: other, closed: later}
  sorry: {say: sorry, then: other}
numbers: {"100": {node: ask, language: ko}}
prompts: {sorry: {en: Sorry., ko: 죄송합니다.}}
`
	flow, err := Parse("flow.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ reason, node, said, then string }{
		{"closed", "later", "ko/sent-closed", "people"},
		{"full", "by-clock", "ko/sent-full", "people"},
		{"nobody", "other", "ko/sent-nobody", "people"},
		{"max_wait", "sorry", "ko/sorry", "people"},
		{"closed", "not-there", "", "people"},
	} {
		sends := &sender{call.SentBack{Queue: "a", Node: c.node, Reason: c.reason}}
		l := call.NewLoop(New(flow, "e", two), sends, call.NewRegister())
		fx := l.Step(calltest.Start, call.Arrived{Call: "c", To: "100"})
		if c.said != "" {
			play, ok := fx.Commands[len(fx.Commands)-1].(call.Play)
			if !ok || len(play.Prompts) != 1 || play.Prompts[0] != c.said {
				t.Errorf("%s: %+v", c.reason, fx.Commands)
				continue
			}
			if zero := leftFor(call.NewLoop(New(flow, "e", two), &sender{sends.as}, call.NewRegister()), call.Arrived{Call: "c", To: "100"}, call.DigitPressed{Call: "c", Digit: "0"}); zero != "people" {
				t.Errorf("%s: 0 leads to %q", c.reason, zero)
			}
			fx = l.Step(calltest.Start, call.PlayEnded{Call: "c", Play: play.Play})
		}
		if to := last(fx); to != c.then {
			t.Errorf("%s: goes on to %q: %+v", c.reason, to, fx.Facts)
		}
	}
}

// sender sends the first caller back.
type sender struct{ as call.SentBack }

func (*sender) Step(*call.Step, call.Event) {}
func (l *sender) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.MenuLeft); ok && f.Queue == l.as.Queue {
		s.State(e.Call, l.as)
	}
}
func (*sender) Replay(call.Entry)                             {}
func (*sender) Forget(*call.Step, call.ID)                    {}
func (*sender) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

// leftFor returns the queue into which the last event leads.
func leftFor(l *call.Loop, evs ...call.Event) (queue string) {
	for _, ev := range evs {
		queue = last(l.Step(calltest.Start, ev))
	}
	return queue
}

func last(fx call.Effects) (queue string) {
	for _, e := range fx.Facts {
		if f, ok := e.Fact.(call.MenuLeft); ok {
			queue = f.Queue
		}
	}
	return queue
}

// TestSentBackByANewerFlow: the queue's node may be in the flow of now only; a
// call of before goes on there.
func TestSentBackByANewerFlow(t *testing.T) {
	m := New(example(t), "e", two)
	l := call.NewLoop(m, &sender{call.SentBack{Queue: "support", Node: "message", Reason: "full"}}, call.NewRegister())
	l.Step(calltest.Start, call.Arrived{Call: "c", To: "100"})
	m.Publish(fullFlow(t), two)
	fx := l.Step(calltest.Start, call.DigitPressed{Call: "c", Digit: "0"})
	if play, ok := fx.Commands[len(fx.Commands)-1].(call.Play); !ok || play.Prompts[0] != "message" || play.Flow != fullFlow(t).Version {
		t.Errorf("%+v", fx.Commands)
	}
}

// TestSecretsStay: what is typed in a sensitive step is in no fact, in no

// printed command and in no JSON; only the service is told.

func TestSecretsStay(t *testing.T) {
	l := call.NewLoop(New(fullFlow(t), "e", two), call.NewRegister())
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

// TestFresh: a greeting of the day is true for its day, by the clock of its zone.

// TestRestartInACircle: of two services each needs what the other gave, and a
// restart has forgotten both.
func TestRestartInACircle(t *testing.T) {
	flow, err := Parse("flow.yaml", []byte(`version: 1
numbers: {"100": ask}
person: people
queues: {people: {}}
services: {allow: ["https://x.example/"]}
nodes:
  ask: {input: number, as: x, min: 2, max: 2, then: first}
  first: {lookup: "https://x.example/{x}", keep: {y: f}, default: second, failed: people}
  second: {lookup: "https://x.example/{y}", keep: {x: f}, default: people, failed: people}
  people: {queue: people}
prompts:
  number: Your number, please.
`))
	if err != nil {
		t.Fatal(err)
	}
	var past []call.Entry
	begin := func(epoch string) *call.Loop {
		l := call.NewLoop(New(flow, epoch, func(string) time.Duration { return time.Second }), call.NewRegister())
		l.Replay(past)
		return l
	}
	post := func(l *call.Loop, ev call.Event) {
		past = append(past, l.Step(calltest.Start, ev).Facts...)
	}
	l := begin("e")
	post(l, call.Arrived{Call: "c", To: "100"})
	post(l, call.DigitPressed{Call: "c", Digit: "4"})
	post(l, call.DigitPressed{Call: "c", Digit: "2"})
	post(l, call.LookedUp{Call: "c", LookUp: "c.e.l2", Fields: map[string]string{"f": "7"}})
	if f, ok := past[len(past)-1].Fact.(call.NodeEntered); !ok || f.Node != "second" {
		t.Fatalf("the caller is not at the second service: %+v", past[len(past)-1].Fact)
	}
	post(begin("f"), call.Resumed{Call: "c"})
	if f, ok := past[len(past)-1].Fact.(call.MenuLeft); !ok || f.Queue != "people" {
		t.Errorf("the caller was not led to a person: %+v", past[len(past)-1].Fact)
	}
}
