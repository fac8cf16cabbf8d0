package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/internal/audio"
)

// asWriter makes the test binary a process that records into that folder, until it is
// killed.
const asWriter = "PRESSZERO_TEST_CAPTURE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asWriter); dir != "" {
		l, err := Create(dir, Head{Recording: "r"})
		if err != nil {
			panic(err)
		}
		for next := time.Now(); ; next = next.Add(audio.FrameTime) {
			l.Packet(Left, Header{uint16(next.UnixMilli() / 20), uint32(next.UnixMilli() * 8), 7}, bytes.Repeat([]byte{0x20}, 160), next)
			time.Sleep(time.Until(next.Add(audio.FrameTime))) // the pace of the voice
		}
	}
	os.Exit(m.Run())
}

// TestKilled: of what a killed process has recorded all but its last 300 ms is there, it
// is known that the process is gone, and the next one writes on, with the hole between.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), asWriter+"="+dir)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	var take Take
	await(t, "a second is written", func() bool {
		takes, err := Find(dir)
		if err != nil {
			t.Fatal(err)
		}
		if len(takes) == 1 {
			take = takes[0]
		}
		return take.Bytes > 40*186 && take.Live
	})
	_ = process.Process.Kill()
	_ = process.Wait()
	killed := time.Now()
	take = onlyTake(t, dir)
	if take.Live || take.Ended {
		t.Errorf("take of a killed process: %+v", take)
	}
	_, alone := sound(t, take, time.Time{}, killed)
	for _, hole := range alone.Holes { // there is none if it was killed right after it had written
		if hole.Why != "cut" || hole.To-hole.From > 600*time.Millisecond {
			t.Errorf("hole %+v", hole)
		}
	}

	l := newLog(t, dir, "r")
	speak(l, time.Now(), 50, 50) // a second later
	await(t, "the next process writes", func() bool { return l.Begun() })
	if take = onlyTake(t, dir); !take.Live || take.Ended || take.Parts != 2 {
		t.Errorf("take of two processes: %+v", take)
	}
	<-l.End()
	take = onlyTake(t, dir)
	sides, r := sound(t, take, time.Time{}, time.Time{})
	if len(r.Holes) != 1 || r.Holes[0].Why != "killed" || !take.Ended {
		t.Fatalf("take %+v, holes %+v", take, r.Holes)
	}
	hole := r.Holes[0]
	if begins := int(8 * hole.To.Milliseconds()); bytes.Count(sides[Left][begins:begins+8000], []byte{audio.UlawSilence}) < 8000-160 {
		t.Error("the second until the next process hears something is not silent")
	}
	if first := sides[Left][:8*hole.From.Milliseconds()-160]; bytes.Count(first, []byte{0x20}) < len(first)*9/10 {
		t.Error("the first process is not heard")
	}
}

// TestEveryPrefix: a log that is cut anywhere gives the sound of what is whole in it, the
// same bytes each time, and is never longer for being cut.
func TestEveryPrefix(t *testing.T) {
	dir := t.TempDir()
	l := newLog(t, dir, "r")
	began := time.Now()
	speak(l, began, 0, 2)
	l.Pause()
	l.Resume()
	speak(l, began, 4, 1)
	<-l.End()
	path := filepath.Join(dir, "r.1.pkt")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	last := time.Hour
	for size := len(whole); size >= 0; size-- {
		if err := os.Truncate(path, int64(size)); err != nil {
			t.Fatal(err)
		}
		take := onlyTake(t, dir)
		var one, two bytes.Buffer
		r, err := take.WriteMulaw(&one, time.Time{}, time.Time{})
		if err != nil || r.Length > last || take.Ended != (size == len(whole)) || int(r.Length/(nsPerSample))*2 != one.Len() {
			t.Fatalf("cut at %d of %d: %v, length %v after %v, ended %v, %d bytes", size, len(whole), err, r.Length, last, take.Ended, one.Len())
		}
		if _, err := take.WriteMulaw(&two, time.Time{}, time.Time{}); err != nil || !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Fatalf("cut at %d: the second time, %v, or the bytes are others", size, err)
		}
		last = r.Length
	}
	if last != 0 {
		t.Errorf("nothing has a length of %v", last)
	}
}

// TestNothingInvented: each sample of the sound is one that was said within 40 ms of its
// place, or silence; and of what came, nearly nothing is missing.
func TestNothingInvented(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawTalk(t, 16)
		log := appendRecord(nil, record{kind: kindHead, payload: []byte(`{"wall":"2026-01-01T00:00:00Z"}`)})
		for _, s := range all {
			log = appendRecord(log, record{kindPacket, Right, s.Header, s.at, bytes.Repeat([]byte{s.voice}, 160)})
		}
		var s story
		if err := s.add(0, bytes.NewReader(log), int64(len(log))); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := s.render([]io.ReaderAt{bytes.NewReader(log)}, &out, s.zero, time.Time{}); err != nil {
			t.Fatal(err)
		}
		said := map[byte][]int64{} // when which byte was said, in samples
		for _, s := range all {
			said[s.voice] = append(said[s.voice], s.spoken/nsPerSample)
		}
		heard, before := 0, [2]byte{audio.UlawSilence, audio.UlawSilence}
		const near = int64(mostError) / nsPerSample
		check := func(b byte, at int64) { // the first or the last of a stretch that is alike
			if b != audio.UlawSilence && !slices.ContainsFunc(said[b], func(from int64) bool {
				return at >= from-near && at < from+160+near
			}) {
				t.Fatalf("sample %d is %x, which was not said there", at, b)
			}
		}
		for i, b := range out.Bytes() {
			if b != before[i%2] {
				check(before[i%2], int64(i/2)-1)
				check(b, int64(i/2))
				before[i%2] = b
			}
			if b != audio.UlawSilence {
				heard++
				if i%2 == int(Left) {
					t.Fatalf("sample %d of the side that says nothing is %x", i/2, b)
				}
			}
		}
		came := map[Header]bool{}
		for _, s := range all {
			came[s.Header] = true
		}
		if heard < len(came)*160*99/100 {
			t.Fatalf("of %d samples that came, %d are heard", len(came)*160, heard)
		}
	})
}

