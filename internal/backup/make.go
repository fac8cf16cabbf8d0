package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"filippo.io/age"
	"golang.org/x/sys/unix"

	"presszero/internal/settings"
	"presszero/journal"
	"presszero/sql"
	"presszero/sql/cluster"
)

// Options say what is backed up, and where to.
type Options struct {
	Settings   settings.Settings // of the program that runs, with its database
	Dir        string            // the folder of backups; is made when missing
	Keep       int               // how many stay, this one included; 0: all
	Recipients []age.Recipient   // who can open the secrets; none: they are left out
}

// Made is a backup that has been made.
type Made struct {
	Manifest
	Dir     string
	Copied  int      // files that the backup before did not have
	Absent  []string // the operator's files that are not where settings name them, and so not in it
	Removed []string // backups that have gone, as there were more than Options.Keep
}

// Make makes a backup. After an error there is none, and those before are as they were.
func Make(ctx context.Context, o Options) (Made, error) {
	o.Settings = whereItRuns(o.Settings)
	made, err := makeOne(ctx, o)
	return made, explained(ctx, o.Dir, err)
}

// explained says what no backup means.
func explained(ctx context.Context, dir string, err error) error {
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("interrupted; no backup was made, and those before are as they were")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%s has no room for another backup; no backup was made, and those before are as they were; make room there, or keep fewer: %w", dir, err)
	}
	return err
}

func makeOne(ctx context.Context, o Options) (made Made, err error) {
	if within(o.Settings.StateDir, o.Dir) {
		return made, fmt.Errorf("%s is in the state folder, with which it would be lost; name a folder on another disk", o.Dir)
	}
	release, err := hold(o.Dir)
	if err != nil {
		return made, err
	}
	defer release()
	if err := sweep(o.Dir); err != nil {
		return made, err
	}
	names, err := list(o.Dir)
	if err != nil {
		return made, err
	}
	began := time.Now().UTC()
	for slices.Contains(names, began.Format(stamp)) {
		began = began.Add(time.Second)
	}
	fresh := filepath.Join(o.Dir, unfinished+began.Format(stamp))
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return made, err
	}
	defer os.RemoveAll(fresh) // it has another name when all went well
	c := &copier{to: fresh, sums: sums{}}
	if len(names) > 0 {
		c.before = filepath.Join(o.Dir, names[len(names)-1])
		if c.had, err = readSums(filepath.Join(c.before, sumsFile)); err != nil {
			c.had = nil // then all is copied
		}
	}
	if err := fill(ctx, c, o, &made); err != nil {
		return made, err
	}
	made.Files, made.Bytes = len(c.sums)+1, c.bytes
	if err := settle(c, made.Manifest); err != nil {
		return made, err
	}
	made.Dir, made.Copied = filepath.Join(o.Dir, began.Format(stamp)), c.copied
	if err := errors.Join(os.Rename(fresh, made.Dir), syncTree(o.Dir)); err != nil {
		return made, err
	}
	made.Removed, err = prune(o.Dir, o.Keep)
	return made, err
}

// fill copies everything, in the order that the package comment gives reasons for.
func fill(ctx context.Context, c *copier, o Options, made *Made) (err error) {
	if err := copyJournal(ctx, c, o.Settings); err != nil {
		return err
	}
	if made.Manifest, err = dump(ctx, c, o.Settings.DatabaseURL); err != nil {
		return err
	}
	if err := copyJournal(ctx, c, o.Settings); err != nil {
		return err
	}
	if made.Journal.ID, made.Journal.End, err = meets(made.Database, filepath.Join(c.to, stateFolder, "journal")); err != nil {
		return err
	}
	made.Spooled = spooled(o.Settings) // before the archive, so that none is passed over
	if err := copyParts(ctx, c, o.Settings); err != nil {
		return err
	}
	if made.Absent, err = copyOutside(ctx, c, o.Settings); err != nil {
		return err
	}
	if made.Secrets = len(o.Recipients) > 0; made.Secrets {
		err = seal(ctx, c, o.Settings, o.Recipients)
	}
	return err
}

// dump writes the database as it is at one moment.
func dump(ctx context.Context, c *copier, url string) (m Manifest, err error) {
	shot, err := sql.TakeSnapshot(ctx, url)
	if err != nil {
		return m, fmt.Errorf("the database cannot be read: %w", err)
	}
	defer shot.Close()
	m = Manifest{Format: format, Made: time.Now().UTC(), Database: shot.Content}
	bin, err := cluster.Tools(ctx, shot.Postgres)
	if err != nil {
		return m, err
	}
	err = c.write(ctx, dumpFile, 0o600, func(w io.Writer) error { return shot.Dump(ctx, bin, w) }, nil)
	return m, err
}

// meets tells which journal lies in a folder and where it ends, and refuses one that
// does not reach to where the database has come.
func meets(db sql.Content, folder string) (id, end string, err error) {
	id, at, err := journal.Stored(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil // no call has come yet
	}
	if err != nil {
		return "", "", err
	}
	if text := db.Journals[id]; text != "" {
		shipped, err := journal.ParseOffset(text)
		if err != nil {
			return "", "", err
		}
		if at.Before(shipped) {
			return "", "", fmt.Errorf("the journal ends at %s, and the database has come to %s: they do not belong together", at, shipped)
		}
	}
	return id, at.String(), nil
}

// settle writes the manifest and the sums, and puts all of it on disk.
func settle(c *copier, m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	err = c.write(context.Background(), manifestFile, 0o600, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err }, nil)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(c.to, sumsFile), c.sums.text(), 0o600), syncTree(c.to))
}

// syncTree puts the file system that has the folder on disk: one wait for many files.
func syncTree(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd()))
}
