package recordings

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestUpload(t *testing.T) {
	p := testPrompts(t)
	given := t.TempDir()
	for _, kind := range []string{"wav", "flac", "ogg", "aiff", "au"} {
		file := filepath.Join(given, "x."+kind)
		tone(t, file, "2")
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Upload(context.Background(), "main", "ko", bytes.NewReader(content))
		if err != nil || s.Source != "recorded" || s.Length < 1900*time.Millisecond || s.Length > 2100*time.Millisecond {
			t.Errorf("%s: %+v, %v", kind, s, err)
		}
		kept, err := os.ReadFile(filepath.Join(p.Recorded, "ko/main.wav"))
		if err != nil || bytes.Equal(kept, content) {
			t.Errorf("%s: what was given is kept as it is: %v", kind, err)
		}
		if w, err := readWAV(bytes.NewReader(kept), int64(len(kept))); err != nil || w.second != 16000 {
			t.Errorf("%s: kept as %+v, %v", kind, w, err)
		}
		if sounds, err := p.Prepare(context.Background(), map[string]string{"ko/main": "아무 말"}); err != nil || sounds["ko/main"] != s {
			t.Errorf("%s: then prepared as %v, %v", kind, sounds, err)
		}
	}
	tone(t, filepath.Join(given, "own.wav"), "1")
	own, _ := os.ReadFile(filepath.Join(given, "own.wav"))
	for _, language := range []string{"", "en"} {
		if _, err := p.Upload(context.Background(), "main", language, bytes.NewReader(own)); err != nil {
			t.Error(err)
		}
	}
	if list, _ := filepath.Glob(filepath.Join(p.Recorded, "*")); len(list) != 2 { // ko, main.wav
		t.Errorf("the folder: %v", list)
	}
}

// TestUploadRefuses: one clear sentence, and what was there before stays.
func TestUploadRefuses(t *testing.T) {
	p := testPrompts(t)
	given := t.TempDir()
	sox := func(args ...string) []byte {
		t.Helper()
		file := filepath.Join(given, "x.flac")
		args = append([]string{"-n", "-r", "8000", "-c", "1", file}, args...)
		if out, err := exec.Command("sox", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		content, _ := os.ReadFile(file)
		return content
	}
	good := sox("synth", "1", "sine", "440")
	if _, err := p.Upload(context.Background(), "main", "", bytes.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(filepath.Join(p.Recorded, "main.wav"))
	for name, c := range map[string]struct {
		content io.Reader
		want    string
	}{
		"text":      {strings.NewReader("hello"), "not a recording that can be read"},
		"empty":     {strings.NewReader(""), "not a recording that can be read"},
		"play list": {strings.NewReader("#EXTM3U\n/etc/passwd\n"), "not a recording that can be read"},
		"damaged":   {strings.NewReader("RIFF\x00\x00\x00\x00WAVEfmt junk"), "damaged"},
		"broken":    {bytes.NewReader(good[:60]), ""},
		"too big":   {io.MultiReader(strings.NewReader("RIFF"), io.LimitReader(zeros{}, uploadMax)), "larger than 10 MB"},
		"too long":  {bytes.NewReader(sox("synth", "121", "sine", "440")), "longer than 120 seconds"},
		"bomb":      {bytes.NewReader(sox("trim", "0", "4000")), "longer than 120 seconds"},
		"silence":   {bytes.NewReader(sox("trim", "0", "2")), "Nothing is heard"},
	} {
		_, err := p.Upload(context.Background(), "main", "", c.content)
		if !errors.As(err, new(Unusable)) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "/") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, where := range [][2]string{{"../x", ""}, {"a/b", ""}, {"", ""}, {".x", ""}, {"x", "../en"}, {"x", "k"}} {
		if _, err := p.Upload(context.Background(), where[0], where[1], bytes.NewReader(good)); !errors.As(err, new(Unusable)) {
			t.Errorf("%q: %v", where, err)
		}
	}
	// A link that leads out of the folder is not followed.
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(p.Recorded, "ja")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Upload(context.Background(), "main", "ja", bytes.NewReader(good)); err == nil {
		t.Error("written through a link")
	}
	if list, _ := os.ReadDir(outside); len(list) > 0 {
		t.Errorf("outside: %v", list)
	}
	if after, _ := os.ReadFile(filepath.Join(p.Recorded, "main.wav")); !bytes.Equal(before, after) {
		t.Error("a refused upload has changed the recording")
	}
	if list, _ := filepath.Glob(filepath.Join(p.Recorded, ".*")); len(list) > 0 {
		t.Errorf("left behind: %v", list)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
