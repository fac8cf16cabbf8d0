package wholetest

import (
	"context"
	"testing"
)

// TestIPv6: callers, agents and pages over IPv6, on a real Asterisk.
func TestIPv6(t *testing.T) {
	t.Parallel()
	b := build(t, "PRESSZERO_SIP_ADDR=[::1]:0", "PRESSZERO_CALLERS_FROM=::1", "PRESSZERO_HTTP_ADDR=[::1]:0", "PRESSZERO_MEDIA_ADDR=[::1]:0")
	a := b.agent(b.employ("ana"))
	c := b.call("+34600000001")
	if _, err := c.Press(context.Background(), '0'); err != nil {
		t.Fatal(err)
	}
	answer(t, a)
	hear(t, c, a)
	must(t, c.Hangup())
	b.outcome("+34600000001", "answered")
}
