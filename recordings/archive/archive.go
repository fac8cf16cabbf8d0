package archive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"time"

	"filippo.io/age"
)

// Archive keeps things of one kind. The zero value of Bucket: bodies stay in Local.
type Archive struct {
	Kind   string // talks, messages: the folder in which they are
	Index  string // the folder of entries, of all kinds
	Keys   Keys
	Local  Folder // where everything is written first
	Bucket Store  // where it goes afterwards; nil: nowhere
}

// Meta is what is to be known of a thing beside its sound.
type Meta struct {
	At     time.Time
	Length time.Duration
	Holes  time.Duration
	Format string    // flac, wav
	Call   string    // whose book is to be told that it is kept; "": nobody's
	Peaks  [2][]byte // loudest per 50 ms, left and right; none: no peaks
}

// Kept is a thing that is kept, and verified.
type Kept struct {
	Entry
	Again bool // it was kept before, and is as it was
}

var (
	// ErrHeld is told when a thing must not be removed.
	ErrHeld = errors.New("it is on legal hold; release it first")
	// ErrLocked is told when none of the server's keys opens a thing.
	ErrLocked = errors.New("none of the server's keys opens this recording; with the recovery key it can be opened: see docs/archive.md")
)

// Keep encrypts and keeps a sound, and reads it back to see that it is there. One that
// is kept already is not read, and stays. Interrupted anywhere, it can be done again.
func (a *Archive) Keep(ctx context.Context, id string, plain io.Reader, m Meta) (Kept, error) {
	if k, is := a.Has(ctx, id); is {
		return k, nil
	}
	together, err := a.index().lock(ctx, false) // before the keys are read: see Rekey
	if err != nil {
		return Kept{}, err
	}
	defer together.Close()
	keys, err := a.Keys.inForce()
	if err != nil {
		return Kept{}, err
	}
	e := Entry{ID: id, Call: m.Call, At: m.At.UTC(), Length: m.Length.Seconds(), Holes: m.Holes.Seconds(), Format: m.Format, Key: keys.Server, Recovery: keys.Recovery}
	if e.Sound, err = a.keep(ctx, id, ".age", plain, keys.to); err != nil {
		return Kept{}, err
	}
	if len(m.Peaks[0]) > 0 {
		peaks, err := a.keep(ctx, id, ".peaks.age", bytes.NewReader(slices.Concat(m.Peaks[0], m.Peaks[1])), keys.to)
		if err != nil {
			return Kept{}, err
		}
		e.Peaks = &peaks
	}
	if m.Call != "" { // before the entry, so that none is forgotten
		if err := a.index().write(a.index().untold(id), nil); err != nil {
			return Kept{}, err
		}
	}
	return Kept{Entry: e}, a.index().put(e)
}

