package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"presszero/asterisk/private"
	"presszero/internal/atomicfile"
	"presszero/internal/handover"
	"presszero/internal/settings"
	"presszero/internal/signals"
	"presszero/sql/cluster"
)

// readyLimit is how long the parts may take to become ready together.
const readyLimit = 90 * time.Second

// runUp starts the parts, keeps them up, says when calls can come, and stops all it
// started when ctx ends.
func runUp(ctx context.Context, s settings.Settings) error {
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
	fmt.Printf("presszero ready web=%s sip=%s\n", h.s.WebURL(), h.s.SIPAddr)
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

// spareUs keeps signals from ending `up`, and with it everything. It returns where
// SIGHUP is told. SIGPIPE says that nobody reads any more what is printed.
func (h *house) spareUs() (reload <-chan struct{}) {
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
			h.say("the signal %s is passed over; Ctrl-C or SIGTERM stops everything", s)
		}
	}, append(signals.Stray, syscall.SIGPIPE)...)
	return asked
}

// reload passes SIGHUP on to the controller.
func (h *house) reload(ctx context.Context) {
	err := h.kept("serve").replace(ctx, func(was process) process {
		_ = syscall.Kill(was.PID(), syscall.SIGHUP) // one that has ended reads its files when it starts
		return was
	})
	if err != nil {
		h.say("the controller cannot be asked to read its files again: %s", err)
	}
}

// house is all that `up` keeps up.
type house struct {
	s     settings.Settings
	keys  settings.Secrets
	ports *ports
	again bool // a controller has served from this state folder before
	began time.Time
	parts []kept // in the order of starting
	ari   string // of the Asterisk that we started

	say  func(format string, args ...any)
	wire func(ari string) (through string, err error) // what stands between controller and Asterisk; nil: nothing

	refused   atomic.Pointer[string] // why the last controller that could not serve could not
	programs  executables
	door      *os.File                       // the socket of the pages
	upgrading sync.Mutex                     // one at a time
	served    bool                           // calls could come
	last      atomic.Pointer[handover.Order] // the order that stops the controller for good; nil: not yet
}

func newHouse(s settings.Settings) *house {
	return &house{s: s, ports: newPorts(s.RTPPorts), began: time.Now(), say: say}
}

// kept is a part with its own end.
type kept struct {
	*keeper
	stop context.CancelFunc
}

// kept returns the part of that name.
func (h *house) kept(name string) *keeper {
	i := slices.IndexFunc(h.parts, func(k kept) bool { return k.part.name == name })
	return h.parts[i].keeper
}

func say(format string, args ...any) { fmt.Printf("presszero: "+format+"\n", args...) }

// start brings the parts up, each after those it needs. Calls can come when
// it returns.
func (h *house) start(ctx context.Context) error {
	var err error
	if h.keys, err = settings.LoadSecrets(h.s); err != nil {
		return err
	}
	h.s.ARIPassword = h.keys.ARIPassword
	h.again = h.s.Has("journal")
	if err := errors.Join(h.ports.settle(&h.s), h.hold(), h.openOwn()); err != nil {
		return err
	}
	if err := os.RemoveAll(h.s.Path("pids")); err != nil {
		return err
	}
	if err := os.MkdirAll(h.s.Path("pids"), 0o755); err != nil {
		return err
	}
	for _, start := range []func(context.Context) error{h.postgres, h.asterisk, h.media, h.serve} {
		if err := start(ctx); err != nil {
			return err
		}
	}
	return h.ready(ctx)
}

// postgres starts a private Postgres, unless the operator has one.
func (h *house) postgres(ctx context.Context) error {
	if h.s.DatabaseURL != "" {
		return nil
	}
	h.say("starting Postgres")
	return h.keep(part{name: "postgres", start: func(ctx context.Context) (process, error) {
		c, err := cluster.Start(ctx, cluster.Config{Dir: h.s.Path("postgres"), Output: openLog(h.s, h.s.Path("postgres", "log"))})
		if err != nil {
			return nil, err
		}
		if h.s.DatabaseURL == "" { // the same after every restart
			h.s.DatabaseURL = c.URL()
		}
		return clusterProcess{c}, nil
	}})
}

type clusterProcess struct{ *cluster.Cluster }

func (c clusterProcess) Stop() { _ = c.Cluster.Stop() }

