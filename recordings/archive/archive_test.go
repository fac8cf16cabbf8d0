package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// must is for what cannot fail.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

const id = "0190c2d4-77aa-7000-8000-000000000001.o1.leg"

// empty is an archive with keys and nothing else.
func empty(t *testing.T) *Archive {
	t.Helper()
	dir := t.TempDir()
	if _, made, err := MakeKeys(filepath.Join(dir, "archive-keys"), noon); err != nil || !made {
		t.Fatal(made, err)
	}
	return archiveIn(dir)
}

func archiveIn(dir string) *Archive {
	return &Archive{Kind: "talks", Index: filepath.Join(dir, "archive-index"), Keys: Keys{filepath.Join(dir, "archive-keys")}, Local: Folder{filepath.Join(dir, "archive")}}
}

// sound is noise of so many bytes, always the same.
func sound(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(b)
	return b
}

func keep(t *testing.T, a *Archive, id string, plain []byte) Kept {
	t.Helper()
	kept, err := a.Keep(t.Context(), id, bytes.NewReader(plain), Meta{At: noon, Length: 90 * time.Second, Format: "flac", Peaks: [2][]byte{{1, 2, 3}, {4, 5, 6}}})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func heard(t *testing.T, a *Archive, id string) []byte {
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

// bodies are the files of the local folder, by name.
func bodies(t *testing.T, a *Archive) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for o, err := range a.Local.List(t.Context(), a.Kind+"/") {
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(a.Local.Dir, o.Name))
		if err != nil {
			t.Fatal(err)
		}
		all[o.Name] = b
	}
	return all
}

func TestKeep(t *testing.T) {
	a, plain := empty(t), sound(300_000)
	kept := keep(t, a, id, plain)
	sum := sha256.Sum256(plain)
	if kept.Again || kept.Sound.Bytes != 300_000 || kept.Sound.Sum != hex.EncodeToString(sum[:]) || kept.Length != 90 {
		t.Errorf("%+v", kept)
	}
	if key, err := a.Keys.Fingerprint(); err != nil || kept.Key != key || len(key) != 16 {
		t.Errorf("kept with key %q, the server's is %q, %v", kept.Key, key, err)
	}
	if !bytes.Equal(heard(t, a, id), plain) {
		t.Error("what comes out is not what was kept")
	}
	if peaks, err := a.Peaks(t.Context(), id); err != nil || !bytes.Equal(peaks[0], []byte{1, 2, 3}) || !bytes.Equal(peaks[1], []byte{4, 5, 6}) {
		t.Errorf("%v, %v", peaks, err)
	}
	if again := keep(t, a, id, nil); !again.Again || again.Sound.Sum != kept.Sound.Sum {
		t.Errorf("kept again: %+v", again)
	}
	for name, body := range bodies(t, a) {
		info, _ := os.Stat(filepath.Join(a.Local.Dir, name))
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v", name, info.Mode())
		}
		if bytes.Contains(body, []byte("age-encryption.org")) || bytes.Contains(body, plain[:32]) {
			t.Errorf("%s holds its header, or plain sound", name)
		}
	}
	if _, err := a.Open(t.Context(), "never"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that was never kept: %v", err)
	}
	for _, bad := range []string{"", "../up", "a/b", ".x", strings.Repeat("x", 200)} {
		if _, err := a.Keep(t.Context(), bad, bytes.NewReader(plain), Meta{}); err == nil {
			t.Errorf("%q was kept", bad)
		}
	}
}

// TestRanges: a player reads where the listener points, and gets the same as of the
// plain file.
func TestRanges(t *testing.T) {
	a, plain := empty(t), sound(500_001)
	keep(t, a, id, plain)
	s, err := a.Open(t.Context(), id)
	if err != nil || s.Size() != int64(len(plain)) {
		t.Fatal(s.Size(), err)
	}
	defer s.Close()
	for range 1000 {
		at, b := rand.IntN(len(plain)), make([]byte, rand.IntN(70_000))
		n, err := s.ReadAt(b, int64(at))
		if want := plain[at:min(at+len(b), len(plain))]; !bytes.Equal(b[:n], want) || err != nil && err != io.EOF {
			t.Fatalf("%d bytes at %d: %d, %v", len(b), at, n, err)
		}
	}
}

// crashing is a sound whose reader dies on the way.
type crashing struct{ io.Reader }

var errCrash = errors.New("killed")

func (c crashing) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err == io.EOF {
		err = errCrash
	}
	return n, err
}

// TestCrashes: whatever was there when the process was killed, keeping it again ends with
// the same plain sound, and nothing can be opened before.
func TestCrashes(t *testing.T) {
	plain := sound(200_000)
	name := must(place(id))
	for what, crash := range map[string]func(a *Archive){
		"in the body": func(a *Archive) {
			if _, err := a.Keep(t.Context(), id, crashing{bytes.NewReader(plain[:100_000])}, Meta{}); !errors.Is(err, errCrash) {
				t.Error(err)
			}
		},
		"before the entry": func(a *Archive) {
			keep(t, a, id, plain)
			_ = os.Remove(filepath.Join(a.Index, "talks", name+".json"))
		},
		"and the disk has lost the body": func(a *Archive) {
			keep(t, a, id, plain)
			_ = os.Truncate(filepath.Join(a.Local.Dir, "talks", name+".age"), 100)
		},
	} {
		a := empty(t)
		crash(a)
		if s, err := a.Open(t.Context(), id); err == nil {
			t.Errorf("%s: opened, %d bytes", what, s.Size())
		}
		if kept := keep(t, a, id, plain); kept.Again {
			t.Errorf("%s: was not kept again", what)
		}
		if !bytes.Equal(heard(t, a, id), plain) {
			t.Errorf("%s: what comes out is not what was kept", what)
		}
		if got := bodies(t, a); len(got) != 2 {
			t.Errorf("%s: left behind: %d bodies", what, len(got))
		}
		if left, _ := filepath.Glob(filepath.Join(a.Local.Dir, "talks/*/.new-*")); len(left) > 0 {
			t.Errorf("%s: left behind: %v", what, left)
		}
	}
}

