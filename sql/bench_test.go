package sql_test

import (
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
		j.Append([]call.Entry{{Call: newID(n), Day: "2026-03-03", Seq: 1, At: noon, Fact: call.CallEnded{Outcome: call.Answered}}})
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
