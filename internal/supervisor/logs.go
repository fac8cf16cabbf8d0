package supervisor

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"sync"

	"gopkg.in/natefinch/lumberjack.v2"

	"presszero/internal/settings"
)

var (
	logsMu sync.Mutex
	logs   = map[string]*lumberjack.Logger{} // by path; two that rotate one file would lose lines
)

// openLog returns the rotated log at path.
func openLog(s settings.Settings, path string) io.Writer {
	logsMu.Lock()
	defer logsMu.Unlock()
	l := logs[path]
	if l == nil {
		shorten(path, int64(s.LogFileSize())<<20)
		l = &lumberjack.Logger{Filename: path, MaxSize: s.LogFileSize(), MaxBackups: settings.LogsKept}
		logs[path] = l
	}
	return lossy{l}
}

// shorten leaves the last bytes of a log that was written without a bound.
func shorten(path string, most int64) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() <= most {
		return
	}
	fresh, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	_, err = io.Copy(fresh, io.NewSectionReader(f, info.Size()-most, most))
	if errors.Join(err, fresh.Close()) == nil {
		_ = os.Rename(path+".new", path)
	}
}

// lossy takes everything: a log that cannot be written must not end the process
// whose words are lost.
type lossy struct{ to io.Writer }

func (l lossy) Write(p []byte) (int, error) {
	_, _ = l.to.Write(p)
	return len(p), nil
}

// logged is what a child prints: it goes to its log, and the end of it is at hand.
type logged struct {
	log io.Writer

	mu   sync.Mutex
	last []byte
}

const lastSaid = 16 << 10 // bytes

func (s *logged) Write(p []byte) (int, error) {
	s.mu.Lock()
	s.last = append(s.last, p...)
	if len(s.last) > 2*lastSaid {
		s.last = bytes.Clone(s.last[len(s.last)-lastSaid:])
	}
	s.mu.Unlock()
	return s.log.Write(p)
}

// lastWords finds, between the lines of the log, what the program printed
// before it ended.
func (s *logged) lastWords() string {
	s.mu.Lock()
	text := string(s.last)
	s.mu.Unlock()
	last := "it left no word"
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '{' {
			continue
		}
		last = line
		if strings.HasPrefix(line, "panic:") {
			break // the rest says where
		}
	}
	return last
}
