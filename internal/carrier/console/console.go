// Package console lets a person at a terminal try a carrier: it tells what the
// carrier sees, and does what the person types (see Help).
package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"presszero/internal/carrier"
)

// Help lists the lines that Run understands.
const Help = `type what it shall do:
  call NUMBER [FROM [KEYS]]
                         a call from the network to you, of 10 s; with KEYS, such as
                         0p1, it presses them, waits 10 s at each p, and hangs up
                         10 s later
  mood register 503      refuse registrations; also: mood invite [NUMBER] 486, with
                         silence, ringing, progress or good in place of a status
  mood good              treat everything well
  forget                 lose your registration
  quit`

// A Console prints whole lines from many goroutines. New makes one.
type Console struct {
	mu  sync.Mutex
	out io.Writer
}

// New returns a console that prints to out.
func New(out io.Writer) *Console { return &Console{out: out} }

// Printf prints one piece and ends its line.
func (c *Console) Printf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.out, format+"\n", args...)
}

// Listen has the carrier of this configuration tell the console what it sees. It
// is called before the carrier starts.
func (c *Console) Listen(config *carrier.Config) {
	config.Log = func(message string) { c.Printf("%s", message) }
	config.OnCall = func(r carrier.Received) { c.Printf("%s", describe(r)) }
	config.OnRegistration = func(contact string) {
		if contact == "" {
			c.Printf("you are no longer registered")
		} else {
			c.Printf("you have registered; calls go to %s", contact)
		}
	}
}

// Run does what the lines of in say, until one says quit, ctx ends, or Kamailio
// does; only the last is an error. Calls that are up then are ended.
func (c *Console) Run(ctx context.Context, of *carrier.Carrier, in io.Reader) error {
	lines := readLines(in)
	var calls sync.WaitGroup
	defer calls.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-of.Failed():
			return errors.New("Kamailio has ended; it said:\n" + of.LogTail(5))
		case line := <-lines:
			words := strings.Fields(line)
			switch {
			case len(words) == 0:
			case words[0] == "quit":
				return nil
			case words[0] == "call" && len(words) >= 2 && len(words) <= 4:
				calls.Go(func() { c.networkCall(ctx, of, words[1:]) })
			default:
				if err := carryOut(of, words); err != nil {
					c.Printf("%v", err)
				} else {
					c.Printf("done")
				}
			}
		}
	}
}

// readLines ends with the program: a read of a terminal cannot be stopped.
func readLines(from io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		in := bufio.NewScanner(from)
		for in.Scan() {
			lines <- in.Text()
		}
	}()
	return lines
}

// carryOut does what a line says.
func carryOut(c *carrier.Carrier, words []string) error {
	switch {
	case len(words) == 2 && words[0] == "mood" && words[1] == "good":
		return c.Good()
	case words[0] == "mood":
		m, err := carrier.ParseMood(words[1:]...)
		if err != nil {
			return err
		}
		return c.Mood(m)
	case len(words) == 1 && words[0] == "forget":
		return c.Forget()
	}
	return fmt.Errorf("%q is not understood; %s", strings.Join(words, " "), Help)
}
