package callqueue

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

// toldFirst is a person whom we call, of which callers are told that they are recorded.
type toldFirst struct {
	*lineTest
	call   call.ID
	orders []string // about the person's call, what does not matter left out
	play   string
}

func newTold(t *testing.T, consent call.ConsentAsked, queue Settings) *toldFirst {
	queue.Name = "q"
	other := queue
	other.Name = "r"
	f := &toldFirst{lineTest: newLineTest(t, queue, other), call: "cb"}
	f.m.Outbound = policy{}
	f.m.SoundKey = func(prompt string) string { return "key-" + prompt }
	f.m.Record(call.RecordingPlan{Language: "en", House: call.HouseRecording{RecordingSettings: call.RecordingSettings{
		RecordingRule: call.RecordingRule{Talks: call.RecordAll, Notice: "told", Consent: consent, Key: "9"}, In: call.RecordingRule{Talks: call.RecordOff}}},
		Queues: map[string]call.RecordingSettings{"r": {In: call.RecordingRule{Talks: call.RecordAll}}}})
	f.signInAgent("ana")
	return f
}

func (f *toldFirst) post(ev call.Event) { f.took(f.postEvent(ev)) }

func (f *toldFirst) took(fx call.Effects) {
	for _, c := range fx.Commands {
		if call.CallOrdered(c) != f.call {
			continue
		}
		text := string(call.NameOf(c))
		switch c := c.(type) {
		case call.Play:
			f.play, text = c.Play, "play "+strings.Join(c.Prompts, "+")
		case call.Dial:
			continue
		case call.Connect:
			defer f.post(call.Bridged{Call: c.Call, Leg: c.Leg})
		}
		f.orders = append(f.orders, text)
	}
}

func (f *toldFirst) pass(d time.Duration) {
	until := f.now.Add(d)
	for at, ok := f.loop.Next(); ok && !at.After(until); at, ok = f.loop.Next() {
		f.now = at
		fx, _ := f.loop.Fire(at)
		f.keepFacts(fx)
		f.took(fx)
	}
	f.now = until
}

func (f *toldFirst) press(key string) { f.post(call.DigitPressed{Call: f.call, Digit: key}) }
func (f *toldFirst) heard(failed bool) {
	f.post(call.PlayEnded{Call: f.call, Play: f.play, Failed: failed})
}
func (f *toldFirst) answered(by string) {
	f.post(call.DialAnswered{Call: f.call, Dial: call.DialID(f.call, 1), By: by})
}
func (f *toldFirst) accept() {
	f.post(call.Accepted{Agent: "ana", Offer: f.m.floor.agents["ana"].visit.offer})
}
func (f *toldFirst) ordered(after int) string { return strings.Join(f.orders[after:], ", ") }

// callBack has a person called back whom ana has accepted.
func (f *toldFirst) callBack() {
	f.post(call.CallbackOrdered{Callback: "cb", Queue: "q", Number: "+34600000001", Since: f.now, By: "sue"})
	f.pass(0)
	f.accept()
}

// story is what was stated of the notice and after it.
func (f *toldFirst) story() string {
	var list []string
	for _, e := range f.entries {
		switch fact := e.Fact.(type) {
		case call.NoticePlayed:
			list = append(list, fmt.Sprintf("heard %s %s in %s %gs %v", fact.Notice, fact.Sound, fact.Language, fact.Heard, fact.ToEnd))
		case call.ConsentGiven:
			list = append(list, "agreed "+fact.How)
		case call.ConsentRefused:
			list = append(list, "refused "+fact.How)
		case call.BridgeJoined, call.OutgoingJoined:
			list = append(list, "joined")
		case call.CallbackTried:
			list = append(list, "tried "+fact.How)
		case call.OutgoingEnded:
			list = append(list, "over "+fact.How)
		}
	}
	return strings.Join(list, ", ")
}

