package capture

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"presszero/internal/audio"
)

// speak gives a log the frames from first on of a talk that began at that time: both sides
// every 20 ms, tones of 440 Hz on the left and of 1 kHz on the right.
func speak(l *Log, began time.Time, first, frames int) {
	left, right := audio.NewTone(440, 8000), audio.NewTone(1000, 8000)
	for i := first; i < first+frames; i++ {
		at := began.Add(time.Duration(i) * audio.FrameTime)
		l.Packet(Left, Header{uint16(i), uint32(i * 160), 1}, left.Ulaw(), at)
		l.Packet(Right, Header{uint16(i), uint32(i * 160), 2}, right.Ulaw(), at)
	}
}

// newLog begins a log, which ends with the test.
func newLog(t *testing.T, dir, recording string) *Log {
	t.Helper()
	l, err := Create(dir, Head{Recording: recording, Leg: "c1.o1.leg", Agent: "ana"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { <-l.End() })
	return l
}

// onlyTake is the one that is in the folder.
func onlyTake(t *testing.T, dir string) Take {
	t.Helper()
	takes, err := Find(dir)
	if err != nil || len(takes) != 1 {
		t.Fatalf("takes %+v, %v; want one", takes, err)
	}
	return takes[0]
}

// sound is the sound of a take, left and right apart.
func sound(t *testing.T, take Take, from, to time.Time) (sides [2][]byte, r Result) {
	t.Helper()
	var both bytes.Buffer
	r, err := take.WriteMulaw(&both, from, to)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range both.Bytes() {
		sides[i%2] = append(sides[i%2], b)
	}
	return sides, r
}

// level is the share of hz in a stretch of mu-law.
func level(voice []byte, hz float64) float64 {
	return audio.Level(audio.AppendFromUlaw(nil, voice), hz)
}

// TestTwoTones: each side is in its own channel and nothing of it in the other; the sound
// is as long as asked for, and the same each time. What the files say of the talk is found.
func TestTwoTones(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "talks")
	l := newLog(t, dir, "c1.o1.leg")
	began := time.Now()
	speak(l, began, 0, 150)
	if <-l.End(); l.Trouble() != nil || !l.Begun() {
		t.Fatalf("trouble %v, begun %v", l.Trouble(), l.Begun())
	}
	for name, mode := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "c1.o1.leg.1.pkt"): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want mode %v", name, info, err, mode)
		}
	}
	take := onlyTake(t, dir)
	if take.Recording != "c1.o1.leg" || take.Leg != "c1.o1.leg" || take.Agent != "ana" || !take.Ended || take.Live || take.Parts != 1 {
		t.Errorf("take %+v", take)
	}
	from, to := began.Add(500*time.Millisecond), began.Add(2777*time.Millisecond)
	sides, r := sound(t, take, from, to)
	if r.Length != to.Sub(from) || len(sides[Left]) != 8*2277 || len(r.Holes)+len(r.Paused) > 0 || !r.From.Equal(from.Round(0)) && r.From.Sub(from).Abs() > time.Millisecond {
		t.Errorf("result %+v of %d samples; want 2.277 s", r, len(sides[Left]))
	}
	if l, r := level(sides[Left], 440), level(sides[Right], 1000); l < 0.99 || r < 0.99 {
		t.Errorf("the tones have %.3f and %.3f of their channels", l, r)
	}
	if l, r := level(sides[Left], 1000), level(sides[Right], 440); l > 1e-4 || r > 1e-4 {
		t.Errorf("of the other tone, %.6f and %.6f are heard: more than -40 dB", l, r)
	}
	if len(r.Peaks[Left]) != 46 || slices.Min(r.Peaks[Left]) < 50 || slices.Max(r.Peaks[Left]) > 70 { // 8000>>7 is 62
		t.Errorf("peaks %v", r.Peaks[Left])
	}
	if again, _ := sound(t, take, from, to); !bytes.Equal(again[Left], sides[Left]) || !bytes.Equal(again[Right], sides[Right]) {
		t.Error("the second time, the bytes are others")
	}
	if all, r := sound(t, take, time.Time{}, time.Time{}); r.Length != 3*time.Second || len(all[Left]) != 24000 {
		t.Errorf("without times: %v", r.Length)
	}
	if _, err := take.WriteMulaw(new(bytes.Buffer), to, from); !errors.Is(err, ErrTooLong) {
		t.Errorf("from the end to the beginning: %v", err)
	}
	if err := take.Remove(); err != nil {
		t.Fatal(err)
	}
	if takes, err := Find(dir); err != nil || len(takes) > 0 {
		t.Errorf("after Remove there are %+v, %v", takes, err)
	}
}

