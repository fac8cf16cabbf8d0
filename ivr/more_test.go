package ivr

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/call/calltest"
)

func two(string) time.Duration { return 2 * time.Second }

func house(t testing.TB) *Flow {
	t.Helper()
	flow, err := Load("testdata/flows/house.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// emptyHouse is a line where nobody is signed in.
type emptyHouse struct{}

func (emptyHouse) Step(*call.Step, call.Event) {}
func (emptyHouse) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.MenuLeft); ok && strings.Contains(f.Elsewhere, "nobody") {
		s.State(e.Call, call.QueueRefused{Queue: f.Queue, Why: "nobody"})
	}
}
func (emptyHouse) Replay(call.Entry)          {}
func (emptyHouse) Forget(*call.Step, call.ID) {}

func TestRefused(t *testing.T) {
	flow := house(t)
	flow.Version = "v"
	calltest.Run(t, "testdata/refused/*.txt", func() []call.Machine {
		return []call.Machine{New(flow, "e", two), emptyHouse{}, call.NewRegister()}
	})
}

// TestRefusedWithoutAWay: a line that refuses although it may not is told
// again, and then has to take the caller.
func TestRefusedWithoutAWay(t *testing.T) {
	l := call.NewLoop(New(example(t), "e", two), &once{}, call.NewRegister())
	fx := l.Step(calltest.Start, call.Arrived{Call: "c", To: "unknown"})
	var left []call.MenuLeft
	for _, e := range fx.Facts {
		if f, ok := e.Fact.(call.MenuLeft); ok {
			left = append(left, f)
		}
	}
	if len(left) != 2 || left[1].Elsewhere != "" || left[1].Queue != "support" {
		t.Errorf("%+v", left)
	}
}

// once refuses the first caller it hears of.
type once struct{ done bool }

func (*once) Step(*call.Step, call.Event) {}
func (o *once) Heard(s *call.Step, e call.Entry) {
	if f, ok := e.Fact.(call.MenuLeft); ok && !o.done {
		o.done = true
		s.State(e.Call, call.QueueRefused{Queue: f.Queue, Why: "full"})
	}
}
func (*once) Replay(call.Entry)          {}
func (*once) Forget(*call.Step, call.ID) {}

// TestSecretsStay: what is typed in a sensitive step is in no fact, in no
// printed command and in no JSON; only the service is told.
func TestSecretsStay(t *testing.T) {
	l := call.NewLoop(New(house(t), "e", two), call.NewRegister())
	var written []string
	revealed := ""
	post := func(ev call.Event) {
		fx := l.Step(calltest.Start, ev)
		b, err := json.Marshal(fx)
		if err != nil {
			t.Fatal(err)
		}
		written = append(written, string(b), fmt.Sprintf("%+v %#v", fx, fx))
		for _, c := range fx.Commands {
			written = append(written, calltest.Order(c))
			if ask, ok := c.(call.LookUp); ok {
				_, revealed = ask.Request()
			}
		}
	}
	post(call.Arrived{Call: "c", To: "500"})
	for _, d := range strings.Split("111#8642", "") {
		post(call.DigitPressed{Call: "c", Digit: d})
	}
	if all := strings.Join(written, "\n"); strings.Contains(all, "8642") || strings.Contains(all, "111") {
		t.Errorf("a secret got out:\n%s", all)
	}
	if revealed != `{"account":"111","pin":"8642"}` {
		t.Errorf("the service was asked %s", revealed)
	}
}

// TestPublish: a call finishes on the version it began with, also after a
// restart in between; the next one begins with the new one.
func TestPublish(t *testing.T) {
	old := example(t)
	old.Version = "old"
	newer, err := Parse("flow.yaml", []byte(strings.ReplaceAll(string(Example), `"1": billing`, `"1": technical`)))
	if err != nil {
		t.Fatal(err)
	}
	newer.Version = "new"
	m := New(old, "e", two)
	l := call.NewLoop(m, call.NewRegister())
	var past []call.Entry
	post := func(ev call.Event) []call.Entry {
		fx := l.Step(calltest.Start, ev)
		past = append(past, fx.Facts...)
		return fx.Facts
	}
	queue := func(facts []call.Entry) string {
		f, _ := facts[len(facts)-1].Fact.(call.MenuLeft)
		return f.Queue
	}
	post(call.Arrived{Call: "a", To: "100"})
	post(call.Arrived{Call: "b", To: "100"})
	m.Publish(newer, two)
	post(call.Arrived{Call: "c", To: "100"})
	if got := m.Retire(); !slices.Equal(got, []string{"new", "old"}) {
		t.Errorf("kept %v", got)
	}
	if q := queue(post(call.DigitPressed{Call: "a", Digit: "1"})); q != "billing" {
		t.Errorf("a began with the old version and went to %q", q)
	}
	if q := queue(post(call.DigitPressed{Call: "c", Digit: "1"})); q != "technical" {
		t.Errorf("c began with the new version and went to %q", q)
	}

	m = New(old, "f", two)
	m.Publish(newer, two)
	l = call.NewLoop(m, call.NewRegister())
	l.Replay(past)
	post(call.Resumed{Call: "b"})
	if q := queue(post(call.DigitPressed{Call: "b", Digit: "1"})); q != "billing" {
		t.Errorf("after the restart, b went to %q", q)
	}
	for _, c := range []call.ID{"a", "b"} {
		post(call.HungUp{Call: c, Side: call.SideCaller})
	}
	if got := m.Retire(); !slices.Equal(got, []string{"new"}) {
		t.Errorf("kept %v", got)
	}
}

