package asterisktest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/call"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, status := range []int{409, 500, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			fake, b := onFake(t)
			id, who := b.phoned()
			end := fake.Fault(Fault{Method: "POST", Path: "/moh", Status: status})
			b.sw.Do(call.Music{Call: id})
			if f := awaitEvent[call.Failed](b, id); f.Command != "music" || !strings.Contains(f.Why, fmt.Sprint(status)) {
				t.Errorf("told was %+v", f)
			}
			end()
			b.sw.Do(call.Music{Call: id})
			b.hears(who, Music)

			end = fake.Fault(Fault{Method: "POST", Path: "/play/", Status: status})
			b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
			if e := awaitEvent[call.PlayEnded](b, id); !e.Failed {
				t.Errorf("told was %+v", e)
			}
			end()

			for i, path := range []string{"/ari/channels", "addChannel", ".bridge"} {
				leg := call.LegID(call.OfferID(id, i))
				end = fake.Fault(Fault{Method: "POST", Path: path, Status: status})
				b.sw.Do(call.Connect{Call: id, Leg: leg, Address: newAgent(t).address()})
				if f := awaitEvent[call.Failed](b, id); f.Command != "connect" || f.Leg != leg {
					t.Errorf("told was %+v", f)
				}
				end()
				b.until("nothing of the failed leg is left", func() bool {
					return len(fake.Channels()) == 1 && len(fake.Bridges()) == 0
				})
			}
			b.connected(id, who, call.LegID(call.OfferID(id, 9)))
		})
	}
}

// A connection that breaks may or may not have carried the request.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{false, true} {
		t.Run(fmt.Sprintf("carried out %v", done), func(t *testing.T) {
			fake, b := onFake(t)
			broken := func(method, path string) {
				fake.Fault(Fault{Method: method, Path: path, Cut: true, Done: done, Times: 1})
			}
			broken("POST", "/answer")
			id, who := b.phoned()
			broken("POST", "/play/")
			b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
			b.hears(who, Hello)
			if e := awaitEvent[call.PlayEnded](b, id); e.Failed {
				t.Errorf("told was %+v", e)
			}
			broken("POST", "/moh")
			b.sw.Do(call.Music{Call: id})
			b.hears(who, Music)
			leg := call.LegID(call.OfferID(id, 1))
			for _, path := range []string{"/ari/channels", leg + ".bridge", "addChannel"} {
				broken("POST", path)
			}
			b.connected(id, who, leg)
			broken("DELETE", leg+".bridge")
			broken("DELETE", "/channels/")
			b.sw.Do(call.DropLeg{Call: id, Leg: leg})
			b.until("the leg is gone", func() bool { return len(fake.Channels()) == 1 && len(fake.Bridges()) == 0 })
			broken("DELETE", "/channels/")
			b.sw.Do(call.HangUp{Call: id})
			if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideUs {
				t.Errorf("told was %+v", h)
			}
			b.nothingLeft(id)
		})
	}
}

// An order that ends a call, a leg or a playback is repeated until Asterisk has
// carried it out, however often the request fails. Otherwise the caller would
// stay in silence for ever, because we go on renewing the dead-man.
func TestEndsAreRepeated(t *testing.T) {
	t.Parallel()
	const times = 3 // more often than a single request is tried
	for name, fault := range map[string]Fault{
		"the connection is cut": {Cut: true},
		"the answer is lost":    {Cut: true, Done: true},
		"Asterisk answers 500":  {Status: 500},
		"Asterisk answers 503":  {Status: 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, b := onFake(t)
			fails := func(method, path string) {
				f := fault
				f.Method, f.Path, f.Times = method, path, times
				fake.Fault(f)
			}
			id, who := b.phoned()
			leg := call.LegID(call.OfferID(id, 1))
			b.connected(id, who, leg)
			fails("DELETE", leg)
			fails("POST", "removeChannel")
			b.sw.Do(call.DropLeg{Call: id, Leg: leg})
			b.until("nothing of the leg is left", func() bool { return len(fake.Channels()) == 1 && len(fake.Bridges()) == 0 })

			b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Long}})
			b.hears(who, Long)
			fails("DELETE", "/playbacks/")
			b.sw.Do(call.StopPlay{Call: id, Play: "p"})
			b.until("the prompt has ended", func() bool { return !who.Hears(Long) })

			fails("DELETE", "/channels/")
			b.sw.Do(call.HangUp{Call: id})
			if h := awaitEvent[call.HungUp](b, id); h.Side != call.SideUs {
				t.Errorf("told was %+v", h)
			}
			b.nothingLeft(id)

			id, who = b.phoned()
			fails("POST", "/continue")
			b.sw.Do(call.Fallback{Call: id})
			b.hears(who, FallbackSound)
		})
	}
}

// A caller for whom Asterisk is slow delays nobody else, and is answered in the end.
func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	id, _ := b.phoned()
	fake.Fault(Fault{Method: "POST", Path: caller(b.rig.Call(t, "100", "+34600000002")).Channel() + "/answer", After: time.Minute, Times: 1})
	slow := awaitEvent[call.Arrived](b, "").Call
	b.sw.Do(call.Answer{Call: slow})
	began := time.Now()
	b.sw.Do(call.Play{Call: id, Play: "p", Prompts: []string{Hello}})
	awaitEvent[call.PlayEnded](b, id)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("another caller's slow answer delayed this one's prompt: %v", took)
	}
	if f := awaitEvent[call.Failed](b, slow); f.Command != "answer" {
		t.Errorf("told was %+v", f)
	}
}

// An Asterisk whose settings are of an earlier version has no endpoint for agents: it
// is asked for an ExternalMedia channel.
func TestSettingsOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	fake, b := onFake(t)
	fake.EarlierSettings = true
	id, who := b.phoned()
	leg := call.LegID(call.OfferID(id, 1))
	b.connectedTo(bothAgent{newRTPAgent(t)}, id, who, leg)
	b.endBy(true, id, who)
}

// bothAgent is an agent that can be reached by RTP alone, or called.
type bothAgent struct{ agent }

func (a bothAgent) address() string { return "sip:secret@127.0.0.1:9;rtp=" + a.agent.address() }
