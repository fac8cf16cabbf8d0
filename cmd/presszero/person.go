package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"presszero/internal/controller"
	"presszero/internal/person"
	"presszero/internal/plural"
	"presszero/internal/settings"
	"presszero/sql"
)

// personCommand tells somebody what is kept, and forgets it.
func personCommand(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "export" && args[0] != "forget" {
		return errors.New("say what to do: presszero person export NUMBER… [--out FILE], or presszero person forget NUMBER… [--dry-run] [--why TEXT]; all numbers of the person")
	}
	fs := flag.NewFlagSet("person "+args[0], flag.ContinueOnError)
	out := fs.String("out", "", "where the zip is written; default: person.zip")
	dry := fs.Bool("dry-run", false, "tell what would go, and change nothing")
	why := fs.String("why", "", "the reason, for the audit")
	var numbers []string
	for rest := args[1:]; len(rest) > 0; rest = fs.Args() {
		if !strings.HasPrefix(rest[0], "-") {
			numbers = append(numbers, rest[0])
			rest = rest[1:]
		}
		if err := fs.Parse(rest); err != nil {
			return err
		}
	}
	if len(numbers) == 0 {
		return errors.New("name the person's number, or all of them: presszero person " + args[0] + " +493012345678")
	}
	s, err := booksAt()
	if err != nil {
		return err
	}
	k, done, err := keeper(ctx, s)
	if err != nil {
		return err
	}
	defer done()
	if args[0] == "export" {
		return exportPerson(ctx, k, *out, numbers)
	}
	return forgetPerson(ctx, k, *dry, *why, numbers)
}

// keeper opens all that keeps something of persons.
func keeper(ctx context.Context, s settings.Settings) (k person.Keeper, done func(), err error) {
	key, err := callerKey(s)
	if err != nil {
		return k, nil, err
	}
	if key == nil {
		return k, nil, errors.New("this state folder has no key of callers, without which nobody is found; set PRESSZERO_STATE_DIR to that of the program")
	}
	db, err := sql.Open(ctx, sql.Config{URL: s.DatabaseURL, CallerKey: key})
	if err != nil {
		return k, nil, err
	}
	if k, err = controller.NewKeeper(s, db); err != nil {
		return k, nil, errors.Join(err, db.Close())
	}
	k.Cancel = controller.CancelOver(s)
	return k, func() { _ = db.Close() }, nil
}

func exportPerson(ctx context.Context, k person.Keeper, out string, numbers []string) error {
	if out == "" {
		out = "person.zip"
	}
	f, err := os.OpenFile(out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("the zip cannot be written; name another file with --out: %w", err)
	}
	is, err := k.Export(ctx, f, numbers...)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(out))
	}
	if err := k.DB.Audit(ctx, operator(), "person.export", map[string]any{"calls": is.Calls, "messages": len(is.Known.Messages), "recordings": len(is.Known.Recordings)}); err != nil {
		return errors.Join(err, os.Remove(out))
	}
	fmt.Printf("%s has what is kept: %s; it is the person's, remove it when it is sent\n", out, summary(is))
	return nil
}

func forgetPerson(ctx context.Context, k person.Keeper, dry bool, why string, numbers []string) error {
	if dry {
		is, err := k.Find(ctx, numbers...)
		if err != nil {
			return err
		}
		fmt.Printf("would forget %s\n", summary(is))
		for _, h := range is.Holds {
			fmt.Printf("nothing, as long as it is on hold: %s, by %s\n", h.Reason, h.By)
		}
		for _, id := range is.Held {
			fmt.Printf("on hold, stays: %s\n", id)
		}
		return nil
	}
	told := int64(0)
	k.Progress = func(read, of int64) {
		if tenths := 10 * read / of; tenths > told {
			told = tenths
			fmt.Fprintf(os.Stderr, "%d %% of the books searched\n", 10*tenths)
		}
	}
	r, err := k.Forget(ctx, operator(), why, numbers...)
	if err != nil {
		return fmt.Errorf("the person is not forgotten: %w", err)
	}
	fmt.Printf("forgotten: %s; in %s, %s of the journal and %s\n", summary(r.Kept), plural.Count(r.Facts, "fact"), plural.Count(r.Records, "record"), plural.Count(r.Files, "other file"))
	for _, id := range r.Held {
		fmt.Printf("on hold, and kept: %s\n", id)
	}
	printOld(r.Old)
	return nil
}

// printOld names the tables whose files keep old bytes of a forgotten person.
func printOld(tables []string) {
	if len(tables) > 0 {
		fmt.Printf("old bytes stay in Postgres's files until it reuses the space, or VACUUM FULL is run on %s in a quiet hour\n", strings.Join(tables, ", "))
	}
}

// summary tells what is known of a person in a line.
func summary(is person.Kept) string {
	return fmt.Sprintf("%s under %s, %s to the person, %s (%d open), %s, %s, %s", plural.Count(is.Calls, "call"), plural.Count(len(is.Numbers), "number"),
		plural.Count(is.Outgoing, "call"), plural.Count(is.Callbacks, "callback"), len(is.Open), plural.Count(len(is.Known.Messages), "message"),
		plural.Count(len(is.Known.Recordings), "recording"), plural.Count(is.Notes, "note"))
}
