package ivr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/internal/calltest"
)

// randomFlow writes a flow file at random: any kind of node may lead to any
// node. Many such flows are broken; the checker has to see which.
func randomFlow(t *rapid.T) string {
	n := rapid.IntRange(2, 9).Draw(t, "nodes")
	node := func(what string) string {
		return fmt.Sprintf("n%d", rapid.IntRange(0, n-1).Draw(t, what))
	}
	maybe := func(key, what string) string {
		if rapid.IntRange(0, 3).Draw(t, "has "+what) > 0 {
			return ""
		}
		return fmt.Sprintf(", %s: %s", key, node(what))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nlanguages: [en, ko]\nkeys: %s\nperson: people\n", rapid.SampledFrom([]string{"iso", "kr"}).Draw(t, "keys"))
	b.WriteString("services: {allow: [\"https://x.example/\"]}\nhours: {office: {week: {mon-fri: \"09:00-09:30\"}, holidays: {03-03: closed}}}\n")
	fmt.Fprintf(&b, "queues:\n  people: {wrap_up: 20s%s}\n  others: {max: 5, full: %s%s}\n", maybe("nobody", "nobody of people"), node("full"), maybe("nobody", "nobody"))
	b.WriteString(rapid.SampledFrom([]string{"", "recording: {talks: all, notice: law, key: \"9\"}\n", "recording: {talks: all, notice: law, consent: opt_in, key: \"1\"}\n"}).Draw(t, "recording"))
	fmt.Fprintf(&b, "numbers: {\"100\": n0, \"200\": {node: %s, language: ko}}\nnodes:\n", node("200"))
	for i := range n {
		to := func() string { return node("to") }
		kinds := []string{
			"say: text, then: " + to(),
			"say: law, interruptible: false, then: " + to(),
			"greeting: text, valid_for: 2026-03-02, fallback: law, then: " + to(),
			fmt.Sprintf("menu: menu, keys: {\"1\": %s, \"2\": %s}, again: law%s", to(), to(), maybe("otherwise", "otherwise")),
			"language: text, keys: {\"1\": en, \"2\": ko}, then: " + to(),
			fmt.Sprintf("input: text, as: a, min: 2, max: 4, match: \"[0-4]+\", then: %s%s", to(), maybe("otherwise", "otherwise")),
			fmt.Sprintf("lookup: \"https://x.example/{k}\", keep: {a: g}, default: %s, failed: %s", to(), to()),
			"say: known, then: " + to(),
			"input: text, as: b, sensitive: true, one_of: [\"12\", \"30\"], then: " + to(),
			fmt.Sprintf("lookup: \"https://x.example/{a}\", field: f, keep: {k: g}, when: {\"yes\": %s}, default: %s, failed: %s%s, wait: text", to(), to(), to(), maybe("timeout", "timeout")),
			fmt.Sprintf("lookup: \"https://x.example/{caller}\", default: %s, failed: %s", to(), to()),
			fmt.Sprintf("hours: office, open: %s, closed: %s%s", to(), to(), maybe("holiday", "holiday")),
			"queue: people", "queue: others, priority: vip", "complaint: others", "callback: people",
			"mailbox: text, owner: people" + maybe("then", "then"), "mailbox: text, owner: others",
			"transfer: \"+34911234567\"" + maybe("failed", "failed"),
			"end: text",
		}
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		if i == 0 && rapid.IntRange(0, 2).Draw(t, "begins with a menu") > 0 {
			kind = kinds[3]
		}
		fmt.Fprintf(&b, "  n%d: {%s}\n", i, kind)
	}
	b.WriteString("prompts:\n  text: {en: Yes., ko: 네.}\n  law: {en: No., ko: 아니요.}\n  known: {en: \"{k} it is.\", ko: \"{k}입니다.\"}\n  menu: {en: \"For a, 1. For b, 2. For us, 0.\", ko: \"가는 1번, 나는 2번, 상담원은 0번.\"}\n")
	return b.String()
}

// world is everything around the menus: a switch, a service, a line and a
// caller who do whatever they do, and a judge.
type world struct {
	t       *rapid.T
	flow    *Flow
	text    string
	menus   *Machine
	loop    *call.Loop
	now     time.Time
	past    []call.Entry
	log     []string
	epoch   int
	play    string
	lookup  string
	record  string
	dial    string
	joined  bool
	on      bool // Discreet
	inLine  bool
	waits   bool // has asked for a person, and none has come
	helped  bool // has heard what was asked for, or left a message
	hungUp  bool // by us
	refuses bool // the line sends back whom it may
	sent    map[string]bool
}

// line takes callers, or sends those back whom it may: for each reason once.
type line struct{ w *world }

func (l line) Step(*call.Step, call.Event) {}
func (l line) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.MenuLeft); ok {
		s.State(e.Call, call.QueueEntered{Visit: call.VisitID(e.Call, 1), Queue: f.Queue})
		for _, exit := range l.w.flow.queue(f.Queue).exits() {
			if l.w.refuses && exit.Node != "" && !l.w.sent[f.Queue+exit.key] {
				l.w.sent[f.Queue+exit.key] = true
				s.State(e.Call, call.SentBack{Queue: f.Queue, Node: exit.Node, Reason: exit.key})
				return
			}
		}
	}
}
func (l line) Replay(call.Entry)                           {}
func (l line) Forget(*call.Step, call.ID)                  {}
func (line) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

