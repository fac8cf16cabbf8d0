package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"presszero/internal/controller"
	"presszero/internal/plural"
	"presszero/internal/settings"
	"presszero/sql"
)

// rebuildCommand computes all that the facts amount to anew: every table but that of
// the facts themselves. It may be run beside a running program; facts that come
// meanwhile wait in the journal.
func rebuildCommand(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("rebuild takes no %q; it rebuilds the whole database", args[0])
	}
	s, err := booksAt()
	if err != nil {
		return err
	}
	return rebuildBooks(ctx, s)
}

func rebuildBooks(ctx context.Context, s settings.Settings) error {
	key, err := callerKey(s)
	if err != nil {
		return err
	}
	if key == nil {
		return errors.New("this state folder has no key of callers, without which they cannot be recognised; set PRESSZERO_STATE_DIR to that of the program")
	}
	db, err := sql.Open(ctx, sql.Config{URL: s.DatabaseURL, CallerKey: key})
	if err != nil {
		return err
	}
	defer db.Close()
	k, err := controller.NewKeeper(s, db)
	if err != nil {
		return err
	}
	n, old, err := k.Apply(ctx)
	if err != nil {
		return fmt.Errorf("who was forgotten before may be back: %w", err)
	}
	if n > 0 {
		fmt.Printf("%s of forgotten persons had come back, and were forgotten again\n", plural.Count(n, "number"))
	}
	printOld(old)
	began := time.Now()
	if err := db.Rebuild(ctx); err != nil {
		return fmt.Errorf("not all was computed anew; run it again: %w", err)
	}
	fmt.Printf("rebuilt from the facts in %s; `presszero audit` looks whether the books are sound\n", time.Since(began).Round(10*time.Millisecond))
	return nil
}
