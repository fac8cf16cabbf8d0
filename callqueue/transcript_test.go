package callqueue

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/call"
	"presszero/call/calltest"
	"presszero/ivr"
)

// menus stands for ivr: every caller wants the queue named by the number
// dialled, and may ask for more: "support;skill=french;level=2;priority=vip".
type menus struct{}

func (menus) Step(*call.Step, call.Event) {}
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
func (menus) Replay(call.Entry)          {}
func (menus) Forget(*call.Step, call.ID) {}

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
// 803 never, and those of +34666 only from 10:00 on.
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
func (policy) Awake(now time.Time, number string, _, _ time.Duration) time.Time {
	if ten := calltest.Start.Add(time.Hour); strings.HasPrefix(number, "+34666") && now.Before(ten) {
		return ten
	}
	return now
}

// queues are those of the transcripts and of the random days.
func queues() *Machine {
	m := New(
		Settings{Name: "support", WrapUp: 10 * time.Second},
		Settings{Name: "billing"},
		Settings{Name: "small", Full: 1, OnFull: Policy{Overflow, "support"}, MaxWait: time.Minute, OnMaxWait: Policy{Menu, "mailbox"}},
		Settings{Name: "lonely", OnNobody: Policy{Callback, ""}},
		Settings{Name: "night", OnClosed: Policy{Menu, "closed"}, Hours: hours(10, 18)},
		Settings{Name: "late", Hours: hours(9, 10)},
		Settings{Name: "gone", OnNobody: Policy{Menu, "choose-gone"}},
		Settings{Name: "tiny", Full: 1, OnFull: Policy{Menu, "choose-tiny"}, Spill: Spill{"german", 30 * time.Second}},
		Settings{Name: "brief", MaxWait: 40 * time.Second, OnMaxWait: Policy{Menu, "choose-brief"}, Spill: Spill{"support", time.Hour}},
		Settings{Name: "german", Skill: "german", Level: 3, Strategy: MostSkilled, Widen: []Widening{{30 * time.Second, 0}}},
		Settings{Name: "skilled", Widen: []Widening{{0, 3}, {30 * time.Second, 2}, {90 * time.Second, 0}}, Head: time.Minute},
	)
	m.add(Settings{Name: "first", Callback: CallbackSettings{CustomerFirst: 1}})
	m.Outbound = policy{}
	return m
}

// hours is a queue that is open each day between two hours.
func hours(from, until int) Hours {
	return func(now time.Time) (opens, closes time.Time) {
		day := now.Truncate(24 * time.Hour)
		if !now.Before(day.Add(time.Duration(until) * time.Hour)) {
			day = day.Add(24 * time.Hour)
		}
		return day.Add(time.Duration(from) * time.Hour), day.Add(time.Duration(until) * time.Hour)
	}
}

func TestTranscripts(t *testing.T) {
	calltest.Run(t, "testdata/*.txt", func() []call.Machine {
		return []call.Machine{menus{}, queues(), call.NewRegister()}
	})
}

// TestWholeTranscripts plays calls through the menus that we ship and the line.
func TestWholeTranscripts(t *testing.T) {
	calltest.Run(t, "testdata/whole/*.txt", func() []call.Machine {
		return []call.Machine{ivr.New(shippedFlow(), "e", seconds2), queues(), call.NewRegister()}
	})
}

func seconds2(string) time.Duration { return 2 * time.Second }

// The flows that calls walk through; read once.
var (
	shippedFlow = sync.OnceValue(func() *ivr.Flow { return versioned(ivr.Parse("example.yaml", ivr.Example)) })
	houseFlow   = sync.OnceValue(func() *ivr.Flow { return versioned(ivr.Load("../ivr/testdata/flows/house.yaml")) })
)

func versioned(flow *ivr.Flow, err error) *ivr.Flow {
	if err != nil {
		panic(err)
	}
	flow.Version = "v" // a stable word in transcripts
	return flow
}