// TestPause: of what is said during a pause nothing is in the file, and it is silent in the
// sound, which goes on at its time.
func TestPause(t *testing.T) {
	dir := t.TempDir()
	l := newLog(t, dir, "r")
	began := time.Now()
	speak(l, began, 0, 50)
	l.Pause()
	size := len(l.ring)
	l.Packet(Right, Header{1000, 160000, 2}, bytes.Repeat([]byte("4"), 160), time.Now())
	if len(l.ring) > size {
		t.Error("a packet was kept during the pause")
	}
	l.Pause()
	l.Resume()
	l.Resume()
	speak(l, began, 100, 50)
	<-l.End()
	l.Packet(Left, Header{}, make([]byte, 160), time.Now())
	sides, r := sound(t, onlyTake(t, dir), time.Time{}, time.Time{})
	if len(r.Paused) != 1 || r.Length != 3*time.Second {
		t.Errorf("result %+v", r)
	}
	for side, voice := range sides {
		if pause := voice[8000:16000]; !bytes.Equal(pause, bytes.Repeat([]byte{audio.UlawSilence}, 8000)) {
			t.Errorf("side %d is not silent", side)
		}
	}
}

// weak is a disk that does what it is told.
type weak struct {
	mu   sync.Mutex
	err  error
	slow sync.Mutex // held: it takes nothing
}

func (w *weak) set(err error) {
	w.mu.Lock()
	w.err = err
	w.mu.Unlock()
}

type weakFile struct {
	file
	*weak
}

func (f weakFile) WriteAt(b []byte, at int64) (int, error) {
	f.slow.Lock()
	defer f.slow.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		n, _ := f.file.WriteAt(b[:len(b)/2], at)
		return n, f.err
	}
	return f.file.WriteAt(b, at)
}

func (w *weak) open(dir, recording string) (file, error) {
	f, err := openPart(dir, recording)
	return weakFile{f, w}, err
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came to be that %s", what)
		}
	}
}

// TestFullDisk: a full disk is told of, and costs nothing for as long as the ring has room;
// then what is missing is counted. When there is room again, the recording goes on. A
// packet never waits, which is told by the test's coming to its end.
func TestFullDisk(t *testing.T) {
	dir, d, full := t.TempDir(), &weak{}, errors.New("no space left on device")
	d.set(full)
	l, err := create(dir, Head{Recording: "r"}, d.open)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	speak(l, began, 0, 100)
	await(t, "the trouble is told", func() bool { return errors.Is(l.Trouble(), full) })
	speak(l, began, 100, 300) // two seconds more than there is room for
	d.set(nil)
	await(t, "the recording goes on", func() bool { return l.Trouble() == nil })
	speak(l, began, 400, 50)
	<-l.End()
	sides, r := sound(t, onlyTake(t, dir), time.Time{}, time.Time{})
	if len(r.Holes) != 1 || r.Holes[0].Why != "dropped" || r.Length != 9*time.Second {
		t.Fatalf("holes %+v, length %v", r.Holes, r.Length)
	}
	if hole := r.Holes[0]; hole.From < 4*time.Second-audio.FrameTime || hole.To > 8*time.Second {
		t.Errorf("hole %+v; the ring has room for 4 s, and a batch is on its way", hole)
	}
	before := int(r.Holes[0].From / time.Second)
	for _, second := range []int{0, before - 1, 8} {
		if l := level(sides[Left][8000*second:8000*(second+1)], 440); l < 0.99 {
			t.Errorf("in second %d, the tone has %.3f", second, l)
		}
	}
}

// forgetful is a file that loses what it could not sync, and says so once.
type forgetful struct {
	file
	*weak
	size *int64 // at the last sync
}

