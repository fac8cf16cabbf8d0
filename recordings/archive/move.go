package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
)

// Moved is what one round of moving has done.
type Moved struct {
	Bodies  int // that are in the bucket now, and here no more
	Waiting int // that are here still
}

// Move takes the bodies from the folder to the bucket, each after the bucket was asked
// whether it has it whole, and ends removals that had no bucket. The first body that
// cannot be put ends the round: the bucket is away, and the caller tries again later. One
// that is damaged here stays, is told, and keeps no other. Without a bucket there is
// nothing to do.
func (a *Archive) Move(ctx context.Context) (m Moved, err error) {
	if err := a.Sweep(ctx); err != nil {
		return m, err
	}
	if a.Bucket == nil {
		return m, nil
	}
	away := false
	for o, failed := range a.Local.List(ctx, a.Kind+"/") {
		if failed != nil {
			return m, errors.Join(err, failed)
		}
		m.Waiting++
		if away {
			continue // only counted
		}
		moved, failed := a.moveBody(ctx, o.Name)
		if moved {
			m.Waiting--
			m.Bodies++
		}
		away = failed != nil && !errors.Is(failed, errDamaged)
		err = errors.Join(err, failed)
	}
	return m, err
}

var errDamaged = errors.New("is not as it was kept")

// moveBody takes one body to the bucket. What has no entry yet is still being written.
func (a *Archive) moveBody(ctx context.Context, name string) (bool, error) {
	id, ending := split(name)
	p, err := a.part(id, ending)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if has, err := a.Bucket.Sum(ctx, name); errors.Is(err, fs.ErrNotExist) || err == nil && has != p.Sealed {
		if err := a.upload(ctx, name, p); err != nil {
			return false, err
		}
	} else if err != nil {
		return false, err
	}
	if _, err := a.part(id, ending); errors.Is(err, fs.ErrNotExist) { // removed meanwhile
		return false, a.Bucket.Remove(ctx, name)
	}
	return true, a.Local.Remove(ctx, name)
}

func (a *Archive) upload(ctx context.Context, name string, p Part) error {
	if has, err := a.Local.Sum(ctx, name); err != nil || has != p.Sealed {
		return errors.Join(err, fmt.Errorf("%s %w", name, errDamaged))
	}
	body, err := a.Local.Open(ctx, name)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := a.Bucket.Put(ctx, name, io.NewSectionReader(body, 0, p.Size), p.Size, p.Sealed); err != nil {
		return err
	}
	switch has, err := a.Bucket.Sum(ctx, name); {
	case err != nil:
		return err
	case has != p.Sealed:
		return fmt.Errorf("the bucket has something else as %s than was sent", name)
	}
	return nil
}

// part returns what is known of one body. fs.ErrNotExist.
func (a *Archive) part(id, ending string) (Part, error) {
	e, err := a.index().entry(id)
	if err != nil {
		return Part{}, err
	}
	p, ok := e.parts()[ending]
	if !ok {
		return p, fs.ErrNotExist
	}
	return p, nil
}

// split tells whose body a name is of.
func split(name string) (id, ending string) {
	file := path.Base(name)
	for _, ending := range []string{".peaks.age", ".age"} {
		if id, ok := strings.CutSuffix(file, ending); ok {
			return id, ending
		}
	}
	return file, ""
}
