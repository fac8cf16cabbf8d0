package wholetest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/asterisk/private"
	"presszero/call"
	"presszero/internal/customer"
	"presszero/internal/customer/sipp"
	"presszero/internal/deskclient"
	"presszero/internal/privatetest"
	"presszero/trunk"
)

// straightInLine is a number that has no menu, only the queue.
const straightInLine = `version: 1
person: support
queues: {support: {}}
numbers: {"100": line}
nodes: {line: {queue: support}}
`

// nativeQueue is Asterisk's own, at its quickest: it looks for a free member
// every second, and a telephone that refuses costs nothing further. A member
// is free when the state Custom:agent says so.
const nativeQueue = `[general]
autofill = yes
[line]
strategy = rrmemory
retry = 1
timeout = 15
ringinuse = no
joinempty = yes
leavewhenempty = no
member => PJSIP/agent@trunk,0,agent,Custom:agent
`

// waitingInLine is how many callers wait in a measurement; fewer when b.N is so
// small that nothing is measured, only run.
func waitingInLine(b *testing.B) int { return min(200, 5*b.N) }

// BenchmarkOffer measures, in milliseconds, from an agent's becoming free to
// the moment the call rings with her, 200 callers waiting: from "available"
// sent to the offer read in ours, from the state set to the INVITE read in
// Asterisk's own Queue(). The agent never answers, so the line stays as long.
// Run it with -benchtime=500x; the native queue, which takes more than a second
// for each, makes a fifth of the offers.
func BenchmarkOffer(b *testing.B) {
	for _, arm := range []struct {
		name  string
		share int // of the offers
		open  func(*testing.B) (server string, offer func() time.Duration)
	}{{"ours", 1, ourLine}, {"native", 5, nativeLine}} {
		b.Run(arm.name, func(b *testing.B) {
			if trialRun(b) {
				return
			}
			server, offer := arm.open(b)
			ms := make([]float64, (b.N+arm.share-1)/arm.share)
			fillLine(b, server)
			b.ResetTimer()
			for i := range ms {
				ms[i] = float64(offer().Microseconds()) / 1000
			}
			b.StopTimer()
			slices.Sort(ms)
			b.ReportMetric(ms[len(ms)/2], "p50-ms")
			b.ReportMetric(ms[len(ms)*99/100], "p99-ms")
		})
	}
}

// fillLine puts SIPp's callers in line until the benchmark ends.
func fillLine(b *testing.B, server string) {
	b.Helper()
	stop, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		if _, err := sipp.Run(context.Background(), sipp.Options{Scenario: sipp.Caller, Server: server, To: "100",
			Calls: waitingInLine(b), Rate: 50, Stop: stop}); err != nil {
			b.Error(err)
		}
	}()
	b.Cleanup(func() { close(stop); <-over })
}

func ourLine(b *testing.B) (string, func() time.Duration) {
	flow := filepath.Join(b.TempDir(), "flow.yaml")
	must(b, os.WriteFile(flow, []byte(straightInLine), 0o644))
	h := build(b, "PRESSZERO_FLOW="+flow)
	// Nobody is offered the same caller twice, so it takes several agents.
	agents, offered := make([]*deskclient.Client, 1+b.N/100), make(chan time.Time, 1)
	for i := range agents {
		o := h.employ(fmt.Sprintf("agent%d", i))
		o.OnDesk = func(d call.Desk) {
			if d.State == call.Ringing {
				offered <- time.Now()
			}
		}
		agents[i] = h.agent(o)
		must(b, agents[i].Away("between"))
	}
	turn := 0
	return h.sip, func() time.Duration {
		if turn == 0 { // the line fills meanwhile
			h.waitCount(time.Minute, waitingInLine(b), `SELECT count(*) FROM report.visit WHERE outcome IS NULL`)
		}
		a := agents[turn%len(agents)]
		turn++
		free := time.Now()
		must(b, a.Available())
		rang := <-offered
		d, err := a.WaitDesk(soon(b), func(d call.Desk) bool { return d.State == call.Ringing })
		must(b, err)
		must(b, a.Decline(d.Offer.Offer))
		_, err = a.WaitDesk(soon(b), func(d call.Desk) bool { return d.State == call.Idle && d.Presence == call.Away })
		must(b, err)
		return rang.Sub(free)
	}
}

func nativeLine(b *testing.B) (string, func() time.Duration) {
	agent, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	must(b, err)
	b.Cleanup(agent.Close)
	rang := make(chan time.Time, 1)
	var set func(string)
	agent.OnCall(func(r *customer.Ring) {
		at := time.Now()
		set("BUSY")
		rang <- at
		_ = r.Refuse(486, "Busy Here")
	})
	pbx := privatetest.Start(b, func(c *private.Config) {
		c.Trunks, c.CallersFrom = []trunk.Trunk{trunk.Simple(agent.Addr().String())}, []string{"127.0.0.1"}
	})
	c := pbx.Config()
	set = func(state string) {
		req, err := http.NewRequest(http.MethodPost, pbx.ARIURL()+"/asterisk/variable?"+
			url.Values{"variable": {"DEVICE_STATE(Custom:agent)"}, "value": {state}}.Encode(), nil)
		must(b, err)
		req.SetBasicAuth(c.ARIUser, c.ARIPassword)
		resp, err := http.DefaultClient.Do(req)
		must(b, err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			b.Errorf("the state is refused: %s", resp.Status)
		}
	}
	etc := filepath.Join(c.Dir, "etc")
	must(b, os.WriteFile(filepath.Join(etc, "queues.conf"), []byte(nativeQueue), 0o600))
	must(b, os.WriteFile(filepath.Join(etc, "extensions.conf"), []byte("[from-trunk]\nexten => 100,1,Answer()\n same => n,Queue(line)\n"), 0o600))
	for _, command := range []string{"module load func_devstate.so", "queue reload all", "dialplan reload"} {
		_, err := pbx.CLI(soon(b), command)
		must(b, err)
	}
	set("BUSY")
	waiting := func() int {
		out, err := pbx.CLI(soon(b), "core show channels concise")
		must(b, err)
		return strings.Count(out, "!Queue!")
	}
	full := false
	return c.SIPAddr, func() time.Duration {
		for !full {
			full = waiting() == waitingInLine(b)
		}
		free := time.Now()
		set("NOT_INUSE")
		return (<-rang).Sub(free)
	}
}