func (f forgetful) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	part := f.file.(part)
	if f.err != nil {
		return errors.Join(f.err, part.Truncate(*f.size))
	}
	info, err := part.Stat()
	*f.size = info.Size()
	return err
}

// TestLostSync: what a disk takes, and loses with an error before it is on it, is written
// again. While it fails it is asked less and less often.
func TestLostSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, d, failed := t.TempDir(), &weak{}, errors.New("input/output error")
		l, err := create(dir, Head{Recording: "r"}, func(dir, recording string) (file, error) {
			f, err := openPart(dir, recording)
			return forgetful{f, d, new(int64)}, err
		})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		say := func(from, n int) {
			for i := range n {
				speak(l, began, from+i, 1)
				time.Sleep(audio.FrameTime) // of the clock of synctest: a packet each 20 ms
			}
		}
		say(0, 500)
		d.set(failed)
		said := 500
		for ; l.Trouble() == nil && said < 800; said++ {
			say(said, 1)
		}
		say(said, 50)
		if err := l.Trouble(); !errors.Is(err, failed) {
			t.Errorf("of a disk that loses all, it is told %v", err)
		}
		d.set(nil)
		say(said+50, 950-said)
		if err := l.Trouble(); err != nil {
			t.Errorf("3 s after it has recovered: %v", err)
		}
		<-l.End()
		if _, r := sound(t, onlyTake(t, dir), time.Time{}, time.Time{}); len(r.Holes) > 0 || r.Packets != [2]int{1000, 1000} || r.Length != 20*time.Second {
			t.Errorf("holes %+v, packets %v, length %v", r.Holes, r.Packets, r.Length)
		}
	})
}

// TestNothingKept: a log that has ended on a disk that stays full is given up, and leaves
// no file in which nothing is whole.
func TestNothingKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, d := t.TempDir(), &weak{}
		d.set(errors.New("no space left on device"))
		l, err := create(dir, Head{Recording: "r"}, d.open)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		speak(l, began, 0, 50)
		time.Sleep(time.Second) // of the clock of synctest
		if takes, err := Find(dir); err != nil || len(takes) != 1 || l.Begun() || l.Trouble() == nil {
			t.Errorf("while the disk is full: %+v, %v, begun %v, trouble %v", takes, err, l.Begun(), l.Trouble())
		}
		<-l.End()
		if takes, err := Find(dir); err != nil || len(takes) > 0 {
			t.Errorf("afterwards: %+v, %v", takes, err)
		}
		if took := time.Since(began); took < endWithin || took > endWithin+2*time.Second {
			t.Errorf("it was given up after %v", took)
		}
	})
}

// TestSlowDisk: a disk that takes nothing is told of when something is missing.
func TestSlowDisk(t *testing.T) {
	dir, d := t.TempDir(), &weak{}
	d.slow.Lock()
	l, err := create(dir, Head{Recording: "r"}, d.open)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for i := 0; l.Trouble() == nil; i += 50 {
		if i > 1000 {
			t.Fatal("it is not told that the disk is slow")
		}
		speak(l, began, i, 50)
	}
	if err := l.Trouble(); err != ErrSlow {
		t.Errorf("trouble %v", err)
	}
	d.slow.Unlock()
	await(t, "all is well again", func() bool { return l.Trouble() == nil })
	<-l.End()
}

// TestNames: what could lead out of the folder names no recording, and other files are left
// alone.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"", "../r", "a/b", ".r", "a b", string(bytes.Repeat([]byte("x"), 201))} {
		if l, err := Create(dir, Head{Recording: name}); err == nil {
			<-l.End()
			t.Errorf("%q was taken", name)
		}
	}
	for _, name := range []string{"r.pkt", "r.0.pkt", "r.1.wav", "r.1.pkt.new"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if takes, err := Find(dir); err != nil || len(takes) > 0 {
		t.Errorf("takes %+v, %v", takes, err)
	}
	if takes, err := Find(filepath.Join(dir, "missing")); err != nil || len(takes) > 0 {
		t.Errorf("takes of a missing folder %+v, %v", takes, err)
	}
}
