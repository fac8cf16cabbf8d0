package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/running"
)

// callCommand is one test customer: it dials, presses, talks and says what it
// heard, so that a newcomer without a telephone can hear the product work.
func callCommand(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("call", flag.ContinueOnError)
	press := fs.String("press", "0", "the digits to press; empty: none")
	after := fs.Duration("after", 3*time.Second, "when to press, from the answer")
	talk := fs.Duration("talk", 20*time.Second, "how long to stay after that")
	from := fs.String("from", "+34600000001", "the number to call from")
	name := fs.String("name", "Test customer", "the name to call under")
	say := fs.String("say", "Hello. This is a test call. I can hear you, can you hear me?", "what to say")
	record := fs.String("record", "", "a file for what is heard, as WAV")
	number, rest := "", args
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		number, rest = args[0], args[1:]
	}
	if err := fs.Parse(rest); err != nil {
		return err
	}
	if number == "" && fs.NArg() == 1 {
		number = fs.Arg(0)
	}
	if number == "" {
		return errors.New("say which number to call: presszero call 100")
	}
	r, err := running.Find()
	if err != nil {
		return err
	}
	fmt.Printf("calling %s at %s\n", number, r.SIPAddr)
	c, err := customer.Dial(ctx, customer.Options{To: number, Server: r.SIPAddr, From: *from, Name: *name,
		Voice: customer.Speak(ctx, *say), Loop: true, Pause: 2 * time.Second})
	if err != nil {
		return fmt.Errorf("the call was not taken: %w", err)
	}
	defer c.Hangup()
	return converse(ctx, c, *press, *after, *talk, *record)
}

// converse is the call from its answer to its end.
func converse(ctx context.Context, c *customer.Call, press string, after, talk time.Duration, record string) error {
	said := func(format string, args ...any) {
		fmt.Printf("%6.1f s  %s\n", time.Since(c.Answered).Seconds(), fmt.Sprintf(format, args...))
	}
	said("answered, after %d ms", c.Answered.Sub(c.Dialled).Milliseconds())
	go func() {
		if _, err := c.WaitTone(ctx, deskclient.RobotTone); err == nil {
			said("a robot agent's tone is heard")
		}
	}()
	wait := func(d time.Duration) bool {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return true
		case <-ctx.Done():
		case <-c.Done():
		}
		return false
	}
	if wait(after) {
		for _, digit := range press {
			if _, err := c.Press(ctx, digit); err != nil {
				return err
			}
			said("pressed %c", digit)
		}
		wait(talk)
	}
	if end := c.EndedBy(); end.By == customer.Them {
		said("the other side hung up")
	} else {
		_ = c.Hangup()
		said("hung up")
	}
	return writeRecording(record, c.Recording())
}

// writeRecording writes what was heard to a WAV file; file "": to none.
func writeRecording(file string, samples []int16) error {
	if file == "" {
		return nil
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return audio.WriteWAV(f, samples)
}
