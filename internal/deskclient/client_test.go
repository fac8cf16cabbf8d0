package deskclient_test

import (
	"testing"

	"presszero/call"
	"presszero/internal/mediatest"
	"presszero/softphone"
	"presszero/softphone/media"
)

func TestOneCall(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann := c.atWork(ctx)
	c.arrive("c1")
	d := c.waitUntil(ctx, ann, "rung", state(call.Ringing))
	if d.Offer == nil || d.Offer.Caller.Number != "+34910000001" || d.Offer.Queue != "support" {
		t.Fatalf("the desk rings for %+v", d.Offer)
	}
	if err := ann.Accept(d.Offer.Offer); err != nil {
		t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "talking", state(call.Talking))
	hearEachOther(ctx, t, ann, c.caller("c1"))
	if err := ann.HangUp("c1"); err != nil {
		t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "wrapping up", state(call.WrapUp))
	if err := ann.Wrapped(); err != nil {
		t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "idle", state(call.Idle))
	if err := ann.SignOut(ctx); err != nil || ann.Bye() != softphone.ByeSignedOut {
		t.Fatalf("signing out: %v, bye %q", err, ann.Bye())
	}
	mediatest.Until(t, "the seat to be freed", func() bool { seats, _ := c.engine.Seats(); return len(seats) == 0 })
}

func TestTalkSurvivesABrokenLine(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann := c.atWork(ctx)
	c.arrive("c1")
	if err := ann.Accept(c.waitUntil(ctx, ann, "rung", state(call.Ringing)).Offer.Offer); err != nil {
		t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "talking", state(call.Talking))
	caller := c.caller("c1")
	hearEachOther(ctx, t, ann, caller)
	again, err := ann.Again(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	c.waitUntil(ctx, again, "still talking", state(call.Talking))
	again.Phone().Forget()
	hearEachOther(ctx, t, again, caller)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.facts {
		if _, ended := e.Fact.(call.BridgeLeft); ended {
			t.Fatal("the talk was broken off")
		}
	}
}

func TestAudioMadeAnewInTheMiddleOfATalk(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann := c.atWork(ctx)
	c.arrive("c1")
	if err := ann.Accept(c.waitUntil(ctx, ann, "rung", state(call.Ringing)).Offer.Offer); err != nil {
		t.Fatal(err)
	}
	c.waitUntil(ctx, ann, "talking", state(call.Talking))
	caller := c.caller("c1")
	hearEachOther(ctx, t, ann, caller)
	if err := ann.ConnectAudio(ctx); err != nil {
		t.Fatal(err)
	}
	hearEachOther(ctx, t, ann, caller)
}

// TestVoiceIsRenewed: a page that is told that its voice has gone with the media
// process does not wait until it notices by itself.
func TestVoiceIsRenewed(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann := c.atWork(ctx)
	c.empty.Store(true)
	c.hub.Heard(media.Event{Kind: media.Back})
	select {
	case <-ann.Phone().Done():
	case <-ctx.Done():
		t.Fatal("the old connection is still held")
	}
}

// An agent whose page dies while she waits is offered no caller. When her page dies while
// it rings, the caller is offered to the next agent before the ring is over.
func TestDeadPageIsOfferedNobody(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	ann := c.atWork(ctx)
	ann.Phone().Mute(true)
	c.waitUntil(ctx, ann, "not heard any more", func(d call.Desk) bool { return !d.Media })
	c.arrive("c1")
	ann.Phone().Mute(false)
	d := c.waitUntil(ctx, ann, "rung", state(call.Ringing))
	if !d.Media {
		t.Error("a page is rung that is not heard")
	}
	ann.Phone().Mute(true)
	c.waitUntil(ctx, ann, "free", state(call.Idle))
	c.mu.Lock()
	defer c.mu.Unlock()
	var offers []string
	for _, e := range c.facts {
		if f, ended := e.Fact.(call.OfferEnded); ended {
			offers = append(offers, f.Why)
		}
	}
	if len(offers) != 1 || offers[0] != "media_lost" {
		t.Errorf("offers ended by %q, want media_lost once", offers)
	}
}
