// Package supervisor is what `presszero up` runs: it starts the processes of a call
// centre, each after those it needs, keeps them up, puts another program in their place
// during an upgrade, and stops them in order.
//
//	postgres ─┐ each has a keeper: start ──> watch ──> ended, or hangs ──> start again
//	asterisk ─┤                                │
//	media ────┤                                └──> an upgrade puts another one in its place
//	serve ────┘ <── orders, words, the socket of the pages (package handover)
//
// It decides nothing about calls and knows nothing of the controller but what package
// handover has.
//
// # Where to look
//
//	what is started, in which order, and stopped?            supervisor.go
//	how is Postgres, Asterisk, the voice process or the
//	controller started?                                      parts.go
//	when is a part started again, and how soon?              keep.go
//	when is a part that does not end taken for hanging?      watch.go, health.go
//	when does a start give up?                               ready.go
//	how does another program take over?                      upgrade.go
//	which program is started after a crash?                  executable.go
//	what does a child process inherit, and how does it end?  child.go, pages.go
//	where do logs go, and how large do they get?             logs.go
//	which ports are taken where the operator wrote 0?        ports.go
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"presszero/internal/handover"
	"presszero/internal/settings"
	"presszero/internal/signals"
)

// Run starts the parts, keeps them up, says when calls can come, and stops all it
// started when ctx ends.
func Run(ctx context.Context, s settings.Settings) error {
	sup := New(s, Options{})
	reload := sup.spareUs()
	defer sup.Stop()
	if err := sup.Start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C while starting
		}
		return err
	}
	sup.tellPasswords()
	if err := sup.TakeOrders(ctx); err != nil {
		return err
	}
	fmt.Printf("presszero ready web=%s sip=%s\n", sup.settings.WebURL(), sup.settings.SIPAddr)
	for {
		select {
		case <-reload:
			sup.reload(ctx)
		case <-ctx.Done():
			Say("stopping")
			return nil
		}
	}
}

// spareUs keeps signals from ending `up`, and with it everything. It returns where
// SIGHUP is told. SIGPIPE says that nobody reads any more what is printed.
func (sup *Supervisor) spareUs() (reload <-chan struct{}) {
	asked := make(chan struct{}, 1)
	signals.PassOver(func(s os.Signal) {
		switch s {
		case syscall.SIGPIPE: // not to be said: that would be the next one
		case syscall.SIGHUP:
			select {
			case asked <- struct{}{}:
			default: // asked already
			}
		default:
			sup.say("the signal %s is ignored; Ctrl-C or SIGTERM stops everything", s)
		}
	}, append(signals.Stray, syscall.SIGPIPE)...)
	return asked
}

// reload passes SIGHUP on to the controller.
func (sup *Supervisor) reload(ctx context.Context) {
	err := sup.kept("serve").replace(ctx, func(was process) process {
		_ = syscall.Kill(was.PID(), syscall.SIGHUP) // one that has ended reads its files when it starts
		return was
	})
	if err != nil {
		sup.say("the controller cannot be asked to read its files again: %s", err)
	}
}

// Supervisor starts the parts of a call centre and keeps them up. Its zero value is not
// usable; see New.
type Supervisor struct {
	settings settings.Settings
	keys     settings.Secrets
	ports    *ports
	again    bool // a controller has served from this state folder before
	began    time.Time
	parts    []kept // in the order of starting
	ari      string // of the Asterisk that we started

	say  func(format string, args ...any)
	wire func(ari string) (through string, err error) // what stands between controller and Asterisk; nil: nothing

	refused   atomic.Pointer[string] // why the last controller that could not serve could not
	programs  executables
	pages     *os.File                       // the socket of the pages
	upgrading sync.Mutex                     // one at a time
	served    bool                           // calls could come
	last      atomic.Pointer[handover.Order] // the order that stops the controller for good; nil: not yet
}

// Options are what `presszero chaos` wants otherwise. The zero value is that of `up`.
type Options struct {
	Say  func(format string, args ...any)             // tells what happens; nil: Say
	Wire func(ari string) (through string, err error) // puts something between the controller and our Asterisk, and returns its address; nil: nothing
}

// New returns a supervisor that has started nothing yet.
func New(s settings.Settings, o Options) *Supervisor {
	sup := &Supervisor{settings: s, ports: newPorts(s.RTPPorts), began: time.Now(), say: Say, wire: o.Wire}
	if o.Say != nil {
		sup.say = o.Say
	}
	return sup
}

// Settings are the settings in force: after Start they have the ports, the database and
// the Asterisk that were chosen.
func (sup *Supervisor) Settings() settings.Settings { return sup.settings }

// ARI is the address of the interface of the Asterisk that we started; "": it is the
// operator's.
func (sup *Supervisor) ARI() string { return sup.ari }

// Say tells the operator what happens, on standard output.
func Say(format string, args ...any) { fmt.Printf("presszero: "+format+"\n", args...) }

// Start brings the parts up, each after those it needs. Calls can come when
// it returns. After an error, and when all is over, Stop must be called.
func (sup *Supervisor) Start(ctx context.Context) error {
	var err error
	if sup.keys, err = settings.LoadSecrets(sup.settings); err != nil {
		return err
	}
	sup.settings.ARIPassword = sup.keys.ARIPassword
	sup.again = sup.settings.Has("journal")
	if err := errors.Join(sup.ports.settle(&sup.settings), sup.hold(), sup.openOwn()); err != nil {
		return err
	}
	if err := os.RemoveAll(sup.settings.Path("pids")); err != nil {
		return err
	}
	if err := os.MkdirAll(sup.settings.Path("pids"), 0o755); err != nil {
		return err
	}
	for _, start := range []func(context.Context) error{sup.postgres, sup.asterisk, sup.media, sup.serve} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return sup.ready(ctx)
}

// tellPasswords prints the passwords that this first run has made.
func (sup *Supervisor) tellPasswords() {
	path := sup.settings.Path("passwords")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().Before(sup.began) {
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return
	}
	Say("made these users; their passwords are kept in %s", path)
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		fmt.Println("    " + line)
	}
}

// Stop ends the parts, the last started first, so that each can end in order.
// The controller closes its calls before: Asterisk ends with us, if it is ours.
func (sup *Supervisor) Stop() {
	order := handover.StopWithAsterisk
	if sup.ari == "" {
		order = handover.StopAlone
	}
	if sup.served { // else there is nobody to say goodbye to
		sup.last.Store(&order)
	}
	for i := len(sup.parts) - 1; i >= 0; i-- {
		sup.parts[i].stop()
		<-sup.parts[i].done
	}
	sup.programs.closeAll()
}
