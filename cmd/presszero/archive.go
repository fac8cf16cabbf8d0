package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"filippo.io/age"

	"presszero/internal/controller"
	"presszero/internal/running"
	"presszero/internal/settings"
	"presszero/recordings/archive"
	"presszero/sql"
)

const archiveUsage = `say what to do:
  presszero archive keys                      tell which keys there are
  presszero archive rotate                    make a new key of the server, for what is kept from now on
  presszero archive rekey [--key FILE]        give what was kept before to the keys in force, and to no others
  presszero archive recovery age1…            use another recovery key, made elsewhere, from now on
  presszero archive open [--key FILE] ID      write a recording or a message to standard output
  presszero archive verify                    look whether all that was kept is there as it was`

// archiveCommand looks after what has been said.
func archiveCommand(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New(archiveUsage)
	}
	s, err := archiveSettings()
	if err != nil {
		return err
	}
	keys := controller.ArchiveKeys(s)
	switch rest := args[1:]; {
	case args[0] == "keys" && len(rest) == 0:
		return tellKeys(keys)
	case args[0] == "rotate" && len(rest) == 0:
		fingerprint, err := keys.Rotate(time.Now())
		if err == nil {
			fmt.Printf("what is kept from now on is encrypted to the new key %s; the older keys open what was kept before, until presszero archive rekey\n", fingerprint)
		}
		return err
	case args[0] == "recovery" && len(rest) == 1:
		err := keys.SetRecovery(rest[0])
		if err == nil {
			fmt.Println("what is kept from now on can be opened with this recovery key; keep the one before for what was kept before, until presszero archive rekey")
		}
		return err
	case args[0] == "rekey":
		return rekeyArchive(ctx, s, rest)
	case args[0] == "open":
		return openArchived(ctx, s, rest, os.Stdout)
	case args[0] == "verify" && len(rest) == 0:
		return verifyArchive(ctx, s)
	}
	return errors.New(archiveUsage)
}

// archiveSettings are those of the program that runs in the state folder, or our own.
func archiveSettings() (settings.Settings, error) {
	if r, err := running.Find(); err == nil {
		return r.Settings, nil
	}
	return settings.Load()
}

func tellKeys(keys archive.Keys) error {
	now, err := keys.Fingerprint()
	if err != nil {
		return err
	}
	fmt.Printf("what is kept now is encrypted to the server's key %s and to the recovery key\nthe keys are in %s\n", now, keys.Dir)
	missing, err := keys.Missing()
	if missing != "" {
		fmt.Println("the secret half of the server's key is missing: what is kept can be opened with the recovery key only")
	}
	if keys.RecoveryHere() {
		fmt.Printf("the recovery key is still here: take %s away, to a safe\n", keys.RecoveryFile())
	}
	return err
}

// kinds are the archives, in the order in which an id is looked for.
var kinds = []string{"talks", "messages"}

// openArchived writes what is kept under an id, decrypted.
func openArchived(ctx context.Context, s settings.Settings, args []string, to io.Writer) error {
	fs := flag.NewFlagSet("archive open", flag.ContinueOnError)
	file := fs.String("key", "", "a file with the recovery key; default: the server's keys")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return errors.New(archiveUsage)
	}
	with, err := identities(s, *file)
	if err != nil {
		return err
	}
	sound, err := find(ctx, s, fs.Arg(0), with)
	if err != nil {
		return err
	}
	defer sound.Close()
	_, err = io.Copy(to, sound)
	return err
}

// identities are the keys of a file, or, where none is named, the server's.
func identities(s settings.Settings, file string) ([]age.Identity, error) {
	if file != "" {
		return archive.ReadIdentities(file)
	}
	return controller.ArchiveKeys(s).Identities()
}

