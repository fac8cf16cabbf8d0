package deskclient_test

import (
	"errors"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/deskclient"
	"presszero/internal/mediatest"
	"presszero/softphone"
)

// goesOn holds that the talk goes on with this page, without another offer, after so
// many gaps at most. A page that is very quick leaves none.
func (c *centre) goesOn(t *testing.T, page *deskclient.Client, gaps int) {
	t.Helper()
	ctx := limit(t)
	if err := page.ConnectAudio(ctx); err != nil {
		t.Fatal(err)
	}
	if d := c.waitUntil(ctx, page, "talking", state(call.Talking)); d.Talk.Call != "c1" {
		t.Errorf("the desk shows %+v", d.Talk)
	}
	hearEachOther(ctx, t, page, c.caller("c1"))
	facts := c.kinds()
	for kind, want := range map[string]int{"offer.started": 1, "bridge.joined": 1, "bridge.left": 0, "bridge.rejoined": facts["bridge.gap"]} {
		if facts[kind] != want {
			t.Errorf("%s was stated %d times, want %d", kind, facts[kind], want)
		}
	}
	if n := facts["bridge.gap"]; n > gaps {
		t.Errorf("there were %d gaps, want %d at most", n, gaps)
	}
}

// A page that is loaded anew, again and again, has its caller back each time.
func TestReload(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann, caller := c.talking(ctx)
	for n := range 3 {
		began := time.Now()
		again, err := ann.Reload(ctx)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(again.Close)
		ann = again
		c.goesOn(t, ann, n+1)
		t.Logf("the longest time without a packet was %v", caller.LongestGap(began, time.Now()))
	}
}

// A page that crashes says nothing. The caller hears so before the grace of its line is
// over, and has the agent back with the next page.
func TestCrash(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann, _ := c.talking(ctx)
	began := time.Now()
	ann.Phone().Mute(true)
	ann.Drop()
	mediatest.Until(t, "the talk has a gap", func() bool { return c.kinds()["bridge.gap"] == 1 })
	t.Logf("the gap was noticed after %v", time.Since(began))
	again, err := ann.Reload(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	c.goesOn(t, again, 1)
}

// A second page that asks is refused, and disturbs nothing; one that takes the desk has
// the caller without a gap in the books.
func TestSecondPage(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann, caller := c.talking(ctx)
	if _, err := ann.Beside(ctx, true); !errors.Is(err, deskclient.ErrOpen) {
		t.Fatalf("a page that asks: %v", err)
	}
	began := time.Now()
	second, err := ann.Beside(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Close)
	c.goesOn(t, second, 0)
	t.Logf("the longest time without a packet was %v", caller.LongestGap(began, time.Now()))
	select {
	case <-ann.Done():
	case <-ctx.Done():
	}
	if ann.Bye() != softphone.ByeElsewhere {
		t.Errorf("the first page was told %q", ann.Bye())
	}
	ann.Close() // late
	if err := second.HangUp("c1"); err != nil {
		t.Fatal(err)
	}
	c.waitUntil(ctx, second, "wrapping up", state(call.WrapUp))
}

// What an agent does with a caller is on the desk.
func TestVerbs(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann, _ := c.talking(ctx)
	held := func(d call.Desk) bool { return d.Talk != nil && d.Talk.Hold != nil }
	noticed := func(what string) func(call.Desk) bool {
		return func(d call.Desk) bool { return d.Notice != nil && d.Notice.What == what }
	}
	for _, step := range []struct {
		do   func() error
		what string
		ok   func(call.Desk) bool
	}{
		{func() error { return ann.Hold("c1", true) }, "on hold", held},
		{func() error { return ann.Hold("c1", false) }, "talking", func(d call.Desk) bool { return !held(d) }},
		{func() error { return ann.Keys("c1", "12") }, "pressing keys", func(d call.Desk) bool { return d.Talk.Keys == 2 }},
		{func() error { return ann.Keys("c1", "#") }, "pressing one more", func(d call.Desk) bool { return d.Talk.Keys == 3 }},
		{func() error { return ann.Help(true) }, "asking for help", func(d call.Desk) bool { return d.Help != nil }},
		{func() error { return ann.Help(false) }, "helped", func(d call.Desk) bool { return d.Help == nil }},
		{func() error { return ann.Hand("c1", deskclient.Handover{Queue: "support"}) }, "refused", noticed("hand_nobody")},
		{func() error { return ann.Hand("c1", deskclient.Handover{To: "ben"}) }, "refused", noticed("hand_offline")},
		{func() error { return ann.PutBack("c1", "a note", false) }, "wrapping up", state(call.WrapUp)},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		c.waitUntil(ctx, ann, step.what, step.ok)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.facts {
		if f, is := e.Fact.(call.QueueEntered); is && f.Origin == "returned" {
			if f.By != "ann" || f.Note != "a note" {
				t.Errorf("the caller was put back with %+v", f)
			}
			return
		}
	}
	t.Error("the caller was not put back")
}
