package media

import (
	"net/netip"
	"testing"
	"time"
)

// Asterisk uses the port of an earlier leg again: its voice is the new leg's, also while
// the end of the earlier one has not been told.
func TestLegOfPortUsedAgain(t *testing.T) {
	port, other := netip.MustParseAddrPort("127.0.0.1:4000"), netip.MustParseAddrPort("127.0.0.1:4002")
	far := &farEnd{addr: port, payload: payloadPCM}
	earlier, later := newLeg("earlier", far), newLeg("later", far)
	for name, test := range map[string]struct {
		legs []*leg
		from netip.AddrPort
		want *leg
	}{
		"the later of two":          {[]*leg{earlier, later}, port, later},
		"a third has no call yet":   {[]*leg{earlier, later, newLeg("third", nil)}, port, later},
		"another address":           {[]*leg{earlier, later}, other, nil},
		"the later one has no call": {[]*leg{earlier, newLeg("later", nil)}, port, earlier},
	} {
		if got, _ := legFrom(test.legs, test.from); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Each time a leg becomes live, what arrives is told anew, once the sides have had the
// time to begin: nothing came from the page meanwhile, and of a caller who was on hold
// nothing either.
func TestAudioOfATurn(t *testing.T) {
	g, now := newLeg("leg", nil), time.Now()
	both := []*reception{&g.agent, &g.caller}
	var live *turn
	for _, step := range []struct {
		what          string
		after         time.Duration
		turn          bool
		heard         []*reception
		told          bool
		agent, caller bool
	}{
		{"nothing has come yet", 0, true, nil, false, false, false},
		{"both are heard", time.Second, false, both, true, true, true},
		{"both are heard still", time.Second, false, both, false, true, true},
		{"live again after a long time", time.Minute, true, nil, false, false, false},
		{"the agent is heard first", 100 * time.Millisecond, false, both[:1], false, false, false},
		{"then the caller", 100 * time.Millisecond, false, both, true, true, true},
		{"live again after a moment", 100 * time.Millisecond, true, nil, true, true, true},
		{"live again after a long time, but the caller is not there", time.Minute, true, both[:1], false, false, false},
		{"and does not come", SilentAfter, false, both[:1], true, true, false},
	} {
		now = now.Add(step.after)
		if step.turn {
			live = &turn{leg: g, since: now}
		}
		for _, r := range step.heard {
			r.countReceived(packet{ssrc: 1}, now)
		}
		if told := live.audioChanged(nil, now); told != step.told || live.fromAgent != step.agent || live.fromCaller != step.caller {
			t.Errorf("%s: told %v, from the agent %v, from the caller %v", step.what, told, live.fromAgent, live.fromCaller)
		}
	}
}
