package controller

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/internal/calltest"
	"presszero/ivr"
	"presszero/web"
)

// told is a call of a transcript: its facts, and what was ordered to be said.
type told struct {
	facts []call.Entry
	plays []ordered
}

// ordered is a Play of a transcript.
type ordered struct {
	at      time.Duration // after the answer
	prompts []string
}

var (
	eventLine = regexp.MustCompile(`^([0-9.hms]+) `)
	factLine  = regexp.MustCompile(`^ +(\S+)#(\d+) (\S+) (\{.*\})$`)
	stopLine  = regexp.MustCompile(`^ +order StopPlay call=(\S+) `)
	playLine  = regexp.MustCompile(`^ +order Play call=(\S+) .*prompts=\[(.*)\]`)
)

// transcribed reads the calls of a transcript. Where none tells of an answer, a call is
// taken to be answered at once, as machines without a switch are tested.
func transcribed(t *testing.T, path string) map[string]*told {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	answered := strings.Contains(string(text), "call.answered")
	calls := map[string]*told{}
	var now time.Duration
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if m := eventLine.FindStringSubmatch(line); m != nil {
			if now, err = time.ParseDuration(m[1]); err != nil {
				t.Fatal(err)
			}
		}
		if m := factLine.FindStringSubmatch(line); m != nil {
			fact, err := call.DecodeFact(m[3], json.RawMessage(m[4]))
			if err != nil {
				t.Fatal(err)
			}
			if _, begins := fact.(call.CallStarted); begins {
				calls[m[1]] = &told{}
			}
			c := calls[m[1]]
			if c == nil {
				continue // a shift or a callback
			}
			c.facts = append(c.facts, call.Entry{Seq: len(c.facts) + 1, At: calltest.Start.Add(now), Fact: fact})
			if _, begins := fact.(call.CallStarted); begins && !answered {
				c.facts = append(c.facts, call.Entry{Seq: 2, At: calltest.Start.Add(now), Fact: call.CallAnswered{}})
			}
		}
		if m := stopLine.FindStringSubmatch(line); m != nil && calls[m[1]] != nil {
			c := calls[m[1]]
			at := calltest.Start.Add(now).Sub(answerOf(c.facts))
			c.plays = slices.DeleteFunc(c.plays, func(p ordered) bool { return p.at == at }) // nobody has heard it
		}
		if m := playLine.FindStringSubmatch(line); m != nil && calls[m[1]] != nil {
			c := calls[m[1]]
			c.plays = append(c.plays, ordered{calltest.Start.Add(now).Sub(answerOf(c.facts)), strings.Fields(m[2])})
		}
	}
	return calls
}

// answerOf is when the call was answered; if it was not yet, when it began.
func answerOf(facts []call.Entry) time.Time {
	for _, e := range facts {
		if _, ok := e.Fact.(call.CallAnswered); ok {
			return e.At
		}
	}
	return facts[0].At
}

// wordingOf is the wording of the flow that we ship, whose sounds last for 2 s.
func wordingOf(t *testing.T) wording {
	t.Helper()
	flow, err := ivr.Parse("example.yaml", ivr.Example)
	if err != nil {
		t.Fatal(err)
	}
	for name, node := range map[string]*ivr.Node{ // of the flow of callqueue's transcripts
		"closed": {Kind: ivr.Say, Prompt: "closed", Then: "mailbox"}, "mailbox": {Kind: ivr.Mailbox, Prompt: "mailbox"},
		"choose-tiny": {Kind: ivr.Wait}, "choose-gone": {Kind: ivr.Wait}, "choose-brief": {Kind: ivr.Wait},
	} {
		node.Name = name
		flow.Nodes[name] = node
	}
	return wording{
		flow: func(string) *ivr.Flow { return flow },
		sound: func(_, prompt string) (web.HeardSound, bool) {
			return web.HeardSound{Sound: "k-" + prompt, LengthS: 2}, true
		},
		emergency: func(call.ID) (call.Directive, bool) { return call.Directive{}, false },
	}
}

