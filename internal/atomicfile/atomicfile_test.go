package atomicfile

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestWriteMode: the file has the new content and the mode, and nothing is left beside it.
func TestWriteMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, text := range []string{"old", "new", "new"} {
		if err := WriteMode(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	onlyFile(t, path)
}

// TestWriteTogether: many writers of one file do not disturb one another.
func TestWriteTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	var writers sync.WaitGroup
	for _, text := range []string{"a", "bb", "ccc", "dddd"} {
		writers.Go(func() {
			if err := Write(path, []byte(text)); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	onlyFile(t, path)
}

// TestWriteRefused: a folder in the file's place stays, and nothing is left beside it.
func TestWriteRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("text")); err == nil {
		t.Error("a folder was replaced")
	}
	onlyFile(t, path)
}

func onlyFile(t *testing.T, path string) {
	t.Helper()
	names, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(names) != 1 {
		t.Errorf("%v, %v", names, err)
	}
}
