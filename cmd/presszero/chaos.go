package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"presszero/internal/chaos"
	"presszero/internal/chaos/testbed"
)

// chaosFlags are the flags of `presszero chaos`.
type chaosFlags struct {
	all, list, asJSON, detail, keep bool
	from                            string
	seed                            uint64
	callers, rounds                 int
	names                           []string
}

func parseChaosFlags(args []string) (f chaosFlags, err error) {
	fs := flag.NewFlagSet("chaos", flag.ContinueOnError)
	fs.BoolVar(&f.all, "all", false, "play every mode")
	fs.BoolVar(&f.list, "list", false, "name the modes, with a sentence each")
	fs.BoolVar(&f.asJSON, "json", false, "one JSON object for each mode, instead of the table")
	fs.BoolVar(&f.detail, "detail", false, "say also who was there and what was done")
	fs.StringVar(&f.from, "from", "", "begin with a copy of this state folder, of a program that does not run: its database, people and spoken prompts")
	fs.BoolVar(&f.keep, "keep", false, "keep the state folder, with logs and journal, and say where it is")
	fs.Uint64Var(&f.seed, "seed", 0, "who calls, what each does and when the blow falls; 0: another each time")
	fs.IntVar(&f.callers, "callers", 0, "how many callers; 0: as the mode likes")
	fs.IntVar(&f.rounds, "rounds", 0, "how often the deed is done; 0: as the mode likes")
	fs.Func("mode", "play this mode; may be given several times, or as a,b,c", func(s string) error {
		f.names = append(f.names, strings.Split(s, ",")...)
		return nil
	})
	if err := fs.Parse(args); err != nil {
		return f, err
	}
	if f.callers < 0 || f.callers > 1000 || f.rounds < 0 {
		return f, errors.New("--callers is 0 to 1000 and --rounds is not negative")
	}
	f.seed = cmp.Or(f.seed, uint64(rand.Uint32()))
	return f, nil
}

// chaosCommand breaks a Press Zero of its own in every way that we know, and
// prints what the callers noticed.
func chaosCommand(ctx context.Context, args []string) error {
	f, err := parseChaosFlags(args)
	if err != nil {
		return err
	}
	if f.list {
		chaos.List(os.Stdout)
		return nil
	}
	modes, err := chaos.Choose(f.all, f.names)
	if err != nil {
		return err
	}
	bed, err := testbed.Start(ctx, modes, f.from, f.keep)
	if err != nil {
		return err
	}
	defer bed.Close()
	green, err := bed.Play(ctx, modes, chaos.Options{Seed: f.seed, Callers: f.callers, Rounds: f.rounds}, f.report())
	if err != nil {
		return err
	}
	if err := auditTestbed(ctx, bed); err != nil {
		return err
	}
	if !green {
		return fmt.Errorf("%w; play it again with --seed %d", chaos.ErrRed, f.seed)
	}
	return nil
}

// report is where the rows go. On a terminal the table is coloured.
func (f chaosFlags) report() chaos.Report {
	if f.asJSON {
		return chaos.JSONReport(os.Stdout)
	}
	stdout, _ := os.Stdout.Stat()
	table := chaos.Table{Out: os.Stdout, Colour: stdout != nil && stdout.Mode()&os.ModeCharDevice != 0}
	return chaos.TableReport(table, f.seed, f.detail)
}

// auditTestbed audits the books at the end; a finding is an error.
func auditTestbed(ctx context.Context, bed *testbed.Testbed) error {
	began := time.Now()
	x, hasKey, err := examine(ctx, bed.Settings())
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, "audit: ")
	printAudit(os.Stderr, x, hasKey, time.Since(began))
	return unsound(x)
}
