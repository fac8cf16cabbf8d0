package finish

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"presszero/internal/audio"
	"presszero/recordings/archive"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

const id = "0190c2d4-77aa-7000-8000-000000000001.o1.leg"

// talk has 440 Hz left and 1000 Hz right, and every code of mu-law.
func talk(long time.Duration) ([]byte, Talk) {
	left, right := audio.NewTone(440, 8000), audio.NewTone(1000, 8000)
	var sound []byte
	for len(sound) < int(long.Seconds()*2*audio.SampleRate) {
		l, r := left.Ulaw(), right.Ulaw()
		for i := range l {
			sound = append(sound, l[i], r[i])
		}
	}
	for i := range min(len(sound), 512) {
		sound[i] = byte(i)
	}
	return sound, Talk{ID: id, Write: func(w io.Writer) (Sound, error) {
		_, err := w.Write(sound)
		return Sound{noon, long, time.Second, [2][]byte{{1, 2}, {3, 4}}}, err
	}}
}

func empty(t *testing.T) *archive.Archive {
	t.Helper()
	dir := t.TempDir()
	keys, _, err := archive.MakeKeys(filepath.Join(dir, "keys"), noon)
	if err != nil {
		t.Fatal(err)
	}
	return &archive.Archive{Kind: "talks", Index: filepath.Join(dir, "index"), Keys: keys, Local: archive.Folder{Dir: filepath.Join(dir, "archive")}}
}

func plain(t *testing.T, a *archive.Archive) []byte {
	t.Helper()
	s, err := a.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b, err := io.ReadAll(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestFLAC: nothing of the sound is lost, the length is in the file, and a second run
// makes the same file.
func TestFLAC(t *testing.T) {
	sound, is := talk(20 * time.Second)
	var sums []string
	for range 2 {
		a := empty(t)
		kept, err := Keep(t.Context(), a, is, "flac")
		if err != nil || kept.Format != "flac" || kept.Length != 20 || kept.Holes != 1 || !kept.At.Equal(noon) || kept.Again {
			t.Fatalf("%+v, %v", kept, err)
		}
		sums = append(sums, kept.Sound.Sum)
		again, err := Keep(t.Context(), a, Talk{ID: id, Write: func(io.Writer) (Sound, error) { return Sound{}, errors.New("is not asked") }}, "flac")
		if err != nil || !again.Again || again.Sound.Sum != kept.Sound.Sum {
			t.Errorf("again: %+v, %v", again, err)
		}
		file := filepath.Join(t.TempDir(), "talk.flac")
		if err := os.WriteFile(file, plain(t, a), 0o600); err != nil {
			t.Fatal(err)
		}
		if long, err := exec.Command("metaflac", "--show-total-samples", file).Output(); err != nil || string(bytes.TrimSpace(long)) != "160000" {
			t.Errorf("its length is %s samples, %v", long, err)
		}
		raw, err := exec.Command("flac", "--decode", "--silent", "--stdout", "--force-raw-format", "--endian=little", "--sign=signed", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		for i, u := range sound {
			if got := int16(raw[2*i]) | int16(raw[2*i+1])<<8; got != audio.DecodeUlaw(u) {
				t.Fatalf("sample %d is %d and was %d", i, got, audio.DecodeUlaw(u))
			}
		}
		if peaks, err := a.Peaks(t.Context(), id); err != nil || !bytes.Equal(peaks[1], []byte{3, 4}) {
			t.Errorf("%v, %v", peaks, err)
		}
	}
	if sums[0] != sums[1] {
		t.Errorf("two runs make two files: %v", sums)
	}
}

// TestWAV: where flac is not installed, and for a talk of which nothing was captured.
func TestWAV(t *testing.T) {
	for _, long := range []time.Duration{0, 3 * time.Second} {
		sound, is := talk(long)
		a := empty(t)
		flac := ""
		if long == 0 {
			flac = "flac"
		}
		kept, err := Keep(t.Context(), a, is, flac)
		if err != nil || kept.Format != "wav" || kept.Length != long.Seconds() {
			t.Fatalf("%+v, %v", kept, err)
		}
		file := plain(t, a)
		if !bytes.Equal(file[58:], sound) {
			t.Errorf("%v: the sound is another", long)
		}
		if long == 0 {
			continue // sox says nothing of an empty file
		}
		path := filepath.Join(t.TempDir(), "talk.wav")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("soxi", path).CombinedOutput()
		for _, want := range []string{"Channels       : 2", "Sample Rate    : 8000", "24000 samples", "u-law"} {
			if err != nil || !bytes.Contains(out, []byte(want)) {
				t.Errorf("%v: sox does not say %q: %s", err, want, out)
			}
		}
	}
}

// TestNothingHalf: what fails on the way leaves nothing that could be taken for a talk,
// and the next run keeps it whole.
func TestNothingHalf(t *testing.T) {
	sound, is := talk(5 * time.Second)
	lost := errors.New("the log cannot be read")
	killed, kill := context.WithCancel(t.Context())
	calls := 0
	for what, c := range map[string]struct {
		ctx  context.Context
		flac string
		do   func(w io.Writer) (Sound, error)
	}{
		"flac fails":        {t.Context(), "false", is.Write},
		"flac is not there": {t.Context(), "/nowhere/flac", is.Write},
		"the log breaks off": {t.Context(), "flac", func(w io.Writer) (Sound, error) {
			_, _ = w.Write(sound[:30_000])
			return Sound{Length: 5 * time.Second}, lost
		}},
		"the log is shorter":    {t.Context(), "", nil},
		"it is told to stop":    {killed, "flac", func(w io.Writer) (Sound, error) { kill(); return is.Write(w) }},
		"the second time fails": {t.Context(), "flac", nil},
	} {
		do := c.do
		switch what {
		case "the second time fails":
			do = func(w io.Writer) (Sound, error) {
				if calls++; calls > 1 {
					_, _ = w.Write(sound[:30_000])
					return Sound{}, lost
				}
				return is.Write(w)
			}
		case "the log is shorter":
			do = func(w io.Writer) (Sound, error) {
				if w == io.Discard {
					return is.Write(w)
				}
				_, _ = w.Write(sound[:30_000])
				return Sound{}, lost
			}
		}
		a := empty(t)
		if kept, err := Keep(c.ctx, a, Talk{ID: id, Write: do}, c.flac); err == nil {
			t.Errorf("%s: kept %+v", what, kept)
		}
		if _, err := a.Entry(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: has an entry: %v", what, err)
		}
		if told, err := a.Untold(); err != nil || len(told) > 0 {
			t.Errorf("%s: would be told as kept: %v, %v", what, told, err)
		}
		if kept, err := Keep(t.Context(), a, is, "flac"); err != nil || kept.Again || kept.Length != 5 {
			t.Errorf("%s, and then: %+v, %v", what, kept, err)
		}
		if told, err := a.Untold(); err != nil || len(told) != 1 || told[0].Call != "0190c2d4-77aa-7000-8000-000000000001" {
			t.Errorf("%s: what is to be told: %v, %v", what, told, err)
		}
	}
}
