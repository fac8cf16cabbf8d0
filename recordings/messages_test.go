package recordings

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var left = time.Date(2026, 11, 21, 23, 30, 0, 0, time.UTC)

// spool is a folder of recordings as Asterisk writes them.
func spool(t *testing.T) string { return t.TempDir() }

func recording(t *testing.T, spool, name, seconds string, at time.Time) string {
	t.Helper()
	path := filepath.Join(spool, name+".wav")
	if out, err := exec.Command("sox", "-n", "-r", "8000", "-c", "1", "-b", "16", path, "synth", seconds, "sine", "440").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMessage(t *testing.T) {
	m, from := Messages{filepath.Join(t.TempDir(), "messages")}, spool(t)
	const id = "0190c2d4-77aa-7000-8000-000000000001.m3k2.r3"
	finished := recording(t, from, id, "2.5", left)
	want := Message{id, left, 2500 * time.Millisecond}
	for range 2 { // the second time after a crash, say
		got, err := m.Take(from, id, left)
		if err != nil || got != want {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if _, err := os.Stat(finished); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still in the spool: %v", err)
	}
	info, err := os.Stat(filepath.Join(m.Dir, "2026/11", id+".wav"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	sound, got, err := m.Open(id)
	if err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
	if content, err := io.ReadAll(sound); err != nil || int64(len(content)) != info.Size() {
		t.Errorf("%d bytes, %v", len(content), err)
	}
	sound.Close()
	for range 2 {
		if err := m.Remove(id); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := m.Open(id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed, and then: %v", err)
	}
}

func TestMessageRefused(t *testing.T) {
	m, from := Messages{t.TempDir()}, spool(t)
	recording(t, from, "short", "0.9", left)
	for name, content := range map[string]string{"empty": "", "text": "hello, this is no sound"} {
		if err := os.WriteFile(filepath.Join(from, name+".wav"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"short", "empty", "text", "../up", "a/b", "", ".x"} {
		if got, err := m.Take(from, id, left); !errors.As(err, new(Unusable)) {
			t.Errorf("%q: %+v, %v", id, got, err)
		}
		if _, _, err := m.Open(id); err == nil {
			t.Errorf("%q was kept", id)
		}
	}
	if list, _ := os.ReadDir(from); len(list) > 0 {
		t.Errorf("left in the spool: %v", list)
	}
	if _, err := m.Take(from, "never", left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a recording that is not there: %v", err)
	}
}

// TestKilled: Asterisk writes a file's length when it closes it; one that was
// killed has not, and the caller's words are kept all the same.
func TestKilled(t *testing.T) {
	m, from := Messages{t.TempDir()}, spool(t)
	path := recording(t, from, "cut", "3", left)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{4, 40} {
		if _, err := f.WriteAt(make([]byte, 4), at); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	if got, err := m.Take(from, "cut", left); err != nil || got.Length != 3*time.Second {
		t.Fatalf("%+v, %v", got, err)
	}
	content, _ := os.ReadFile(filepath.Join(m.Dir, "2026/11/cut.wav"))
	if riff, data := binary.LittleEndian.Uint32(content[4:]), binary.LittleEndian.Uint32(content[40:]); riff != 48036 || data != 48000 {
		t.Errorf("players are told of %d and %d bytes", riff, data)
	}
}

func TestRetention(t *testing.T) {
	m, from := Messages{t.TempDir()}, spool(t)
	for id, age := range map[string]time.Duration{"old": 40, "held": 50, "young": 10} {
		at := left.Add(-age * 24 * time.Hour)
		recording(t, from, id, "1", at)
		if _, err := m.Take(from, id, at); err != nil {
			t.Fatal(err)
		}
	}
	half := filepath.Join(m.Dir, "2026/10/.new-X") // of a power cut
	if err := os.WriteFile(half, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(half, left.AddDate(0, -1, -9), left.AddDate(0, -1, -9)); err != nil {
		t.Fatal(err)
	}
	if err := m.Hold("held", "police, case 12"); err != nil {
		t.Fatal(err)
	}
	if err := m.Remove("held"); !errors.Is(err, ErrHeld) {
		t.Errorf("a held message: %v", err)
	}
	expire := func(want string) {
		t.Helper()
		removed, err := m.Expire(left.AddDate(0, 0, -30))
		got := ""
		for _, id := range removed {
			got += id
		}
		if err != nil || got != want {
			t.Errorf("removed %v, %v; want %q", removed, err, want)
		}
	}
	expire("old")
	if held, err := m.Held(); err != nil || len(held) != 1 || held["held"] != "police, case 12" {
		t.Errorf("held: %v, %v", held, err)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("half a message stays for ever")
	}
	for range 2 {
		if err := m.Release("held"); err != nil {
			t.Error(err)
		}
	}
	expire("held")
	expire("")
	if err := m.Hold("gone", ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a message that is not there was held: %v", err)
	}
}

// TestImport: what Asterisk's own mailbox took becomes messages, each told
// until it is written down.
func TestImport(t *testing.T) {
	m, from := Messages{t.TempDir()}, spool(t)
	if err := m.Import(filepath.Join(from, "nowhere"), left, nil); err != nil {
		t.Errorf("without a folder: %v", err)
	}
	now := left.Add(time.Hour)
	recording(t, from, "pz1-1795303800.12", "2", left)
	recording(t, from, "pz1-1795303900.14", "3", left.Add(time.Minute))
	recording(t, from, "hung-up", "0.5", left)
	speaking := recording(t, from, "pz1-1795307395.99", "2", now.Add(-5*time.Second))

	told := map[string]Message{}
	refuse := errors.New("the journal is full")
	take := func(want error) {
		t.Helper()
		err := m.Import(from, now, func(message Message) error { told[message.ID] = message; return want })
		if !errors.Is(err, want) {
			t.Fatalf("%v, want %v", err, want)
		}
	}
	take(refuse)
	first := told
	told = map[string]Message{}
	take(nil)
	if len(first) != 2 || len(told) != 2 {
		t.Errorf("told %v and, because it was not written down, again %v", first, told)
	}
	if got := told["fallback-pz1-1795303800.12"]; got != (Message{"fallback-pz1-1795303800.12", left, 2 * time.Second}) {
		t.Errorf("%+v", got)
	}
	sound, _, err := m.Open("fallback-pz1-1795303900.14")
	if err != nil {
		t.Fatal(err)
	}
	sound.Close()
	told = map[string]Message{}
	take(nil)
	if len(told) != 0 {
		t.Errorf("told again: %v", told)
	}
	if list, _ := os.ReadDir(from); len(list) != 1 || list[0].Name() != filepath.Base(speaking) {
		t.Errorf("the spool: %v", list)
	}
}
