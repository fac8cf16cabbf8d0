package sql_test

import (
	"context"
	"flag"
	"slices"
	"testing"
	"time"

	"presszero/call"
)

// BenchmarkToTheRow is from a fact to its committed row, one at a time.
func BenchmarkToTheRow(b *testing.B) {
	f, j := setup(b), openJournal(b)
	s, _ := shipping(b, f.DB, j)
	j.Append(arrive(0, noon, "1").list)
	arrived(b, s, j)
	n := 0
	for b.Loop() {
		n++
		j.Append([]call.Entry{{Call: newID(n), Day: call.DayOf(noon), Seq: 1, At: noon, Fact: call.CallEnded{Outcome: call.Answered}}})
		arrived(b, s, j)
	}
}

// BenchmarkShip is how fast a waiting journal is shipped.
func BenchmarkShip(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		f, j := setup(b), openJournal(b)
		facts := anyDay(1, 300)
		j.Append(facts)
		b.StartTimer()
		began := time.Now()
		s, stop := shipping(b, f.DB, j)
		arrived(b, s, j)
		b.ReportMetric(float64(len(facts))/time.Since(began).Seconds(), "facts/s")
		stop()
	}
}

var big = flag.Int("big", 300, "calls of BenchmarkBigDay's day")

// BenchmarkBigDay is what the page of menus and an audit cost at the end of a big
// day: -big 22000. An audit costs some 1.2 ms a call, in proportion to the calls: 3,000
// take 3.3 s, 12,000 take 15 s, and 100,000 took 4 min beside other work on both cores.
// The page gives up on so many, since a query of it may take 10 s.
func BenchmarkBigDay(b *testing.B) {
	f, j := setup(b), openJournal(b)
	s, stop := shipping(b, f.DB, j)
	facts := 0
	for seed, left := uint64(1), *big; left > 0; seed++ { // a day of 2,000 calls is made quickly
		piece := slices.DeleteFunc(anyDay(seed, min(left, 2000)), func(e call.Entry) bool {
			_, shift := e.Fact.(call.AgentChanged)
			return shift && seed > 1 // an agent has one shift at a time
		})
		j.Append(piece)
		facts, left = facts+len(piece), left-2000
	}
	if err := j.Sync(context.Background()); err != nil {
		b.Fatal(err)
	}
	for s.Shipped().Before(j.End()) {
		time.Sleep(10 * time.Millisecond) // polls the shipper, which is not measured
	}
	stop()
	f.raw.MustExec(`ANALYZE`)
	b.Run("MenuNodes", func(b *testing.B) {
		for b.Loop() {
			if nodes, err := f.MenuNodes(context.Background(), during(noon.Add(-24*time.Hour), noon.Add(48*time.Hour))); err != nil || len(nodes) == 0 {
				b.Fatal(len(nodes), err)
			}
		}
	})
	b.Run("Examine", func(b *testing.B) {
		for b.Loop() {
			if x, err := f.Examine(context.Background()); err != nil || len(x.Flaws) != 0 || x.Facts != facts {
				b.Fatal(x.Facts, facts, err, x.Flaws[:min(3, len(x.Flaws))])
			}
		}
	})
}