// TestInclude: a flow of several files is one flow, and a finding names the
// file it is in.
func TestInclude(t *testing.T) {
	flow, err := Load("testdata/flows/parts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if flow.Nodes["main"] == nil || flow.Texts()["main"] == "" {
		t.Errorf("%+v", flow)
	}
	if _, err := Parse("flow.yaml", []byte("include: [x.yaml]\nversion: 1\n")); err == nil || !strings.Contains(err.Error(), "can include nothing") {
		t.Error(err)
	}
}

// TestHostileFiles: what is no flow at all is refused with one sentence, and
// soon; each of these has brought some reader of YAML to its knees.
func TestHostileFiles(t *testing.T) {
	deep := "a:\n"
	for i := 1; i < 600; i++ {
		deep += strings.Repeat(" ", i) + "a:\n"
	}
	for name, text := range map[string]string{
		"brackets":   strings.Repeat("[", 100_000),
		"braces":     strings.Repeat("{a: ", 50_000),
		"sequences":  strings.Repeat("- ", 100_000),
		"keys":       strings.Repeat("? ", 100_000),
		"colons":     strings.Repeat(": ", 100_000),
		"tags":       strings.Repeat("!a ", 80_000),
		"quotes":     strings.Repeat(`"`, 200_000),
		"tabs":       strings.Repeat("\t", 100_000) + "a: b",
		"anchors":    strings.Repeat("a: &a [x]\n", 20_000),
		"laughs":     "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
		"deep":       deep,
		"empty":      "",
		"comment":    "# nothing\n",
		"null":       "null\n",
		"a word":     "hello",
		"a list":     "[1, 2]",
		"not text":   "\x00\x01\xff\xfe",
		"not UTF-8":  "version: 1\nprompts: {a: \"\xff\"}\n",
		"too large":  strings.Repeat("#", maxFlow+1),
		"merge keys": "<<: {version: 1}\n",
	} {
		_, err := Parse("flow.yaml", []byte(text))
		var found Findings
		if !errors.As(err, &found) || len(found) == 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, f := range found {
			if len(f.What) > 400 || strings.Contains(f.What, "\n") {
				t.Errorf("%s: not one clear sentence: %.500s", name, f.What)
			}
		}
	}
}

func TestManyFindings(t *testing.T) {
	var b strings.Builder
	b.WriteString("version: 1\nnumbers: {\"100\": n0}\nperson: s\nqueues: {s: {}}\nnodes:\n")
	for i := range 500 {
		fmt.Fprintf(&b, "  n%d: {say: m, then: nowhere}\n", i)
	}
	_, err := Parse("flow.yaml", []byte(b.String()))
	var found Findings
	if !errors.As(err, &found) || len(found) != maxFindings+1 || !strings.Contains(found[maxFindings].What, "more findings") {
		t.Errorf("%d findings", len(found))
	}
}

// TestMeasured: real lengths count, where they are known.
func TestMeasured(t *testing.T) {
	lengths := map[string]time.Duration{"greeting": 12 * time.Second, "main": 26 * time.Second}
	_, err := Parse("flow.yaml", Example, Measured(func(p string) (time.Duration, bool) { d, ok := lengths[p]; return d, ok }))
	if err == nil || !strings.Contains(err.Error(), "12s") || !strings.Contains(err.Error(), "26s") {
		t.Error(err)
	}
	_, err = Parse("flow.yaml", Example, Measured(func(string) (time.Duration, bool) { return time.Second, true }))
	if err != nil {
		t.Error(err)
	}
}

