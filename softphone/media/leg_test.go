package media

import (
	"net/netip"
	"testing"
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
