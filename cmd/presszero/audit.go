package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"presszero/internal/plural"
	"presszero/internal/running"
	"presszero/internal/settings"
	"presszero/sql"
)

// settles is how long facts may be under way that a full disk held back: they
// come after later ones, and until then a number is missing.
const settles = 3 * time.Second

// auditCommand looks whether the books are sound: exit status 0 only if they
// are. It may be run beside a running program, with calls up.
func auditCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	asJSON := flags.Bool("json", false, "print what was found as JSON")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("audit takes no %q; it looks into the whole database", flags.Arg(0))
	}
	s, err := booksAt()
	if err != nil {
		return err
	}
	began := time.Now()
	x, hasKey, err := examine(ctx, s)
	if err != nil {
		return err
	}
	if *asJSON {
		if err := json.NewEncoder(os.Stdout).Encode(struct {
			Sound bool `json:"sound"`
			sql.Examination
		}{len(x.Flaws) == 0, withFlaws(x)}); err != nil {
			return err
		}
	} else {
		printAudit(os.Stdout, x, hasKey, time.Since(began))
	}
	return unsound(x)
}

// unsound returns an error if anything was found.
func unsound(x sql.Examination) error {
	if n := len(x.Flaws) + x.More; n > 0 {
		return fmt.Errorf("the books are not sound: %s", plural.Count(n, "finding"))
	}
	return nil
}

// examine looks into the books. hasKey tells that the caller keys were compared
// too: they cannot be where the state folder has none.
func examine(ctx context.Context, s settings.Settings) (x sql.Examination, hasKey bool, err error) {
	key, err := callerKey(s)
	if err != nil {
		return x, false, err
	}
	db, err := sql.Open(ctx, sql.Config{URL: s.DatabaseURL, CallerKey: key})
	if err != nil {
		return x, false, err
	}
	defer db.Close()
	x, err = db.Examine(ctx)
	for again := 0; err == nil && again < 3 && underWay(x); again++ {
		select {
		case <-ctx.Done():
			return x, false, ctx.Err()
		case <-time.After(settles):
		}
		x, err = db.Examine(ctx)
	}
	if err != nil {
		return x, false, fmt.Errorf("the books cannot be read: %w", err)
	}
	return x, key != nil, nil
}

// booksAt finds the database: the one that is set, or that of the program that
// runs in the state folder.
func booksAt() (settings.Settings, error) {
	s, err := settings.Load()
	if err != nil || s.DatabaseURL != "" {
		return s, err
	}
	r, err := running.Find()
	if err != nil {
		return s, err
	}
	if r.DatabaseURL == "" {
		return s, errors.New("the running program tells no database; set PRESSZERO_DATABASE_URL")
	}
	return r.Settings, nil
}

// callerKey returns the key of the state folder; nil where there is none. Unlike
// a start, an audit makes no secrets.
func callerKey(s settings.Settings) ([]byte, error) {
	if _, err := os.Stat(s.Path("secrets")); err != nil {
		return nil, nil
	}
	k, err := settings.LoadSecrets(s)
	return k.CallerKey, err
}

// underWay reports whether what was found may be facts that have yet to come.
func underWay(x sql.Examination) bool {
	for _, f := range x.Flaws {
		if f.Check == "gap" || f.Check == "first" {
			return true
		}
	}
	return false
}

// withFlaws has a list of flaws also where there are none.
func withFlaws(x sql.Examination) sql.Examination {
	x.Flaws = append([]sql.Flaw{}, x.Flaws...)
	return x
}

// printAudit writes what was found, a sentence each.
func printAudit(to io.Writer, x sql.Examination, hasKey bool, took time.Duration) {
	for _, f := range x.Flaws {
		fmt.Fprintln(to, f.Text)
	}
	if x.More > 0 {
		fmt.Fprintf(to, "There are %d more of the same kinds.\n", x.More)
	}
	if !hasKey {
		fmt.Fprintln(to, "The caller keys were not compared, since this state folder has no key.")
	}
	fmt.Fprintf(to, "%s of %s (%d up), %s, %d callbacks open, until %s: %s, in %s\n", plural.Count(x.Facts, "fact"), plural.Count(x.Calls, "call"), x.Up,
		plural.Count(x.Visits, "visit"), x.Open, x.Until.UTC().Format(time.RFC3339), plural.Count(len(x.Flaws)+x.More, "finding"), took.Round(10*time.Millisecond))
}
