package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"

	"presszero/internal/handover"
	"presszero/internal/settings"
	"presszero/internal/supervisor"
)

// upgradeCommand has the `up` that runs in the state folder go over to another
// program: the one that is run here, unless told otherwise.
func upgradeCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("upgrade", flag.ContinueOnError)
	binary := flags.String("binary", "", "the new program (this one)")
	media := flags.Bool("media", false, "replace the voice process as well; people who talk hear half a second of nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *binary == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		*binary = self
	}
	path, err := filepath.Abs(*binary)
	if err != nil {
		return err
	}
	s, err := settings.Load()
	if err != nil {
		return err
	}
	return handover.Ask(ctx, s.Path("control"), handover.Request{Upgrade: path, Media: *media}, func(said string) { supervisor.Say("%s", said) })
}
