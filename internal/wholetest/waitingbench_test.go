package wholetest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"presszero/internal/customer/sipp"
)

// BenchmarkWaiting is rows (f) and (i). With 10, 100 and 1,000 callers in line, who hear
// music: what each of them takes, in thousandths of a core, and what a call takes that
// comes into line and hangs up after a second, in milliseconds of processor time. With
// 1,100: how many cores they take, and whether they are served in the order in which they
// came when an agent comes. Both use all cores: the callers of SIPp send no sound.
func BenchmarkWaiting(b *testing.B) { rounds(b, waitingRow) }

func waitingRow(t testing.TB, r rig, s sizes, f figures) {
	within(t, func(t testing.TB) { watchLine(t, "ours", r.ours(t), "100", s, f) })
	within(t, func(t testing.TB) { watchLine(t, "queue", r.queue(t, 1), toLone, s, f) })
}

// Callers in line have numbers from 600400001 on, those who come and go from 600500001 on.
const waiters, passers = 600400001, 600500001

func watchLine(t testing.TB, arm string, to side, number string, s sizes, f figures) {
	t.Helper()
	serve := to.loneAgent()
	idle := spend(t, to, s.window)
	up := 0
	fill := func(n int) {
		fillLine(t, to, number, waiters+up, n-up, min(80, float64(n)))
		up = n
		waitFor(t, 2*time.Minute, "all are in line", func() bool { return len(to.entered("6004")) == n })
	}
	for _, level := range s.levels {
		fill(level)
		quiet := spend(t, to, s.window)
		f.note(fmt.Sprintf("%s-%d-up-mcores", arm, level), 1000*(quiet-idle)/float64(level))
		f.note(fmt.Sprintf("%s-%d-call-ms", arm, level), passing(t, to, number, s.passing, quiet))
	}
	fill(s.waiting)
	f.note(arm+"-waiting-cores", spend(t, to, s.window))

	order := to.entered("6004")
	served := serve(s.served)
	inOrder := 0.0
	if slices.Equal(served, order[:s.served]) {
		inOrder = 1
	} else {
		t.Logf("%s: %v were served, %v came first", arm, served, order[:s.served])
	}
	f.note(arm+"-in-order", inOrder)
}

// spend watches a side for a while and returns how many cores it takes.
func spend(t testing.TB, of side, window time.Duration) float64 {
	t.Helper()
	from, began := taken(t, of.parts()), time.Now()
	time.Sleep(window) // what it spends meanwhile is measured
	return taken(t, of.parts()).since(from)["all"].Seconds() / time.Since(began).Seconds()
}

// passing is what a call takes that comes and goes, in milliseconds, beside the cores
// that are taken by those who stay.
func passing(t testing.TB, to side, number string, calls int, beside float64) float64 {
	t.Helper()
	var from []string
	for i := range calls {
		from = append(from, fmt.Sprint(passers+i))
	}
	before, began, ended := taken(t, to.parts()), time.Now(), to.ended()
	result, err := sipp.Run(context.Background(), sipp.Options{Scenario: sipp.Caller, Server: to.sip(), To: number, From: from,
		Calls: calls, Rate: 10, Stay: time.Second, Sound: silent})
	must(t, err)
	if result.OK != calls {
		t.Errorf("of %d calls beside the line %d were good: %v", calls, result.OK, result.Errors)
	}
	waitFor(t, 20*time.Second, "they are written down", func() bool { return to.ended()-ended == calls })
	spent := taken(t, to.parts()).since(before)["all"].Seconds() - beside*time.Since(began).Seconds()
	return 1000 * spent / float64(calls)
}