func (w *world) begin() {
	w.epoch++
	w.menus = New(w.flow, fmt.Sprint("e", w.epoch), func(string) time.Duration { return 2 * time.Second })
	w.loop = call.NewLoop(w.menus, line{w}, call.NewRegister())
	w.loop.OnPanic = func(ev call.Event, reason any) { w.fail("%#v: %v", ev, reason) }
	w.loop.Replay(w.past)
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("%s\n%s\n%s", fmt.Sprintf(format, args...), strings.Join(w.log, "\n"), w.text)
}

func (w *world) post(ev call.Event) {
	w.log = append(w.log, fmt.Sprintf("%s %T%+v", w.now.Sub(calltest.Start), ev, ev))
	w.judge(w.loop.Step(w.now, ev))
}

// pass lets time pass; timers fire on their way.
func (w *world) pass(by time.Duration) {
	until := w.now.Add(by)
	for {
		at, ok := w.loop.Next()
		if !ok || at.After(until) {
			break
		}
		w.now = at
		fx, _ := w.loop.Fire(at)
		w.judge(fx)
	}
	w.now = until
}

func (w *world) judge(fx call.Effects) {
	for _, e := range fx.Facts {
		w.log = append(w.log, fmt.Sprintf("      %s %+v", e.Fact.Kind(), e.Fact))
		w.past = append(w.past, e)
		switch f := e.Fact.(type) {
		case call.MenuLeft:
			w.waits, w.helped = true, false
		case call.ZeroPressed:
			w.waits, w.helped = true, false
		case call.QueueEntered:
			w.inLine = true
		case call.SentBack:
			w.inLine = false
		case call.NodeEntered:
			if w.inLine {
				w.fail("was taken out of the line")
			}
		case call.SelfServed:
			w.helped = w.helped || !w.waits
		case call.MessageLeft:
			w.waits, w.helped = false, true
		case call.TransferJoined:
			w.waits, w.helped, w.joined = false, true, true
		case call.TransferOver:
			w.joined = false
		case call.NoMatch:
			if n := w.flow.Nodes[f.Node]; n.Kind == Input && f.Digit != "" {
				w.fail("what was typed is in a fact: %+v", f)
			}
		}
	}
	for _, c := range fx.Commands {
		w.log = append(w.log, "      "+calltest.Order(c))
		w.ordered(c)
	}
	if up, joined := w.menus.Transfers()["c"]; joined != w.joined || joined && up != w.dial {
		w.fail("is handed on: %v; a restart would believe %q", w.joined, up)
	}
	if w.on && (w.inLine || w.hungUp) {
		w.fail("left discreet for good: nothing of this call would be logged or recorded")
	}
}

