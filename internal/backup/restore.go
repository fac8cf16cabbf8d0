package backup

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"presszero/internal/settings"
	"presszero/journal"
	"presszero/sql"
	"presszero/sql/cluster"
)

// Restoration says what is put back, and where to.
type Restoration struct {
	Dir            string            // the backup
	Settings       settings.Settings // an empty state folder; the operator's database, if one is named
	Keys           []age.Identity    // that open it
	WithoutSecrets bool              // they are not put back: lost, or by the operator's own hand
	Erased         string            // the erasure list of the lost machine, a folder; "": it is lost too

	// Forget forgets again, in the database and the state folder, whoever is on its erasure
	// list, and returns how many numbers. Settings have the database.
	Forget func(ctx context.Context, s settings.Settings) (numbers int, err error)
}

// Restored is what has been put back.
type Restored struct {
	Manifest
	Talks     int             // captured ones that the archive had not got yet, in the spool
	Beside    []string        // folders with files that could not be put where settings name them
	Forgotten int             // numbers that the backup has brought back, and that are forgotten again
	Books     sql.Examination // of the database, as it is now
	Keyed     bool            // the caller keys were compared too
}

// Restore puts a backup into an empty state folder. It has checked every byte before it
// writes one. After an error nothing can be started there; Restore may be tried again.
func Restore(ctx context.Context, r Restoration) (done Restored, err error) {
	if done.Manifest, err = Check(ctx, r.Dir); err != nil {
		return done, err
	}
	if err := r.openable(done.Manifest); err != nil {
		return done, err
	}
	if r.Settings.DatabaseURL != "" {
		if err := blank(ctx, r.Settings.DatabaseURL); err != nil {
			return done, err
		}
	}
	if err := claim(r.Settings); err != nil {
		return done, err
	}
	c := &copier{to: r.Settings.StateDir, sums: sums{}}
	if err := c.tree(ctx, filepath.Join(r.Dir, stateFolder), "", nil); err != nil {
		return done, fmt.Errorf("the files cannot be put back: %w", err)
	}
	if err := r.putClosed(&done); err != nil {
		return done, err
	}
	if err := r.gatherErased(); err != nil {
		return done, fmt.Errorf("who is to stay forgotten cannot be read: %w", err)
	}
	if done.Beside, err = placeOutside(ctx, r.Settings, filepath.Join(r.Dir, setFolder)); err != nil {
		return done, fmt.Errorf("the operator's files cannot be put back: %w", err)
	}
	if done.Secrets && !r.WithoutSecrets {
		if err := unpack(filepath.Join(r.Dir, secretsFile), r.Keys, r.putSecret); err != nil {
			return done, err
		}
	}
	if err := r.load(ctx, &done); err != nil {
		return done, err
	}
	return done, errors.Join(syncTree(r.Settings.StateDir), os.Remove(r.Settings.Path(settings.Restoring)))
}

// openable refuses, before anything is written, a backup that the keys do not open, and one
// whose secrets will be missing.
func (r Restoration) openable(m Manifest) error {
	switch {
	case m.Format != inClear && len(r.Keys) == 0:
		return fmt.Errorf("this backup is encrypted: name a file with a key of it by --identity. That is %s. Without a key nobody can read it", whereKeys(m))
	case m.Format != inClear, r.WithoutSecrets:
	case !m.Secrets:
		return errors.New("this backup was made without the secrets: say --without-secrets, and put yours into the state folder before the first start")
	case len(r.Keys) == 0:
		return errors.New("the secrets of this backup are encrypted: name the file of the key with --identity; or say --without-secrets if it is lost: then earlier callers are not recognised, and recordings cannot be opened")
	}
	for _, name := range m.sealed() {
		if name == secretsFile && r.WithoutSecrets {
			continue
		}
		opened, err := unsealed(filepath.Join(r.Dir, name), r.Keys)
		if err != nil {
			return m.closedTo(name, err)
		}
		if err := opened.Close(); err != nil {
			return err
		}
	}
	return nil
}

// closedTo says of a file that keys do not open what opens it.
func (m Manifest) closedTo(name string, err error) error {
	if errors.As(err, new(*age.NoIdentityMatchError)) {
		return fmt.Errorf("%s cannot be opened with this key. What opens it is %s", name, whereKeys(m))
	}
	return err
}

// whereKeys says which keys open a backup and where they are.
func whereKeys(m Manifest) string {
	text := "the recovery key of the archive, which was taken off the machine that was backed up; or the key of the server, in archive-keys/identities of its state folder if that is left; or that of a --recipient with which the backup was made"
	if len(m.Keys) > 0 {
		text += " (the public halves are " + strings.Join(m.Keys, ", ") + ")"
	}
	return text
}

