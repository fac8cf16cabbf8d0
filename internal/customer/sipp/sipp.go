package sipp

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/template"
	"time"
)

//go:embed *.xml messages.tmpl
var files embed.FS

// A Scenario is how each of the callers behaves.
type Scenario string

const (
	// Caller dials, speaks, and stays until the other side hangs up or Stay is
	// over. With Stay 0 it waits for ever: a caller in line.
	Caller Scenario = "caller.xml"
	// HangupAnytime is a Caller who hangs up at a moment between HangupFrom and
	// HangupTo after dialling, also before the answer. Any race that SIP allows
	// is a good call.
	HangupAnytime Scenario = "hangup-anytime.xml"
)

// Options of a run: the numbers, how many calls, how fast, and their scenario.
type Options struct {
	Scenario Scenario
	Server   string // host:port
	To       string // the number to dial
	// From are the callers' numbers, used in turn; none: 600000001 and on.
	From []string
	// LocalIP is where SIPp calls from; empty: 127.0.0.1.
	LocalIP string

	Calls   int     // how many in all, at least 1
	Rate    float64 // new calls per second; 0: 10
	MaxOpen int     // how many at once at most; 0: all of them

	Sound Sound
	// Stay is how long a Caller stays after the answer; 0: for ever.
	Stay time.Duration
	// HangupFrom and HangupTo bound the moment of HangupAnytime; both zero: 0
	// to 15 seconds. It is drawn for each call, or, with a HangupStep, sweeps
	// over all of them: each caller hangs up that much later than the one
	// before, and after HangupTo it begins anew.
	HangupFrom, HangupTo, HangupStep time.Duration

	// Stop, when closed, makes SIPp make no more calls, and the Callers hang up,
	// as if their time were over.
	Stop <-chan struct{}
	// Path of sipp; empty: as found.
	Path string

	at ports
	id string // in every Call-ID
}

// Run starts SIPp and returns when all calls are over. An error says that SIPp
// could not do its work; failed calls are no error but counted in the Result.
// When ctx ends, SIPp is killed and the Result tells how far it came: its calls
// are left to the other side.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.check(); err != nil {
		return Result{}, err
	}
	dir, err := os.MkdirTemp("", "sipp")
	if err != nil {
		return Result{}, fmt.Errorf("sipp: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := o.prepare(dir); err != nil {
		return Result{}, err
	}
	args, err := o.arguments()
	if err != nil {
		return Result{}, err
	}
	screen, runErr := o.runProgram(ctx, dir, args)
	result, err := readResult(dir)
	switch {
	case ctx.Err() != nil:
		return result, fmt.Errorf("sipp: stopped: %w", ctx.Err())
	case strings.Contains(screen+strings.Join(result.Errors, ""), "need to run as root"):
		return result, errors.New("sipp: playing sound takes a raw socket: run as root, or once: setcap cap_net_raw+ep " + o.program())
	case err != nil:
		return result, errors.Join(err, runErr, errors.New("sipp said: "+lastLines(screen, 5)))
	case runErr != nil && !badCalls(runErr):
		return result, fmt.Errorf("sipp: %w: %s", runErr, lastLines(screen, 5))
	}
	return result, nil
}

func (o *Options) check() error {
	if o.Scenario == "" {
		o.Scenario = Caller
	}
	if o.LocalIP == "" {
		o.LocalIP = "127.0.0.1"
	}
	if o.Rate == 0 {
		o.Rate = 10
	}
	if o.MaxOpen == 0 {
		o.MaxOpen = o.Calls
	}
	if o.HangupFrom == 0 && o.HangupTo == 0 {
		o.HangupTo = 15 * time.Second
	}
	_, _, err := net.SplitHostPort(o.Server)
	if err != nil || o.To == "" || o.Calls < 1 || o.Rate < 0 || o.MaxOpen < 0 || o.Stay < 0 || o.HangupFrom < 0 || o.HangupStep < 0 || o.HangupTo < o.HangupFrom {
		return fmt.Errorf("sipp: %d calls to %q at %q, %v a second, hanging up after %v to %v: these options make no sense",
			o.Calls, o.To, o.Server, o.Rate, o.HangupFrom, o.HangupTo)
	}
	for _, from := range o.From {
		if strings.ContainsAny(from, ";\r\n<>@ ") {
			return fmt.Errorf("sipp: %q is no number to call from", from)
		}
	}
	return nil
}