// TestTexts: every prompt that a call can name has words to make a sound of.
func TestTexts(t *testing.T) {
	texts := house(t).Texts()
	for _, name := range []string{"main", "ko/main", "wrong-7", "ko/wrong-7", "beep", "ko/message-kept", Apology} {
		if texts[name] == "" {
			t.Errorf("no text for %s", name)
		}
	}
	if _, ok := texts["shipped"]; ok {
		t.Error("a text with values in it was to be made into a sound")
	}
}

// TestPrefixes: what can still become valid decides what a 0 means.
func TestPrefixes(t *testing.T) {
	for _, c := range []struct {
		match, typed string
		want         bool
	}{
		{"[1-9][0-9]{3}", "", true},
		{"[1-9][0-9]{3}", "0", false},
		{"[1-9][0-9]{3}", "10", true},
		{"[1-9][0-9]{3}", "10000", false},
		{"12|34", "1", true},
		{"12|34", "10", false},
		{"^0?5$", "0", true},
		{"(12)+", "121", true},
		{"(12)+", "122", false},
		{"[0-9]*", "0123456789", true},
		{`1\*`, "1*", true},
	} {
		p, err := newPrefixes(c.match)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.legal(c.typed); got != c.want {
			t.Errorf("%s after %q: %v", c.match, c.typed, got)
		}
	}
}

// TestHours tries the table at the edges of days, holidays and clock changes.
func TestHours(t *testing.T) {
	table := house(t).Nodes["office"].Open.Table
	night := house(t).Nodes["night"].Open.Table
	for _, c := range []struct {
		table *Table
		wall  string // UTC
		want  string
	}{
		{table, "2026-03-02T07:59:59Z", "closed"}, // Monday 08:59:59 in Madrid
		{table, "2026-03-02T08:00:00Z", "open"},
		{table, "2026-03-02T16:59:59Z", "open"},
		{table, "2026-03-02T17:00:00Z", "closed"},
		{table, "2026-07-06T07:00:00Z", "open"},    // summer: 09:00 is two hours off
		{table, "2026-03-03T10:00:00Z", "holiday"}, // every year
		{table, "2027-03-03T10:00:00Z", "holiday"},
		{table, "2026-03-04T08:30:00Z", "holiday"}, // 09:30, before the short day begins
		{table, "2026-03-04T09:00:00Z", "open"},
		{table, "2026-03-04T11:00:00Z", "holiday"},
		{table, "2027-03-04T08:30:00Z", "open"},   // that was only 2026
		{table, "2026-03-07T11:30:00Z", "closed"}, // Saturday's lunch
		{table, "2026-03-07T12:00:00Z", "open"},
		{table, "2026-03-08T12:00:00Z", "closed"},
		{night, "2026-03-02T20:59:00Z", "closed"},
		{night, "2026-03-02T21:00:00Z", "open"},
		{night, "2026-03-03T01:59:00Z", "open"}, // last night is not over
		{night, "2026-03-03T02:00:00Z", "closed"},
		{night, "2026-03-29T00:59:00Z", "open"}, // 01:59; the next minute is 03:00
		{night, "2026-03-29T01:00:00Z", "closed"},
		{night, "2026-10-25T00:30:00Z", "open"}, // 02:30 for the first time
		{night, "2026-10-25T01:30:00Z", "open"}, // and again
		{night, "2026-10-25T02:00:00Z", "closed"},
	} {
		at, err := time.Parse(time.RFC3339, c.wall)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.table.At(at); got != c.want {
			t.Errorf("%s: %s, want %s", c.wall, got, c.want)
		}
	}
}

// TestFresh: a greeting of the day is true for its day, by the clock of the house.
func TestFresh(t *testing.T) {
	z, err := zone("Asia/Seoul")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ validFor, from, begins, ends string }{
		{"2026-03-02", "", "2026-03-01T15:00:00Z", "2026-03-02T15:00:00Z"},
		{"", "2026-03-02", "2026-03-01T15:00:00Z", "2026-03-02T15:00:00Z"},
		{"48h", "2026-03-02T08:00", "2026-03-01T23:00:00Z", "2026-03-03T23:00:00Z"},
		{"2026-03-04", "2026-03-02", "2026-03-01T15:00:00Z", "2026-03-04T15:00:00Z"},
	} {
		f, err := fresh(c.validFor, c.from, z)
		if err != nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		if begins, ends := f.From.UTC().Format(time.RFC3339), f.Until.UTC().Format(time.RFC3339); begins != c.begins || ends != c.ends {
			t.Errorf("%+v: %s to %s", c, begins, ends)
		}
	}
	for _, validFor := range []string{"soon", "", "40000h", "2026-13-01"} {
		if _, err := fresh(validFor, "", z); err == nil {
			t.Errorf("%q was accepted", validFor)
		}
	}
}
