package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"presszero/internal/audio"
	"presszero/internal/carrier"
	"presszero/internal/customer"
	"presszero/internal/settings"
)

// carrierFlags are the flags of `presszero carrier`.
type carrierFlags struct {
	demand, number, dir string
	port                int
	ring                time.Duration
}

func parseCarrierFlags(args []string) (f carrierFlags, err error) {
	fs := flag.NewFlagSet("carrier", flag.ContinueOnError)
	fs.StringVar(&f.demand, "demand", "register,digest", "what the carrier demands, with commas: register, digest, tls, srtp, plain")
	fs.IntVar(&f.port, "port", 5070, "the port of 127.0.0.1 where it takes requests")
	fs.StringVar(&f.number, "number", "+4930555", "our number there, in E.164")
	fs.DurationVar(&f.ring, "ring", 2*time.Second, "how long its telephones ring before they answer")
	fs.StringVar(&f.dir, "dir", "", "its folder; empty: carrier in the state folder")
	if err := fs.Parse(args); err != nil {
		return f, err
	}
	if fs.NArg() > 0 {
		return f, fmt.Errorf("carrier takes no %q", fs.Arg(0))
	}
	return f, nil
}

// carrierCommand runs a carrier on this machine, for people who have no
// contract with one yet: what a trunk needs can be tried with it.
func carrierCommand(ctx context.Context, args []string) error {
	f, err := parseCarrierFlags(args)
	if err != nil {
		return err
	}
	wanted, err := parseDemand(f.demand)
	if err != nil {
		return err
	}
	s, err := settings.Read()
	if err != nil {
		return err
	}
	if f.dir == "" {
		f.dir = s.Path("carrier")
	}
	if f.dir, err = filepath.Abs(f.dir); err != nil {
		return err
	}
	passwordFile := filepath.Join(f.dir, "password")
	password, err := keptPassword(passwordFile)
	if err != nil {
		return err
	}
	out := &printer{to: os.Stdout}
	config := carrierConfig(ctx, s, f, wanted, out)
	config.Account.Password = password
	c, err := carrier.Start(ctx, config)
	if err != nil {
		return err
	}
	defer c.Stop()
	out.say("%s", trunkLines(c, wanted, passwordFile))
	out.say("the carrier is running; %s", carrierHelp)
	return obeyCarrierOrders(ctx, c, out)
}

// carrierConfig describes the carrier, whose telephones answer with a person's voice.
func carrierConfig(ctx context.Context, s settings.Settings, f carrierFlags, wanted carrier.Demand, out *printer) carrier.Config {
	peer := ""
	if !wanted.Register {
		peer = s.SIPAddr
	}
	return carrier.Config{
		Dir: f.dir, Cache: s.CacheDir, Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(f.port)), Peer: peer, Demand: wanted, Ring: f.ring,
		Account: carrier.Account{Number: f.number, AuthUser: "auth-" + strings.TrimPrefix(f.number, "+")},
		Sound: customer.Sound{Voice: asAPerson(ctx, "Hello?", "You have reached the test carrier. I can hear you, can you hear me?"),
			Loop: true, Pause: 3 * time.Second},
		Log:    func(what string) { out.say("%s", what) },
		OnCall: func(r carrier.Received) { out.say("%s", whatBecame(r)) },
		OnRegistration: func(contact string) {
			if contact == "" {
				out.say("you are no longer registered")
			} else {
				out.say("you have registered; calls go to %s", contact)
			}
		},
	}
}

// obeyCarrierOrders does what the lines on standard input say, until one says quit,
// ctx ends, or Kamailio does.
func obeyCarrierOrders(ctx context.Context, c *carrier.Carrier, out *printer) error {
	lines := make(chan string)
	go func() { // ends with the program: a read of a terminal cannot be stopped
		in := bufio.NewScanner(os.Stdin)
		for in.Scan() {
			lines <- in.Text()
		}
	}()
	var calls sync.WaitGroup
	defer calls.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.Failed():
			return errors.New("Kamailio has ended; it said:\n" + c.LogTail(5))
		case line := <-lines:
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			if words[0] == "quit" {
				return nil
			}
			if words[0] == "call" && len(words) >= 2 && len(words) <= 4 {
				calls.Go(func() { networkCall(ctx, c, words[1:], out) })
			} else if err := carrierOrder(c, words); err != nil {
				out.say("%v", err)
			} else {
				out.say("done")
			}
		}
	}
}

const carrierHelp = `type what it shall do:
  call NUMBER [FROM [KEYS]]
                         a call from the network to you, of 10 s; with KEYS, such as
                         0p1, it presses them, waits 10 s at each p, and hangs up
                         10 s later
  mood register 503      refuse registrations; also: mood invite [NUMBER] 486, with
                         silence, ringing, progress or good in place of a status
  mood good              treat everything well
  forget                 lose your registration
  quit`

// asAPerson says a word and waits for an answer, as persons do and machines do not.
func asAPerson(ctx context.Context, word, more string) []int16 {
	waits := make([]int16, 3*audio.SampleRate)
	return slices.Concat(voice(ctx, word), waits, voice(ctx, more))
}

