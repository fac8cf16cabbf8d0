package asterisk_test

import (
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/call"
	"presszero/internal/asterisktest"
	"presszero/internal/customer"
	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/softphone/media"
)

// TestAskingAColleague: an agent asks a colleague, both with the pages and the media
// process of the program, and leaves the caller to the colleague. What each of the three
// hears is told by their tones.
func TestAskingAColleague(t *testing.T) {
	t.Parallel()
	p := newPlays(t, func(c *private.Config) { c.CallersFrom = []string{"127.0.0.1"} }, nil)
	engine, err := media.New(media.Config{MediaAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Shutdown() })
	music := tones[asterisktest.Music]
	page := func(name string, hz float64) (*headless.Phone, media.Answer) {
		return mediatest.Page(t, engine, name, headless.Options{Tone: hz})
	}
	ana, anas := page("ana", asterisktest.AgentTone)
	ben, bens := page("ben", asterisktest.AskedTone)

	answered := make(chan *customer.Call, 1)
	go func() {
		c, err := customer.Dial(t.Context(), customer.Options{To: "100", From: "+34600000001", Server: p.pbx.Config().SIPAddr, Tone: asterisktest.CallerTone})
		if err != nil {
			t.Error(err)
		}
		answered <- c
	}()
	id, ask := await[call.Arrived](t, p.told).Call, asterisktest.NewID()
	p.sw.Do(call.Answer{Call: id})
	caller := <-answered
	if caller == nil {
		t.FailNow()
	}

	talkTo := func(agent, leg string) {
		t.Helper()
		if err := engine.TalkTo(agent, leg, ""); err != nil {
			t.Fatal(err)
		}
	}
	hear := func(what string, callers, anas, bens []float64) {
		t.Helper()
		for late := time.After(20 * time.Second); ; {
			if caller.Hears(callers...) && (anas == nil || ana.Ear.Heard(anas...)) && (bens == nil || ben.Ear.Heard(bens...)) {
				return
			}
			select {
			case <-time.After(20 * time.Millisecond):
			case <-late:
				t.Fatal("never happened: ", what)
			}
		}
	}
	one := func(hz ...float64) []float64 { return hz }
	const c, a, b = asterisktest.CallerTone, asterisktest.AgentTone, asterisktest.AskedTone

	leg, second, asked := call.LegID(call.OfferID(id, 1)), call.LegID(call.OfferID(ask, 1)), call.AskDial(ask)
	p.sw.Do(call.Connect{Call: id, Leg: leg, Address: anas.Address})
	await[call.Bridged](t, p.told)
	talkTo("ana", leg)
	p.sw.Do(call.Hold{Call: id})
	p.sw.Do(call.Dial{Call: ask, Dial: asked, Media: bens.Address})
	await[call.DialAnswered](t, p.told)
	talkTo("ben", asked)
	p.sw.Do(call.Connect{Call: ask, Leg: second, Address: anas.Address})
	await[call.Bridged](t, p.told)
	talkTo("ana", second)
	hear("the two talk, and the caller is on hold", one(music), one(b), one(a))

	p.sw.Do(call.Hold{Call: ask})
	p.sw.Do(call.Unhold{Call: id})
	talkTo("ana", leg)
	hear("back with the caller", one(a), one(c), one(music))

	p.sw.Do(call.Unite{Call: ask, With: id})
	p.sw.Do(call.Unhold{Call: ask})
	hear("all three talk", one(a, b), one(c, b), one(a, c))

	p.sw.Do(call.HandOn{Call: id, Ask: ask, Leg: asked})
	hear("the caller is left to the colleague", one(b), nil, one(c))
	ana.Ear.Forget()
	for ends := time.After(time.Second); ; {
		select {
		case <-time.After(20 * time.Millisecond):
			if ana.Ear.Heard(c) || ana.Ear.Heard(b) || ana.Ear.Heard(b, c) {
				t.Error("the agent who has left hears one of them")
				return
			}
			continue
		case <-ends:
		}
		break
	}
	p.sw.Do(call.DropLeg{Call: id, Leg: asked})
	p.sw.Do(call.Music{Call: id})
	hear("the colleague is gone", one(music), nil, nil)
	p.sw.Do(call.HangUp{Call: id})
	await[call.HungUp](t, p.told)
	for r, late := (&rig{pbx: p.pbx}), time.After(20*time.Second); r.channels(t) > 0; {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-late:
			t.Fatal("somebody is left in Asterisk")
		}
	}
}
