package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"presszero/internal/backup"
	"presszero/internal/plural"
	"presszero/internal/settings"
)

// restoreCommand puts a backup into an empty state folder: the one that is named, or the
// newest of a folder of backups.
func restoreCommand(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("restore", flag.ContinueOnError)
	identity := fs.String("identity", "", "the file with the secret key of age that opens the backup: the recovery key of the archive, or one of the server's")
	without := fs.Bool("without-secrets", false, "do not put the secrets back")
	erased := fs.String("erased", "", "the folder erased of the lost machine's state folder: who is to stay forgotten")
	dir, err := folderArgument(fs, args)
	if err != nil {
		return err
	}
	s, err := settings.Read() // Load makes the folder
	if err != nil {
		return err
	}
	r := backup.Restoration{Settings: s, WithoutSecrets: *without, Erased: *erased, Forget: forgetAgain}
	if *identity != "" {
		if r.Keys, err = backup.Identities(*identity); err != nil {
			return err
		}
	}
	found, err := backup.Find(dir)
	if err != nil {
		return err
	}
	r.Dir = found[0]
	fmt.Printf("restoring %s into %s\n", r.Dir, s.StateDir)
	began := time.Now()
	done, err := backup.Restore(ctx, r)
	if err != nil {
		return err
	}
	printRestored(s, done, time.Since(began))
	return unsound(done.Books)
}

// forgetAgain forgets whoever is on the erasure list of a restored state folder.
func forgetAgain(ctx context.Context, s settings.Settings) (numbers int, err error) {
	k, done, err := keeper(ctx, s)
	if err != nil {
		return 0, err
	}
	defer done()
	numbers, old, err := k.Apply(ctx)
	printOld(old)
	return numbers, err
}

func printRestored(s settings.Settings, done backup.Restored, took time.Duration) {
	fmt.Printf("restored what was kept at %s: %s, and every table has the rows that it had\n", done.Made.Format(time.RFC3339), plural.Count(done.Files, "file"))
	if done.Talks > 0 {
		fmt.Printf("%s put back that had not been taken into the archive; the first start finishes them\n", isOrAre(done.Talks, "captured talk"))
	}
	if done.Forgotten > 0 {
		fmt.Printf("%s brought back, and forgotten again\n", isOrAre(done.Forgotten, "forgotten number"))
	}
	for _, folder := range done.Beside {
		fmt.Printf("the operator's files are in %s, since no setting names another place for them, or something is there\n", folder)
	}
	if !done.Keyed {
		fmt.Printf("there are NO secrets in %s: put yours there before the first start; else new ones are made, and `presszero rebuild` must then be run once\n", s.StateDir)
	}
	printAudit(os.Stdout, done.Books, done.Keyed, took)
	if unsound(done.Books) == nil {
		fmt.Println("everybody has to sign in again; start it with `presszero up`")
	}
}
