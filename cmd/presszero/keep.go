package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"presszero/internal/controller"
	"presszero/internal/settings"
	"presszero/recordings/capture"
	"presszero/recordings/finish"
)

// keepCommand takes one captured talk into the archive and removes its log. The
// controller starts it, with the lowest priority, for one talk after the other.
func keepCommand(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("keep", flag.ContinueOnError)
	var from, to time.Time
	fs.TextVar(&from, "from", time.Time{}, "when the talk began; else: its first packet")
	fs.TextVar(&to, "to", time.Time{}, "when it ended; else: its last packet")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return errors.New("name one recording: presszero keep ID")
	}
	s, err := settings.Load()
	if err != nil {
		return err
	}
	dir := s.Path("spool", "talks")
	alone, err := finish.Lock(dir)
	if err != nil {
		return err
	}
	defer alone.Close()
	a, err := controller.OpenArchive(s, "talks")
	if err != nil {
		return err
	}
	takes, err := capture.FindAll(dir, s.Recordings)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(takes, func(t capture.Take) bool { return t.Recording == fs.Arg(0) })
	if i < 0 {
		return nil // another one has kept it meanwhile
	}
	flac, err := exec.LookPath("flac")
	if err != nil {
		flac = ""
	}
	kept, err := finish.Keep(ctx, a, finish.Talk{ID: takes[i].Recording, Write: finish.Writer(takes[i], from, to)}, flac)
	if err != nil {
		return err
	}
	if err := takes[i].Remove(); err != nil {
		return err
	}
	fmt.Printf("%s is kept: %s, %.1f s, %d bytes\n", kept.ID, kept.Format, kept.Length, kept.Sound.Bytes)
	return nil
}
