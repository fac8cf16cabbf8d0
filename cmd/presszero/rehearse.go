package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"presszero/internal/controller"
	"presszero/ivr"
	"presszero/rehearsal"
)

// rehearseCommand plays a simulated day through the very same line.
func rehearseCommand(_ context.Context, args []string) error {
	o, err := rehearsal.ParseFlags(args, os.Stderr)
	if err != nil {
		return err
	}
	if o.Flow != "" {
		flow, err := ivr.Load(o.Flow)
		if err != nil {
			return err
		}
		o.Queues = controller.LineSettings(flow)
		for i := range o.Queues {
			o.Queues[i].Hours = nil // what is rehearsed is a day of work
		}
	}
	if o.Tell {
		told := -1
		o.Progress = func(came, all int) {
			if percent := 100 * came / all; percent > told {
				told = percent
				fmt.Fprintf(os.Stderr, "%.2f\n", float64(percent)/100)
			}
		}
	}
	began := time.Now()
	report, err := rehearsal.Run(o.Config)
	if err != nil {
		return err
	}
	report.Seconds = time.Since(began).Seconds()
	if o.JSON {
		return json.NewEncoder(os.Stdout).Encode(report)
	}
	return report.Print(os.Stdout)
}