// TestParts: parts of one start of the machine are joined by its clock, and those of two by
// the wall clock. What is between them is a hole if the writer died, and was ordered if it
// was stopped.
func TestParts(t *testing.T) {
	part := func(wall, bootID string, boot time.Duration, ended bool) []byte {
		head := fmt.Sprintf(`{"wall":"2026-01-01T00:00:%sZ","boot_id":"%s","boot":%d}`, wall, bootID, boot)
		log := appendRecord(nil, record{kind: kindHead, payload: []byte(head), at: int64(boot)})
		for i := range 50 {
			at := boot + time.Duration(i)*audio.FrameTime
			log = appendRecord(log, record{kindPacket, Left, Header{uint16(i), uint32(i * 160), uint32(boot)}, int64(at), bytes.Repeat([]byte{0x20}, 160)})
		}
		if ended {
			log = appendRecord(log, record{kind: kindEnd, at: int64(boot + time.Second)})
		}
		return log
	}
	var s story
	var parts []io.ReaderAt
	for i, b := range [][]byte{
		part("00", "a", time.Hour, true),
		part("07", "a", time.Hour+3*time.Second, false), // somebody has set the clock
		part("06", "b", time.Minute, true),
	} {
		parts = append(parts, bytes.NewReader(b))
		if err := s.add(i, bytes.NewReader(b), int64(len(b))); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	r, err := s.render(parts, &out, time.Time{}, time.Time{})
	if err != nil || r.Length != 7*time.Second {
		t.Fatalf("length %v, %v", r.Length, err)
	}
	for second := range 7 {
		want, got := byte(audio.UlawSilence), out.Bytes()[16000*second+8000]
		if second == 0 || second == 3 || second == 6 {
			want = 0x20
		}
		if got != want {
			t.Errorf("in second %d is %x, want %x", second, got, want)
		}
	}
	if want := []Span{{time.Second, 3 * time.Second}}; !slices.Equal(r.Paused, want) {
		t.Errorf("pauses %v, want %v", r.Paused, want)
	}
	if want := []Hole{{Span{3980 * time.Millisecond, 6 * time.Second}, "killed"}}; !slices.Equal(r.Holes, want) {
		t.Errorf("holes %v, want %v", r.Holes, want)
	}
}

// TestDamage: what is damaged is passed over, and is a hole.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	l := newLog(t, dir, "r")
	speak(l, time.Now(), 0, 100)
	<-l.End()
	path := filepath.Join(dir, "r.1.pkt")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 5000; i < 9000; i++ {
		whole[i] ^= byte(i)
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	sides, r := sound(t, onlyTake(t, dir), time.Time{}, time.Time{})
	if len(r.Holes) != 1 || r.Holes[0].Why != "damaged" || r.Length != 2*time.Second {
		t.Errorf("result %+v", r)
	}
	if l := level(sides[Left][8000:], 440); l < 0.99 {
		t.Errorf("behind the damage, the tone has %.3f", l)
	}
}

// FuzzRead: whatever is in the files, the reader ends, and gives what it says.
func FuzzRead(f *testing.F) {
	head := appendRecord(nil, record{kind: kindHead, payload: []byte(`{"boot":5}`)})
	for _, r := range []record{
		{kindPacket, Left, Header{1, 2, 3}, 5, make([]byte, 160)},
		{kindPacket, Right, Header{65535, 1 << 31, 3}, 1 << 62, nil},
		{kind: kindGap, at: 7, payload: make([]byte, 8)},
		{kind: kindPause, at: 9}, {kind: kindResume}, {kind: kindEnd}, {kind: kindHead, payload: []byte(`{"boot":-9000000000000000000}`)},
	} {
		head = appendRecord(head, r)
		f.Add(slices.Clone(head), head[:len(head)/2])
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		var s story
		var parts []io.ReaderAt
		for i, b := range [][]byte{one, two, resealed(one)} {
			parts = append(parts, bytes.NewReader(b))
			if err := s.add(i, bytes.NewReader(b), int64(len(b))); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		r, err := s.render(parts, limited{&out}, time.Time{}, time.Time{})
		if err == nil && int64(out.Len()) != 2*int64(r.Length/nsPerSample) {
			t.Errorf("%d bytes of %v", out.Len(), r.Length)
		}
	})
}

// limited refuses a sound of more than a minute: that it is long is no news.
type limited struct{ *bytes.Buffer }

func (l limited) Write(b []byte) (int, error) {
	if l.Len() > 60*16000 {
		return 0, io.ErrShortWrite
	}
	return l.Buffer.Write(b)
}

// resealed is b with the checksums right, as far as it consists of records.
func resealed(b []byte) []byte {
	var out []byte
	for len(b) >= headerSize {
		n := max(sizeOf(b), headerSize)
		if n > len(b) {
			break
		}
		rec := slices.Clone(b[:n])
		binary.LittleEndian.PutUint32(rec, crc32.Checksum(rec[4:], castagnoli))
		out = append(out, rec...)
		b = b[n:]
	}
	return out
}