// unwritten are the prompts of the dialog about a callback and of calls that we make: no
// fact tells when they were said; see callqueue.Hearing.
var unwritten = []string{"callback-number", "callback-confirm", "callback-enter", "callback-later", "callback-next-opening", "callback-quiet", "callback-limit",
	"callback-stay", "callback-refused", "callback-press-1", "callback-moment", "hold-line"}

// TestHeardInTranscripts: in every transcript sounds follow each other without overlap
// and gap, from the answer to the last fact; and what was ordered to be said is there, at
// its time.
func TestHeardInTranscripts(t *testing.T) {
	w, checked := wordingOf(t), 0
	var paths []string
	for _, pattern := range []string{"../../callqueue/testdata/*.txt", "../../callqueue/testdata/whole/*.txt", "../../ivr/testdata/*.txt"} {
		list, err := filepath.Glob(pattern)
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: no transcripts, %v", pattern, err)
		}
		paths = append(paths, list...)
	}
	for _, path := range paths {
		for id, c := range transcribed(t, path) {
			sounds := hear(c.facts, w)
			within(t, path+" "+id, c.facts, sounds)
			end := c.facts[len(c.facts)-1].At.Sub(answerOf(c.facts))
			if strings.Contains(path, "restart") {
				continue // what is said again after one is in no fact
			}
			for _, p := range c.plays {
				first := p.prompts[0]
				if p.at >= end || slices.Contains(unwritten, first) {
					continue
				}
				if !slices.ContainsFunc(sounds, func(s web.HeardSound) bool {
					return s.Name == first && s.AtS <= p.at.Seconds()+0.002 && s.AtS >= p.at.Seconds()-0.002
				}) {
					t.Errorf("%s %s: %s is said at %s, and heard is\n%s", path, id, first, p.at, written(sounds))
				}
				checked++
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d sayings were compared", checked)
	}
}

// TestHearAnything: whatever the facts are, also such as no machine states and with a clock
// that is put back, sounds follow each other from the answer to the last fact.
func TestHearAnything(t *testing.T) {
	w := wordingOf(t)
	kinds := []call.Fact{call.NodeEntered{Node: "main"}, call.NodeEntered{Node: "mailbox"}, call.NodeEntered{Node: "nowhere"}, call.GreetingStale{}, call.NoInput{Try: 1}, call.NoMatch{Digit: "7", Try: 2},
		call.KeyPressed{Digit: "*"}, call.ZeroPressed{}, call.MenuLeft{}, call.InputTaken{}, call.MessageLeft{}, call.SentBack{Reason: "full"}, call.LanguageChosen{Language: "ko"}, call.EmergencyHeard{},
		call.QueueEntered{Queue: "support", From: "+34600000001"}, call.WaitAnnounced{Phrase: "wait-2-5"}, call.WaitAnnounced{Phrase: "wait-2-5", Grown: true}, call.PromiseBroken{Told: true},
		call.QueuePlaced{Next: true}, call.CallbackOffered{Why: "asked"}, call.CallbackOffered{Why: "long"}, call.CallbackOffered{Why: "on_hold"}, call.CallbackRefused{}, call.CallbackAccepted{Low: 120, High: 300},
		call.QueueLeft{Outcome: call.AbandonedQueue}, call.OfferEnded{How: "accepted"}, call.BridgeJoined{}, call.BridgeFailed{}, call.BridgeHeld{}, call.BridgeResumed{}, call.BridgeGap{}, call.BridgeRejoined{},
		call.NoticePlayed{Notice: "told", Heard: 5}, call.NoticePlayed{Notice: "told"}, call.BridgeLeft{}, call.TransferStarted{}, call.TransferJoined{}, call.TransferOver{}}
	rapid.Check(t, func(r *rapid.T) {
		at := calltest.Start
		facts := []call.Entry{{Seq: 1, At: at, Fact: call.CallStarted{To: "100"}}}
		state := func(f call.Fact) { facts = append(facts, call.Entry{Seq: len(facts) + 1, At: at, Fact: f}) }
		answer := rapid.IntRange(0, 3).Draw(r, "before the answer")
		for i := range rapid.IntRange(0, 30).Draw(r, "facts") {
			if i == answer {
				state(call.CallAnswered{})
			}
			at = at.Add(time.Duration(rapid.IntRange(-100, 9000).Draw(r, "later")) * time.Millisecond)
			state(rapid.SampledFrom(kinds).Draw(r, "fact"))
		}
		sounds := hear(facts, w)
		reached := 0.0 // the clock may have been put back at the end
		for _, e := range facts[min(answer+1, len(facts)-1):] {
			reached = max(reached, e.At.Sub(answerOf(facts)).Seconds())
		}
		if len(sounds) == 0 {
			return
		}
		followEachOther(r, "", sounds, reached)
	})
}

// within: the sounds lie within the call, one after another.
func within(t *testing.T, name string, facts []call.Entry, sounds []web.HeardSound) {
	t.Helper()
	followEachOther(t, name, sounds, max(0, facts[len(facts)-1].At.Sub(answerOf(facts)).Seconds()))
}

// followEachOther: the sounds follow each other from the answer to the end.
func followEachOther(t interface{ Errorf(string, ...any) }, name string, sounds []web.HeardSound, end float64) {
	const least = 1e-6 // s, of rounding
	at := 0.0
	for _, s := range sounds {
		if s.LengthS <= 0 || s.AtS < at-least || s.AtS > at+least {
			t.Errorf("%s: %+v does not follow the sound that ends at %g s", name, s, at)
		}
		at = s.AtS + s.LengthS
	}
	if at > end+least || at < end-least {
		t.Errorf("%s: the sounds end at %g s and the call at %g s", name, at, end)
	}
}

// written is the sounds in a line each.
func written(sounds []web.HeardSound) string {
	var text strings.Builder
	for _, s := range sounds {
		fmt.Fprintf(&text, "%g+%g %s %s", s.AtS, s.LengthS, s.Kind, s.Name+s.Text)
		if s.FromS > 0 {
			fmt.Fprintf(&text, " from %g", s.FromS)
		}
		text.WriteString("\n")
	}
	return text.String()
}

func TestHear(t *testing.T) {
	w := wordingOf(t)
	w.emergency = func(id call.ID) (call.Directive, bool) { return call.Directive{Text: "The water is off."}, id == "d1" }
	entered := func(queue string) call.Fact { return call.QueueEntered{Queue: queue, As: "live", From: "+34600000012"} }
	for _, c := range []struct {
		name  string
		facts []any // seconds since the call began, and what happened then
		want  string
	}{
		{"not answered", []any{0, call.CallStarted{}, 3, call.CallEnded{}}, ""},
		{"gives up", []any{0, call.CallStarted{To: "100"}, 0, call.NodeEntered{Node: "welcome"}, 1, call.CallAnswered{}, 4, call.NodeEntered{Node: "main"},
			5, call.ZeroPressed{Node: "main", DuringPrompt: true}, 5, call.MenuLeft{}, 5, entered("support"), 20, call.WaitAnnounced{Phrase: "wait-2-5"}, 20, call.CallbackOffered{Why: "long"},
			40, call.WaitAnnounced{Phrase: "wait-5-10", Grown: true}, 41, call.QueueLeft{Outcome: call.AbandonedQueue}, 41, call.CallEnded{}},
			"0+2 prompt greeting\n2+1 silence \n3+1 prompt main\n4+15 music default\n19+2 prompt wait-2-5\n21+2 prompt callback-offer\n23+16 music default from 15\n39+1 prompt wait-longer\n"},
		{"an accept cuts the words", []any{0, call.CallStarted{}, 0, call.CallAnswered{}, 0, entered("support"), 5, call.WaitAnnounced{Phrase: "wait-2-5"}, 6, call.OfferEnded{How: "accepted"},
			7, call.BridgeJoined{}, 17, call.BridgeHeld{}, 20, call.BridgeResumed{}, 21, call.BridgeLeft{}, 22, call.CallEnded{}},
			"0+5 music default\n5+1 prompt wait-2-5\n6+1 music default from 5\n7+10 talk \n17+3 music default\n20+1 talk \n21+1 silence \n"},
		{"no key, then a wrong one", []any{0, call.CallStarted{}, 0, call.CallAnswered{}, 0, call.NodeEntered{Node: "main"}, 7, call.NoInput{Node: "main", Try: 1},
			10, call.NoMatch{Node: "main", Digit: "9", Try: 2}, 15, call.CallEnded{}},
			"0+2 prompt main\n2+5 silence \n7+2 prompt main\n9+1 silence \n10+2 prompt wrong-9\n12+2 prompt main\n14+1 silence \n"},
		{"an emergency", []any{0, call.CallStarted{}, 0, call.EmergencyHeard{Directive: "d1"}, 0, call.CallAnswered{}, 2, call.NodeEntered{Node: "welcome"}, 3, call.CallEnded{}},
			"0+2 spoken The water is off.\n2+1 prompt greeting\n"},
		{"is told of recording", []any{0, call.CallStarted{}, 0, call.CallAnswered{}, 0, call.NodeEntered{Node: "main"}, 1, call.ZeroPressed{Node: "main", DuringPrompt: true},
			3, call.NoticePlayed{Notice: "told", Heard: 2, ToEnd: true}, 6, call.ConsentGiven{How: "stayed"}, 6, call.MenuLeft{}, 6, entered("support"), 9, call.CallEnded{}},
			"0+1 prompt main\n1+2 prompt told\n3+3 silence \n6+3 music default\n"},
		{"refuses in the middle", []any{0, call.CallStarted{}, 0, call.CallAnswered{}, 0, call.NodeEntered{Node: "main"}, 1, call.ZeroPressed{Node: "main", DuringPrompt: true},
			2, call.NoticePlayed{Notice: "told", Heard: 1}, 2, call.ConsentRefused{How: "key"}, 2, call.MenuLeft{}, 2, entered("support"), 9, call.CallEnded{}},
			"0+1 prompt main\n1+1 prompt told\n2+7 music default\n"},
		{"next in line, behind the words", []any{0, call.CallStarted{}, 0, call.CallAnswered{}, 0, entered("support"), 5, call.WaitAnnounced{Phrase: "wait-2-5"}, 6, call.QueuePlaced{Next: true}, 12, call.CallEnded{}},
			"0+5 music default\n5+2 prompt wait-2-5\n7+2 prompt wait-next\n9+3 music default from 5\n"},
		{"a callback is promised", []any{0, call.CallStarted{}, 0, call.CallAnswered{}, 0, entered("support"), 5, call.CallbackOffered{Why: "asked"},
			8, call.QueueLeft{Outcome: call.ToCallback}, 8, call.CallbackAccepted{Low: 120, High: 300}, 14, call.CallEnded{}},
			"0+5 music default\n5+2 prompt callback-number\n7+1 prompt digit-3\n8+2 prompt callback-promise\n10+2 prompt wait-2-5\n12+2 prompt goodbye\n"},
	} {
		var facts []call.Entry
		for i := 0; i < len(c.facts); i += 2 {
			facts = append(facts, call.Entry{Seq: i/2 + 1, At: calltest.Start.Add(time.Duration(c.facts[i].(int)) * time.Second), Fact: c.facts[i+1].(call.Fact)})
		}
		sounds := hear(facts, w)
		if got := written(sounds); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.name, got, c.want)
		}
		if len(sounds) > 0 {
			within(t, c.name, facts, sounds)
		}
	}
}
