package main

import (
	"context"
	"flag"
	"fmt"
)

// up runs everything in the foreground: it starts the parts, keeps them up,
// says when calls can come, and stops all it started when ctx ends.
func up(ctx context.Context, args []string) error {
	if err := flag.NewFlagSet("up", flag.ContinueOnError).Parse(args); err != nil {
		return err
	}
	s, err := load()
	if err != nil {
		return err
	}
	if _, err := loadFlow(s); err != nil {
		if !servedBefore(s) {
			return err
		}
		say("the flow file must not be served; the last good flow is: %s", err)
	}
	h := newHouse(s)
	reload := h.spareUs()
	defer h.stop()
	if err := h.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C while starting
		}
		return err
	}
	h.tellPasswords()
	if err := h.takeOrders(ctx); err != nil {
		return err
	}
	fmt.Printf("presszero ready web=%s sip=%s\n", h.s.webURL(), h.s.SIPAddr)
	for {
		select {
		case <-reload:
			h.reload(ctx)
		case <-ctx.Done():
			say("stopping")
			return nil
		}
	}
}