// The files that SIPp finds, and leaves, in its folder.
const (
	scenarioFile = "scenario.xml"
	callersFile  = "callers.csv"
	soundFile    = "sound.pcap"
	statsFile    = "stats.csv"
	errorsFile   = "errors.log"
)

// prepare writes scenario, callers and sound.
func (o *Options) prepare(dir string) error {
	sound, err := o.Sound.renderPcap()
	if err != nil {
		return err
	}
	t, err := template.ParseFS(files, string(o.Scenario), "messages.tmpl")
	if err != nil {
		return fmt.Errorf("sipp: no scenario %q: %w", o.Scenario, err)
	}
	stay := o.Stay
	if stay == 0 {
		stay = 24 * time.Hour
	}
	var scenario bytes.Buffer
	if err := t.Execute(&scenario, map[string]any{
		"Sound": soundFile, "Stay": stay.Milliseconds(),
	}); err != nil {
		return fmt.Errorf("sipp: scenario %q: %w", o.Scenario, err)
	}
	var callers strings.Builder
	callers.WriteString("SEQUENTIAL\n")
	for i := range o.Calls {
		from := strconv.Itoa(600000001 + i)
		if len(o.From) > 0 {
			from = o.From[i%len(o.From)]
		}
		fmt.Fprintf(&callers, "%s;%d;\n", from, o.hangup(i).Milliseconds())
	}
	for name, content := range map[string][]byte{
		scenarioFile: scenario.Bytes(), callersFile: []byte(callers.String()), soundFile: sound,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("sipp: %w", err)
		}
	}
	return nil
}

// hangup is when a caller hangs up, counted from dialling.
func (o *Options) hangup(caller int) time.Duration {
	span := o.HangupTo - o.HangupFrom
	if o.HangupStep > 0 {
		return o.HangupFrom + time.Duration(caller)*o.HangupStep%(span+o.HangupStep)
	}
	return o.HangupFrom + mathrand.N(span+1)
}

func (o *Options) arguments() ([]string, error) {
	var err error
	if o.at, err = freePorts(o.LocalIP); err != nil {
		return nil, err
	}
	o.id = rand.Text()
	return []string{
		o.Server, "-sf", scenarioFile, "-inf", callersFile, "-s", o.To,
		"-i", o.LocalIP, "-p", strconv.Itoa(o.at.sip), "-cp", strconv.Itoa(o.at.control),
		"-mi", o.LocalIP, "-mp", strconv.Itoa(o.at.media),
		"-m", strconv.Itoa(o.Calls), "-l", strconv.Itoa(o.MaxOpen),
		"-r", strconv.Itoa(max(1, int(o.Rate*1000))), "-rp", "1000000", // calls per 1000 s
		"-cid_str", "%u-" + o.id, "-aa", "-nostdin", "-timer_resol", "1",
		"-trace_stat", "-stf", statsFile, "-fd", "1", "-trace_err", "-error_file", errorsFile,
		// A busy machine is no reason to give up the test.
		"-watchdog_minor_maxtriggers", "1000000", "-watchdog_major_maxtriggers", "1000000",
	}, nil
}

func (o *Options) program() string {
	if o.Path != "" {
		return o.Path
	}
	return "sipp"
}

// runProgram starts SIPp, waits for it, and returns what it wrote on the screen.
func (o *Options) runProgram(ctx context.Context, dir string, args []string) (string, error) {
	cmd := exec.CommandContext(ctx, o.program(), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TERM=dumb")
	cmd.WaitDelay = 5 * time.Second
	var screen bytes.Buffer
	cmd.Stderr = &screen // its screens go to stdout and are not needed
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("sipp does not start: install Debian's sip-tester: %w", err)
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-o.Stop:
			o.stopCalls(cmd.Process, over)
		case <-over:
		}
	}()
	err := cmd.Wait()
	return screen.String(), err
}

// badCalls says that SIPp did its work and only the calls went wrong.
func badCalls(err error) bool {
	const someFailed, noCalls = 1, 99
	var exit *exec.ExitError
	return errors.As(err, &exit) && (exit.ExitCode() == someFailed || exit.ExitCode() == noCalls)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " / ")
}
