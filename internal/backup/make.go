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
	Recipients []age.Recipient   // who can open it: nobody else can read numbers, names, voices or secrets; at least one
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
	if len(o.Recipients) == 0 {
		return made, errors.New("there is no public key to which the backup could be encrypted")
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
	if err := c.sealTree(ctx, stateFile, o.Recipients, func(b *bundle) error { return closeIn(ctx, c, b, o, made) }); err != nil {
		return err
	}
	if err := c.sealTree(ctx, erasedFile, o.Recipients, func(b *bundle) error { return addParts(ctx, b, o.Settings, listed) }); err != nil {
		return err
	}
	if err := c.sealTree(ctx, secretsFile, o.Recipients, func(b *bundle) error { return addSecrets(ctx, b, o.Settings) }); err != nil {
		return err
	}
	made.Secrets = true
	for _, r := range o.Recipients {
		made.Keys = append(made.Keys, fmt.Sprint(r))
	}
	if err := copyParts(ctx, c, o.Settings); err != nil {
		return err
	}
	made.Absent, err = copyOutside(ctx, c, o.Settings)
	return err
}

// closeIn adds what is confidential in the state folder to a bundle, and dumps the database
// meanwhile.
func closeIn(ctx context.Context, c *copier, b *bundle, o Options, made *Made) (err error) {
	if err := addJournal(ctx, b, o.Settings); err != nil {
		return err
	}
	if made.Manifest, err = dump(ctx, c, o); err != nil {
		return err
	}
	if made.Spooled, err = addTalks(ctx, b, o.Settings); err != nil {
		return err
	}
	if made.Journal.ID, made.Journal.End, err = journalEnd(o.Settings.Path("journal")); err != nil {
		return err
	}
	if err := made.joined(); err != nil {
		return err
	}
	if err := addJournal(ctx, b, o.Settings); err != nil {
		return err
	}
	return addParts(ctx, b, o.Settings, closed)
}

// addSecrets adds the secrets to a bundle, and what settings name as such.
func addSecrets(ctx context.Context, b *bundle, s settings.Settings) error {
	err := addParts(ctx, b, s, secret)
	for name, path := range map[string]string{"tls/cert.pem": s.TLSCert, "tls/key.pem": s.TLSKey} {
		if path != "" {
			err = errors.Join(err, b.tree(ctx, path, filepath.Join(setFolder, name), nil))
		}
	}
	return err
}

// dump writes the database as it is at one moment.
func dump(ctx context.Context, c *copier, o Options) (m Manifest, err error) {
	shot, err := sql.TakeSnapshot(ctx, o.Settings.DatabaseURL)
	if err != nil {
		return m, fmt.Errorf("the database cannot be read: %w", err)
	}
	defer shot.Close()
	m = Manifest{Format: format, Made: time.Now().UTC(), Database: shot.Content}
	bin, err := cluster.Tools(ctx, shot.Postgres)
	if err != nil {
		return m, err
	}
	return m, c.seal(ctx, dumpFile, o.Recipients, func(w io.Writer) error { return shot.Dump(ctx, bin, w) })
}

// journalEnd tells which journal lies in a folder, and to where it reaches at least.
func journalEnd(folder string) (id, end string, err error) {
	id, at, err := journal.Stored(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil // no call has come yet
	}
	return id, at.String(), err
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