// carrierOrder does what a line on standard input says.
func carrierOrder(c *carrier.Carrier, words []string) error {
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
	return fmt.Errorf("%q is not understood; %s", strings.Join(words, " "), carrierHelp)
}

// networkCall calls us from the network and tells what happens.
func networkCall(ctx context.Context, c *carrier.Carrier, words []string, out *printer) {
	from := "+34600000001"
	if len(words) > 1 {
		from = words[1]
	}
	what := fmt.Sprintf("the call from %s to %s", from, words[0])
	dialling, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	call, err := c.Call(dialling, words[0], carrier.CallOptions{From: from, Sound: customer.Sound{
		Voice: voice(ctx, "Hello. This is a call from the network."), Loop: true, Pause: 2 * time.Second}})
	if err != nil {
		out.say("%s was not answered: %v", what, err)
		return
	}
	out.say("%s was answered after %d ms", what, call.Answered.Sub(call.Dialled).Milliseconds())
	keys := ""
	if len(words) > 2 {
		keys = words[2]
	}
	if err := pressAndWait(ctx, call, keys); err != nil {
		out.say("%s: %v", what, err)
	}
	_ = call.Hangup()
	ended := "it was ended"
	if call.EndedBy().By == customer.Them {
		ended = "you have hung up"
	}
	out.say("%s: %s after %.1f s; it heard %.1f s of sound", what, ended, call.EndedBy().At.Sub(call.Answered).Seconds(),
		float64(len(call.Recording()))/8000)
}

// pressAndWait presses the keys, of which p is a pause, and waits; each pause and
// the wait at the end take 10 s. It ends with the call or ctx.
func pressAndWait(ctx context.Context, c *customer.Call, keys string) error {
	for _, key := range keys + "p" {
		wait := time.Second
		if key == 'p' {
			wait = 10 * time.Second
		} else if _, err := c.Press(ctx, key); err != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-c.Done():
		}
		timer.Stop()
		if ctx.Err() != nil || c.EndedBy().By != customer.Nobody {
			break
		}
	}
	return nil
}

// whatBecame says what became of a call from us.
func whatBecame(r carrier.Received) string {
	shown := r.Shown()
	if shown == "" {
		shown = "no number"
	}
	how := map[bool]string{true: "with SRTP", false: "in the clear"}[r.Encrypted]
	what := fmt.Sprintf("you called %s over %s, %s, and showed %s: ", r.Number, strings.ToUpper(r.Transport), how, shown)
	switch r.Outcome {
	case 200:
		return what + "answered"
	case 0:
		return what + "no answer"
	case 487:
		return what + "given up before an answer"
	}
	return what + fmt.Sprintf("refused with %d", r.Outcome)
}

// parseDemand reads demands with commas between them.
func parseDemand(text string) (d carrier.Demand, err error) {
	for word := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(word) {
		case "":
		case "register":
			d.Register = true
		case "digest":
			d.Digest = true
		case "tls":
			d.TLS = true
		case "srtp":
			d.SRTP = true
		case "plain":
			d.Plain = true
		default:
			return d, fmt.Errorf("a carrier cannot demand %q, only register, digest, tls, srtp, plain", word)
		}
	}
	if d.SRTP && !d.TLS {
		return d, errors.New("srtp needs tls: keys in SDP would be sent in the clear")
	}
	return d, nil
}

// trunkLines are the lines of trunks.yaml for this carrier.
func trunkLines(c *carrier.Carrier, d carrier.Demand, passwordFile string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	transport, media, signIn := "udp", "plain", "digest"
	if d.TLS {
		transport = "tls"
	}
	if d.SRTP {
		media = "encrypt"
	}
	if d.Register {
		signIn = "register"
	}
	a := c.Config().Account
	line("# trunks.yaml for this carrier:")
	if d.TLS {
		line("tls: {authorities: %q}", c.Authorities())
	}
	line("trunks:")
	line("  try:")
	line("    sign_in: %s", signIn)
	line("    server: %s", c.Addr(transport))
	line("    domain: %s", a.Domain)
	line("    transport: %s", transport)
	line("    media: %s", media)
	if !d.Register {
		line("    from: [127.0.0.1]")
	}
	line("    user: %q", a.User)
	line("    auth_user: %q", a.AuthUser)
	line("    password: {file: %q}", passwordFile)
	line("    codecs: [alaw, ulaw]")
	line("    caller_id: pai")
	line("    numbers: [%q]", a.Number)
	return b.String()
}

// keptPassword is the carrier's password, made at its first start: what was
// copied into trunks.yaml once stays right.
func keptPassword(file string) (string, error) {
	if text, err := os.ReadFile(file); err == nil && len(strings.TrimSpace(string(text))) > 0 {
		return strings.TrimSpace(string(text)), nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	password := rand.Text()
	return password, os.WriteFile(file, []byte(password+"\n"), 0o600)
}

// printer prints whole pieces from many goroutines.
type printer struct {
	mu sync.Mutex
	to io.Writer
}

func (p *printer) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.to, format+"\n", args...)
}
