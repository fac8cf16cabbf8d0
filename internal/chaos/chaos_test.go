package chaos

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

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
