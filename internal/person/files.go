package person

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"presszero/journal"
)

// traces are what is looked for in files.
type traces struct {
	writings Writings
	standIn  string
	books    []string // ids of the person's calls
	names    []string
}

// words are the values in a record of one of the person's calls that are about the person,
// and wordsOfMarks those of a moment that an agent has marked.
var (
	words        = regexp.MustCompile(`"(name|note|from_written)":"(?:[^"\\]|\\.)*"`)
	wordsOfMarks = regexp.MustCompile(`"(text)":"(?:[^"\\]|\\.)*"`)
)

// fromJournal takes the person out of the journal's records.
func (t traces) fromJournal(dir string) (changed int, err error) {
	changed, err = journal.Overwrite(dir, func(payload []byte) []byte {
		is := t.writings.replace(payload, func(found []byte) []byte { return []byte(t.standIn[:min(len(t.standIn), len(found))]) })
		id, _, _ := bytes.Cut(bytes.TrimPrefix(payload, []byte(`{"call":"`)), []byte(`"`))
		if slices.Contains(t.books, string(id)) {
			is = words.ReplaceAll(is, []byte(`"$1":""`))
			if bytes.Contains(payload, []byte(`"kind":"recording.`)) {
				is = wordsOfMarks.ReplaceAll(is, []byte(`"$1":""`))
			}
		}
		return is
	})
	// What a crash or a damage has left beside the segments is read by people alone.
	beside, _ := filepath.Glob(filepath.Join(dir, "*.journal.*"))
	for _, file := range beside {
		_, failed := t.fromFile(file)
		err = errors.Join(err, failed)
	}
	return changed, err
}

// notText are the folders and files of the state folder in which no number is text: the
// database's own, sounds, keys; and what the house has written itself.
var notText = []string{"postgres", "journal", "archive", "archive-index", "archive-keys", "messages", "media", "prompts", "sounds", "flows", "erased", "secrets", "secrets.copy", "program", "tls",
	"trunks.good.yaml", "passwords", "env", "sessions.json", "users.json"}

// fromFiles takes the person out of all logs and other files of text under the state folder,
// while other processes append to them: each number keeps its length.
func (t traces) fromFiles(state string) (changed int, err error) {
	walk := filepath.WalkDir(state, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil // rotated meanwhile; or another user's, who looks after it
		}
		if err != nil {
			return err
		}
		if rel, _ := filepath.Rel(state, path); slices.Contains(notText, rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || strings.HasSuffix(path, ".wav") || strings.HasSuffix(path, ".pkt") {
			return nil
		}
		n, err := t.fromFile(path)
		if n {
			changed++
		}
		return err
	})
	return changed, walk
}

// stretch is how much of a file is looked at at once, and lap by how much two overlap: no
// number and no name is longer.
const (
	stretch = 1 << 20
	lap     = 1 << 10
)

// fromFile overwrites what it finds in a file. A database's file, or a sound, is left alone.
func (t traces) fromFile(path string) (changed bool, err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	var names []string // only where nothing is read by a program
	if strings.Contains(path, "log") || strings.Contains(path, ".journal.") {
		names = t.names
	}
	buffer := make([]byte, stretch)
	for at := int64(0); ; at += stretch - lap {
		n, err := f.ReadAt(buffer, at)
		text := buffer[:n]
		if at == 0 && bytes.IndexByte(text[:min(n, 4096)], 0) >= 0 && !strings.Contains(path, ".journal.") {
			return false, nil
		}
		if is := t.blank(bytes.Clone(text), names); !bytes.Equal(is, text) {
			changed = true
			if err := writeChanged(f, at, text, is); err != nil {
				return changed, err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return changed, err
		}
	}
	if changed {
		err = f.Sync()
	}
	return changed, err
}

// blank returns the text with all traces overwritten, and as long as before.
func (t traces) blank(text []byte, names []string) []byte {
	is := t.writings.replace(text, func(found []byte) []byte {
		return append([]byte(t.standIn[:min(len(t.standIn), len(found))]), bytes.Repeat([]byte("~"), max(0, len(found)-len(t.standIn)))...)
	})
	for _, name := range names {
		if len(name) >= 3 { // a shorter one is in every other word
			is = bytes.ReplaceAll(is, []byte(name), bytes.Repeat([]byte("~"), len(name)))
		}
	}
	return is
}

// writeChanged writes the bytes that differ, and nothing else: others may append.
func writeChanged(f *os.File, at int64, was, is []byte) error {
	for i := 0; i < len(is); {
		if was[i] == is[i] {
			i++
			continue
		}
		j := i
		for j < len(is) && was[j] != is[j] {
			j++
		}
		if _, err := f.WriteAt(is[i:j], at+int64(i)); err != nil {
			return err
		}
		i = j
	}
	return nil
}
