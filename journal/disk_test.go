package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"presszero/call"
)

// weak is a disk that refuses when told to.
type weak struct {
	*os.File
	d *disk
}

type disk struct {
	mu              sync.Mutex
	noWrite, noSync error
	syncs           int

	slow sync.Mutex // held: an fsync waits
}

func (d *disk) set(write, sync error) {
	d.mu.Lock()
	d.noWrite, d.noSync = write, sync
	d.mu.Unlock()
}

func (w weak) WriteAt(b []byte, at int64) (int, error) {
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	if w.d.noWrite != nil {
		n, _ := w.File.WriteAt(b[:len(b)/2], at)
		return n, w.d.noWrite
	}
	return w.File.WriteAt(b, at)
}

func (w weak) Sync() error {
	w.d.slow.Lock()
	defer w.d.slow.Unlock()
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	w.d.syncs++
	if w.d.noSync != nil {
		return w.d.noSync
	}
	return w.File.Sync()
}

// TestOneSyncForAll: goroutines that promise at the same time wait for the same
// fsync; and a segment that is old enough is followed by another.
func TestOneSyncForAll(t *testing.T) {
	d := &disk{}
	j := open(t, t.TempDir(), Options{SegmentAge: 50 * time.Millisecond, create: func(path string) (file, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return weak{f, d}, err
	}})
	const promises = 20
	ctx, rounds := soon(t), 0
	for segs, _ := j.files.segments(); len(segs) < 3; segs, _ = j.files.segments() {
		var all sync.WaitGroup
		rounds++
		d.slow.Lock() // until all facts of the round are written
		for n := range promises {
			j.Append(facts(call.ID(fmt.Sprintf("%d-%d", rounds, n)), 1, 1))
		}
		d.slow.Unlock()
		for range promises {
			all.Go(func() {
				if err := j.Sync(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.syncs > 3*rounds { // one, one that began before the last fact, and that of a full segment
		t.Errorf("%d fsyncs for %d times %d promises", d.syncs, rounds, promises)
	}
	if n := len(readAll(t, j, 100)); n != rounds*promises {
		t.Errorf("%d facts are there, want %d", n, rounds*promises)
	}
}

func TestARefusingDiskLosesNothing(t *testing.T) {
	full := errors.New("no space left on device")
	d := &disk{}
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 3000, Backlog: 100_000, create: func(path string) (file, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		return weak{f, d}, err
	}})
	seq := 0
	add := func(n int) {
		for range n {
			seq++
			j.Append(facts("c", seq, seq))
		}
	}
	add(5)
	d.set(full, nil)
	add(20)
	short, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := j.Sync(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Sync with a full disk gave %v", err)
	}
	d.set(nil, nil)
	add(5)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	d.set(nil, errors.New("input/output error"))
	add(10)
	short, cancel = context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if err := j.Sync(short); err == nil {
		t.Fatal("Sync reports success although fsync fails")
	}
	add(10)
	d.set(nil, nil)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, e := range readAll(t, j, 10) {
		seen[e.Seq] = true
	}
	if len(seen) != seq || j.Lost() != 0 || j.Lag() != 0 {
		t.Fatalf("%d of %d entries are there; lost %d, lag %d", len(seen), seq, j.Lost(), j.Lag())
	}
}

func TestTheBacklogIsBounded(t *testing.T) {
	d := &disk{}
	d.set(errors.New("no space left on device"), nil)
	j := open(t, t.TempDir(), Options{Backlog: 2000, create: func(path string) (file, error) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		return weak{f, d}, err
	}})
	for n := 1; n <= 100; n++ {
		j.Append(facts("c", n, n))
	}
	lost := j.Lost()
	if lost == 0 || lost == 100 {
		t.Fatalf("%d of 100 lost", lost)
	}
	d.set(nil, nil)
	if err := j.Sync(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, j, 1000); int64(len(got)) != 100-lost || got[0].Seq != 1 {
		t.Fatalf("%d entries, %d lost of 100", len(got), lost)
	}
}
