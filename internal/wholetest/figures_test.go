package wholetest

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// The rows of `make bench` (docs/performance.md). Each is a benchmark, whose
// iteration is one round: both sides, in turn. -benchtime=3x is three rounds, and
// what is reported is the median of the rounds. TestBenchRows runs each once, small.

// figures are what a row has measured, a value for each round.
type figures map[string][]float64

// note keeps a round's value, in the unit that the name ends with.
func (f figures) note(name string, value float64) { f[name] = append(f[name], value) }

// noteTimes keeps the middle and the 99th percentile of a round's times.
func (f figures) noteTimes(name string, times []time.Duration) {
	f.note(name+"-p50-ms", milliseconds(percentile(times, 50)))
	f.note(name+"-p99-ms", milliseconds(percentile(times, 99)))
}

// report tells the median of the rounds, and the lowest and highest.
func (f figures) report(b *testing.B) {
	for name, values := range f {
		slices.Sort(values)
		b.ReportMetric((values[(len(values)-1)/2]+values[len(values)/2])/2, name)
		b.ReportMetric(values[0], name+":min")
		b.ReportMetric(values[len(values)-1], name+":max")
	}
	b.ReportMetric(0, "ns/op") // of no meaning here, and left out if zero
}

func percentile(times []time.Duration, p int) time.Duration {
	slices.Sort(times)
	return times[len(times)*p/100]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// sizes say how much a row does in a round.
type sizes struct {
	offers    int            // of (a), to our agent; a fifth to that of app_queue
	inLine    int            // callers who wait meanwhile
	keys      int            // of (b)
	talks     int            // of (c) and (g)
	up        int            // talks at once in (d)
	talk      time.Duration  // of each of them
	idle      time.Duration  // for which agents without a call are watched
	rates     map[string]int // a second, with which the search of (e) begins, by side
	step      time.Duration  // of that search
	steps     int            // at most
	stay      time.Duration  // of each caller in it
	levels    []int          // callers up in (i)
	passing   int            // calls that come and go at each of them
	waiting   int            // callers of (f)
	served    int            // of them, once an agent has come
	window    time.Duration  // for which callers in line are watched
	rehearsed int            // calls of (h)
	apart     bool           // the load generator has cores of its own
}

var (
	fullSize = sizes{offers: 150, inLine: 200, keys: 100, talks: 40, up: 40, talk: 20 * time.Second, idle: 5 * time.Second,
		rates: map[string]int{"ours": 100, "queue": 250}, step: 6 * time.Second, steps: 6, stay: 3 * time.Second, levels: []int{10, 100, 1000}, passing: 50,
		waiting: 1100, served: 10, window: 5 * time.Second, rehearsed: 1_000_000, apart: true}
	smallSize = sizes{offers: 2, inLine: 3, keys: 2, talks: 1, up: 1, talk: time.Second, idle: 50 * time.Millisecond,
		rates: map[string]int{"ours": 2, "queue": 2}, step: time.Second, steps: 1, stay: 500 * time.Millisecond, levels: []int{2}, passing: 2,
		waiting: 4, served: 2, window: 200 * time.Millisecond, rehearsed: 2000}
)

// row is one or two rows of the table: it plays one round.
type row func(t testing.TB, r rig, s sizes, f figures)

// rounds plays b.N rounds of a row, each on systems that were started for it.
func rounds(b *testing.B, play row) {
	if trialRun(b) {
		return
	}
	f := figures{}
	for i := range b.N {
		fullSize.say(b, "round %d of %d", i+1, b.N)
		play(b, freshRig{}, fullSize, f)
	}
	f.report(b)
}

// say tells how far a measurement has come. (What is logged to b is shown at its end.)
func (s sizes) say(t testing.TB, format string, args ...any) {
	if s.apart {
		fmt.Fprintln(os.Stderr, t.Name()+": "+fmt.Sprintf(format, args...))
	}
}

// trialRun reports whether this is the run of one iteration with which the testing
// package begins every benchmark. One that starts the whole program passes it
// over: -benchtime=2x is its smallest run.
func trialRun(b *testing.B) bool { return b.N == 1 }

// scope is a test whose cleanups are done when a part of it is over.
type scope struct {
	testing.TB
	mu   sync.Mutex
	undo []func()
}

// within runs f and takes away at once what it has started.
func within(t testing.TB, f func(testing.TB)) {
	t.Helper()
	s := &scope{TB: t}
	defer s.close()
	f(s)
}

// Cleanup has f called at the end of the scope, the last one first.
func (s *scope) Cleanup(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.undo = append(s.undo, f)
}

// TempDir is a folder that lasts as long as the scope.
func (s *scope) TempDir() string {
	s.Helper()
	dir, err := os.MkdirTemp("", "bench")
	must(s, err)
	s.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (s *scope) close() {
	for {
		s.mu.Lock()
		last := len(s.undo) - 1
		if last < 0 {
			s.mu.Unlock()
			return
		}
		f := s.undo[last]
		s.undo = s.undo[:last]
		s.mu.Unlock()
		f()
	}
}
