package call_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/ivr"
)

// The test plays every event that a caller can cause or meet, in every
// situation that a caller can be in, through the real menus, the real line and
// the register, and compares the machines that acted on it with the table in
// testdata/takers.txt. `go test ./call -run Takers -update` writes the table
// anew: read the difference.
//
// Whatever the table says, one event is one deed: at most one machine acts on
// it. The exceptions are the ends of a call, which close what each machine has
// open.

const takersFlow = `version: 1
language: en
person: support
queues: {support: {}, billing: {}}
numbers: {"100": welcome}
services: {allow: ["https://orders.example/"]}
nodes:
  welcome: {say: greeting, then: main}
  main: {menu: main, keys: {"1": billing, "2": pin, "3": message, "4": outside, "5": account}}
  pin: {input: pin, min: 4, max: 4, match: "[0-9]{4}", then: billing}
  message: {mailbox: message, owner: support, due: 30m, longest: 1m}
  outside: {transfer: "+34911234567", wait: moment, failed: person}
  account: {lookup: "https://orders.example/account", field: kind, when: {gold: billing}, default: person, failed: person}
  billing: {queue: billing}
  person: {queue: support}
prompts:
  greeting: Welcome.
  main: For billing, press 1. For your account, press 2. For a message, press 3. For the branch, press 4. For your kind of account, press 5. For a person, press 0.
  pin: Please type your four digits, or press 0 for a person.
  message: Please leave a message after the tone, or press 0 for a person.
  moment: One moment please.
`

// anyNumber lets every number be called at any time.
type anyNumber struct{}

func (anyNumber) Check(number string) (string, error) {
	if number == "" {
		return "", errors.New("withheld")
	}
	return number, nil
}
func (anyNumber) Uncount(string)                                    {}
func (anyNumber) Free(now time.Time, _ string) (time.Time, bool)    { return now, true }
func (anyNumber) Emergency(number string) (string, bool)            { return number, false }
func (anyNumber) AgentFree(now time.Time, _ call.AgentID) time.Time { return now }
func (anyNumber) Permit(time.Time, string, call.AgentID) error      { return nil }
func (anyNumber) Awake(now time.Time, _ string, _, _ time.Duration) time.Time {
	return now
}

// taker notes that a machine acted on an event.
type taker struct {
	call.Machine
	name string
	took *[]string
}

func (m taker) Step(s *call.Step, ev call.Event) {
	before := s.Made()
	m.Machine.Step(s, ev)
	if s.Made() > before {
		*m.took = append(*m.took, m.name)
	}
}

// rig is the three machines with one caller, c1.
type rig struct {
	t     *testing.T
	now   time.Time
	loop  *call.Loop
	took  []string
	play  string // the caller's current playback
	task  string // the caller's recording, transfer or look-up
	offer string // that ana is offered
}

