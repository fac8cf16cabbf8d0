package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/internal/settings"
)

// TestLogsAreBounded: whatever is printed, and however large a log was before,
// the files of a log stay within their part of LOG_SIZE; the newest is there.
func TestLogsAreBounded(t *testing.T) {
	t.Parallel()
	for _, size := range []int{settings.MinLogSize, 2 * settings.MinLogSize} {
		s := settings.Settings{StateDir: t.TempDir(), LogSize: size}
		path := s.Path("log", "serve.log")
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, bytes.Repeat([]byte("an old log without a bound\n"), 400_000), 0o600))
		log := openLog(s, path)
		line := strings.Repeat("x", 1000)
		for i := range 12_000 { // 12 MB
			fmt.Fprintf(log, "%d %s\n", i, line)
		}
		used := func() (sum int64) {
			files, err := filepath.Glob(s.Path("log", "*"))
			must(t, err)
			for _, f := range files {
				if info, err := os.Stat(f); err == nil {
					sum += info.Size()
				}
			}
			return sum
		}
		most := int64(size/settings.LogsAtOnce) << 20
		for deadline := time.Now().Add(20 * time.Second); used() > most; time.Sleep(10 * time.Millisecond) { // old ones are removed beside
			if time.Now().After(deadline) {
				t.Fatalf("LOG_SIZE %d: the log takes %d bytes, want at most %d", size, used(), most)
			}
		}
		if n := used(); n < most/4 {
			t.Errorf("LOG_SIZE %d: only %d bytes are kept", size, n)
		}
		text, err := os.ReadFile(path)
		must(t, err)
		if !bytes.HasSuffix(text, []byte("11999 "+line+"\n")) {
			t.Error("the last line is not there")
		}
	}
}

// TestLogThatCannotBeWritten: who prints to it does not notice.
func TestLogThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := settings.Settings{StateDir: t.TempDir(), LogSize: settings.MinLogSize}
	must(t, os.MkdirAll(s.Path("log", "serve.log", "in the way"), 0o700))
	if n, err := fmt.Fprint(openLog(s, s.Path("log", "serve.log")), "hello"); n != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// TestLastWords: what a program printed before it ended is at hand, between the
// lines of its log and however much there was before.
func TestLastWords(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"":                          "it left no word",
		`{"msg":"starting"}` + "\n": "it left no word",
		`{"msg":"x"}` + "\npresszero: no such thing\n":                         "presszero: no such thing",
		strings.Repeat(`{"msg":"x"}`+"\n", 10_000) + "panic: nil\nmain.go:7\n": "panic: nil",
	} {
		var out bytes.Buffer
		s := &logged{log: &out}
		fmt.Fprint(s, said)
		if got := s.lastWords(); got != want || out.String() != said {
			t.Errorf("%.50q: %q, want %q", said, got, want)
		}
	}
}
