package recordings

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"presszero/call"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSpeaker(t *testing.T) {
	p := testPrompts(t)
	s := NewSpeaker(p)
	ctx := context.Background()
	publish := func(version, text string) map[string]Sound {
		t.Helper()
		sounds, err := p.Prepare(ctx, map[string]string{"main": text, "ko/main": "안녕하세요"})
		if err != nil {
			t.Fatal(err)
		}
		s.Publish(version, sounds)
		return sounds
	}
	one := publish("v1", "For billing, press 1.")
	two := publish("v2", "For billing, press 2, please.")
	for _, c := range []struct {
		version, prompt string
		want            Sound
	}{{"", "main", two["main"]}, {"v2", "main", two["main"]}, {"v1", "main", one["main"]}, {"gone", "main", two["main"]}, {"", "ko/main", one["ko/main"]}} {
		path, length, err := s.SoundOf(ctx, c.version, c.prompt)
		if err != nil || path != c.want.Path || length != c.want.Length || s.Length(c.version, c.prompt) != length {
			t.Errorf("%s of %q: %s %v %v, want %+v", c.prompt, c.version, path, length, err, c.want)
		}
		if _, err := os.Stat(path + ".ulaw"); err != nil {
			t.Error(err)
		}
	}
	if one["main"].Path == two["main"].Path {
		t.Error("a call that began with v1 hears v2")
	}
	if _, _, err := s.Sound(ctx, "nowhere"); err == nil || !strings.Contains(err.Error(), `"nowhere"`) {
		t.Errorf("an unknown prompt: %v", err)
	}
}

func TestSpokenAtOnce(t *testing.T) {
	s := NewSpeaker(testPrompts(t))
	ctx := context.Background()
	prompt := call.Spoken("ko", "주문은 5월 3일에 도착합니다.")
	path, length, err := s.Sound(ctx, prompt)
	if err != nil || length < time.Second || length > 8*time.Second {
		t.Fatalf("%s %v %v", path, length, err)
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path+".ulaw", long, long); err != nil {
		t.Fatal(err)
	}
	again, same, err := s.Sound(ctx, prompt)
	info, _ := os.Stat(path + ".ulaw")
	if err != nil || again != path || same != length || info.ModTime().Equal(long) {
		t.Errorf("said again: %s %v %v, used %v", again, same, err, info.ModTime())
	}
	if own, _, err := s.Sound(ctx, call.Spoken("", "Hello")); err != nil || own == path {
		t.Errorf("in the flow's own language: %s %v", own, err)
	}
	for _, bad := range []string{call.Spoken("en", " \x00\n"), call.Spoken("../x", "hello"), call.Spoken("xx", "hello"), call.Spoken("en", strings.Repeat("a", 3000))} {
		if path, _, err := s.Sound(ctx, bad); err == nil {
			t.Errorf("%q was spoken: %s", bad, path)
		}
	}
}

// TestOneVoice: a crowd that is told the same thing needs one voice, and a
// caller who hangs up does not take it from the others.
func TestOneVoice(t *testing.T) {
	p := testPrompts(t)
	p.Speak = []string{script(t, `echo x >>"$1/spoken-times"; read -r go <"$1/go"; exec espeak-ng -w "$2" "hello"`), p.Core, "{file}"}
	if err := runCommand(context.Background(), "", "mkfifo", filepath.Join(p.Core, "go")); err != nil {
		t.Fatal(err)
	}
	s := NewSpeaker(p)
	var group sync.WaitGroup
	gone, hangUp := context.WithCancel(context.Background())
	first := make(chan error, 1)
	go func() { _, _, err := s.Sound(gone, "say:en:hello"); first <- err }()
	release, err := os.OpenFile(filepath.Join(p.Core, "go"), os.O_WRONLY, 0) // returns once the voice reads
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		group.Go(func() {
			if _, length, err := s.Sound(context.Background(), "say:en:hello"); err != nil || length == 0 {
				t.Error(err)
			}
		})
	}
	hangUp()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who hung up was told %v", err)
	}
	release.WriteString("\n")
	release.Close()
	group.Wait()
	if times, _ := os.ReadFile(filepath.Join(p.Core, "spoken-times")); len(times) != 2 {
		t.Errorf("spoken %d times", len(times)/2)
	}
}

// TestSlowVoice: a voice that hangs is ended, with all that it started.
func TestSlowVoice(t *testing.T) {
	p := testPrompts(t)
	p.Speak = []string{script(t, "tail -f /dev/null | cat"), "{file}"}
	s := NewSpeaker(p)
	s.within = 200 * time.Millisecond
	began := time.Now()
	_, _, err := s.Sound(context.Background(), "say:en:hello")
	if err == nil || !strings.Contains(err.Error(), "took too long") || time.Since(began) > time.Second {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	if left, _ := os.ReadDir(filepath.Join(p.Sounds, "spoken")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestRoom: what was not used for longest makes room.
func TestRoom(t *testing.T) {
	p := testPrompts(t)
	s := NewSpeaker(p)
	say := func(text string) string {
		t.Helper()
		path, _, err := s.Sound(context.Background(), "say:en:"+text)
		if err != nil {
			t.Fatal(err)
		}
		return path + ".ulaw"
	}
	files := []string{say("one"), say("two"), say("three")}
	var all int64
	for i, f := range files {
		info, _ := os.Stat(f)
		all += info.Size()
		when := time.Now().Add(time.Duration(i-10) * time.Hour)
		if err := os.Chtimes(f, when, when); err != nil {
			t.Fatal(err)
		}
	}
	say("one") // used again, so "two" is the oldest now
	s.max = all
	last := say("four")
	for f, want := range map[string]bool{files[0]: true, files[1]: false, last: true} {
		if _, err := os.Stat(f); (err == nil) != want {
			t.Errorf("%s: %v", f, err)
		}
	}
	if say("two") != files[1] {
		t.Error("what made room cannot be spoken again")
	}
}
