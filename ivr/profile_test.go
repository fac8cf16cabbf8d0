package ivr

import (
	"os"
	"strings"
	"testing"
)

// careful is a flow that keeps every promise: one menu, a complaint and a
// person in it, nothing to type before people.
const careful = `version: 1
keys: kr
profiles: [%s]
numbers: {"100": main}
person: s
queues: {s: {}}
nodes:
  main: {menu: main, keys: {"1": q, "9": c}}
  q: {queue: s}
  c: {complaint: s}
prompts:
  main: For help, press 1. To complain, press 9. For a person, press 0.
`

func TestPromises(t *testing.T) {
	for name, p := range Promises {
		if p.Name != name || p.Basis == "" {
			t.Errorf("%s: %+v", name, p)
		}
		flow, err := Parse("flow.yaml", []byte(strings.Replace(careful, "%s", name, 1)))
		if err != nil {
			t.Errorf("%s refuses a careful flow: %v", name, err)
			continue
		}
		if got := flow.Promised(); len(got) != 1 || got[0] != p {
			t.Errorf("%s: promised %+v", name, got)
		}
	}
	if l := Promises["five_star"].Limit().Seconds(); l != 30 {
		t.Errorf("five_star answers within %v s", l)
	}
}

// TestOverride: a deep menu needs a decision that can be audited.
func TestOverride(t *testing.T) {
	text, err := os.ReadFile("testdata/broken/deep.yaml")
	if err != nil {
		t.Fatal(err)
	}
	flow, err := Parse("flow.yaml", append(text, "allow_depth: {levels: 4, who: Ana, why: a merger}\n"...))
	if err != nil {
		t.Fatal(err)
	}
	if flow.AllowDepth != (Override{4, "Ana", "a merger"}) || !strings.Contains(flow.Warnings.Error(), "as Ana decided (a merger)") {
		t.Errorf("%+v %v", flow.AllowDepth, flow.Warnings)
	}
}

// TestPromiseBroken changes one thing at a time.
func TestPromiseBroken(t *testing.T) {
	for _, c := range []struct{ profile, change, to, want string }{
		{"kr", "keys: kr", "keys: iso", "profile kr"},
		{"br", "{complaint: s}", "{queue: s}", "complaint"},
		{"es", "For help, press 1. To complain, press 9. For a person, press 0.", "core:vm-options", "does not say"},
		{"five_star", "{queue: s}", "{menu: main, keys: {\"1\": c}}", "at most 1"},
		{"es", "{queue: s}\n  c: {complaint: s}", "{mailbox: main, owner: s}\n  c: {mailbox: main, owner: s}", "way to people"},
	} {
		text := strings.Replace(strings.Replace(careful, "%s", c.profile, 1), c.change, c.to, 1)
		_, err := Parse("flow.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