// rekeyArchive has everything that is kept opened by the keys in force alone, and writes
// down that it begins, before anything is changed, and that it has ended. Of a rekey that was
// killed the audit has the beginning alone; the next rekey does the entries that are left.
func rekeyArchive(ctx context.Context, s settings.Settings, args []string) error {
	fs := flag.NewFlagSet("archive rekey", flag.ContinueOnError)
	file := fs.String("key", "", "a file with the recovery key, where the server's older keys are lost; default: the server's keys")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return errors.New(archiveUsage)
	}
	with, err := identities(s, *file)
	if err != nil {
		return err
	}
	db, err := sql.Open(ctx, sql.Config{URL: s.DatabaseURL})
	if err != nil {
		return fmt.Errorf("the audit, in which this is written down, cannot be reached; start the program: %w", err)
	}
	defer db.Close()
	var archives []*archive.Archive
	for _, kind := range kinds {
		a, err := controller.OpenArchive(s, kind)
		if err != nil {
			return err
		}
		archives = append(archives, a)
	}
	begins, err := rekeyBegins(ctx, archives)
	if err != nil {
		return err
	}
	if err := db.Audit(ctx, operator(), "archive.rekey_begin", begins); err != nil {
		return fmt.Errorf("nothing was changed, since it cannot be written down: %w", err)
	}
	sum, err := rekeyAll(ctx, archives, with)
	if err == nil {
		fmt.Println("the keys of before open nothing that is kept here now; older backups, and what was copied of archive-index, they still open (docs/archive.md)")
	}
	// Interrupted, it has ended too.
	last, done := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer done()
	return errors.Join(err, db.Audit(last, operator(), "archive.rekey", sum))
}

// rekeyBegins is what the audit tells of a beginning: from which keys to which, and of how
// many recordings and messages.
func rekeyBegins(ctx context.Context, archives []*archive.Archive) (map[string]any, error) {
	from, to, entries := []string{}, []string{}, 0
	for _, a := range archives {
		r, err := a.Rekeying(ctx)
		if err != nil {
			return nil, err
		}
		from, to, entries = append(from, r.From...), r.To, entries+r.Entries
	}
	slices.Sort(from)
	return map[string]any{"from": slices.Compact(from), "to": to, "entries": entries}, nil
}

// rekeyAll returns how many were done, how many had been before, and how many no key opens.
func rekeyAll(ctx context.Context, archives []*archive.Archive, with []age.Identity) (sum map[string]int, err error) {
	sum = map[string]int{}
	var wrong []error
	for _, a := range archives {
		r, err := a.Rekey(ctx, with, func(r archive.Rekeyed) {
			fmt.Printf("%s: %d of %d done\n", a.Kind, r.Done, r.Done+r.Before+len(r.Locked))
		})
		for _, id := range r.Locked {
			fmt.Println(id, "is opened by none of these keys, and is as it was")
		}
		sum["done"], sum["before"], sum["locked"] = sum["done"]+r.Done, sum["before"]+r.Before, sum["locked"]+len(r.Locked)
		wrong = append(wrong, err)
	}
	fmt.Printf("%d recordings and messages were given to the keys in force, %d were before\n", sum["done"], sum["before"])
	if n := sum["locked"]; n > 0 {
		wrong = append(wrong, fmt.Errorf("%d are as they were, for keys that are not here; say --key FILE with the recovery key of then", n))
	}
	return sum, errors.Join(wrong...)
}

func find(ctx context.Context, s settings.Settings, id string, with []age.Identity) (archive.Sound, error) {
	for _, kind := range kinds {
		a, err := controller.OpenArchive(s, kind)
		if err != nil {
			return archive.Sound{}, err
		}
		if _, err := a.Entry(id); err == nil {
			return a.OpenWith(ctx, id, with)
		}
	}
	return archive.Sound{}, fmt.Errorf("nothing is kept under the id %q", id)
}

// verifyArchive looks at all at once, where each night looks at a share.
func verifyArchive(ctx context.Context, s settings.Settings) error {
	checked, wrong := 0, 0
	for _, kind := range kinds {
		a, err := controller.OpenArchive(s, kind)
		if err != nil {
			return err
		}
		f, err := a.Verify(ctx, archive.Share{Of: 1}, time.Now())
		if err != nil {
			return err
		}
		for what, names := range map[string][]string{"is damaged": f.Damaged, "is missing": f.Missing, "has no entry in the index": f.Strange} {
			for _, name := range names {
				fmt.Println(name, what)
			}
		}
		checked, wrong = checked+f.Checked, wrong+len(f.Damaged)+len(f.Missing)
	}
	if wrong > 0 {
		return fmt.Errorf("%d files are as they were kept, %d are not; restore those from a backup", checked, wrong)
	}
	fmt.Printf("%d files are as they were kept\n", checked)
	return nil
}