// asterisk installs and starts a private Asterisk, unless the operator has one.
func (h *house) asterisk(ctx context.Context) error {
	if h.s.ARIURL != "" {
		return nil
	}
	root, err := private.Install(ctx, h.s.CacheDir, func(line string) { h.say("%s", line) })
	if err != nil {
		return err
	}
	h.s.CoreSounds = root.SoundsDir()
	ari, err := h.ports.free("127.0.0.1:0", "tcp")
	if err != nil {
		return err
	}
	h.say("starting Asterisk %s", root.Version)
	err = h.keep(part{name: "asterisk", alive: asteriskAlive, start: func(context.Context) (process, error) {
		book, trouble, err := h.s.GoodBook()
		if err != nil {
			return nil, err
		}
		if trouble != nil {
			h.say("the file of trunks must not be used; the trunks of before are: %s", trouble)
		}
		c := h.s.PrivateAsterisk(book, h.keys.ARIPassword)
		c.Root, c.HTTPAddr, c.Output = root, ari, openLog(h.s, h.s.Path("asterisk", "log", "messages.log"))
		p, err := private.Start(context.Background(), c)
		if err != nil {
			return nil, err
		}
		if h.ari == "" { // the same after every restart
			h.ari = p.ARIURL()
		}
		return p, nil
	}})
	h.s.ARIURL = h.ari
	if err == nil && h.wire != nil {
		h.s.ARIURL, err = h.wire(h.ari)
	}
	return err
}

func (h *house) media(ctx context.Context) error {
	return h.keep(part{name: "media", alive: h.mediaAlive, askEvery: time.Second, start: func(context.Context) (process, error) { return h.child("media") }})
}

func (h *house) serve(ctx context.Context) error {
	h.say("starting the controller")
	if err := atomicfile.Write(h.s.Path("env"), []byte(h.s.EnvFile())); err != nil { // calls need it not
		h.say("the settings in force cannot be written down for scripts: %s", err)
	}
	return h.keep(part{name: "serve", alive: h.serveAlive, tells: true, start: func(context.Context) (process, error) {
		if h.programs.goBack() {
			h.say("the new program's controller has not lasted; going back to the program before")
		}
		return h.child("serve")
	}})
}

// child starts a process of the program in force.
func (h *house) child(name string) (process, error) {
	var setup func(*exec.Cmd) error
	var hear, words *os.File
	var orders io.Writer
	if name == "serve" {
		var err error
		if hear, words, err = os.Pipe(); err != nil {
			return nil, err
		}
		defer words.Close() // the child has its own
		setup = func(cmd *exec.Cmd) (err error) {
			cmd.Stdout = words
			orders, err = handover.Pass(cmd, h.door)
			return err
		}
	}
	c, err := startChild(h.programs.current().path, h.s, setup, name)
	if hear != nil {
		go func() {
			for w := range handover.Words(hear) {
				if w.Refused != "" {
					h.refuse(w.Refused)
				}
			}
		}()
	}
	if err != nil {
		return nil, err // and no *child that is nil
	}
	if name == "serve" {
		c.orders, c.last = orders, &h.last
	}
	return c, nil
}

// keep starts a part whose end is ours to order, not the terminal's.
func (h *house) keep(p part) error {
	own, stop := context.WithCancel(context.Background())
	k, err := keep(own, p, h.s.Path("pids"), h.say)
	if err != nil {
		stop()
		return fmt.Errorf("%s cannot be started: %w", p.name, err)
	}
	h.parts = append(h.parts, kept{k, stop})
	return nil
}

// ready waits until the controller says that calls can come. A first start
// gives up after readyLimit. After that a centre is not stopped for what may
// come back by itself, as a database of the operator's: it goes on, and says so.
func (h *house) ready(ctx context.Context) error {
	limit := time.After(readyLimit)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	last := errors.New("the controller does not answer")
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit:
			if !h.again {
				return fmt.Errorf("not ready after %s: %w; look into %s", readyLimit, last, h.s.Path("log", "serve.log"))
			}
			h.say("not ready after %s: %s; it goes on", readyLimit, last)
		case <-tick.C:
		}
		err := h.readyNow(ctx)
		if err == nil {
			h.served = true
			return nil
		}
		last = err
		if why := h.refused.Load(); why != nil {
			return fmt.Errorf("the controller cannot serve: %s", *why)
		}
	}
}

// readyNow asks whether calls can come.
func (h *house) readyNow(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	return askHealth(ctx, h.s, "/readyz")
}

// refuse notes why a controller ended by itself; it is said once. At the start
// it is a reason to give up: a flow that must not be served, a port in use.
func (h *house) refuse(why string) {
	if had := h.refused.Swap(&why); had == nil || *had != why {
		h.say("the controller cannot serve: %s", why)
	}
}

// tellPasswords prints the passwords that this first run has made.
func (h *house) tellPasswords() {
	path := h.s.Path("passwords")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.ModTime().Before(h.began) {
		return
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return
	}
	say("made these users; their passwords are kept in %s", path)
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		fmt.Println("    " + line)
	}
}

// stop ends the parts, the last started first, so that each can end in order.
// The controller closes its calls before: Asterisk ends with us, if it is ours.
func (h *house) stop() {
	order := handover.StopWithAsterisk
	if h.ari == "" {
		order = handover.StopAlone
	}
	if h.served { // else there is nobody to say goodbye to
		h.last.Store(&order)
	}
	for i := len(h.parts) - 1; i >= 0; i-- {
		h.parts[i].stop()
		<-h.parts[i].done
	}
	h.programs.closeAll()
}