func (w *world) ordered(c call.Command) {
	if w.inLine {
		switch c.(type) {
		case call.StopPlay, call.Discreet, call.StopRecord, call.DropTransfer, call.Answer, call.Promise:
		default:
			w.fail("%T to somebody who is in line", c)
		}
	}
	switch c := c.(type) {
	case call.Play:
		w.play = c.Play
	case call.LookUp:
		w.lookup = c.LookUp
	case call.Record:
		w.record = c.Record
	case call.TransferOut:
		w.dial = c.Transfer
	case call.Discreet:
		w.on = c.On
	case call.HangUp:
		if w.waits || !w.helped {
			w.fail("hung up on somebody who waits")
		}
		w.hungUp = true
	case call.Fallback:
		w.fail("sent to the fallback")
	}
}

// where returns the node that the caller is in.
func (w *world) where() *Node {
	var n *Node
	for _, e := range w.past {
		if f, ok := e.Fact.(call.NodeEntered); ok {
			n = w.flow.Nodes[f.Node]
		}
	}
	return n
}

// told returns the queue before which the caller hears that talks are recorded; "": hears
// no such thing, or before a number outside.
func (w *world) told() string {
	if c := w.menus.sessions["c"]; c != nil && c.notice != nil {
		return c.notice.queue
	}
	return ""
}

// zero presses 0 and judges that it leads to a person at once, where it does. Only that the
// talk is recorded is said before.
func (w *world) zero() {
	n, waits, told := w.where(), w.waits, w.told()
	before := len(w.past)
	w.post(call.DigitPressed{Call: "c", Digit: "0"})
	if n == nil || n.Kind == Input || n.Notice || waits || w.joined || w.hungUp || told != "" || w.told() == "people" {
		return
	}
	for _, e := range w.past[before:] {
		if f, ok := e.Fact.(call.MenuLeft); ok && f.Queue == "people" {
			return
		}
	}
	w.fail("0 in %s did not lead to a person", n.Name)
}

// happens lets one thing happen.
func (w *world) happens() {
	t := w.t
	if rapid.Bool().Draw(t, "as usual") {
		w.goesOn()
		return
	}
	switch what := rapid.IntRange(0, 15).Draw(t, "what"); what {
	case 0, 1, 2, 3:
		key := rapid.SampledFrom(strings.Split("1 1 1 2 2 3 4 7 * # A", " ")).Draw(t, "key")
		w.post(call.DigitPressed{Call: "c", Digit: key})
	case 4:
		w.zero()
	case 5, 6, 7:
		w.pass(time.Duration(rapid.IntRange(0, 8000).Draw(t, "ms")) * time.Millisecond)
	case 8, 9:
		w.post(call.PlayEnded{Call: "c", Play: w.play, Failed: rapid.IntRange(0, 9).Draw(t, "failed") == 0})
	case 10:
		answer := call.LookedUp{Call: "c", LookUp: w.lookup, Fields: map[string]string{"f": rapid.SampledFrom([]string{"yes", "no", ""}).Draw(t, "f")}}
		if rapid.Bool().Draw(t, "no answer") {
			answer.Failed, answer.Why = true, rapid.SampledFrom([]string{"timeout", "refused"}).Draw(t, "why")
		}
		w.post(answer)
	case 11:
		w.post(call.Recorded{Call: "c", Record: w.record, Seconds: rapid.SampledFrom([]float64{0, 0.5, 8}).Draw(t, "s"), Failed: rapid.IntRange(0, 4).Draw(t, "lost") == 0})
	case 12:
		w.post(call.TransferAnswered{Call: "c", Transfer: w.dial})
	case 13:
		w.post(call.TransferEnded{Call: "c", Transfer: w.dial, Why: rapid.SampledFrom([]string{"busy", "over"}).Draw(t, "end")})
	case 14:
		w.post(call.Recognised{Call: "c", Name: "Ann", Language: rapid.SampledFrom([]string{"", "ko", "fr"}).Draw(t, "language")})
	case 15:
		if rapid.Bool().Draw(t, "restart") {
			w.begin()
			w.post(call.Resumed{Call: "c"})
			return
		}
		w.post(call.Failed{Call: "c", Command: call.CommandName(rapid.SampledFrom([]string{"look_up", "record", "transfer_out", "play", "Promise"}).Draw(t, "command"))})
	}
}

