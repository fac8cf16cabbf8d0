package callqueue

import (
	"fmt"
	"testing"
	"time"

	"presszero/call"
)

// lastTime is a broken promise whose wait ended so long before now.
func lastTime(f *lineTest, visit string, ago time.Duration) call.BrokenPromise {
	return call.BrokenPromise{Visit: visit, Ended: f.now.Add(-ago), High: 360, Waited: 660}
}

// madeUp are the facts about broken promises.
func madeUp(f *lineTest) (list []call.PromiseBroken) {
	for _, fact := range f.facts {
		if p, is := fact.(call.PromiseBroken); is {
			list = append(list, p)
		}
	}
	return list
}

// spokenTo are the prompts that were ordered for a call.
func spokenTo(fx call.Effects, id call.ID) (prompts []string) {
	for _, c := range fx.Commands {
		if p, is := c.(call.Play); is && p.Call == id {
			prompts = append(prompts, p.Prompts...)
		}
	}
	return prompts
}

// TestBrokenPromise: who waited longer than we had said is told so at the next call, has
// a head start of a minute over those who came within it, and once.
func TestBrokenPromise(t *testing.T) {
	t.Parallel()
	f := newLineTest(t, Settings{Name: "q"})
	for i := range 3 {
		f.postEvent(call.Arrived{Call: call.ID(fmt.Sprintf("c%d", i)), To: "q", From: fmt.Sprint("+2", i)})
		f.passTime(40 * time.Second)
	}
	f.postEvent(call.Arrived{Call: "back", To: "q", From: "+3"})
	entered := f.now
	f.passTime(50 * time.Millisecond)
	fx := f.postEvent(call.Recognised{Call: "back", Broken: lastTime(f, "old.v1", time.Hour)})
	if got := spokenTo(fx, "back"); len(got) != 1 || got[0] != "promise-broken" {
		t.Errorf("the caller hears %q", got)
	}
	want := call.PromiseBroken{Visit: "back.v1", Queue: "q", Was: "old.v1", High: 360, Waited: 660, Credit: 60, Key: entered.Add(-time.Minute), Told: true}
	if got := madeUp(f); len(got) != 1 || got[0] != want {
		t.Fatalf("booked is %+v, want %+v", got, want)
	}
	order := func() (list []call.ID) {
		f.m.queues.lines["q"].open.eachOpen(func(v *visit) bool {
			if v.state == Waiting {
				list = append(list, v.caller.id)
			}
			return true
		})
		return list
	}
	if got := fmt.Sprint(order()); got != "[c0 c1 back c2]" { // c2 came 40 s before
		t.Errorf("the line is %s", got)
	}
	// The words end, and there is music.
	if fx := f.postEvent(call.PlayEnded{Call: "back", Play: f.m.callers["back"].visit.play}); len(fx.Commands) != 1 {
		t.Errorf("after the words there comes %v", fx.Commands)
	}
	// Somebody else who claims the number before the books know has nothing of it; nor has
	// the caller, by entering another line or after a restart.
	f.postEvent(call.Arrived{Call: "other", To: "q", From: "+3"})
	if fx := f.postEvent(call.Recognised{Call: "other", Broken: lastTime(f, "old.v1", time.Hour)}); len(spokenTo(fx, "other")) > 0 {
		t.Error("it is made up for twice")
	}
	again := newLineTest(t, Settings{Name: "q"})
	again.now = f.now
	again.loop.Replay(f.entries)
	if got := again.m.callers["back"].visit; !got.key.Equal(want.Key) || got.credit != time.Minute {
		t.Errorf("after a restart the place is %s with %s", got.key, got.credit)
	}
	again.postEvent(call.Arrived{Call: "third", To: "q", From: "+3"})
	again.postEvent(call.Recognised{Call: "third", Broken: lastTime(again, "old.v1", time.Hour)})
	if n := len(madeUp(f)) + len(madeUp(again)); n != 1 {
		t.Errorf("it was made up for %d times", n)
	}
	// A promise of another time is another matter.
	again.postEvent(call.Arrived{Call: "fourth", To: "q", From: "+3"})
	again.postEvent(call.Recognised{Call: "fourth", Broken: lastTime(again, "other.v1", time.Hour)})
	if got := madeUp(again); len(got) != 1 || got[0].Was != "other.v1" {
		t.Errorf("booked is %+v", got)
	}
}

