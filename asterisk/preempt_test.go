package asterisk_test

import (
	"flag"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var preempt = flag.Bool("preempt", false, "TestStorm takes the processors away from Asterisk for some milliseconds, again and again; needs root")

// preemptAll takes each processor away from all other threads for 4 ms, and leaves it to them for
// 3 ms, on average, until the test ends. So threads are interrupted anywhere, as they are
// on a machine that shares its processors, and the order of what Asterisk's threads do is
// another each time.
func preemptAll(t *testing.T) {
	for cpu := range runtime.NumCPU() {
		began := make(chan error)
		go func() {
			runtime.LockOSThread() // for good: the thread ends with the goroutine
			var one unix.CPUSet
			one.Set(cpu)
			err := unix.SchedSetaffinity(0, &one)
			if err == nil {
				err = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 10}, 0)
			}
			began <- err
			for err == nil && t.Context().Err() == nil {
				for until := time.Now().Add(spread(4 * time.Millisecond)); time.Now().Before(until); {
				}
				time.Sleep(spread(3 * time.Millisecond))
			}
		}()
		if err := <-began; err != nil {
			t.Fatalf("processors cannot be taken away: %v; run the test as root", err)
		}
	}
}

// spread is a time of that mean.
func spread(mean time.Duration) time.Duration {
	return time.Duration(rand.ExpFloat64() * float64(mean))
}