// TestRemove: what is removed cannot be opened with any key, from any copy of its body.
func TestRemove(t *testing.T) {
	a := empty(t)
	keep(t, a, id, sound(1000))
	copied := bodies(t, a)
	if err := a.Hold(id, "court of Madrid, 12/26"); err != nil {
		t.Fatal(err)
	}
	if err := a.Remove(t.Context(), id); !errors.Is(err, ErrHeld) {
		t.Errorf("held, and then: %v", err)
	}
	if held, err := a.Held(); err != nil || held[id] != "court of Madrid, 12/26" {
		t.Errorf("%v, %v", held, err)
	}
	for range 2 {
		if err := errors.Join(a.Release(id), a.Remove(t.Context(), id)); err != nil {
			t.Error(err)
		}
	}
	if _, err := a.Open(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed, and then: %v", err)
	}
	if left := bodies(t, a); len(left) > 0 {
		t.Errorf("left: %d bodies", len(left))
	}
	_ = filepath.WalkDir(a.Index, func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			t.Errorf("left in the index: %s", path)
		}
		return err
	})
	for name, body := range copied { // from a backup
		if err := a.Local.Put(t.Context(), name, bytes.NewReader(body), -1, ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Open(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with its body back: %v", err)
	}
	if err := a.Hold("never", "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there was held: %v", err)
	}
}

// TestRemovalInterrupted: killed between the note and the rest.
func TestRemovalInterrupted(t *testing.T) {
	a := empty(t)
	keep(t, a, id, sound(1000))
	if err := a.index().write(a.index().removal(id), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Move(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := a.Entry(id); !errors.Is(err, fs.ErrNotExist) || len(bodies(t, a)) > 0 {
		t.Errorf("still there: %v, %d bodies", err, len(bodies(t, a)))
	}
}

func TestVerify(t *testing.T) {
	a := empty(t)
	ids := []string{"a1", "a2", "a3", "a4", "a5"}
	for _, id := range ids {
		keep(t, a, id, sound(1000))
	}
	later := time.Now().Add(2 * time.Hour)
	all := func() (f Findings) {
		for night := range 30 {
			part, err := a.Verify(context.Background(), Tonight(later.AddDate(0, 0, night), 30), later)
			if err != nil {
				t.Fatal(err)
			}
			f.Checked += part.Checked
			f.Damaged, f.Missing, f.Strange = append(f.Damaged, part.Damaged...), append(f.Missing, part.Missing...), append(f.Strange, part.Strange...)
		}
		return f
	}
	if f := all(); f.Checked != 10 || len(f.Damaged)+len(f.Missing)+len(f.Strange) > 0 {
		t.Errorf("%+v", f)
	}
	file := func(id, ending string) string { return filepath.Join(a.Local.Dir, must(a.name(id, ending))) }
	b, _ := os.ReadFile(file("a1", ".age"))
	b[500] ^= 1
	for _, err := range []error{os.WriteFile(file("a1", ".age"), b, 0o600), os.Remove(file("a2", ".peaks.age")), os.Remove(filepath.Join(a.Index, "talks", must(place("a3"))+".json"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	f := all()
	if f.Checked != 6 || len(f.Damaged) != 1 || len(f.Missing) != 1 || len(f.Strange) != 2 ||
		!strings.HasSuffix(f.Damaged[0], "a1.age") || !strings.HasSuffix(f.Missing[0], "a2.peaks.age") || !strings.HasSuffix(f.Strange[0], "a3.age") {
		t.Errorf("%+v", f)
	}
	if f, err := a.Verify(context.Background(), Share{0, 1}, time.Now()); err != nil || len(f.Strange) > 0 {
		t.Errorf("bodies of this minute are strange: %+v, %v", f, err)
	}
}

func TestUsage(t *testing.T) {
	a := empty(t)
	if u, err := a.Usage(t.Context(), noon); err != nil || u.Bodies != 0 || u.Free <= 0 || u.Total < u.Free || u.DaysLeft >= 0 {
		t.Errorf("%+v, %v", u, err)
	}
	for days, id := range []string{"now", "yesterday", "2", "3", "4", "5", "6", "7", "8", "9"} {
		keep(t, a, id, sound(100_000))
		for _, ending := range []string{".age", ".peaks.age"} {
			at := noon.AddDate(0, 0, -days)
			if err := os.Chtimes(filepath.Join(a.Local.Dir, must(a.name(id, ending))), at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	u, err := a.Usage(t.Context(), noon)
	if err != nil || u.Bodies != 20 || u.Bytes < 1_000_000 || u.Bytes > 1_010_000 {
		t.Errorf("%+v, %v", u, err)
	}
	if want := 700_000.0 / 6; float64(u.PerDay) < want || float64(u.PerDay) > 1.01*want || u.DaysLeft != float64(u.Free)/float64(u.PerDay) {
		t.Errorf("%+v", u)
	}
}