// putClosed puts back what is confidential in the state folder.
func (r Restoration) putClosed(done *Restored) error {
	if done.Format == inClear {
		return nil // it is among the other files, but for talks
	}
	done.Talks = done.Spooled
	return unpack(filepath.Join(r.Dir, stateFile), r.Keys, func(h *tar.Header, text io.Reader) error {
		if side, yes := strings.CutPrefix(h.Name, sidesFolder+"/"); yes {
			return putFile(filepath.Join(cmp.Or(r.Settings.Recordings, r.Settings.Path("restored", sidesFolder)), filepath.FromSlash(side)), h, text)
		}
		inState, isState := strings.CutPrefix(h.Name, stateFolder+"/")
		if !isState {
			return fmt.Errorf("%s names %q, which is not of the state folder", stateFile, h.Name)
		}
		return putFile(r.Settings.Path(filepath.FromSlash(inState)), h, text)
	})
}

// putSecret puts back a secret. The settings of then are kept apart: those of this
// machine are in force.
func (r Restoration) putSecret(h *tar.Header, text io.Reader) error {
	inState, isState := strings.CutPrefix(h.Name, stateFolder+"/")
	path := r.Settings.Path("restored", filepath.FromSlash(strings.TrimPrefix(h.Name, setFolder+"/")))
	switch {
	case inState == "env":
		path = r.Settings.Path("restored", "env")
	case isState:
		path = r.Settings.Path(filepath.FromSlash(inState))
	}
	return putFile(path, h, text)
}

// gatherErased makes the erasure list of all that are left.
func (r Restoration) gatherErased() error {
	lists, err := erasedBeside(r.Dir, r.Keys)
	if err != nil {
		return err
	}
	if r.Erased != "" {
		lost, err := erasedIn(r.Erased)
		if err != nil {
			return fmt.Errorf("there is no erasure list: %w", err)
		}
		lists = append(lists, lost)
	}
	return joinErased(r.Settings, lists)
}

// load fills the database, brings it up to date, and looks whether its books are sound.
func (r Restoration) load(ctx context.Context, done *Restored) (err error) {
	s := r.Settings
	url, stop, err := database(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	s.DatabaseURL = url
	if err := r.fillDatabase(ctx, url, done.Manifest); err != nil {
		return err
	}
	var key []byte
	if s.Has("secrets") {
		k, err := settings.LoadSecrets(s)
		if err != nil {
			return err
		}
		key, done.Keyed = k.CallerKey, true
	}
	db, err := sql.Open(ctx, sql.Config{URL: url, CallerKey: key})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := errors.Join(db.EndSessions(ctx), db.Analyze(ctx)); err != nil {
		return err
	}
	if key != nil {
		err = errors.Join(shipRest(ctx, s, db), r.forget(ctx, s, done))
	} else if s.Has("erased", "list") {
		err = errors.New("who is on the erasure list cannot be forgotten again without the secrets; restore with --identity")
	}
	if err == nil {
		done.Books, err = db.Examine(ctx)
	}
	return err
}

// shipRest takes the facts that the journal has and the dump has not into the database:
// whoever is to be forgotten must be found there.
func shipRest(ctx context.Context, s settings.Settings, db *sql.DB) error {
	if !s.Has("journal", "id") {
		return nil
	}
	j, err := journal.Open(s.Path("journal"), journal.Options{})
	if err != nil {
		return err
	}
	return errors.Join(sql.NewShipper(db, j).CatchUp(ctx), j.Close())
}

// forget forgets again whoever is on the erasure list.
func (r Restoration) forget(ctx context.Context, s settings.Settings, done *Restored) (err error) {
	if !s.Has("erased", "list") {
		return nil
	}
	if r.Forget == nil {
		return errors.New("there is an erasure list, and nobody to forget by it")
	}
	if done.Forgotten, err = r.Forget(ctx, s); err != nil {
		return fmt.Errorf("persons who were forgotten are in this backup, and cannot be forgotten again: %w", err)
	}
	return nil
}

// fillDatabase loads the dump, compares what is there with what was, and migrates.
func (r Restoration) fillDatabase(ctx context.Context, url string, m Manifest) error {
	has, err := sql.ReadContent(ctx, url)
	if err != nil {
		return err
	}
	if has.Postgres < m.Database.Postgres {
		return fmt.Errorf("the backup is of Postgres %d, and this is %d; install %d or a newer one", m.Database.Postgres, has.Postgres, m.Database.Postgres)
	}
	bin, err := cluster.Tools(ctx, has.Postgres)
	if err != nil {
		return err
	}
	dumped, err := r.dump(m)
	if err != nil {
		return err
	}
	defer dumped.Close()
	if err := sql.Load(ctx, bin, url, dumped); err != nil {
		return fmt.Errorf("the database cannot be loaded: %w", err)
	}
	if has, err = sql.ReadContent(ctx, url); err != nil {
		return err
	}
	if differ := m.Database.Differences(has); len(differ) > 0 {
		return fmt.Errorf("the database is not what was backed up: %s", strings.Join(differ, " "))
	}
	return sql.Migrate(ctx, url)
}

// dump opens what was dumped. In clear it is nowhere on a disk.
func (r Restoration) dump(m Manifest) (io.ReadCloser, error) {
	if m.Format == inClear {
		return os.Open(filepath.Join(r.Dir, plainDump))
	}
	return unsealed(filepath.Join(r.Dir, dumpFile), r.Keys)
}
