package deskclient_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/deskclient"
	"presszero/internal/mediatest"
	"presszero/softphone"
	"presszero/softphone/media"
)

// stage is a centre without a line: the test shows the desks, and hears what the page
// says.
type stage struct {
	*centre
	said chan call.Event
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{&centre{t: t}, make(chan call.Event, 1000)}
	quiet := slog.New(slog.DiscardHandler)
	var err error
	if s.engine, err = media.New(media.Config{MediaAddr: "127.0.0.1:0", Logger: quiet}); err != nil {
		t.Fatal(err)
	}
	ids := 0
	s.hub = softphone.New(softphone.Config{Engine: s.engine, Logger: quiet, Post: func(ev call.Event) { s.said <- ev },
		NewID: func() call.ID { ids++; return call.ID(fmt.Sprintf("id%d", ids)) }})
	s.serve()
	return s
}

// page is ann's, who has signed in.
func (s *stage) page(more ...func(*deskclient.Options)) *deskclient.Client {
	s.t.Helper()
	ann, err := deskclient.Dial(limit(s.t), s.options(more...))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(ann.Close)
	if _, is := s.next().(call.SignedIn); !is {
		s.t.Fatal("ann did not sign in first")
	}
	return ann
}

// next is what the page says next.
func (s *stage) next() call.Event {
	s.t.Helper()
	select {
	case ev := <-s.said:
		return ev
	case <-time.After(20 * time.Second):
		s.t.Fatal("the page says nothing")
		return nil
	}
}

// expect holds that the page says this next.
func (s *stage) expect(want call.Event) {
	s.t.Helper()
	if got := s.next(); got != want {
		s.t.Fatalf("the page said %#v, want %#v", got, want)
	}
}

func (s *stage) show(talk call.DeskTalk) {
	talk.Queue = "support"
	s.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Talking, Talk: &talk}})
}

// asked is a colleague who is asked and has answered.
func asked(with call.With) *call.DeskOther {
	return &call.DeskOther{Ask: "a1", Agent: "ben", State: "talking", With: with}
}

// What the client says of asking is what the page says.
func TestAsk(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ann := s.page()
	for _, test := range []struct {
		do   error
		want call.Event
	}{
		{ann.Ask("c1", deskclient.Whom{To: "ben", Note: "a word"}), call.Asked{Agent: "ann", Call: "c1", Ask: "id2", To: "ben", Note: "a word"}},
		{ann.Ask("c1", deskclient.Whom{Queue: "support"}), call.Asked{Agent: "ann", Call: "c1", Ask: "id3", Queue: "support"}},
		{ann.Ask("c1", deskclient.Whom{Number: "+34600"}), call.Asked{Agent: "ann", Call: "c1", Ask: "id4", Number: "+34600"}},
		{ann.Turn("c1", call.WithAll), call.Turned{Agent: "ann", Call: "c1", With: call.WithAll}},
		{ann.HandTo("c1", "id4"), call.HandedOver{Agent: "ann", Call: "c1", Ask: "id4"}},
		{ann.Cancel("c1"), call.AskCancelled{Agent: "ann", Call: "c1"}},
	} {
		if test.do != nil {
			t.Fatal(test.do)
		}
		s.expect(test.want)
	}
}

// The client tells how many keys it had pressed before, in whatever call.
func TestKeys(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ann := s.page()
	for _, desk := range []call.Desk{
		{State: call.Connecting, Offer: &call.DeskOffer{Call: "o1", Keys: 2}},
		{State: call.Talking, Talk: &call.DeskTalk{Call: "c1", Keys: 3, Other: &call.DeskOther{Ask: "a1", Keys: 5}}},
	} {
		s.hub.Do(call.Show{Agent: "ann", Desk: desk})
		s.waitUntil(limit(t), ann, string(desk.State), state(desk.State))
		for id, after := range map[call.ID]int{"o1": 2, "c1": 3, "a1": 5} {
			if (id == "o1") != (desk.Offer != nil) {
				continue
			}
			if err := ann.Keys(id, "7"); err != nil {
				t.Fatal(err)
			}
			if ev, is := s.next().(call.Keyed); !is || ev.Call != id || ev.After != after {
				t.Errorf("keys of %s became %#v", id, ev)
			}
		}
	}
}

