package callqueue

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
	"presszero/ivr"
)

// menus stands for ivr where a test is about the line alone: every caller wants
// the queue named by the number dialled, and may ask for more:
// "support;skill=french;level=2;priority=vip". Transcripts and random days have
// the real menus; see wishFlow.
type menus struct{}

func (menus) Step(s *call.Step, ev call.Event) {
	if ev, is := ev.(call.Recognised); is {
		s.State(ev.Call, call.CallerKnown{Name: ev.Name, Broken: ev.Broken})
	}
}
func (menus) Heard(s *call.Step, e call.Entry) {
	switch f := e.Fact.(type) {
	case call.CallStarted:
		s.State(e.Call, wants(f.To))
	case call.SentBack: // the node is a menu, and the caller chooses this queue there
		if queue, again := strings.CutPrefix(f.Node, "choose-"); again {
			s.State(e.Call, wants(queue))
		}
	}
}
func (menus) Replay(call.Entry)                             {}
func (menus) Forget(*call.Step, call.ID)                    {}
func (menus) Free(*call.Step, call.AgentID, bool) []call.ID { return nil }

func wants(to string) call.MenuLeft {
	words := strings.Split(to, ";")
	f := call.MenuLeft{Node: "main", Queue: words[0], Reason: "chosen"}
	for _, w := range words[1:] {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "skill":
			f.Skill = value
		case "level":
			f.Level, _ = strconv.Atoi(value)
		case "priority":
			f.Priority = value
		case "callback":
			f.Callback = true
		case "agent":
			f.Agent = call.AgentID(value)
		}
	}
	return f
}

// policy stands for outbound: numbers of nine digits may be called, those of
// 803 never, and those of +34666 only from 10:00 on. Dan may call from then on.
type policy struct{}

func (policy) Check(number string) (string, error) {
	n := strings.TrimPrefix(number, "+34")
	if _, err := strconv.Atoi(n); err != nil || len(n) != 9 || strings.HasPrefix(n, "803") {
		return "", errors.New("refused")
	}
	return "+34" + n, nil
}
func (policy) Permit(_ time.Time, number string, _ call.AgentID) error {
	if strings.HasPrefix(number, "+34655") {
		return errors.New("capped")
	}
	return nil
}
func (policy) Uncount(string)                         {}
func (policy) Emergency(number string) (string, bool) { return number, number == "112" }
func (policy) AgentFree(now time.Time, by call.AgentID) time.Time {
	if ten := calltest.Start.Add(time.Hour); by == "dan" && now.Before(ten) {
		return ten
	}
	return now
}
func (policy) Free(now time.Time, number string) (time.Time, bool) {
	if ten := calltest.Start.Add(time.Hour); strings.HasPrefix(number, "+34677") && now.Before(ten) {
		return ten, true
	}
	return now, true
}
func (policy) Awake(now time.Time, number string, _, _ time.Duration) time.Time {
	if ten := calltest.Start.Add(time.Hour); strings.HasPrefix(number, "+34666") && now.Before(ten) {
		return ten
	}
	return now
}

// testLine has the queues of the transcripts and of the random days.
func testLine() *Machine {
	m := New(
		Settings{Name: "support", WrapUp: 10 * time.Second, Step: "pin"},
		Settings{Name: "billing"},
		Settings{Name: "small", MaxWaiting: 1, Full: call.Exit{Queue: "support"}, MaxWait: time.Minute, TooLong: call.Exit{Node: "mailbox"}},
		Settings{Name: "lonely", Nobody: call.Exit{Callback: true}},
		Settings{Name: "night", Closed: call.Exit{Node: "closed"}, Hours: hours(10, 18)},
		Settings{Name: "late", Hours: hours(9, 10)},
		Settings{Name: "gone", Nobody: call.Exit{Node: "choose-gone"}},
		Settings{Name: "tiny", MaxWaiting: 1, Full: call.Exit{Node: "choose-tiny"}, Overflow: call.OverflowSettings{Queue: "german", After: 30 * time.Second}},
		Settings{Name: "brief", MaxWait: 40 * time.Second, TooLong: call.Exit{Node: "choose-brief"}, Overflow: call.OverflowSettings{Queue: "support", After: time.Hour}},
		Settings{Name: "german", Skill: "german", Level: 3, Strategy: call.MostSkilled, Widen: []call.Widening{{After: 30 * time.Second, Level: 0}},
			Peak: call.PeakSettings{Widen: []call.Widening{{After: time.Second, Level: 0}}, Overflow: call.OverflowSettings{Queue: "billing", After: time.Minute}}},
		Settings{Name: "skilled", Widen: []call.Widening{{Level: 3}, {After: 30 * time.Second, Level: 2}, {After: 90 * time.Second, Level: 0}}, Weight: 3},
	)
	m.queues.addQueue(Settings{Name: "first", Callback: call.CallbackSettings{CustomerFirst: 1}})
	m.Outbound = policy{}
	return m
}

