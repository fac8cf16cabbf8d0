package recordings

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"presszero/recordings/archive"
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

// mailbox is an archive of messages, with nothing in it.
func mailbox(t *testing.T) Messages {
	t.Helper()
	dir := t.TempDir()
	keys, _, err := archive.MakeKeys(filepath.Join(dir, "keys"), left)
	if err != nil {
		t.Fatal(err)
	}
	return Messages{&archive.Archive{Kind: "messages", Index: filepath.Join(dir, "index"), Keys: keys, Local: archive.Folder{Dir: filepath.Join(dir, "archive")}}, filepath.Join(dir, "messages")}
}

// heardAgain is what a message sounds like, and its file.
func heardAgain(t *testing.T, m Messages, id string) (Message, []byte) {
	t.Helper()
	sound, is, err := m.Open(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer sound.Close()
	content, err := io.ReadAll(sound)
	if err != nil {
		t.Fatal(err)
	}
	return is, content
}

func TestMessage(t *testing.T) {
	m, from := mailbox(t), spool(t)
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
	if got, content := heardAgain(t, m, id); got != want || len(content) != 44+2*20_000 {
		t.Errorf("%+v, %d bytes", got, len(content))
	}
	for range 2 {
		if err := m.Remove(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := m.Open(t.Context(), id); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed, and then: %v", err)
	}
}

func TestMessageRefused(t *testing.T) {
	m, from := mailbox(t), spool(t)
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
		if _, _, err := m.Open(t.Context(), id); err == nil {
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
	m, from := mailbox(t), spool(t)
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
	_, content := heardAgain(t, m, "cut")
	if riff, data := binary.LittleEndian.Uint32(content[4:]), binary.LittleEndian.Uint32(content[40:]); riff != 48036 || data != 48000 {
		t.Errorf("players are told of %d and %d bytes", riff, data)
	}
}

func TestRetention(t *testing.T) {
	m, from := mailbox(t), spool(t)
	for id, age := range map[string]time.Duration{"old": 40, "held": 50, "young": 10} {
		at := left.Add(-age * 24 * time.Hour)
		recording(t, from, id, "1", at)
		if _, err := m.Take(from, id, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Hold("held", "police, case 12"); err != nil {
		t.Fatal(err)
	}
	if err := m.Remove(t.Context(), "held"); !errors.Is(err, archive.ErrHeld) {
		t.Errorf("a held message: %v", err)
	}
	expire := func(want string) {
		t.Helper()
		old, err := m.Before(t.Context(), left.AddDate(0, 0, -30))
		got := ""
		for _, id := range old {
			switch failed := m.Remove(t.Context(), id); {
			case failed == nil:
				got += id
			case !errors.Is(failed, archive.ErrHeld):
				t.Error(failed)
			}
		}
		if err != nil || got != want {
			t.Errorf("removed %q of %v, %v; want %q", got, old, err, want)
		}
	}
	expire("old")
	if held, err := m.Held(); err != nil || len(held) != 1 || held["held"] != "police, case 12" {
		t.Errorf("held: %v, %v", held, err)
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
	m, from := mailbox(t), spool(t)
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
	heardAgain(t, m, "fallback-pz1-1795303900.14")
	told = map[string]Message{}
	take(nil)
	if len(told) != 0 {
		t.Errorf("told again: %v", told)
	}
	if list, _ := os.ReadDir(from); len(list) != 1 || list[0].Name() != filepath.Base(speaking) {
		t.Errorf("the spool: %v", list)
	}
}

// TestPlainMessages: what earlier versions kept is heard before and after it has moved,
// with its hold, and then the folder is gone.
func TestPlainMessages(t *testing.T) {
	m := mailbox(t)
	month := filepath.Join(m.Plain, "2026/11")
	if err := os.MkdirAll(month, 0o700); err != nil {
		t.Fatal(err)
	}
	want := map[string]Message{}
	for n, id := range []string{"a.r1", "b.r1", "c.r1"} {
		at := left.Add(-time.Duration(n) * time.Hour)
		recording(t, month, id, strconv.Itoa(n+1), at)
		want[id] = Message{id, at, time.Duration(n+1) * time.Second}
	}
	for file, text := range map[string]string{"b.r1.hold": "police, case 12\n", ".new-X": "half"} {
		if err := os.WriteFile(filepath.Join(month, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Hold("c.r1", "court"); err != nil { // moves it
		t.Fatal(err)
	}
	for _, moved := range []int{2, 0} {
		for id, is := range want {
			if got, content := heardAgain(t, m, id); got != is || len(content) != 44+16_000*int(is.Length.Seconds()) {
				t.Errorf("%s: %+v, %d bytes", id, got, len(content))
			}
		}
		if n, err := m.Move(t.Context()); n != moved || err != nil {
			t.Errorf("moved %d, %v; want %d", n, err, moved)
		}
	}
	if held, err := m.Held(); err != nil || held["b.r1"] != "police, case 12" || held["c.r1"] != "court" || len(held) != 2 {
		t.Errorf("held: %v, %v", held, err)
	}
	if _, err := os.Stat(m.Plain); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	if err := m.Remove(t.Context(), "a.r1"); err != nil {
		t.Error(err)
	}
	if _, _, err := m.Open(t.Context(), "a.r1"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed, and then: %v", err)
	}
}
