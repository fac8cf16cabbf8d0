package wholetest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/internal/customer/sipp"
	"presszero/internal/deskclient"
)

// TestCrowd: 401 callers at 12 a second (PRESSZERO_CALLERS: so many), who hang up
// after 0 to 10 seconds in steps of 50 ms, and 5 agents who take what they can.
// Afterwards calls sent = facts = rows, every visit has exactly one outcome, the
// audit finds the books sound, Asterisk is empty, and neither it nor the voice process
// has a port more than before.
func TestCrowd(t *testing.T) {
	b := build(t)
	voice, asterisk := b.udpSockets("media"), b.udpSockets("asterisk")
	defer b.robots(5)()
	callers, step := 201, 50*time.Millisecond
	if text := os.Getenv("PRESSZERO_CALLERS"); text != "" {
		var err error
		step = 25 * time.Millisecond
		if callers, err = strconv.Atoi(text); err != nil {
			t.Fatalf("PRESSZERO_CALLERS=%s is no number", text)
		}
	}
	run, cancel := context.WithTimeout(context.Background(), time.Duration(callers)*time.Second/12+2*time.Minute)
	defer cancel()
	result, err := sipp.Run(run, sipp.Options{Scenario: sipp.HangupAnytime, Server: b.sip, To: "100", Calls: callers, Rate: 12, HangupStep: step,
		Sound: sipp.Sound{Wait: 500 * time.Millisecond, Digits: "0", Tone: 440, Last: 20 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Sent != callers || result.Failed != 0 || result.Open != 0 {
		t.Errorf("SIPp: %+v", result)
	}
	b.booksBalance(callers)
	b.wait(10*time.Second, "Asterisk is empty", func() bool {
		channels, bridges := b.switchHas()
		return channels+bridges == 0
	})
	b.wait(10*time.Second, "the sockets of the talks are closed", func() bool { // a seat has one of its own
		return b.udpSockets("media") == voice+5 && b.udpSockets("asterisk") == asterisk
	})
	b.keepsPromises()
	said, sound := b.audit()
	if t.Log(said); !sound {
		t.Error("the books are not sound")
	}
	rows, err := b.db.Query(`SELECT coalesce(outcome, 'open'), count(*), round(avg(queue_s)::numeric, 1) FROM report.visit GROUP BY 1 ORDER BY 2 DESC`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var outcome string
		var n int
		var mean float64
		must(t, rows.Scan(&outcome, &n, &mean))
		t.Logf("%4d %-20s mean wait %.1f s", n, outcome, mean)
	}
}

// udpSockets is how many UDP sockets a part's process has.
func (b *building) udpSockets(part string) (n int) {
	b.Helper()
	open := map[string]bool{}
	dir := fmt.Sprintf("/proc/%d", b.pid(part))
	files, err := os.ReadDir(dir + "/fd")
	must(b, err)
	for _, file := range files {
		link, _ := os.Readlink(filepath.Join(dir, "fd", file.Name()))
		if inode, is := strings.CutPrefix(link, "socket:["); is {
			open[strings.TrimSuffix(inode, "]")] = true
		}
	}
	for _, table := range []string{"/net/udp", "/net/udp6"} {
		text, err := os.ReadFile(dir + table)
		must(b, err)
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) > 9 && open[fields[9]] {
				n++
			}
		}
	}
	return n
}

// robots puts headless agents to work, who talk briefly, until home is called.
func (b *building) robots(n int) (home func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for i := range n {
		o := b.employ(fmt.Sprintf("robot-%d", i))
		o.Robot = &deskclient.Robot{AcceptAfter: 300 * time.Millisecond, TalkFor: 2 * time.Second, WrapFor: 200 * time.Millisecond}
		all.Go(func() {
			if err := deskclient.Run(ctx, o); err != nil && ctx.Err() == nil {
				b.Errorf("an agent went home: %v", err)
			}
		})
	}
	return func() { cancel(); all.Wait() }
}

// keepsPromises compares what the page says of the Spanish profile with the
// rows themselves: the share answered within three minutes of all who came.
func (b *building) keepsPromises() {
	b.Helper()
	var said struct {
		Requirements []struct {
			Requirement string
			Measured    *float64
			OK          *bool
		}
	}
	must(b, json.Unmarshal([]byte(b.admin().get(b, "/api/v1/reports/compliance?profile=es")), &said))
	var share float64
	must(b, b.db.QueryRow(`SELECT count(*) FILTER (WHERE outcome = 'answered' AND queue_s <= 180)::float8 / count(*) FROM report.visit`).Scan(&share))
	for _, r := range said.Requirements {
		switch {
		case r.Measured == nil || r.OK == nil:
			b.Errorf("%s is not measured", r.Requirement)
		case r.Requirement == "answered_within" && (math.Abs(*r.Measured-share) > 1e-9 || *r.OK != (share >= 0.95)):
			b.Errorf("answered within 3 min: the page says %v (%v), the rows %v", *r.Measured, *r.OK, share)
		case r.Requirement == "not_cut_off" && !*r.OK:
			b.Errorf("%v callers were cut off while waiting", *r.Measured)
		}
	}
	if len(said.Requirements) < 2 {
		b.Errorf("the profile asks for %+v", said)
	}
}

// booksBalance waits until n calls are booked to the end and checks that
// nothing is missing and nothing is there twice.
func (b *building) booksBalance(n int) {
	b.Helper()
	b.waitCount(20*time.Second, n, `SELECT count(*) FROM report.call WHERE outcome IS NOT NULL`)
	for what, query := range map[string]string{
		"calls without an end":        `SELECT count(*) FROM report.call WHERE ended_at IS NULL`,
		"visits without an outcome":   `SELECT count(*) FROM report.visit WHERE outcome IS NULL`,
		"calls not begun once":        fmt.Sprintf(`SELECT count(*) - %d FROM call_event WHERE type = 'call.started'`, n),
		"calls not ended once":        fmt.Sprintf(`SELECT count(*) - %d FROM call_event WHERE type = 'call.ended'`, n),
		"visits entered and not left": `SELECT count(*) FILTER (WHERE type = 'queue.entered') - count(*) FILTER (WHERE type = 'queue.left') FROM call_event`,
		"visits left twice":           `SELECT count(*) - count(DISTINCT data ->> 'visit') FROM call_event WHERE type = 'queue.left'`,
		"gaps in the facts of a call": `SELECT count(*) FROM (SELECT call_id FROM call_event GROUP BY call_id HAVING max(seq) <> count(*)) gap`,
		"callers with two agents":     `SELECT count(*) FROM report.offer a JOIN report.offer b ON a.visit_id = b.visit_id AND (a.started_at, a.offer_id) < (b.started_at, b.offer_id) AND a.ended_at > b.started_at`,
		"agents with two callers":     `SELECT count(*) FROM report.offer a JOIN report.offer b ON a.agent = b.agent AND (a.started_at, a.offer_id) < (b.started_at, b.offer_id) AND a.ended_at > b.started_at`,
		"facts that Postgres refused": `SELECT count(*) FROM call_event_rejected`,
		"report rows that do not add up": `SELECT count(*) FROM report.abandonment WHERE offered <> answered + abandoned + callback_accepted + exit_key
			+ overflow + timeout_exit + transferred_out + no_agents + closed + withdrawn + system_failure + open`,
	} {
		if got := b.count(query); got != 0 {
			b.Errorf("%d %s", got, what)
		}
	}
	if said, sound := b.audit(); !sound {
		b.Errorf("the books are not sound:\n%s", said)
	}
}