// A robot asks somebody of the queue, does what the desk says that it may, and goes back
// to the caller when nobody is asked any more.
func TestRobotAsks(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ann := s.page(func(o *deskclient.Options) {
		o.Robot = &deskclient.Robot{TalkFor: 100 * time.Millisecond, AskFor: time.Hour, Ask: 1}
	})
	s.show(call.DeskTalk{Call: "c1"})
	s.expect(call.Asked{Agent: "ann", Call: "c1", Ask: "id2", Queue: "support", Note: "from ann"})
	s.show(call.DeskTalk{Call: "c1", Hold: &call.DeskHold{}, Other: &call.DeskOther{Ask: "a1", State: "ringing"}})
	s.waitUntil(limit(t), ann, "asking", func(d call.Desk) bool { return d.Talk.Other != nil })
	s.show(call.DeskTalk{Call: "c1", Hold: &call.DeskHold{}})
	s.expect(call.Held{Agent: "ann", Call: "c1"})
}

// Each verb of the desk leads to its message, and no other does.
func TestRobotDoesWhatItMay(t *testing.T) {
	t.Parallel()
	others := []call.DeskVerb{call.CanKeys, call.CanResume, call.CanEnd}
	for verb, want := range map[call.DeskVerb]call.Event{
		call.CanCaller: call.Turned{Agent: "ann", Call: "c1", With: call.WithCaller},
		call.CanOther:  call.Turned{Agent: "ann", Call: "c1", With: call.WithOther},
		call.CanAll:    call.Turned{Agent: "ann", Call: "c1", With: call.WithAll},
		call.CanLeave:  call.HandedOver{Agent: "ann", Call: "c1", Ask: "a1"},
		call.CanCancel: call.AskCancelled{Agent: "ann", Call: "c1"},
	} {
		t.Run(string(verb), func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.page(func(o *deskclient.Options) { o.Robot = &deskclient.Robot{TalkFor: time.Hour, Ask: 1} })
			s.show(call.DeskTalk{Call: "c1", Other: asked(call.WithOther), Can: append(others, verb)})
			s.expect(want)
		})
	}
}

// A robot that is asked answers, and hangs up or stays.
func TestRobotIsAsked(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.page(func(o *deskclient.Options) { o.Robot = &deskclient.Robot{AcceptAfter: 20 * time.Millisecond} })
	seen := map[bool]bool{} // whether it hung up
	hangsUp := func(n int) call.Event {
		return call.AgentHungUp{Agent: "ann", Call: call.ID(fmt.Sprint("a", n))}
	}
	for n := 0; len(seen) < 2; n++ {
		if n == 100 {
			t.Fatalf("of %d times it did the same: hung up %v", n, seen)
		}
		by, ask := &call.DeskAsked{By: "ben"}, call.ID(fmt.Sprint("a", n))
		s.hub.Do(call.Show{Agent: "ann", Desk: call.Desk{State: call.Ringing, Offer: &call.DeskOffer{Offer: string(ask), Asked: by}}})
		ev := s.next()
		if ev == hangsUp(n-1) { // late, on a busy machine
			seen[true] = true
			ev = s.next()
		}
		if want := (call.Accepted{Agent: "ann", Offer: string(ask)}); ev != want {
			t.Fatalf("the robot said %#v, want %#v", ev, want)
		}
		s.show(call.DeskTalk{Call: ask, Asked: by})
		select {
		case ev := <-s.said:
			if ev != hangsUp(n) {
				t.Fatalf("the robot said %#v", ev)
			}
			seen[true] = true
		case <-time.After(200 * time.Millisecond): // it stays, of which there is no news
			seen[false] = true
		}
	}
}

