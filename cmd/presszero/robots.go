package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"presszero/internal/deskclient"
	"presszero/internal/headless"
	"presszero/internal/plural"
	"presszero/internal/running"
	"presszero/internal/settings"
)

// robotsCommand puts headless agents to work beside a running program. They
// come through the same door as a browser and are users like any other.
func robotsCommand(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("robots", flag.ContinueOnError)
	agents := fs.Int("agents", 1, "how many")
	talk := fs.Duration("talk", 5*time.Second, "how long each talk lasts")
	wrap := fs.Duration("wrap", time.Second, "how long the after-call work lasts")
	accept := fs.Duration("accept", 500*time.Millisecond, "how long a robot lets it ring")
	habits := deskclient.Robot{HoldFor: 2 * time.Second, AskFor: 2 * time.Second}
	fs.Var((*share)(&habits.Hold), "hold", "in how many talks the caller is put on hold for 2 s, like 20%")
	fs.Var((*share)(&habits.Hand), "hand", "in how many talks the caller is handed over to the queue again")
	fs.Var((*share)(&habits.Back), "back", "in how many talks the caller is put back in line")
	fs.Var((*share)(&habits.Ask), "ask", "in how many talks another robot of the queue is asked, and every 2 s something is done with it: turn to either or to both, hand the caller over, ask no more")
	fs.Var((*share)(&habits.Pause), "pause", "in how many talks the recording, if there is one, is paused for 2 s")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *agents < 1 || *agents > 1000 {
		return fmt.Errorf("--agents is %d; choose 1 to 1000", *agents)
	}
	if all := habits.Hold + habits.Hand + habits.Back + habits.Ask + habits.Pause; all > 1 {
		return fmt.Errorf("--hold, --hand, --back, --ask and --pause are %s together; choose 100%% at most", share(all))
	}
	habits.AcceptAfter, habits.TalkFor, habits.WrapFor = *accept, *talk, *wrap
	r, err := running.Find()
	if err != nil {
		return err
	}
	admin, err := r.SignIn(ctx, "admin")
	if err != nil {
		return err
	}
	fmt.Printf("%s at work; Ctrl-C sends them home\n", plural.Count(*agents, "robot"))
	return employRobots(ctx, r, admin, *agents, habits)
}

// share is a part of all talks, 0 to 1, that is written as a percentage.
type share float64

// String implements flag.Value.
func (s share) String() string { return fmt.Sprintf("%.4g%%", 100*float64(s)) }

// Set implements flag.Value.
func (s *share) Set(text string) error {
	percent, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || !(percent >= 0 && percent <= 100) {
		return errors.New("a share is 0% to 100%")
	}
	*s = share(percent / 100)
	return nil
}

// employRobots puts so many agents to work, and returns when all of them have gone home.
func employRobots(ctx context.Context, r *running.Program, admin *running.API, agents int, habits deskclient.Robot) error {
	var home sync.WaitGroup
	defer home.Wait()
	for i := 1; i <= agents; i++ {
		name, word := fmt.Sprintf("robot-%d", i), settings.RandomPassword(20)
		if err := admin.Employ(ctx, name, word); err != nil {
			return err
		}
		home.Go(func() {
			err := deskclient.Run(ctx, deskclient.Options{
				URL: r.WebURL(), Name: name, Password: word, Transport: r.Transport, Logger: logger(),
				Phone: headless.Options{Tone: deskclient.RobotTone},
				Robot: &habits,
			})
			if err != nil && ctx.Err() == nil {
				fmt.Printf("%s went home: %v\n", name, err)
			}
		})
	}
	return nil
}
