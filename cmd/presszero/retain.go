package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"time"

	"presszero/internal/controller"
	"presszero/internal/plural"
)

// retainCommand removes what was kept long enough, as every night does.
func retainCommand(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("retain", flag.ContinueOnError)
	dry := fs.Bool("dry-run", false, "tell what would go, and change nothing")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("retain takes no %q; the settings PRESSZERO_KEEP_… say what goes", fs.Arg(0))
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
	job, err := controller.NewRetention(s, k)
	if err != nil {
		return err
	}
	if !*dry {
		night, err := job.Run(ctx, time.Now())
		r := night.Removed
		fmt.Printf("removed %s and %s; %s without numbers; months dropped: %s; on hold: %d\n", plural.Count(len(r.Messages), "message"),
			plural.Count(len(r.Recordings), "recording"), plural.Count(r.Facts, "fact"), none(r.Months), r.Held)
		return err
	}
	r, err := job.Plan(ctx, time.Now())
	if err != nil {
		return err
	}
	for kind, ids := range map[string][]string{"message": r.Messages, "recording": r.Recordings} {
		for _, id := range ids {
			fmt.Printf("%s %s\n", kind, id)
		}
	}
	fmt.Printf("would remove %s and %s, numbers and names of %s on %s, and these months of facts: %s (%.1f MB); on hold: %d\n",
		plural.Count(len(r.Messages), "message"), plural.Count(len(r.Recordings), "recording"), plural.Count(r.Calls, "call"), plural.Count(r.Days, "day"),
		none(r.Months), float64(r.Bytes)/1e6, r.Held)
	return nil
}

func none(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
