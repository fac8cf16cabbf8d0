package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"syscall"

	"presszero/internal/controller"
	"presszero/internal/settings"
	"presszero/internal/signals"
)

// serveCommand runs the controller until ctx ends. With --standby it first
// waits for the order to take over from another one.
func serveCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	standby := flags.Bool("standby", false, "prepare, then wait to be told to take over from the controller that runs (for `presszero up`)")
	newMedia := flags.Bool("new-media", false, "with --standby: the media process will be replaced as well")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := settings.Load()
	if err != nil {
		return err
	}
	slog.SetDefault(logger())
	signals.PassOver(func(s os.Signal) {
		if s != syscall.SIGHUP { // see reloads
			slog.Warn("a signal is ignored; SIGTERM stops the controller", "signal", s.String())
		}
	}, signals.Stray...)
	return controller.Run(ctx, s, controller.Options{Standby: *standby, NewMedia: *newMedia})
}