// TestToldBeforeTheAgent: a person whom we call hears the notice before the agent is there,
// and what is answered decides what is stated; the agent is joined in each case.
func TestToldBeforeTheAgent(t *testing.T) {
	const whole, half = "heard told key-told in en 5s true", "heard told key-told in en 2s false"
	for name, c := range map[string]struct {
		does             func(*toldFirst)
		stay, optOut, in string
	}{
		"stays": {func(f *toldFirst) { f.pass(5 * time.Second); f.heard(false); f.pass(3 * time.Second) },
			whole + ", agreed stayed", whole + ", agreed stayed", whole},
		"presses its key": {func(f *toldFirst) {
			f.pass(2 * time.Second)
			f.press("9")
			f.pass(3 * time.Second)
			f.heard(false)
			f.pass(3 * time.Second)
		},
			"heard told key-told in en 5s true, agreed stayed", half + ", refused key", half + ", agreed key"},
		"presses it too soon": {func(f *toldFirst) { f.press("9"); f.pass(5 * time.Second); f.heard(false); f.pass(3 * time.Second) },
			whole + ", agreed stayed", "heard told key-told in en 0s false, refused key", whole},
		"presses it after the end": {func(f *toldFirst) { f.pass(5 * time.Second); f.heard(false); f.press("9"); f.pass(3 * time.Second) },
			whole + ", agreed stayed", whole + ", refused key", whole + ", agreed key"},
		"presses others": {func(f *toldFirst) {
			f.press("1")
			f.press("0")
			f.pass(5 * time.Second)
			f.heard(false)
			f.pass(3 * time.Second)
		},
			whole + ", agreed stayed", whole + ", agreed stayed", whole},
		"hears nothing": {func(f *toldFirst) { f.heard(true) },
			"heard told key-told in en 0s false", "heard told key-told in en 0s false", "heard told key-told in en 0s false"},
		"is not told of its end": {func(f *toldFirst) { f.pass(time.Minute) },
			"heard told key-told in en 60s false", "heard told key-told in en 60s false", "heard told key-told in en 60s false"},
	} {
		for consent, want := range map[call.ConsentAsked]string{call.ConsentStay: c.stay, call.ConsentOptOut: c.optOut, call.ConsentOptIn: c.in} {
			for kind, lead := range map[string]func(*toldFirst){
				"called back": func(f *toldFirst) { f.callBack(); f.answered("person") },
				"called by an agent": func(f *toldFirst) {
					f.call = "out"
					f.post(call.Dialed{Agent: "ana", Call: "out", Number: "600000001"})
					f.answered("")
				},
			} {
				f := newTold(t, consent, Settings{})
				lead(f)
				if got := f.ordered(0); got != "play told" {
					t.Fatalf("%s: once a person has answered: %s", kind, got)
				}
				c.does(f)
				if got := f.story(); got != want+", joined" {
					t.Errorf("%s, %s, %s:\n%s\nand not\n%s", kind, name, consent, got, want)
				}
				if got := f.ordered(1); !strings.HasSuffix(got, "connect") || strings.Count(got, "connect") != 1 {
					t.Errorf("%s, %s, %s: the agent is not joined: %s", kind, name, consent, got)
				}
			}
		}
	}
}