// TestWhoseBrokenPromise: who is told, and who has credit.
func TestWhoseBrokenPromise(t *testing.T) {
	t.Parallel()
	const week = 7 * 24 * time.Hour
	quick := call.BrokenPromiseSettings{Credit: 10 * time.Second}
	for name, c := range map[string]struct {
		set          call.BrokenPromiseSettings
		to, from     string
		visit        string
		ago          time.Duration
		told         bool
		credit, made float64 // seconds of the head start that is booked and that there is
	}{
		"usual":                      {call.BrokenPromiseSettings{}, "q", "+1", "v", time.Hour, true, 60, 60},
		"so long ago":                {call.BrokenPromiseSettings{}, "q", "+1", "v", week, true, 60, 60},
		"longer ago":                 {call.BrokenPromiseSettings{}, "q", "+1", "v", week + time.Second, false, 0, 0},
		"kept":                       {call.BrokenPromiseSettings{}, "q", "+1", "", time.Hour, false, 0, 0},
		"withheld":                   {call.BrokenPromiseSettings{}, "q", "anonymous", "v", time.Hour, false, 0, 0},
		"off":                        {call.BrokenPromiseSettings{Off: true}, "q", "+1", "v", time.Hour, false, 0, 0},
		"silent":                     {call.BrokenPromiseSettings{Silent: true}, "q", "+1", "v", time.Hour, false, 60, 60},
		"less":                       {quick, "q", "+1", "v", time.Hour, true, 10, 10},
		"within less":                {call.BrokenPromiseSettings{Within: 30 * time.Minute}, "q", "+1", "v", time.Hour, false, 0, 0},
		"beyond what any credit may": {call.BrokenPromiseSettings{Credit: time.Hour}, "q", "+1", "v", time.Hour, true, 120, 120},
		"has a greater credit":       {quick, "q;priority=vip", "+1", "v", time.Hour, true, 0, 60},
		"has a smaller one":          {call.BrokenPromiseSettings{Credit: 90 * time.Second}, "q;priority=vip", "+1", "v", time.Hour, true, 90, 90},
	} {
		t.Run(name, func(t *testing.T) {
			f := newLineTest(t, Settings{Name: "q", BrokenPromise: c.set})
			f.postEvent(call.Arrived{Call: "c", To: c.to, From: c.from})
			fx := f.postEvent(call.Recognised{Call: "c", Broken: lastTime(f, c.visit, c.ago)})
			var booked call.PromiseBroken
			if list := madeUp(f); len(list) > 0 {
				booked = list[0]
			}
			if got := len(spokenTo(fx, "c")) > 0; got != c.told || booked.Told != c.told || booked.Credit != c.credit {
				t.Errorf("told %v, booked %+v", got, booked)
			}
			if v := f.m.callers["c"].visit; v.entered.Sub(v.key).Seconds() != c.made {
				t.Errorf("the head start is %s", v.entered.Sub(v.key))
			}
		})
	}
}

// TestBrokenPromiseWhileServed: who is served at once hears of it while the agent's page
// rings, and no word of it is heard in the talk.
func TestBrokenPromiseWhileServed(t *testing.T) {
	t.Parallel()
	f := newLineTest(t, Settings{Name: "q"})
	f.signInAgent("ana")
	f.postEvent(call.Arrived{Call: "c", To: "q", From: "+1"})
	if fx := f.postEvent(call.Recognised{Call: "c", Broken: lastTime(f, "old.v1", time.Hour)}); len(spokenTo(fx, "c")) != 1 {
		t.Fatal("the caller hears nothing of it")
	}
	v := f.m.callers["c"].visit
	f.postEvent(call.Accepted{Agent: "ana", Offer: v.offer})
	f.postEvent(call.LegMade{Call: "c", Leg: v.leg, Remote: "r"})
	fx := f.postEvent(call.Bridged{Call: "c", Leg: v.leg})
	if v.state != Talking || v.play != "" {
		t.Errorf("the two talk (%s), and %q is said; %v", v.state, v.play, fx.Commands)
	}
	f.postEvent(call.Arrived{Call: "late", To: "q", From: "+2"})
	f.passTime(time.Second)
	g := f.m.callers["late"].visit
	g.play = "x" // is being told something else
	if fx := f.postEvent(call.Recognised{Call: "late", Broken: lastTime(f, "else.v1", time.Hour)}); len(spokenTo(fx, "late")) > 0 || len(madeUp(f)) != 2 || madeUp(f)[1].Told {
		t.Errorf("words on words: %+v", madeUp(f))
	}
}
