package wholetest

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"presszero/internal/customer/sipp"
)

const (
	soakRate      = 10   // callers in a second
	soakCustomers = 5000 // who they are; some is remembered of each
)

// BenchmarkSoak takes ten calls a second for as long as it is told, one second
// for each iteration: -benchtime=3600x is an hour. It prints what grows, per
// hour, for each part: memory, threads, file handles; for the controller its
// goroutines and what is alive on its heap besides; and what is left in
// Asterisk. At the end the books must balance.
func BenchmarkSoak(b *testing.B) {
	if trialRun(b) {
		return
	}
	h := build(b)
	defer h.robots(12)()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	calls := soakRate * b.N
	var customers []string
	for i := range soakCustomers {
		customers = append(customers, strconv.Itoa(600000001+i))
	}
	var result sipp.Result
	over := make(chan error, 1)
	go func() {
		var err error
		result, err = sipp.Run(ctx, sipp.Options{Scenario: sipp.HangupAnytime, Server: h.sip, To: "100", From: customers, Calls: calls, Rate: soakRate,
			HangupFrom: 100 * time.Millisecond, // on a busy machine Asterisk may end an earlier one before it looks into its dialplan
			HangupTo:   8 * time.Second, Sound: sipp.Sound{Wait: 500 * time.Millisecond, Digits: "0", Tone: 440, Last: 10 * time.Second}})
		over <- err
	}()
	every := max(time.Second, time.Duration(b.N)*time.Second/120)
	samples, tick := []map[string]float64{}, time.NewTicker(every)
	defer tick.Stop()
	began := time.Now()
	for {
		select {
		case err := <-over:
			must(b, err)
			b.Logf("SIPp: %+v", result)
			reportGrowth(b, samples)
			h.booksBalance(calls)
			return
		case <-tick.C:
			s := h.sizes()
			s["hours"] = time.Since(began).Hours()
			samples = append(samples, s)
		}
	}
}

// sizes is how large each part is now.
func (b *building) sizes() map[string]float64 {
	s := map[string]float64{}
	for _, part := range []string{"serve", "media", "asterisk", "postgres"} {
		pid := strconv.Itoa(b.pid(part))
		s[part+"-KiB"] = procStatus(pid, "VmRSS")
		s[part+"-threads"] = procStatus(pid, "Threads")
		handles, err := os.ReadDir(filepath.Join("/proc", pid, "fd"))
		must(b, err)
		s[part+"-handles"] = float64(len(handles))
	}
	resp, err := http.Get(b.web + "/metrics") // not signed in: that would grow the sessions
	must(b, err)
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		n, _ := strconv.ParseFloat(value, 64)
		switch name {
		case "go_goroutines":
			s["serve-goroutines"] = n
		case "go_memstats_next_gc_bytes": // twice what was alive at the last collection
			s["serve-live-KiB"] = n / 2 / 1024
		}
	}
	channels, bridges := b.switchHas()
	s["channels"], s["bridges"] = float64(channels), float64(bridges)
	return s
}

func procStatus(pid, name string) float64 {
	f, err := os.Open(filepath.Join("/proc", pid, "status"))
	if err != nil {
		return math.NaN()
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), name+":"); ok {
			n, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return n
		}
	}
	return math.NaN()
}

// report prints the median of everything measured, its bounds, and how it grows
// per hour (least squares), the first quarter left out.
func reportGrowth(b *testing.B, samples []map[string]float64) {
	b.Helper()
	settled := samples[len(samples)/4:]
	if len(settled) < 3 {
		b.Fatal("too short to say what grows; use -benchtime=60x or more")
	}
	for _, what := range slices.Sorted(maps.Keys(settled[0])) {
		if what == "hours" {
			continue
		}
		var n, sx, sy, sxx, sxy float64
		var all []float64
		for _, s := range settled {
			x, y := s["hours"], s[what]
			n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
			all = append(all, y)
		}
		slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
		slices.Sort(all)
		// Not b.Logf, of which a benchmark shows ten lines.
		fmt.Printf("%-18s %9.0f  min %9.0f  max %9.0f  grows by %+.1f an hour\n", what, all[len(all)/2], all[0], all[len(all)-1], slope)
	}
}