// hours is a queue that is open each day between two hours.
func hours(from, until int) call.OpeningHours {
	return func(now time.Time) (opens, closes time.Time) {
		day := now.Truncate(24 * time.Hour)
		if !now.Before(day.Add(time.Duration(until) * time.Hour)) {
			day = day.Add(24 * time.Hour)
		}
		return day.Add(time.Duration(from) * time.Hour), day.Add(time.Duration(until) * time.Hour)
	}
}

// wishFlow is a flow with a number for every wish, as "billing;priority=vip",
// which leads straight into that queue, and with the number 100, a menu. It has
// the nodes to which the queues of the tests send callers back. Machines only read
// it, so one is enough for all.
var wishFlow = sync.OnceValue(func() *ivr.Flow {
	f := versioned(ivr.Parse("wishes.yaml", []byte(wishMenus)))
	for _, wish := range append(slices.Clone(wishes), "billing;callback=yes", "billing;priority=complaint", "support;callback=1") {
		w := wants(wish)
		f.Nodes[wish] = &ivr.Node{Name: wish, Kind: ivr.Wait, Line: &ivr.Line{Queue: w.Queue, Priority: w.Priority,
			Skill: w.Skill, Level: w.Level, Reason: "chosen", Callback: w.Callback}}
		f.Numbers[wish] = ivr.Number{Node: wish}
	}
	for _, queue := range []string{"gone", "tiny", "brief"} { // where these send their callers
		back := *f.Nodes[queue]
		back.Name = "choose-" + queue
		f.Nodes[back.Name] = &back
	}
	return f
})

const wishMenus = `version: 1
language: en
person: support
queues: {support: {}, billing: {}, first: {}, tiny: {}, brief: {}, gone: {}, late: {}}
numbers: {"100": main}
nodes:
  main:
    menu: main
    keys: {"1": support, "2": billing, "3": vip, "4": first, "5": tiny, "6": brief, "7": pin, "8": mailbox, "9": closed}
  vip: {queue: billing, priority: vip}
  pin: {input: pin, min: 3, max: 3, then: billing}
  mailbox: {mailbox: mailbox, owner: support, due: 1h, longest: 1m}
  closed: {say: closed, then: mailbox}
  support: {queue: support}
  billing: {queue: billing}
  first: {queue: first}
  tiny: {queue: tiny}
  brief: {queue: brief}
prompts:
  main: Press a key from 1 to 9, or 0 for a person.
  pin: Please type three digits, or press 0 for a person.
  mailbox: Please speak after the tone, or press 0 for a person.
  closed: We are closed.
`

// realMenus are the menus of the transcripts and of the random days. Their
// sounds last for two seconds.
func realMenus() call.Machine { return ivr.New(wishFlow(), "e", seconds2) }

func TestTranscripts(t *testing.T) {
	calltest.Run(t, "testdata/*.txt", func() []call.Machine {
		return []call.Machine{realMenus(), testLine(), call.NewRegister()}
	})
}

// TestWholeTranscripts plays calls through the menus that we ship and the line.
func TestWholeTranscripts(t *testing.T) {
	calltest.Run(t, "testdata/whole/*.txt", func() []call.Machine {
		return []call.Machine{ivr.New(shippedFlow(), "e", seconds2), testLine(), call.NewRegister()}
	})
}

func seconds2(string) time.Duration { return 2 * time.Second }

// The flows that calls walk through; read once.
var (
	shippedFlow = sync.OnceValue(func() *ivr.Flow { return versioned(ivr.Parse("example.yaml", ivr.Example)) })
	siteFlow    = sync.OnceValue(func() *ivr.Flow { return versioned(ivr.Load("../ivr/testdata/flows/site.yaml")) })
)

func versioned(flow *ivr.Flow, err error) *ivr.Flow {
	if err != nil {
		panic(err)
	}
	flow.Version = "v" // a stable word in transcripts
	return flow
}
