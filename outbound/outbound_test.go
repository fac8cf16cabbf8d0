package outbound

import (
	"errors"
	"testing"
	"time"

	"presszero/call"
)

func rule(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Rule
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func policy(t *testing.T, c Config) *Policy {
	t.Helper()
	if c.Home == "" {
		c.Home = "ES"
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCheck(t *testing.T) {
	p := policy(t, Config{Countries: []string{"ES", "PT", "GB", "US"}, Own: []string{"910 000 100"}})
	for _, c := range []struct{ name, number, e164, rule string }{
		{"mobile, national", "600 123 456", "+34600123456", ""},
		{"fixed, E.164", "+34913344555", "+34913344555", ""},
		{"with 00", "0034600123456", "+34600123456", ""},
		{"a neighbour on the list", "+351912345678", "+351912345678", ""},
		{"fixed or mobile", "+12025550123", "+12025550123", ""},
		{"not on the list", "+33612345678", "", "country"},
		{"same code, not on the list", "+18765230123", "", "country"}, // Jamaica within +1
		{"premium at home", "803123456", "", "premium"},
		{"premium abroad", "+449098790000", "", "premium"},
		{"shared cost", "902123456", "", "shared_cost"},
		{"personal number that costs", "+447012345678", "", "type"},
		{"freephone", "900123456", "", "toll_free"},
		{"emergency", "112", "", "emergency"},
		{"emergency with more behind", "1121", "", "emergency"},
		{"short code", "1004", "", "short"},
		{"Inmarsat", "+870773111632", "", "satellite"},
		{"Iridium", "+881612345678", "", "satellite"},
		{"international network", "+88213300655", "", "satellite"},
		{"international premium", "+979123456789", "", "satellite"},
		{"ours", "+34910000100", "", "own"},
		{"ours, nationally", "910000100", "", "own"},
		{"too short", "60012", "", "invalid"},
		{"not given out", "+34000000000", "", "invalid"},
		{"withheld", "anonymous", "", "unreadable"},
		{"nothing", "", "", "unreadable"},
		{"a song", "💃", "", "unreadable"},
		{"an address", "sip:600123456@example.org", "", "unreadable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := p.Check(c.number)
			if got != c.e164 || rule(err) != c.rule {
				t.Errorf("%q: %q, %v; want %q, %s", c.number, got, err, c.e164, c.rule)
			}
		})
	}
}

// TestCheckReadsAsNetworksWrite: a number that somebody types is read as one
// that a network writes, so that the person who called is the person called back.
func TestCheckReadsAsNetworksWrite(t *testing.T) {
	p := policy(t, Config{Home: "DE", Countries: []string{"DE", "US"}, Own: []string{"030 1234567"}})
	for _, c := range []struct{ number, e164, rule string }{
		{"0170 1234567", "+491701234567", ""},
		{"491701234567", "+491701234567", ""}, // not +49 4917…, which exists too
		{"tel:+49-170-1234567", "+491701234567", ""},
		{"+49 (0)170 1234567", "+491701234567", ""},
		{"0049 170 1234567", "+491701234567", ""},
		{"15123456789", "", "unreadable"}, // Austin, Texas, or a German mobile telephone without its 0
		{"+15123456789", "+15123456789", ""},
		{"49301234567", "", "own"},
		{"+49 30 1234567", "", "own"},
		{"110", "", "emergency"},
	} {
		if got, err := p.Check(c.number); got != c.e164 || rule(err) != c.rule {
			t.Errorf("%q: %q, %v; want %q, %s", c.number, got, err, c.e164, c.rule)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, c := range map[string]Config{
		"no country":  {},
		"a language":  {Home: "Spanish"},
		"own number":  {Home: "ES", Own: []string{"reception"}},
		"a zone":      {Home: "ES", Zone: "Middle/Earth"},
		"a continent": {Home: "ES", Countries: []string{"EU"}},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// TestCaps: each cap alone, and again free when its stretch is over.
func TestCaps(t *testing.T) {
	const one, two, three = "+34600123456", "+34600123457", "+34600123458"
	for _, c := range []struct {
		name  string
		cfg   Config
		calls []string // number of agent
		rule  string
		over  time.Duration
	}{
		{"number", Config{PerNumber: 2}, []string{one, one, one}, "number_cap", day},
		{"agent", Config{PerAgent: 2}, []string{one, two, three}, "agent_cap", hour},
		{"hour", Config{PerHour: 2}, []string{one, two, three}, "hour_cap", hour},
		{"day", Config{PerDay: 2}, []string{one, two, three}, "day_cap", day},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := policy(t, c.cfg)
			for i, n := range c.calls {
				err := p.Permit(noon, n, "ana")
				if last := i == len(c.calls)-1; (err != nil) != last || last && rule(err) != c.rule {
					t.Fatalf("call %d: %v", i+1, err)
				}
			}
			last := c.calls[len(c.calls)-1]
			if err := p.Permit(noon.Add(c.over-time.Second), last, "ana"); rule(err) != c.rule {
				t.Errorf("just before the end: %v", err)
			}
			if err := p.Permit(noon.Add(c.over), last, "ana"); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestPermitJudgesTheNumberAgain(t *testing.T) {
	p := policy(t, Config{})
	if err := p.Permit(noon, "+34803123456", ""); rule(err) != "premium" {
		t.Error(err)
	}
}

func TestKillSwitch(t *testing.T) {
	p := policy(t, Config{})
	p.Stop()
	if err := p.Permit(noon, "+34600123456", ""); rule(err) != "stopped" {
		t.Error(err)
	}
	if _, ok := p.Free(noon, "+34600123456"); ok || !p.Stopped() {
		t.Error("it is not known that calls are switched off")
	}
	p.Start()
	if err := p.Permit(noon, "+34600123456", ""); err != nil {
		t.Error(err)
	}
}

// TestNumbersOfTheHouse: a number that a flow names is called as often as it
// is needed, within the caps on all calls.
func TestNumbersOfTheHouse(t *testing.T) {
	p := policy(t, Config{PerNumber: 1, PerHour: 20})
	for range 20 {
		if err := p.PermitNamed(noon, "+34913344555"); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.PermitNamed(noon, "+34913344555"); rule(err) != "hour_cap" {
		t.Error(err)
	}
	if at, ok := p.Free(noon, "+34600123456"); !ok || !at.Equal(noon.Add(hour)) {
		t.Errorf("free at %s, %v", at, ok)
	}
	if err := p.Permit(noon.Add(hour), "+34913344555", ""); err != nil {
		t.Errorf("calls to it as the operator's count against a person there: %v", err)
	}
}

// TestFree: when a cap frees is known before a call is asked for, and holds.
func TestFree(t *testing.T) {
	const number = "+34600123456"
	p := policy(t, Config{PerNumber: 2})
	first := noon.Add(time.Hour)
	for _, at := range []time.Time{first, noon.Add(2 * time.Hour)} {
		if free, ok := p.Free(at, number); !ok || !free.Equal(at) {
			t.Errorf("at %s: free at %s", at, free)
		}
		if err := p.Permit(at, number, ""); err != nil {
			t.Fatal(err)
		}
	}
	free, ok := p.Free(noon.Add(3*time.Hour), number)
	if !ok || !free.Equal(first.Add(day)) {
		t.Fatalf("free at %s", free)
	}
	if again, _ := p.Free(free, number); !again.Equal(free) {
		t.Errorf("asked then, it is free at %s", again)
	}
	if err := p.Permit(free, number, ""); err != nil {
		t.Error(err)
	}
	p.Uncount(number)
	if at, _ := p.Free(free, number); !at.Equal(free) {
		t.Error("a call that did not come to the number counts")
	}
}

// TestRestart: what was counted before a restart counts after it.
func TestRestart(t *testing.T) {
	const number = "+34600123456"
	cfg := Config{PerNumber: 2, PerAgent: 3, PerHour: 4}
	var kept []Call
	p := policy(t, cfg)
	p.Restore(nil, func(c Call) { kept = append(kept, c) })
	for _, n := range []string{number, number, "+34600123457"} {
		if err := p.Permit(noon, n, "ana"); err != nil {
			t.Fatal(err)
		}
	}
	p.Uncount("+34600123457")
	p = policy(t, cfg)
	p.Restore(kept, nil)
	for by, want := range map[call.AgentID]string{"": "number_cap", "ana": "number_cap"} {
		if err := p.Permit(noon, number, by); rule(err) != want {
			t.Errorf("by %q: %v", by, err)
		}
	}
	if err := p.Permit(noon, "+34600123457", "ana"); rule(err) != "agent_cap" {
		t.Error(err)
	}
	if err := p.Permit(noon, "+34600123457", ""); err != nil {
		t.Error(err)
	}
	if err := p.Permit(noon, "+34600123458", ""); rule(err) != "hour_cap" {
		t.Error(err)
	}
}

func TestManyNumbersAreForgotten(t *testing.T) {
	p := policy(t, Config{PerHour: 1e6, PerDay: 1e6})
	for i := range 2000 {
		n := []byte("+34600100000")
		for at, j := len(n)-1, i; j > 0; at, j = at-1, j/10 {
			n[at] = byte('0' + j%10)
		}
		if err := p.Permit(noon.Add(time.Duration(i)*time.Hour), string(n), call.AgentID(n)); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.number) > 300 || len(p.agent) > 300 || len(p.made) > 30 {
		t.Errorf("%d numbers, %d agents, %d calls are remembered", len(p.number), len(p.agent), len(p.made))
	}
}

func TestAwake(t *testing.T) {
	p := policy(t, Config{Countries: []string{"ES", "US"}})
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct{ name, number, now, want string }{
		{"day", "+34600123456", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z"},
		{"before nine", "+34913344555", "2026-03-02T07:30:00Z", "2026-03-02T08:00:00Z"},
		{"evening", "+34913344555", "2026-03-02T20:00:00Z", "2026-03-03T08:00:00Z"},
		{"night of the change to summer time", "+34913344555", "2026-03-28T22:00:00Z", "2026-03-29T07:00:00Z"},
		{"New York", "+12125550123", "2026-03-02T12:00:00Z", "2026-03-02T14:00:00Z"},
		{"Los Angeles", "+12135550123", "2026-03-02T12:00:00Z", "2026-03-02T17:00:00Z"},
	} {
		if got := p.Awake(at(c.now), c.number, 0, 0); !got.Equal(at(c.want)) {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
	for _, c := range []struct {
		from, until time.Duration
		now, want   string
	}{ // a queue's own hours, where it is an hour later than UTC
		{10 * time.Hour, 18 * time.Hour, "2026-03-02T08:30:00Z", "2026-03-02T09:00:00Z"},
		{10 * time.Hour, 18 * time.Hour, "2026-03-02T17:30:00Z", "2026-03-03T09:00:00Z"},
		{time.Hour, 23 * time.Hour, "2026-03-02T07:30:00Z", "2026-03-02T08:00:00Z"}, // never longer than the operator's
		{22 * time.Hour, 23 * time.Hour, "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z"},
	} {
		if got := p.Awake(at(c.now), "+34913344555", c.from, c.until); !got.Equal(at(c.want)) {
			t.Errorf("from %s until %s: %v, want %s", c.from, c.until, got, c.want)
		}
	}
}

// BenchmarkCheck: the loop waits for it, so it must take microseconds.
func BenchmarkCheck(b *testing.B) {
	p, err := New(Config{Home: "ES", Countries: []string{"ES", "US"}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Check("+34600123456"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirst is the first number that a program ever judges.
func BenchmarkFirst(b *testing.B) {
	for b.Loop() {
		p, err := New(Config{Home: "ES"})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Check("+34600123456"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAwake(b *testing.B) {
	p, err := New(Config{Home: "ES"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p.Awake(noon, "+34600123456", 0, 0)
	}
}
