package console

import (
	"strings"
	"testing"

	"presszero/internal/carrier"
	"presszero/internal/carrier/carriertest"
)

func TestCarrierOrders(t *testing.T) {
	d := carrier.Demand{Register: true, TLS: true, SRTP: true}
	c := carriertest.Start(t, func(c *carrier.Config) { c.Demand = d })
	lines := c.TrunkFile("/run/secrets/try")
	for _, line := range []string{"tls: {authorities: ", "sign_in: register", "server: " + c.Addr("tls"), "transport: tls",
		"media: encrypt", `user: "4930555"`, `password: {file: "/run/secrets/try"}`, `numbers: ["+4930555"]`} {
		if !strings.Contains(lines, line) {
			t.Errorf("no %q in\n%s", line, lines)
		}
	}
	for line, good := range map[string]bool{"mood good": true, "mood register 503 retry 30": true, "mood invite +49301 486": true,
		"forget": true, "mood": false, "mood bad": false, "sing": false} {
		if err := carryOut(c, strings.Fields(line)); (err == nil) != good {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestCarrierTells(t *testing.T) {
	for outcome, says := range map[int]string{200: "answered", 0: "no answer", 487: "given up", 486: "refused with 486"} {
		if got := describe(carrier.Received{Number: "+49301", Transport: "udp", Outcome: outcome}); !strings.Contains(got, says) ||
			!strings.Contains(got, "you called +49301 over UDP, in the clear, and showed no number") {
			t.Errorf("%d: %s", outcome, got)
		}
	}
}
