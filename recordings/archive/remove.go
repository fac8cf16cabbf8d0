package archive

import (
	"context"
	"errors"
	"io/fs"
)

// Remove removes a thing. With its entry goes its header, and from then on nobody can
// open its bodies, wherever copies of them are. The bodies themselves go at once too,
// or, if the bucket cannot be reached, when Sweep finds it. One that is held is not
// removed: ErrHeld. One that is not there is no error.
func (a *Archive) Remove(ctx context.Context, id string) error {
	at, err := place(id)
	if err != nil {
		return err
	}
	if listed, err := a.unlist(ctx, id, at); err != nil || !listed {
		return err
	}
	_ = a.removeBodies(ctx, id) // Sweep does it again
	return nil
}

// unlist removes an entry, after a note that its bodies are to go; false: there was none.
func (a *Archive) unlist(ctx context.Context, id, at string) (listed bool, err error) {
	x := a.index()
	together, err := x.lock(ctx, false)
	if err != nil {
		return false, err
	}
	defer together.Close()
	held, err := a.Held()
	if err != nil {
		return false, err // a hold that cannot be read is a hold
	}
	if _, yes := held[id]; yes {
		return false, ErrHeld
	}
	if _, err := x.entry(id); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err := x.write(x.removal(id), nil); err != nil {
		return false, err
	}
	return true, errors.Join(a.Told(id), x.remove(a.Kind+"/"+at+".json"))
}

// removeBodies ends a removal: the bodies go, and then the note that they are to.
func (a *Archive) removeBodies(ctx context.Context, id string) error {
	x := a.index()
	for _, ending := range []string{".age", ".peaks.age"} {
		name, err := a.name(id, ending)
		if err != nil {
			return err
		}
		if err := a.Local.Remove(ctx, name); err != nil {
			return err
		}
		if a.Bucket != nil {
			if err := a.Bucket.Remove(ctx, name); err != nil {
				return err
			}
		}
	}
	return x.remove(x.removal(id))
}

// Sweep ends the removals that were interrupted or had no bucket.
func (a *Archive) Sweep(ctx context.Context) error {
	x := a.index()
	together, err := x.lock(ctx, false)
	if err != nil {
		return err
	}
	waiting, err := x.notes("removed")
	for id := range waiting {
		if at, invalid := place(id); invalid == nil {
			err = errors.Join(err, x.remove(a.Kind+"/"+at+".json"))
		}
	}
	together.Close()
	for id := range waiting {
		if _, invalid := place(id); invalid == nil {
			err = errors.Join(err, a.removeBodies(ctx, id))
		}
	}
	return err
}

// Hold keeps a thing from being removed, by age or by a user, until it is released. why
// is for people: by whose request, and the matter. fs.ErrNotExist.
func (a *Archive) Hold(id, why string) error {
	x := a.index()
	if _, err := x.entry(id); err != nil {
		return err
	}
	return x.write(x.hold(id), []byte(why+"\n"))
}

// Release ends a hold. One that is not held is no error.
func (a *Archive) Release(id string) error {
	if _, err := place(id); err != nil {
		return err
	}
	return a.index().remove(a.index().hold(id))
}

// Held returns why each held thing is held.
func (a *Archive) Held() (map[string]string, error) { return a.index().notes("held") }