// TestToldBeforeNobody: what comes between, and who is not told.
func TestToldBeforeNobody(t *testing.T) {
	first := Settings{Callback: call.CallbackSettings{CustomerFirst: call.AlwaysFirst}}
	for name, c := range map[string]struct {
		queue        Settings
		does         func(*toldFirst)
		story, order string
	}{
		"a machine": {does: func(f *toldFirst) { f.callBack(); f.answered("machine") }, story: "tried machine", order: "let_finish, play callback-machine"},
		"hangs up": {does: func(f *toldFirst) {
			f.callBack()
			f.answered("person")
			f.pass(time.Second)
			f.post(call.HungUp{Call: "cb", Side: call.SideCaller})
		}, story: "heard told key-told in en 1s false, tried abandoned", order: "play told, drop_leg"},
		"the agent is lost, and comes back": {does: func(f *toldFirst) {
			f.callBack()
			f.answered("person")
			f.pass(time.Second)
			f.post(call.Left{Agent: "ana"})
			f.signInAgent("ana")
			f.accept() // while it is said
			f.pass(time.Second)
			f.heard(false)
			f.pass(3 * time.Second)
		}, story: "heard told key-told in en 2s true, agreed stayed, joined", order: "play told, drop_leg, connect"},
		"the agent is lost for good": {does: func(f *toldFirst) {
			f.callBack()
			f.answered("person")
			f.post(call.Left{Agent: "ana"})
			f.heard(false)
			f.pass(3 * time.Second)
		}, story: "heard told key-told in en 0s true, agreed stayed", order: "play told, drop_leg, music, music"},
		"an own call, and the agent is lost": {does: func(f *toldFirst) {
			f.call = "out"
			f.post(call.Dialed{Agent: "ana", Call: "out", Number: "600000001"})
			f.answered("")
			f.post(call.Left{Agent: "ana"})
		}, story: "heard told key-told in en 0s false, over failed", order: "play told, hang_up, drop_leg"},
		"an emergency call": {does: func(f *toldFirst) {
			f.call = "out"
			f.post(call.Dialed{Agent: "ana", Call: "out", Number: "112"})
			f.answered("")
		}, story: "joined", order: "connect"},
		"called first": {queue: first, does: func(f *toldFirst) {
			f.post(call.Learned{Queue: "q", Handle: 10, Finished: 50})
			f.post(call.Arrived{Call: "c9", To: "q"})
			f.accept()
			f.post(call.Bridged{Call: "c9", Leg: call.LegID(call.OfferID("c9", 1))})
			f.post(call.CallbackOrdered{Callback: "cb", Queue: "q", Number: "+34600000001", Since: f.now, By: "sue"})
			f.pass(0)
			f.answered("person")
			f.press("1")
			f.pass(time.Second)
			f.post(call.HungUp{Call: "c9", Side: call.SideCaller})
			f.accept()
			f.press("9")
		}, story: "joined, heard told key-told in en 1s false, refused key, joined", order: "play callback-press-1, stop_play, play told, stop_play, connect"},
		"called first, and nobody is free": {queue: first, does: func(f *toldFirst) {
			f.post(call.Learned{Queue: "q", Handle: 10, Finished: 50})
			f.post(call.Arrived{Call: "c9", To: "q"})
			f.accept()
			f.post(call.Bridged{Call: "c9", Leg: call.LegID(call.OfferID("c9", 1))})
			f.post(call.CallbackOrdered{Callback: "cb", Queue: "q", Number: "+34600000001", Since: f.now, By: "sue"})
			f.pass(0)
			f.answered("person")
			f.press("1")
			f.pass(4 * time.Second)
			f.heard(false)
			f.pass(3 * time.Second)
		}, story: "joined, heard told key-told in en 4s true, agreed stayed", order: "play callback-press-1, stop_play, play told, music, music"},
	} {
		f := newTold(t, call.ConsentOptOut, c.queue)
		c.does(f)
		if got := f.story(); got != c.story {
			t.Errorf("%s:\n%s\nand not\n%s", name, got, c.story)
		}
		if got := f.ordered(0); got != c.order {
			t.Errorf("%s: the orders\n%s\nand not\n%s", name, got, c.order)
		}
	}
}

