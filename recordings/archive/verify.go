package archive

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// Share is a part of the archive: that of one night of so many. The things are told
// apart by their folders, so that after Of nights all have had their turn, and nobody
// has to remember which.
type Share struct{ Night, Of int }

// Tonight is the share of a day of those within which all is looked at.
func Tonight(now time.Time, of int) Share {
	return Share{int(now.Unix()/(24*60*60)) % of, of}
}

// has reports whether a folder is in the share.
func (s Share) has(folder byte) bool { return s.Of <= 1 || int(folder)%s.Of == s.Night%s.Of }

// Findings are what Verify has seen. All but Checked should be nothing.
type Findings struct {
	Checked int      // bodies that are as they were kept
	Damaged []string // bodies that are not, by name
	Missing []string // that have an entry and are nowhere
	Strange []string // that have no entry, since an hour at least: nobody can open them
}

// unfinished is how old a body without entry must be to be strange: a younger one is
// still being kept.
const unfinished = time.Hour

// Verify looks whether all things of a share are there as they were kept, and whether
// there is anything else. It reads all of them here, and what a bucket does not sum up by
// itself. Without an error it has looked at all.
func (a *Archive) Verify(ctx context.Context, s Share, now time.Time) (f Findings, err error) {
	for e, unread := range a.index().entries(ctx, s.has) {
		if unread != nil {
			err = errors.Join(err, unread)
			continue
		}
		for ending, p := range e.parts() {
			name, invalid := a.name(e.ID, ending)
			if invalid != nil {
				err = errors.Join(err, invalid)
				continue
			}
			switch sum, failed := a.sum(ctx, name); {
			case failed == nil && sum == p.Sealed:
				f.Checked++
			case failed == nil:
				f.Damaged = append(f.Damaged, name)
			case !errors.Is(failed, fs.ErrNotExist):
				err = errors.Join(err, failed)
			default:
				if _, gone := a.index().entry(e.ID); !errors.Is(gone, fs.ErrNotExist) { // not removed meanwhile
					f.Missing = append(f.Missing, name)
				}
			}
		}
	}
	for _, in := range []Store{a.Local, a.Bucket} {
		if in == nil {
			continue
		}
		strange, failed := a.strange(ctx, in, s, now)
		f.Strange, err = append(f.Strange, strange...), errors.Join(err, failed)
	}
	slices.Sort(f.Strange)
	f.Strange = slices.Compact(f.Strange)
	return f, err
}

// sum is that of a body where it is.
func (a *Archive) sum(ctx context.Context, name string) (string, error) {
	sum, err := a.Local.Sum(ctx, name)
	if errors.Is(err, fs.ErrNotExist) && a.Bucket != nil {
		return a.Bucket.Sum(ctx, name)
	}
	return sum, err
}

// strange lists the bodies of a share that have no entry.
func (a *Archive) strange(ctx context.Context, in Store, s Share, now time.Time) (names []string, err error) {
	for n := range 256 {
		if !s.has(byte(n)) {
			continue
		}
		for o, failed := range in.List(ctx, a.Kind+"/"+hexByte(byte(n))+"/") {
			if failed != nil {
				return names, failed
			}
			id, ending := split(o.Name)
			if _, unknown := a.part(id, ending); errors.Is(unknown, fs.ErrNotExist) && now.Sub(o.Changed) > unfinished {
				names = append(names, o.Name)
			}
		}
	}
	return names, nil
}
