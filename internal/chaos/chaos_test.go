package chaos

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/carrier"
)

// TestModes: names are public, so they are one of a kind and can be typed.
func TestModes(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Modes() {
		if seen[m.Name] || !regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$|^herd$`).MatchString(m.Name) {
			t.Errorf("the mode %q: there are two, or it cannot be typed", m.Name)
		}
		if seen[m.Name] = true; m.Deed == "" || m.play == nil || m.Bounds == (Bounds{}) {
			t.Errorf("the mode %q does nothing, says nothing or promises nothing", m.Name)
		}
	}
	for _, n := range Not {
		if seen[n.Name] || n.Why == "" {
			t.Errorf("%q is played, or it is not said why not", n.Name)
		}
	}
}

// TestOverheard: a caller who is on hold, or whose agent asks somebody, and hears an agent
// makes the mode red; not before the hold has begun to be heard, and not while something is
// being broken, or the page has lost its line.
func TestOverheard(t *testing.T) {
	long, held := time.Now().Add(-time.Minute), &call.DeskHold{}
	for name, test := range map[string]struct {
		talk   call.DeskTalk
		since  time.Time
		calm   time.Time
		lost   bool
		agents int
		red    bool
	}{
		"on hold":          {talk: call.DeskTalk{Hold: held}, since: long, calm: long, agents: 1, red: true},
		"music":            {talk: call.DeskTalk{Hold: held}, since: long, calm: long},
		"talks":            {since: long, calm: long, agents: 1},
		"just put on hold": {talk: call.DeskTalk{Hold: held}, since: time.Now(), calm: long, agents: 1},
		"broken":           {talk: call.DeskTalk{Hold: held}, since: long, agents: 1},
		"just mended":      {talk: call.DeskTalk{Hold: held}, since: long, calm: time.Now(), agents: 1},
		"line lost":        {talk: call.DeskTalk{Hold: held}, since: long, calm: long, lost: true, agents: 1},
		"another's caller": {talk: call.DeskTalk{Hold: held, Asked: &call.DeskAsked{}}, since: long, calm: long, agents: 2},
	} {
		s := newScene(t.Context(), nil, nil, Mode{}, Options{})
		p := &post{apart: test.since}
		c := &crowd{s: s, desk: map[string]*post{"ana": p}, calm: test.calm}
		l := &life{testCaller: &testCaller{number: "1"}, c: c}
		test.talk.Caller.Number = "1"
		p.takeDesk(call.Desk{State: call.Talking, Talk: &test.talk})
		if test.lost {
			p.lineLost()
		}
		for range overheard {
			l.checkApart(test.agents)
		}
		if red := len(s.row.Why) > 0; red != test.red {
			t.Errorf("%s: %v", name, s.row.Why)
		}
	}
}

// TestChanges: each of the files by which one is replaced is another one.
func TestChanges(t *testing.T) {
	good := carrierFirst(carrier.Account{Number: "+34911730000", User: "34911730000", Domain: "carrier.test"},
		"udp", "plain", "127.0.0.9:5060", "carrier.password", entry("127.0.0.1:5060"))
	goods, broken := changes(good)
	seen := map[string]bool{good: true}
	for _, text := range append(goods, broken...) {
		if seen[text] {
			t.Errorf("this file is there twice:\n%s", text)
		}
		seen[text] = true
	}
	if len(goods) != len(broken) {
		t.Errorf("%d good files and %d broken ones", len(goods), len(broken))
	}
}

// TestJudge: each promise that is not kept makes a row red, with the reason.
func TestJudge(t *testing.T) {
	bounds := Bounds{Silence: 3 * time.Second, Gap: 200 * time.Millisecond, Order: true}
	gap := Millis(300 * time.Millisecond)
	for why, r := range map[string]Row{
		"":          {Silence: Millis(2 * time.Second)},
		"stall":     {Silence: Millis(3200 * time.Millisecond), Stall: Millis(300 * time.Millisecond)},
		"nothing":   {Silence: Millis(3200 * time.Millisecond)},
		"hole":      {Gap: &gap},
		"lost":      {Lost: 1},
		"twice":     {Doubled: 2},
		"in front":  {Disorder: 1},
		"the books": {Books: []string{"1 calls without an end"}},
		"after 20s": {Why: []string{"after 20s still not: ready"}},
	} {
		r.judge(bounds)
		green := why == "" || why == "stall"
		if r.Green != green || !green && !strings.Contains(strings.Join(r.Why, "; "), why) {
			t.Errorf("%q: green %v, because %v", why, r.Green, r.Why)
		}
		var out bytes.Buffer
		Table{Out: &out}.Row(r)
		if strings.Contains(out.String(), "RED") == green || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%q is printed as %s", why, out.String())
		}
	}
}
