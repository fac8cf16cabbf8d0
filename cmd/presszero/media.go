package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"runtime/debug"

	"presszero/internal/settings"
	"presszero/internal/signals"
	"presszero/softphone/media"
)

// mediaCommand carries the agents' voice until it is told to stop. It knows
// no calls and no database, so it has nothing to fail over.
func mediaCommand(ctx context.Context, args []string) error {
	if err := flag.NewFlagSet("media", flag.ContinueOnError).Parse(args); err != nil {
		return err
	}
	s, err := settings.Load()
	if err != nil {
		return err
	}
	addr := s.MediaAddr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	log := logger()
	signals.PassOver(func(s os.Signal) {
		log.Warn("a signal is ignored; SIGTERM stops the voice process", "signal", s.String())
	}, signals.Stray...)
	// A small heap collected seldom: a collection competes with voice for the
	// cores, and this process makes next to no garbage.
	debug.SetGCPercent(400)
	engine, err := media.New(media.Config{MediaAddr: addr, PublicIP: s.PublicIP, Talks: s.Path("spool", "talks"), Logger: log})
	if err != nil {
		return err
	}
	defer engine.Shutdown()
	return media.Serve(ctx, s.Path("media", "socket"), engine)
}

// logger writes JSON lines to standard error, for machines and for grep.
func logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(os.Stderr, nil))
}
