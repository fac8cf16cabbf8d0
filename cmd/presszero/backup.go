package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"presszero/internal/backup"
	"presszero/internal/controller"
	"presszero/internal/plural"
	"presszero/internal/running"
	"presszero/internal/settings"
	"presszero/sql"
)

// backupCommand copies all that is kept while calls go on, or checks copies.
func backupCommand(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("backup", flag.ContinueOnError)
	keep := fs.Int("keep", 0, "remove the oldest backups in DIR but the last N; 0: none is removed")
	check := fs.Bool("check", false, "make none: read every byte of the backups in DIR, and tell whether they are whole")
	identity := fs.String("identity", "", "with --check: the file with a secret key of age; tell whether it opens the backups, and read all that is encrypted to its end")
	var to []age.Recipient
	fs.Func("recipient", "who can open the backup: a public key of age (age1…), or a file of them; may be repeated; none: the keys of the archive, which are the server's and that of recovery", func(text string) error {
		some, err := backup.Recipients(text)
		to = append(to, some...)
		return err
	})
	dir, err := folderArgument(fs, args)
	if err != nil {
		return err
	}
	if *keep < 0 {
		return fmt.Errorf("--keep is %d; write how many backups stay", *keep)
	}
	if *check {
		return checkBackups(ctx, dir, *identity)
	}
	if *identity != "" {
		return errors.New("--identity is for --check; a backup is made for public keys, which --recipient names")
	}
	r, err := running.Find()
	if err != nil {
		return err
	}
	if len(to) == 0 {
		if to, err = archiveKeys(r.Settings); err != nil {
			return err
		}
	}
	began := time.Now()
	made, err := backup.Make(ctx, backup.Options{Settings: r.Settings, Dir: dir, Keep: *keep, Recipients: to})
	if err != nil {
		return err
	}
	printBackup(made, time.Since(began))
	return auditBackup(ctx, r.Settings, made)
}

// archiveKeys are those of the archive, which open a backup where nobody else is named.
func archiveKeys(s settings.Settings) ([]age.Recipient, error) {
	keys := controller.ArchiveKeys(s)
	to, err := keys.Recipients()
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("no backup was made: there are no public keys in %s to which it could be encrypted; restore the file recipients (docs/archive.md), or name a key with --recipient", keys.Dir)
	}
	if keys.RecoveryHere() {
		fmt.Printf("the recovery key is still on this machine, in %s: take it off and keep it safe, since nothing else opens this backup when the machine is lost\n", keys.RecoveryFile())
	}
	return to, err
}

// folderArgument reads the flags and the one folder, which may stand anywhere.
func folderArgument(fs *flag.FlagSet, args []string) (string, error) {
	var folders []string
	for {
		if err := fs.Parse(args); err != nil {
			return "", err
		}
		if fs.NArg() == 0 {
			break
		}
		folders, args = append(folders, fs.Arg(0)), fs.Args()[1:]
	}
	if len(folders) != 1 {
		return "", fmt.Errorf("name one folder: presszero %s DIR", fs.Name())
	}
	return folders[0], nil
}

func printBackup(b backup.Made, took time.Duration) {
	fmt.Printf("%s: %s, %d MB, %d of them new, in %s\n", b.Dir, plural.Count(b.Files, "file"), b.Bytes/1_000_000, b.Copied, took.Round(10*time.Millisecond))
	if b.Spooled > 0 {
		fmt.Printf("%s not in the archive yet; a restore finishes what has been captured\n", isOrAre(b.Spooled, "recorded talk"))
	}
	for _, file := range b.Absent {
		fmt.Printf("%s, which a setting names, is not there, and so not in this backup\n", file)
	}
	if n := len(b.Removed); n > 0 {
		fmt.Printf("removed %s: %s\n", plural.Count(n, "old backup"), strings.Join(b.Removed, ", "))
	}
}

func isOrAre(n int, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return plural.Count(n, what) + " are"
}

// auditBackup writes down that all that is kept has left the state folder.
func auditBackup(ctx context.Context, s settings.Settings, b backup.Made) error {
	db, err := sql.Open(ctx, sql.Config{URL: s.DatabaseURL})
	if err != nil {
		return err
	}
	defer db.Close()
	dir, err := filepath.Abs(b.Dir)
	if err != nil {
		return err
	}
	return db.Audit(ctx, operator(), "backup.make", map[string]any{"folder": dir, "files": b.Files, "keys": b.Keys, "removed": b.Removed})
}

// checkBackups checks one backup, or all of a folder, and opens them with a key if one is
// named; the exit status is 0 only if all are whole and open.
func checkBackups(ctx context.Context, dir, identity string) error {
	var keys []age.Identity
	if identity != "" {
		var err error
		if keys, err = backup.Identities(identity); err != nil {
			return err
		}
	}
	all, err := backup.Find(dir)
	if err != nil {
		return err
	}
	var wrong []error
	for _, b := range all {
		m, err := backup.Check(ctx, b)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		fmt.Printf("%s is whole: %s, %d MB, schema %d, Postgres %d, journal to %s\n", b, plural.Count(m.Files, "file"), m.Bytes/1_000_000, m.Database.Schema, m.Database.Postgres, m.Journal.End)
		if len(keys) == 0 {
			continue
		}
		o, err := backup.Open(ctx, b, keys)
		if err != nil {
			wrong = append(wrong, err)
			continue
		}
		fmt.Printf("%s opens with this key: %s read to the end, %d MB\n", b, plural.Count(o.Files, "encrypted file"), o.Bytes/1_000_000)
	}
	if len(keys) == 0 {
		fmt.Println("no key was tried: whether yours opens what is encrypted is told with --identity FILE")
	}
	return errors.Join(wrong...)
}
