package main

import (
	"context"
	"flag"

	"presszero/internal/controller"
	"presszero/internal/settings"
	"presszero/internal/supervisor"
)

// up runs everything in the foreground until ctx ends.
func up(ctx context.Context, args []string) error {
	if err := flag.NewFlagSet("up", flag.ContinueOnError).Parse(args); err != nil {
		return err
	}
	s, err := settings.Load()
	if err != nil {
		return err
	}
	warning, err := controller.CheckStart(s)
	if err != nil {
		return err
	}
	if warning != nil {
		supervisor.Say("the flow file must not be served; the last good flow is: %s", warning)
	}
	return supervisor.Run(ctx, s)
}
