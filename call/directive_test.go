package call_test

import (
	"slices"
	"testing"
	"time"

	"presszero/call"
)

// directing is a loop that keeps directives, and the facts that it has stated.
type directing struct {
	*call.Directives
	loop  *call.Loop
	now   time.Time
	facts []call.Entry
}

func newDirecting(past ...call.Entry) *directing {
	m := call.NewDirectives()
	d := &directing{Directives: m, loop: call.NewLoop(m), now: nine, facts: past}
	d.loop.Replay(past)
	return d
}

func (d *directing) post(ev call.Event) { d.facts = append(d.facts, d.loop.Step(d.now, ev).Facts...) }

// wait lets time pass, and timers fire.
func (d *directing) wait(long time.Duration) {
	until := d.now.Add(long)
	for {
		at, set := d.loop.Next()
		if !set || at.After(until) {
			break
		}
		fx, _ := d.loop.Fire(at)
		d.facts = append(d.facts, fx.Facts...)
	}
	d.now = until
}

func (d *directing) kinds() (list []string) {
	for _, e := range d.facts {
		kind := e.Fact.Kind()
		if f, is := e.Fact.(call.DirectiveEnded); is {
			kind += " " + f.How
		}
		list = append(list, string(e.Call)+" "+kind)
	}
	return list
}

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func emergency(id call.ID, text string, long time.Duration) call.DirectiveSet {
	return call.DirectiveSet{ID: id, Directive: call.Directive{What: call.EmergencyDirective, Text: text, Until: nine.Add(long), By: "eva"}}
}

// TestDirectiveEndsByItself: also when the controller was away at that time.
func TestDirectiveEndsByItself(t *testing.T) {
	d := newDirecting()
	d.post(emergency("d1", "The lift is broken.", time.Hour))
	d.wait(59 * time.Minute)
	if held, holds := d.Emergency(); !holds || held.By != "eva" || held.Text != "The lift is broken." {
		t.Fatalf("it holds: %v, %+v", holds, held)
	}
	again := newDirecting(slices.Clone(d.facts)...)
	again.now = d.now
	again.post(call.Strained{})
	if _, holds := again.Emergency(); !holds {
		t.Fatal("a restart has ended it")
	}
	late := newDirecting(slices.Clone(d.facts)...)
	late.now = nine.Add(2 * time.Hour)
	late.post(call.Strained{})
	for _, d := range []*directing{d, again, late} {
		d.wait(time.Minute)
		if _, holds := d.Emergency(); holds {
			t.Error("it holds after its time")
		}
		if got, want := d.kinds(), []string{"d1 directive.began", "d1 directive.ended over"}; !slices.Equal(got, want) {
			t.Errorf("facts are %q, not %q", got, want)
		}
	}
}

// TestDirectiveReplaced: of a kind there is one; the same again changes nothing, and
// what is taken back twice is taken back once.
func TestDirectiveReplaced(t *testing.T) {
	d := newDirecting()
	d.post(emergency("d1", "One.", time.Hour))
	d.post(emergency("d2", "One.", time.Hour))
	d.post(emergency("d3", "Two.", time.Hour))
	d.post(emergency("d4", "Too late.", -time.Hour))
	door := call.DirectiveSet{ID: "d5", Directive: call.Directive{What: call.DoorDirective, Queue: "support", Until: nine.Add(time.Hour), By: "eva"}}
	d.post(door)
	lift := call.DirectiveLifted{What: call.EmergencyDirective, By: "tom"}
	d.post(lift)
	d.post(lift)
	want := []string{"d1 directive.began", "d1 directive.ended replaced", "d3 directive.began", "d5 directive.began", "d3 directive.ended lifted"}
	if got := d.kinds(); !slices.Equal(got, want) {
		t.Errorf("facts are %q, not %q", got, want)
	}
	if f := d.facts[len(d.facts)-1].Fact.(call.DirectiveEnded); f.By != "tom" {
		t.Errorf("it was lifted by %q", f.By)
	}
}