// TestToldWhoWasNot: a caller whom the menus have told nothing hears the notice when an agent
// has accepted, whatever comes between.
func TestToldWhoWasNot(t *testing.T) {
	long := Settings{MaxWait: 30 * time.Second, TooLong: call.Exit{Node: "nowhere"}}
	for name, c := range map[string]struct {
		queue        Settings
		does         func(*toldFirst)
		story, order string
	}{
		"a queue that does not record": {does: func(f *toldFirst) { f.post(call.Arrived{Call: "c1", To: "q"}); f.accept() }, story: "joined", order: "music, connect"},
		"one that does": {does: func(f *toldFirst) {
			f.post(call.Arrived{Call: "c1", To: "r"})
			f.accept()
			f.pass(5 * time.Second)
			f.heard(false)
			f.pass(3 * time.Second)
		}, story: "heard told key-told in en 5s true, agreed stayed, joined", order: "music, play told, connect"},
		"handed over to one that does": {does: func(f *toldFirst) {
			f.post(call.Arrived{Call: "c1", To: "q"})
			f.accept()
			f.signInAgent("ben")
			f.pass(time.Second)
			f.post(call.HandedOver{Agent: "ana", Call: "c1", Queue: "r"})
			f.post(call.Accepted{Agent: "ben", Offer: f.m.floor.agents["ben"].visit.offer})
			f.press("9")
		}, story: "joined, heard told key-told in en 0s false, refused key, joined", order: "music, connect, drop_leg, music, play told, stop_play, connect"},
		"hangs up": {does: func(f *toldFirst) {
			f.post(call.Arrived{Call: "c1", To: "r"})
			f.accept()
			f.pass(time.Second)
			f.post(call.HungUp{Call: "c1", Side: call.SideCaller})
		}, story: "heard told key-told in en 1s false", order: "music, play told, drop_leg"},
		"hangs up after it": {does: func(f *toldFirst) {
			f.post(call.Arrived{Call: "c1", To: "r"})
			f.accept()
			f.heard(false)
			f.post(call.HungUp{Call: "c1", Side: call.SideCaller})
			f.pass(time.Minute)
		}, story: "heard told key-told in en 0s true", order: "music, play told, drop_leg"},
		"the agent is lost, and the wait too long": {queue: long, does: func(f *toldFirst) {
			f.post(call.Arrived{Call: "c1", To: "r"})
			f.pass(28 * time.Second)
			f.signInAgent("ben")
			f.post(call.Accepted{Agent: "ben", Offer: f.m.floor.agents["ben"].visit.offer})
			f.post(call.Left{Agent: "ben"})
			f.pass(3 * time.Second)
		}, story: "heard told key-told in en 2s false", order: "music, play told, drop_leg, stop_play"},
	} {
		f := newTold(t, call.ConsentOptOut, c.queue)
		f.call = "c1"
		c.does(f)
		if got := f.story(); got != c.story {
			t.Errorf("%s:\n%s\nand not\n%s", name, got, c.story)
		}
		if got := f.ordered(0); got != c.order {
			t.Errorf("%s: the orders\n%s\nand not\n%s", name, got, c.order)
		}
		if k := f.m.callers["c1"]; k != nil && k.notice != nil {
			t.Errorf("%s: the notice still goes on", name)
		}
	}
}

// TestToldAnew: a restart in the middle has the person told again, and another attempt is
// another call.
func TestToldAnew(t *testing.T) {
	f := newTold(t, call.ConsentOptOut, Settings{})
	f.callBack()
	f.answered("person")
	fresh := newTold(t, call.ConsentOptOut, Settings{})
	fresh.m = New(Settings{Name: "q"})
	fresh.m.Outbound, fresh.m.recording = policy{}, f.m.recording
	fresh.loop = call.NewLoop(menus{}, fresh.m, call.NewRegister())
	fresh.loop.Replay(f.entries)
	fresh.now, fresh.entries, fresh.orders = f.now, nil, nil
	fresh.post(call.Resumed{Call: "cb"})
	fresh.signInAgent("ana")
	fresh.orders = nil
	fresh.accept()
	fresh.heard(false)
	fresh.pass(3 * time.Second)
	if got := fresh.ordered(0); got != "play told, connect" {
		t.Errorf("after a restart: %s", got)
	}
	f.post(call.HungUp{Call: "cb", Side: call.SideCaller})
	f.orders = nil
	f.pass(5*time.Minute + time.Second)
	if c := f.m.callers["cb"]; c == nil || !c.consent.Told || c.notice != nil {
		t.Fatalf("%+v", c)
	}
	f.accept()
	f.post(call.DialAnswered{Call: "cb", Dial: call.DialID("cb", 2), By: "person"})
	if got := f.ordered(0); got != "play told" {
		t.Errorf("at the second attempt: %s", got)
	}
}
