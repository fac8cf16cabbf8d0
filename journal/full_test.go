package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/disktest"
)

// TestAFullDisk fills the disk for real: a file system of a few pages, or,
// where the machine lets nobody mount one, the kernel's own /dev/full.
func TestAFullDisk(t *testing.T) {
	if disktest.Inside() {
		disk := disktest.New(t, "1m")
		fullDisk(t, string(disk), Options{}, disk)
		return
	}
	if why := disktest.Refused(t); why != nil {
		t.Logf("%v; /dev/full takes its place", why)
		d := &devFull{}
		fullDisk(t, t.TempDir(), Options{create: d.create, reserve: d.reserve}, d)
		return
	}
	disktest.Rerun(t)
}

// fills fills a disk and makes room on it.
type fills interface {
	Fill(t testing.TB)
	Free(t testing.TB)
}

// devFull sends to /dev/full what is to be written while the disk is full.
type devFull struct{ disk }

func (d *devFull) Fill(t testing.TB) {
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = f.WriteAt([]byte{1}, 0)
	d.set(err, nil)
}

func (d *devFull) Free(testing.TB) { d.set(nil, nil) }

func (d *devFull) create(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	return weak{f, &d.disk}, err
}

func (d *devFull) reserve(path string, size int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noWrite != nil {
		return d.noWrite
	}
	return makeReserve(path, size)
}

// whole is all of a call: 4 facts are essential, and 12 are not.
func whole(id call.ID, at time.Time) (list []call.Entry) {
	say := func(f call.Fact) {
		list = append(list, call.Entry{Call: id, Day: "2026-03-01", Seq: len(list) + 1, At: at.Add(time.Duration(len(list)) * time.Second), Fact: f})
	}
	say(call.CallStarted{Node: "a1", Channel: "c", To: "100", From: "+4930123456"})
	for n := range 8 {
		say(call.KeyPressed{Node: "main", Digit: fmt.Sprint(n)})
	}
	say(call.QueueEntered{Visit: string(id) + ".v1", Queue: "support"})
	for range 4 {
		say(call.WaitShadow{Visit: string(id) + ".v1", Queue: "support"})
	}
	say(call.QueueLeft{Visit: string(id) + ".v1", Queue: "support", Outcome: call.AbandonedQueue})
	say(call.CallEnded{Outcome: call.AbandonedQueue, Side: call.SideCaller})
	return list
}

func fullDisk(t *testing.T, dir string, opt Options, disk fills) {
	dir = filepath.Join(dir, "journal")
	opt.SegmentSize, opt.Reserve, opt.Backlog, opt.Log = 50_000, 200_000, 60_000, quiet
	j := open(t, dir, opt)
	clock, calls := time.Now().Add(-time.Hour).UTC().Truncate(time.Second), 0
	more := func(n int) {
		for range n {
			calls++
			clock = clock.Add(time.Minute)
			for _, e := range whole(call.ID(fmt.Sprintf("call-%04d", calls)), clock) {
				j.Append([]call.Entry{e})
			}
		}
	}
	there := func() (essential, others int) {
		t.Helper()
		seen := map[string]bool{}
		for _, e := range readAll(t, j, 100) {
			if key := fmt.Sprint(e.Call, e.Seq); seen[key] {
				continue
			} else {
				seen[key] = true
			}
			if call.Essential(e.Fact.Kind()) {
				essential++
			} else {
				others++
			}
		}
		return essential, others
	}
	synced := func() {
		t.Helper()
		if err := j.Sync(soon(t)); err != nil {
			t.Fatal(err)
		}
	}

	more(20)
	synced()
	open := whole("call-open", clock)[:12] // it is up when the disk fills, and after
	j.Append(open[:5])
	disk.Fill(t)
	j.Append(open[5:])
	more(20)
	synced() // promises are kept: what they need is on disk
	if !j.Full() || !strings.Contains(j.Trouble(), "disk is full") || j.Shed() != 0 {
		t.Fatalf("full %v, dropped %d: %q", j.Full(), j.Shed(), j.Trouble())
	}
	if essential, _ := there(); essential != 40*4+2 {
		t.Fatalf("on the full disk there are %d essential facts, want %d", essential, 40*4+2)
	}

	// Room comes back before the memory is full: nothing at all is missing.
	disk.Free(t)
	well(t, j)
	synced()
	if essential, others := there(); essential != 40*4+2 || others != 40*12+10 {
		t.Fatalf("%d essential and %d other facts came through, want %d and %d", essential, others, 40*4+2, 40*12+10)
	}
	up, err := j.Unfinished(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	same(t, up, open)

	// It comes back too late: what is not essential is dropped and counted.
	disk.Fill(t)
	more(100)
	synced()
	dropped := j.Shed()
	if dropped == 0 || j.Lost() != 0 {
		t.Fatalf("dropped %d, lost %d", dropped, j.Lost())
	}
	disk.Free(t)
	well(t, j)
	synced()
	if essential, others := there(); essential != 140*4+2 || int64(others) != 140*12+10-dropped {
		t.Fatalf("%d essential and %d other facts came through, want %d and %d", essential, others, 140*4+2, 140*12+10-dropped)
	}

	// The program ends and starts again while the disk is full: it can.
	disk.Fill(t)
	more(10)
	synced()
	if err := j.Close(); err == nil {
		t.Error("facts that were not written are not told at the end")
	}
	j, err = Open(dir, opt)
	if err != nil {
		t.Fatalf("on a full disk the journal cannot be opened: %v", err)
	}
	defer func() { j.Close() }()
	more(10)
	synced()
	if essential, _ := there(); essential != 160*4+2 || !j.Full() {
		t.Fatalf("after a restart there are %d essential facts, want %d; full: %v", essential, 160*4+2, j.Full())
	}
	disk.Free(t)
	well(t, j)
	synced()
	more(5)
	synced()
	if essential, _ := there(); essential != 165*4+2 || j.Damaged() != 0 || j.Lag() != 0 {
		t.Fatalf("%d essential facts, want %d; %d damaged, lag %d", essential, 165*4+2, j.Damaged(), j.Lag())
	}
}

// well waits until the journal has no trouble.
func well(t *testing.T, j *Journal) {
	t.Helper()
	for ctx := soon(t); j.Trouble() != ""; {
		select {
		case <-ctx.Done():
			t.Fatalf("still: %s", j.Trouble())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
