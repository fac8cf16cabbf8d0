package person

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"presszero/internal/atomicfile"
)

// List is the erasure list: who was forgotten, as hashes. It is a folder of its own, so that
// it can be kept when all else is restored from a backup: keep it as long as the oldest
// backup, and a week.
type List struct {
	dir string
	key []byte

	mu         sync.Mutex
	entries    map[string]erasure // by hash
	recordings map[string]bool    // by id
}

// erasure is a line of the list: a number, or recordings that were removed, which no fact
// need lead to when they come back.
type erasure struct {
	Hash    string    `json:"hmac,omitempty"`     // HMAC-SHA-256 of the number as the books wrote it
	StandIn string    `json:"stand_in,omitempty"` // in its place
	At      time.Time `json:"at"`                 // what was written until then is forgotten

	Recordings []string `json:"recordings,omitempty"` // ids
}

// OpenList opens the list in a folder, and makes both.
func OpenList(dir string) (*List, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the erasure list cannot be made: %w", err)
	}
	l := &List{dir: dir, entries: map[string]erasure{}, recordings: map[string]bool{}}
	lines, err := os.ReadFile(l.file())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the erasure list cannot be read: %w", err)
	}
	for line := range bytes.Lines(lines) {
		var e erasure
		if json.Unmarshal(line, &e) != nil {
			continue // the last line may be cut
		}
		l.take(e)
	}
	text, err := os.ReadFile(filepath.Join(dir, "key"))
	if errors.Is(err, fs.ErrNotExist) && len(l.entries) == 0 {
		fresh := make([]byte, 32)
		rand.Read(fresh) // never fails (crypto/rand)
		text = []byte(hex.EncodeToString(fresh))
		err = atomicfile.Write(filepath.Join(dir, "key"), text)
	}
	if l.key, _ = hex.DecodeString(string(bytes.TrimSpace(text))); err == nil && len(l.key) != 32 {
		err = errors.New("it is damaged")
	}
	if err != nil {
		return nil, fmt.Errorf("the key of the erasure list, without which it says nothing, cannot be read; bring %s back from a backup: %w", filepath.Join(dir, "key"), err)
	}
	return l, nil
}

func (l *List) file() string { return filepath.Join(l.dir, "list") }

func (l *List) take(e erasure) {
	if e.Hash != "" {
		l.entries[e.Hash] = e
	}
	for _, id := range e.Recordings {
		l.recordings[id] = true
	}
}

// Len returns how many numbers are on the list.
func (l *List) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

// removed are the recordings on the list.
func (l *List) removed() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.recordings))
}

// addRecordings puts recordings on the list, before they are removed.
func (l *List) addRecordings(ids []string, now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	fresh := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return l.recordings[id] })
	if len(fresh) == 0 {
		return nil
	}
	return l.write(erasure{At: now.UTC(), Recordings: fresh})
}

func (l *List) hash(number string) string {
	m := hmac.New(sha256.New, l.key)
	m.Write([]byte(number))
	return hex.EncodeToString(m.Sum(nil))
}

// erased returns the erasure of a number, as the books write it.
func (l *List) erased(number string) (erasure, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.entries[l.hash(number)]
	return e, ok
}

// add puts a number on the list, or dates its erasure to now, and returns it. It is on disk
// before anything is forgotten, so what a crash left undone is done by the next Apply.
func (l *List) add(number string, now time.Time) (erasure, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.entries[l.hash(number)]
	if !ok {
		e = erasure{Hash: l.hash(number), StandIn: newStandIn()}
	}
	e.At = now.UTC()
	return e, l.write(e)
}

// write adds a line.
func (l *List) write(e erasure) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(l.file(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("the erasure list cannot be written: %w", err)
	}
	_, err = fmt.Fprintf(f, "\n%s\n", line) // begins a line of its own also after one that was cut
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("the erasure list cannot be written: %w", err)
	}
	l.take(e)
	return nil
}

// newStandIn makes what stands in the place of a number: no longer than any number, so that
// a record keeps its place, and not one.
func newStandIn() string {
	const signs = "abcdefghijklmnopqrstuvwxyz23456789"
	b := make([]byte, 7)
	for i := range b {
		for { // every sign is as likely
			rand.Read(b[i : i+1])
			if n := int(b[i]); n < 256/len(signs)*len(signs) {
				b[i] = signs[n%len(signs)]
				break
			}
		}
	}
	b[0] = "23456789"[int(b[0])%8] // no word begins with a digit
	return "~" + string(b)
}
