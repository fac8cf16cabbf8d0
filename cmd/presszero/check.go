package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"presszero/ivr"
)

// checkCommand checks a flow file and prints what is wrong with it, a line each.
func checkCommand(_ context.Context, args []string) error {
	fs := flag.NewFlagSet("check", flag.ContinueOnError)
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 1 {
		return errors.New("name one flow file: presszero check FLOW")
	}
	flow, err := ivr.Load(fs.Arg(0))
	var found ivr.Findings
	if errors.As(err, &found) {
		for _, f := range found {
			fmt.Println(f)
		}
		return fmt.Errorf("%s must not be served: %s", fs.Arg(0), count(len(found), "finding"))
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s: 0 findings; %s, %s, %s\n", fs.Arg(0), count(len(flow.Numbers), "number"),
		count(len(flow.Nodes), "node"), count(len(flow.Queues), "queue"))
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// loadFlow returns the flow to serve: the operator's, or the example.
func loadFlow(s Settings) (*ivr.Flow, error) {
	if s.Flow != "" {
		return ivr.Load(s.Flow)
	}
	return ivr.Parse("the example flow", ivr.Example)
}