// askBen has ann, who talks with c1, ask ben, and returns both when his page rings.
func (c *centre) askBen(ctx context.Context) (ann, ben *deskclient.Client) {
	c.t.Helper()
	ann, _ = c.talking(ctx)
	ben = c.atWork(ctx, func(o *deskclient.Options) { o.Name = "ben" })
	if err := ann.Ask("c1", deskclient.Whom{To: "ben", Note: "a word"}); err != nil {
		c.t.Fatal(err)
	}
	d := c.waitUntil(ctx, ben, "rung", state(call.Ringing))
	if asked := d.Offer.Asked; asked == nil || asked.By != "ann" || asked.Note != "a word" || d.Offer.Caller.Number != "+34910000001" {
		c.t.Fatalf("ben's page rings for %+v", d.Offer)
	}
	c.waitUntil(ctx, ann, "asking", func(d call.Desk) bool {
		return d.Talk.Hold != nil && d.Talk.Other != nil && d.Talk.Other.Agent == "ben"
	})
	return ann, ben
}

// Of her two legs an agent hears the one to which she turns, until she leaves the two
// others together.
func TestConsult(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann, ben := c.askBen(ctx)
	if err := ben.Accept(ben.Desk().Offer.Offer); err != nil {
		t.Fatal(err)
	}
	ask := c.waitUntil(ctx, ben, "talking", state(call.Talking)).Talk.Call
	for _, turn := range []struct {
		with call.With
		tone float64
		leg  call.ID
	}{{call.WithOther, mediatest.Caller2, ask}, {call.WithCaller, mediatest.Caller, "c1"}, {call.WithOther, mediatest.Caller2, ask}, {call.WithAll, mediatest.Caller, "c1"}} {
		if err := ann.Turn("c1", turn.with); err != nil {
			t.Fatal(err)
		}
		for page, with := range map[*deskclient.Client]func(call.DeskTalk) call.With{
			ann: func(d call.DeskTalk) call.With { return d.Other.With },
			ben: func(d call.DeskTalk) call.With { return d.Asked.With },
		} {
			c.waitUntil(ctx, page, "with "+string(turn.with), func(d call.Desk) bool { return with(*d.Talk) == turn.with })
		}
		hearFrom(ctx, t, ann, c.caller(turn.leg), turn.tone)
		if hold := ann.Desk().Talk.Hold; (hold != nil) != (turn.with == call.WithOther) {
			t.Errorf("with %s, the hold is %v", turn.with, hold)
		}
	}
	if err := ann.HandTo("c1", ask); err != nil {
		t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "wrapping up", state(call.WrapUp))
	d := c.waitUntil(ctx, ben, "with the caller", func(d call.Desk) bool { return d.Talk != nil && d.Talk.Call == "c1" })
	if d.Talk.Handed == nil || d.Talk.Handed.By != "ann" || d.Talk.Asked != nil {
		t.Errorf("ben has %+v", d.Talk)
	}
	hearFrom(ctx, t, ben, c.caller(call.ID(call.AskDial(ask))), mediatest.Caller2)
}

// A colleague who does not want to be asked leaves the caller on hold; the agent resumes.
func TestAskDeclined(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann, ben := c.askBen(ctx)
	if err := ben.Decline(ben.Desk().Offer.Offer); err != nil {
		t.Fatal(err)
	}
	d := c.waitUntil(ctx, ann, "told", func(d call.Desk) bool { return d.Notice != nil && d.Notice.What == "ask_declined" })
	if d.Talk.Hold == nil || d.Talk.Other != nil {
		t.Errorf("ann has %+v", d.Talk)
	}
	if err := ann.Hold("c1", false); err != nil {
		t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "talking", func(d call.Desk) bool { return d.Talk.Hold == nil })
	hearEachOther(ctx, t, ann, c.caller("c1"))
	if d := c.waitUntil(ctx, ben, "free", state(call.Idle)); d.Presence != call.Available {
		t.Errorf("ben is %s", d.Presence)
	}
}
