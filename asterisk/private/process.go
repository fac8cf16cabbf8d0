package private

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"presszero/internal/spawn"
	"presszero/trunk"
)

// Process is a running Asterisk. It ends when it is stopped, when the context
// of Start ends, or when this program dies, however it dies.
type Process struct {
	config   Config
	entityID string // of this start, so that no other Asterisk is taken for it
	cmd      *exec.Cmd
	done     chan struct{}
	err      error // why it ended; read after done
}

// Start writes the settings for c and starts Asterisk with them. It returns as
// soon as the process exists; WaitReady tells when it takes calls. When ctx
// ends, Asterisk is stopped. An address that is in use is an error here.
func Start(ctx context.Context, c Config) (*Process, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	if err := c.checkPortsFree(); err != nil {
		return nil, err
	}
	p := &Process{config: c, entityID: newEntityID(), done: make(chan struct{})}
	if err := c.write(p.entityID); err != nil {
		return nil, err
	}
	if err := p.launch(); err != nil {
		return nil, err
	}
	forget := context.AfterFunc(ctx, p.Stop)
	go func() { <-p.done; forget() }()
	return p, nil
}

// launch starts Asterisk with the settings as they are written.
func (p *Process) launch() (err error) {
	c := p.config
	p.cmd, err = c.Root.command(context.Background(), "-f", "-C", filepath.Join(c.Dir, "etc/asterisk.conf"))
	if err != nil {
		return err
	}
	output := c.Output
	if output == nil {
		console, err := os.Create(c.consoleLog())
		if err != nil {
			return fmt.Errorf("open Asterisk's console log: %w", err)
		}
		defer console.Close()
		output = console
	}
	p.cmd.Dir = c.Dir
	// Starting, Asterisk looks up the host's own name. Where DNS is out of
	// reach that would take half a minute; calls are never looked up.
	p.cmd.Env = append(os.Environ(), "RES_OPTIONS=timeout:1 attempts:1")
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.cmd.WaitDelay = time.Second
	p.cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		Setpgid:   true, // Ctrl-C in the terminal is ours to handle: calls end in order
	}
	ended, err := spawn.Start(p.cmd, spawn.Voices)
	if err != nil {
		return fmt.Errorf("start Asterisk: %w", err)
	}
	go func() {
		p.err = <-ended
		close(p.done)
	}()
	return nil
}

// Config returns what this Asterisk was started with, defaults filled in.
func (p *Process) Config() Config { return p.config }

// PID is the process id of Asterisk.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when Asterisk has ended, for any reason.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for Asterisk to end. The error says why, with the last lines it
// wrote; nil means that it ended in order.
func (p *Process) Wait() error {
	<-p.done
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("asterisk ended (%w); it said:\n%s", p.err, p.LogTail(10))
}

// Stop ends Asterisk and all its calls, within 5 seconds, and waits for it.
// Stopping what has ended is allowed.
func (p *Process) Stop() {
	const patience = 5 * time.Second
	p.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-p.done:
		return
	case <-time.After(patience):
	}
	p.cmd.Process.Kill()
	<-p.done
}

// CLI runs one command of Asterisk's console, such as "core show channels",
// and returns what it prints. For people and tests; programs use ARI.
func (p *Process) CLI(ctx context.Context, command string) (string, error) {
	cmd, err := p.config.Root.command(ctx, "-C", filepath.Join(p.config.Dir, "etc/asterisk.conf"), "-rx", command)
	if err != nil {
		return "", err
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("asterisk console %q: %w: %s", command, err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// ARIURL is the address of ARI, such as "http://127.0.0.1:8088/ari".
func (p *Process) ARIURL() string { return "http://" + p.config.HTTPAddr + "/ari" }

// RecordingDir is where ARI recordings are written while and after they run.
func (p *Process) RecordingDir() string { return filepath.Join(p.config.Dir, "spool/recording") }

// FallbackDir holds the messages that callers left while the controller was
// away: one wav file per call, named after the channel's unique id; and the
// log that Stays reads.
func (p *Process) FallbackDir() string { return filepath.Join(p.config.Dir, "spool/fallback") }

// LogTail returns the last lines that Asterisk wrote, console and log file.
func (p *Process) LogTail(lines int) string {
	var tail []string
	for _, name := range []string{p.config.consoleLog(), filepath.Join(p.config.Dir, "log/messages.log")} {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // not written yet
		}
		all := strings.Split(strings.TrimSpace(string(text)), "\n")
		tail = append(tail, all[max(0, len(all)-lines):]...)
	}
	return strings.Join(tail, "\n")
}

func (c Config) consoleLog() string { return filepath.Join(c.Dir, "log/console.log") }

// checkPortsFree refuses an address that another program has. Asterisk itself
// would only log it and run on, deaf.
func (c Config) checkPortsFree() error {
	sip, err := net.ListenPacket("udp", c.SIPAddr)
	if err != nil {
		return inUse("SIP", c.SIPAddr, err)
	}
	defer sip.Close()
	for transport, addr := range map[trunk.Transport]string{trunk.TransportTCP: c.SIPAddr, trunk.TransportTLS: c.TLSAddr} {
		if !c.usesTransport(transport) {
			continue
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return inUse("SIP "+strings.ToUpper(string(transport)), addr, err)
		}
		l.Close()
	}
	http, err := net.Listen("tcp", c.HTTPAddr)
	if err != nil {
		return inUse("ARI", c.HTTPAddr, err)
	}
	return http.Close()
}

func inUse(what, addr string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the %s address %s is used by another program; stop it or choose another address", what, addr)
	}
	return fmt.Errorf("the %s address %s cannot be used: %w", what, addr, err)
}