// goesOn lets happen what was ordered last.
func (w *world) goesOn() {
	switch {
	case w.dial != "":
		if !w.joined {
			w.post(call.TransferAnswered{Call: "c", Transfer: w.dial})
			return
		}
		w.post(call.TransferEnded{Call: "c", Transfer: w.dial, Why: "over"})
		w.dial = ""
	case w.record != "":
		w.post(call.Recorded{Call: "c", Record: w.record, Seconds: 8})
		w.record = ""
	case w.lookup != "":
		w.post(call.LookedUp{Call: "c", LookUp: w.lookup, Fields: map[string]string{"f": "yes", "g": "7"}})
		w.lookup = ""
	default:
		w.post(call.PlayEnded{Call: "c", Play: w.play})
	}
}

// TestNobodyIsTrapped: through any flow that the checker accepts, whatever the
// caller, the switch and the services do, every call ends with a person, a
// message, or a goodbye after service. A caller who falls silent gets there too.
func TestNobodyIsTrapped(t *testing.T) {
	accepted, ends := 0, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 12 {
			text := randomFlow(t)
			flow, err := Parse("flow.yaml", []byte(text))
			var found Findings
			if err != nil && !errors.As(err, &found) {
				t.Fatalf("refused without a finding: %v", err)
			}
			if err != nil {
				continue
			}
			accepted++
			for range 3 {
				ends[oneCall(t, flow, text)]++
			}
		}
	})
	t.Logf("%d flows were accepted; calls ended: %v", accepted, ends)
	if ends["person"] == 0 || ends["message"]+ends["goodbye"] == 0 {
		t.Error("the random flows have become too narrow")
	}
}

// oneCall plays a random call to its end and tells how it ended.
func oneCall(t *rapid.T, flow *Flow, text string) string {
	w := &world{t: t, sent: map[string]bool{}, flow: flow, text: text, now: calltest.Start, refuses: rapid.Bool().Draw(t, "refuses")}
	w.begin()
	w.post(call.Arrived{Call: "c", To: rapid.SampledFrom([]string{"100", "100", "200", "999"}).Draw(t, "to"), From: rapid.SampledFrom([]string{"+34600", ""}).Draw(t, "from")})
	for range rapid.IntRange(0, 30).Draw(t, "events") {
		if w.hungUp {
			break
		}
		w.happens()
	}
	w.fallsSilent()
	return w.end()
}

// fallsSilent: the caller presses nothing any more, and nothing answers: only
// the engine's own patience brings the call to an end.
func (w *world) fallsSilent() {
	for range 200 {
		if w.inLine || w.hungUp {
			return
		}
		if w.joined { // a talk lasts as long as it likes
			w.post(call.TransferEnded{Call: "c", Transfer: w.dial, Why: "over"})
			continue
		}
		w.pass(20 * time.Second)
	}
	w.fail("after more than an hour of silence the caller is still in the menus")
}

func (w *world) end() string {
	switch {
	case w.inLine:
		return "person"
	case slices.ContainsFunc(w.past, func(e call.Entry) bool { _, ok := e.Fact.(call.MessageLeft); return ok }):
		return "message"
	}
	return "goodbye"
}