// Untold returns the entries of which Told has not said that the book of their call has
// them, the oldest first.
func (a *Archive) Untold() ([]Entry, error) {
	notes, err := a.index().notes("untold")
	var list []Entry
	for id := range notes {
		e, unread := a.index().entry(id)
		switch {
		case unread == nil:
			list = append(list, e)
		case !errors.Is(unread, fs.ErrNotExist): // it is not kept yet
			err = errors.Join(err, unread)
		}
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	return list, err
}

// Told says that the book of an entry's call has it.
func (a *Archive) Told(id string) error { return a.index().remove(a.index().untold(id)) }

// Has returns a thing that is kept, if all of it is there.
func (a *Archive) Has(ctx context.Context, id string) (Kept, bool) {
	e, err := a.index().entry(id)
	return Kept{e, true}, err == nil && a.there(ctx, e)
}

// keep encrypts and keeps one body, and verifies it.
func (a *Archive) keep(ctx context.Context, id, ending string, plain io.Reader, to []age.Recipient) (Part, error) {
	name, err := a.name(id, ending)
	if err != nil {
		return Part{}, err
	}
	s, err := seal(plain, to)
	if err != nil {
		return Part{}, err
	}
	if err := a.Local.Put(ctx, name, s, -1, ""); err != nil {
		return Part{}, err
	}
	p := s.part()
	switch sum, err := a.Local.Sum(ctx, name); {
	case err != nil:
		return Part{}, err
	case sum != p.Sealed:
		return Part{}, fmt.Errorf("%s was written and reads back as something else; look after the disk", name)
	}
	return p, nil
}

// Entry returns what is known of an id. fs.ErrNotExist.
func (a *Archive) Entry(id string) (Entry, error) { return a.index().entry(id) }

// Entries returns what is known of all, in no order. One that cannot be read is told, and
// ends nothing.
func (a *Archive) Entries(ctx context.Context) iter.Seq2[Entry, error] {
	return a.index().entries(ctx, nil)
}

// Sound is an opened sound, of which any part can be read. It is closed after use.
type Sound struct {
	*io.SectionReader
	Entry Entry
	body  io.Closer
}

// Close lets go of the body.
func (s Sound) Close() error { return s.body.Close() }

// Open opens a sound with the server's keys. fs.ErrNotExist; ErrLocked.
func (a *Archive) Open(ctx context.Context, id string) (Sound, error) {
	with, err := a.Keys.Identities()
	if err != nil {
		return Sound{}, err
	}
	return a.OpenWith(ctx, id, with)
}

// OpenWith is Open with other keys: that of recovery, say.
func (a *Archive) OpenWith(ctx context.Context, id string, with []age.Identity) (Sound, error) {
	e, err := a.index().entry(id)
	if err != nil {
		return Sound{}, err
	}
	return a.open(ctx, e, e.Sound, ".age", with)
}

// Time is the length of the sound.
func (e Entry) Time() time.Duration { return time.Duration(e.Length * float64(time.Second)) }

// Peaks returns the loudest sample of every 50 ms, left and right. A thing that has none
// has fs.ErrNotExist.
func (a *Archive) Peaks(ctx context.Context, id string) (peaks [2][]byte, err error) {
	e, err := a.index().entry(id)
	if err == nil && e.Peaks == nil {
		err = fs.ErrNotExist
	}
	if err != nil {
		return peaks, err
	}
	with, err := a.Keys.Identities()
	if err != nil {
		return peaks, err
	}
	s, err := a.open(ctx, e, *e.Peaks, ".peaks.age", with)
	if err != nil {
		return peaks, err
	}
	defer s.Close()
	both, err := io.ReadAll(s)
	return [2][]byte{both[:len(both)/2], both[len(both)/2:]}, err
}

func (a *Archive) open(ctx context.Context, e Entry, p Part, ending string, with []age.Identity) (Sound, error) {
	if len(with) == 0 {
		return Sound{}, ErrLocked
	}
	name, err := a.name(e.ID, ending)
	if err != nil {
		return Sound{}, err
	}
	body, err := a.body(ctx, name)
	if err != nil {
		return Sound{}, err
	}
	plain, err := unseal(p, body, with)
	if err != nil {
		body.Close()
		if errors.As(err, new(*age.NoIdentityMatchError)) {
			err = ErrLocked
		}
		return Sound{}, err
	}
	return Sound{plain, e, body}, nil
}

// body opens a body where it is. While it moves it is in both places, never in none.
func (a *Archive) body(ctx context.Context, name string) (Body, error) {
	body, err := a.Local.Open(ctx, name)
	if errors.Is(err, fs.ErrNotExist) && a.Bucket != nil {
		return a.Bucket.Open(ctx, name)
	}
	return body, err
}

// there reports whether all of an entry is in its place. A bucket is believed.
func (a *Archive) there(ctx context.Context, e Entry) bool {
	for ending, p := range e.parts() {
		name, err := a.name(e.ID, ending)
		if err != nil {
			return false
		}
		if sum, err := a.Local.Sum(ctx, name); err == nil && sum == p.Sealed {
			continue
		}
		if a.Bucket == nil {
			return false
		}
		if sum, err := a.Bucket.Sum(ctx, name); errors.Is(err, fs.ErrNotExist) || err == nil && sum != p.Sealed {
			return false
		}
	}
	return true
}

// parts are the bodies of an entry by the endings of their names.
func (e Entry) parts() map[string]Part {
	parts := map[string]Part{".age": e.Sound}
	if e.Peaks != nil {
		parts[".peaks.age"] = *e.Peaks
	}
	return parts
}

func (a *Archive) index() index { return index{a.Index, a.Kind} }

func (a *Archive) name(id, ending string) (string, error) {
	at, err := place(id)
	return path.Join(a.Kind, at+ending), err
}