func newRig(t *testing.T) *rig {
	t.Helper()
	flow, err := ivr.Parse("flow.yaml", []byte(takersFlow))
	if err != nil {
		t.Fatal(err)
	}
	line := callqueue.New(callqueue.Settings{Name: "support"}, callqueue.Settings{Name: "billing"})
	line.Outbound = anyNumber{}
	h := &rig{t: t, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	menus := ivr.New(flow, "e", func(string) time.Duration { return 3 * time.Second })
	h.loop = call.NewLoop(taker{menus, "menus", &h.took}, taker{line, "line", &h.took}, taker{call.NewRegister(), "register", &h.took})
	h.loop.OnPanic = func(ev call.Event, reason any) { t.Errorf("%#v: %v", ev, reason) }
	return h
}

func (h *rig) takeCommands(fx call.Effects) call.Effects {
	for _, c := range fx.Commands {
		switch c := c.(type) {
		case call.Play:
			h.play = c.Play
		case call.StopPlay, call.Music:
			h.play = ""
		case call.Record:
			h.task = c.Record
		case call.TransferOut:
			h.task = c.Transfer
		case call.LookUp:
			h.task = c.LookUp
		case call.Show:
			if c.Desk.Offer != nil {
				h.offer = c.Desk.Offer.Offer
			}
		}
	}
	return fx
}

func (h *rig) postEvent(ev call.Event) call.Effects {
	h.took = nil
	return h.takeCommands(h.loop.Step(h.now, ev))
}

// fireNextTimer lets the time pass until the next timer, and fires it.
func (h *rig) fireNextTimer() {
	h.took = nil
	if due, ok := h.loop.Next(); ok {
		h.now = due
		fx, _ := h.loop.Fire(due)
		h.takeCommands(fx)
	}
}

func (h *rig) passTime(d time.Duration) {
	until := h.now.Add(d)
	for due, ok := h.loop.Next(); ok && !due.After(until); due, ok = h.loop.Next() {
		h.now = due
		fx, _ := h.loop.Fire(due)
		h.takeCommands(fx)
	}
	h.now = until
}

func (h *rig) press(keys string) {
	for _, k := range keys {
		h.postEvent(call.DigitPressed{Call: "c1", Digit: string(k)})
	}
}

func (h *rig) played() {
	play := h.play
	h.play = ""
	h.postEvent(call.PlayEnded{Call: "c1", Play: play})
}

func (h *rig) arrives() {
	h.postEvent(call.Arrived{Call: "c1", To: "100", From: "+34600000001"})
	h.postEvent(call.Picked{Call: "c1"})
}

func (h *rig) agent() {
	h.postEvent(call.SignedIn{Agent: "ana", Shift: "s1"})
	h.postEvent(call.MediaUp{Agent: "ana", Address: "x"})
	h.postEvent(call.Chose{Agent: "ana", Presence: call.Available})
}

// inLine has the caller choose billing in the menu and wait in that queue.
func (h *rig) inLine(waits time.Duration) {
	h.arrives()
	h.played()
	h.press("1")
	h.passTime(waits)
}

// askForCallback has the caller wait in line and press 1 to be called back; the caller
// then hears the number read back.
func (h *rig) askForCallback() { h.inLine(5 * time.Second); h.press("1") }

// talks has the caller talk with the agent.
func (h *rig) talks() {
	h.agent()
	h.inLine(time.Second)
	h.accepted()
	h.postEvent(call.Bridged{Call: "c1", Leg: call.LegID(h.offer)})
	h.passTime(time.Second)
}

func (h *rig) accepted() {
	h.postEvent(call.Accepted{Agent: "ana", Offer: h.offer})
}

// situations are the places that a caller can be in, and how one gets there.
var situations = []struct {
	name string
	lead func(*rig)
}{
	{"hears the greeting", func(h *rig) { h.arrives() }},
	{"hears the menu", func(h *rig) { h.arrives(); h.played() }},
	{"is listened to by the menu", func(h *rig) { h.arrives(); h.played(); h.played() }},
	{"types, one digit missing", func(h *rig) { h.arrives(); h.played(); h.press("2123") }},
	{"records a message", func(h *rig) { h.arrives(); h.played(); h.press("3"); h.played(); h.passTime(2 * time.Second) }},
	{"is looked up", func(h *rig) { h.arrives(); h.played(); h.press("5") }},
	{"hears the transfer ring", func(h *rig) { h.arrives(); h.played(); h.press("4"); h.played() }},
	{"has just come into the line", func(h *rig) { h.inLine(0) }},
	{"waits with music", func(h *rig) { h.inLine(5 * time.Second) }},
	{"is offered a callback", func(h *rig) { h.inLine(130 * time.Second) }},
	{"begins to hear the number read back", func(h *rig) { h.askForCallback() }},
	{"has heard the number read back", func(h *rig) {
		h.askForCallback()
		h.passTime(3 * time.Second)
		h.played()
	}},
	{"hears the promise", func(h *rig) {
		h.askForCallback()
		h.passTime(3 * time.Second)
		h.press("1")
	}},
	{"is offered to an agent", func(h *rig) { h.agent(); h.inLine(time.Second) }},
	{"is being connected", func(h *rig) {
		h.agent()
		h.inLine(time.Second)
		h.accepted()
	}},
	{"talks", func(h *rig) { h.talks() }},
	{"is on hold for long", func(h *rig) {
		h.talks()
		h.postEvent(call.Held{Agent: "ana", Call: "c1", On: true})
		h.passTime(31 * time.Second)
	}},
	{"waits for the agent's page", func(h *rig) {
		h.talks()
		h.postEvent(call.Left{Agent: "ana", Lost: true})
		h.passTime(5 * time.Second)
	}},
	{"is handed to a number, which rings", func(h *rig) {
		h.talks()
		h.postEvent(call.HandedOver{Agent: "ana", Call: "c1", Number: "+34600000009"})
	}},
	{"is handed to a number, and talks there", func(h *rig) {
		h.talks()
		h.postEvent(call.HandedOver{Agent: "ana", Call: "c1", Number: "+34600000009"})
		h.postEvent(call.TransferAnswered{Call: "c1", Transfer: h.task})
	}},
}

// happenings are what can come to a caller. An end may be taken by all.
var happenings = []struct {
	name string
	ends bool
	ev   func(*rig) call.Event
}{
	{"key 1", false, func(*rig) call.Event { return call.DigitPressed{Call: "c1", Digit: "1"} }},
	{"key 2", false, func(*rig) call.Event { return call.DigitPressed{Call: "c1", Digit: "2"} }},
	{"key 0", false, func(*rig) call.Event { return call.DigitPressed{Call: "c1", Digit: "0"} }},
	{"key *", false, func(*rig) call.Event { return call.DigitPressed{Call: "c1", Digit: "*"} }},
	{"key #", false, func(*rig) call.Event { return call.DigitPressed{Call: "c1", Digit: "#"} }},
	{"playback ends", false, func(h *rig) call.Event { return call.PlayEnded{Call: "c1", Play: h.play} }},
	{"playback fails", false, func(h *rig) call.Event { return call.PlayEnded{Call: "c1", Play: h.play, Failed: true} }},
	{"recognised", false, func(*rig) call.Event { return call.Recognised{Call: "c1", Name: "Pat", VIP: true} }},
	{"the look-up answers", false, func(h *rig) call.Event {
		return call.LookedUp{Call: "c1", LookUp: h.task, Fields: map[string]string{"kind": "gold"}}
	}},
	{"the look-up fails", false, func(h *rig) call.Event { return call.LookedUp{Call: "c1", LookUp: h.task, Failed: true} }},
	{"recording ends", false, func(h *rig) call.Event { return call.Recorded{Call: "c1", Record: h.task, Seconds: 9} }},
	{"transfer answered", false, func(h *rig) call.Event { return call.TransferAnswered{Call: "c1", Transfer: h.task} }},
	{"transfer ends", false, func(h *rig) call.Event { return call.TransferEnded{Call: "c1", Transfer: h.task, Why: "busy"} }},
	{"promise not on disk", false, func(*rig) call.Event { return call.Failed{Call: "c1", Command: "Promise"} }},
	{"leg bridged", false, func(h *rig) call.Event { return call.Bridged{Call: "c1", Leg: call.LegID(h.offer)} }},
	{"leg ends", false, func(h *rig) call.Event { return call.LegEnded{Call: "c1", Leg: call.LegID(h.offer)} }},
	{"agent accepts", false, func(h *rig) call.Event { return call.Accepted{Agent: "ana", Offer: h.offer} }},
	{"agent hangs up", false, func(*rig) call.Event { return call.AgentHungUp{Agent: "ana", Call: "c1"} }},
	{"agent leaves", false, func(*rig) call.Event { return call.Left{Agent: "ana", Lost: true} }},
	{"the next timer", false, func(*rig) call.Event { return nil }},
	{"restart", false, func(*rig) call.Event { return call.Resumed{Call: "c1"} }},
	{"hangs up", true, func(*rig) call.Event { return call.HungUp{Call: "c1", Side: call.SideCaller} }},
}

func TestTakers(t *testing.T) {
	const path = "testdata/takers.txt"
	var got strings.Builder
	got.WriteString("# Which machine acts on an event, by the caller's situation. One event, one deed:\n" +
		"# only the end of a call is taken by several. Events that no machine acts on are left out.\n")
	for _, at := range situations {
		fmt.Fprintf(&got, "\nThe caller %s:\n", at.name)
		for _, what := range happenings {
			h := newRig(t)
			at.lead(h)
			if ev := what.ev(h); ev != nil {
				h.postEvent(ev)
			} else {
				h.fireNextTimer()
			}
			deciding := slices.DeleteFunc(slices.Clone(h.took), func(name string) bool { return name == "register" })
			if len(deciding) > 1 && !what.ends {
				t.Errorf("the caller %s, %s: taken by %v", at.name, what.name, deciding)
			}
			if len(h.took) > 0 {
				fmt.Fprintf(&got, "  %-20s %s\n", what.name, strings.Join(h.took, ", "))
			}
		}
	}
	if f := flag.Lookup("update"); f.Value.String() == "true" {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("the table of %s is\n%s\nand was\n%s", path, got.String(), want)
	}
}

// TestOnePress: a key that leads from the menus to the line does nothing else,
// whether it is the key of a menu, the last digit of an input, or typed ahead;
// and nobody is promised a callback whose question was not heard.
func TestOnePress(t *testing.T) {
	for _, c := range []struct {
		name  string
		press func(*rig)
	}{
		{"once", func(h *rig) { h.played(); h.press("1") }},
		{"twice at once", func(h *rig) { h.played(); h.press("11") }},
		{"five times at once", func(h *rig) { h.played(); h.press("11111") }},
		{"ahead, in the greeting", func(h *rig) { h.press("1") }},
		{"twice ahead, in the greeting", func(h *rig) { h.press("11") }},
		{"as the last digit of an input", func(h *rig) { h.played(); h.press("21111") }},
		{"more often than an input has digits", func(h *rig) { h.played(); h.press("211111111") }},
		{"with a pause, and again at once", func(h *rig) { h.played(); h.press("1"); h.passTime(3 * time.Second); h.press("11") }},
		{"slowly three times", func(h *rig) {
			h.played()
			for range 3 {
				h.press("1")
				h.passTime(400 * time.Millisecond)
			}
		}},
		{"before the offer and not after it", func(h *rig) {
			h.played()
			h.press("1")
			h.passTime(2 * time.Second)
			h.press("1")
			h.passTime(300 * time.Millisecond)
			h.press("1")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newRig(t)
			h.arrives()
			h.loop.OnPanic = func(ev call.Event, reason any) { t.Fatalf("%#v: %v", ev, reason) }
			c.press(h)
			h.passTime(20 * time.Second)
			for _, e := range h.postEvent(call.HungUp{Call: "c1", Side: call.SideCaller}).Facts {
				if left, ok := e.Fact.(call.QueueLeft); ok {
					if left.Outcome != call.AbandonedQueue {
						t.Errorf("the caller was no longer in line: %s", left.Outcome)
					}
					return
				}
			}
			t.Error("the caller was not in line at the end")
		})
	}
}
