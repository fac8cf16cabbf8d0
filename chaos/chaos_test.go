package chaos

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"
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
