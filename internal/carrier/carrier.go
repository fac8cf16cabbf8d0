package carrier

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/internal/customer"
)

// A Carrier is running until Stop. Its methods may be used from many goroutines.
type Carrier struct {
	config  Config
	install installation
	addrs   map[string]string
	phone   *customer.Phone // the network's telephones
	notices *net.UDPConn    // copies of requests that Kamailio refuses

	failed     chan struct{}
	failOnce   sync.Once
	quit       context.CancelFunc
	background sync.WaitGroup
	once       sync.Once

	mu      sync.Mutex      // guards all below
	process *process        // nil while Restart starts it again
	stopped bool            // Stop was called
	moods   map[string]Mood // by Mood.tableKey; replaced and never changed
	calls   []Received      // the last ones that were decided, oldest first
	seen    map[string]bool // calls that were refused, for their repetitions
}

// Start runs a carrier. It returns when requests are taken. When ctx ends, the
// carrier stops.
func Start(ctx context.Context, c Config) (*Carrier, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	k, err := install(ctx, c.Cache, c.Log)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("carrier: make its folder: %w", err)
	}
	if err := c.writeCertificates(); err != nil {
		return nil, err
	}
	own, quit := context.WithCancel(context.Background())
	it := &Carrier{config: c, install: k, failed: make(chan struct{}), quit: quit,
		moods: map[string]Mood{}, seen: map[string]bool{}}
	if err := it.start(ctx); err != nil {
		it.Stop()
		return nil, err
	}
	it.background.Go(it.takeNotices)
	if c.OnRegistration != nil {
		it.background.Go(func() { it.watch(own) })
	}
	stop := context.AfterFunc(ctx, it.Stop)
	context.AfterFunc(own, func() { stop() })
	return it, nil
}

// start opens the network's telephones and runs Kamailio.
func (c *Carrier) start(ctx context.Context) error {
	local := net.JoinHostPort(c.config.host, "0")
	phone, err := customer.NewPhone(context.Background(), local)
	if err != nil {
		return fmt.Errorf("carrier: the network's telephones: %w", err)
	}
	c.phone = phone
	c.phone.OnCall(c.takeCall)
	notices, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(c.config.host)})
	if err != nil {
		return fmt.Errorf("carrier: a port for copies of requests: %w", err)
	}
	c.notices = notices
	for attempt := 1; ; attempt++ {
		err := c.listen(ctx)
		// Between the choice of a free port and its use somebody may take it.
		if attempt == 3 || err == nil || !errors.Is(err, errTaken) {
			return err
		}
	}
}

// listen chooses ports and runs Kamailio on them.
func (c *Carrier) listen(ctx context.Context) (err error) {
	if c.addrs, err = c.config.addresses(); err != nil {
		return err
	}
	s := settings{
		TLS:         true,
		Modules:     c.install.modules,
		Certificate: c.config.certificate(), Key: c.config.keyFile(),
		Expiry: int(c.config.Expiry / time.Second), Algorithm: string(c.config.Algorithm),
		RPC:         filepath.Join(c.config.Dir, rpcSocket),
		NetworkHost: c.config.host, NetworkPort: c.phone.Addr().Port(), Notices: c.notices.LocalAddr().String(),
		User: c.config.Account.User, AuthUser: c.config.Account.AuthUser,
		Domain: c.config.Account.Domain, Realm: c.config.Account.Realm,
		HA1:            c.config.Algorithm.userDigest(c.config.Account.AuthUser, c.config.Account.Realm, c.config.Account.Password),
		DemandRegister: c.config.Demand.Register, DemandDigest: c.config.Demand.Digest, Peer: c.config.Peer,
	}
	for transport, addr := range c.addrs {
		if transport == inside {
			transport = "udp"
		}
		s.Listen = append(s.Listen, transport+":"+addr)
	}
	slices.Sort(s.Listen)
	if err := s.write(filepath.Join(c.config.Dir, "kamailio.cfg")); err != nil {
		return err
	}
	err = c.startProcess(ctx)
	if err != nil && strings.Contains(c.LogTail(20), "already in use") {
		err = fmt.Errorf("%w: %w", errTaken, err)
	}
	return err
}

// startProcess starts Kamailio, sets the moods, and closes failed when it ends.
func (c *Carrier) startProcess(ctx context.Context) error {
	p, err := startKamailio(ctx, c.install, c.config.Dir)
	if err != nil {
		return err
	}
	c.mu.Lock()
	stopped, moods := c.stopped, c.moods
	if !stopped {
		c.process = p
	}
	c.mu.Unlock()
	if stopped {
		p.shutDown()
		return errStopped
	}
	for _, m := range moods {
		if err := c.Mood(m); err != nil {
			return err
		}
	}
	c.background.Go(func() {
		<-p.done
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.process == p && !c.stopped {
			c.failOnce.Do(func() { close(c.failed) })
		}
	})
	return nil
}

// Failed is closed if Kamailio has ended and nobody had asked it to.
func (c *Carrier) Failed() <-chan struct{} { return c.failed }

// LogTail is the last lines that Kamailio wrote.
func (c *Carrier) LogTail(lines int) string { return (&process{dir: c.config.Dir}).lastLog(lines) }

// Config is what this carrier was started with, completed.
func (c *Carrier) Config() Config { return c.config }

// Addr is where requests of a transport, "udp", "tcp" or "tls", are taken; "":
// the transport is not served.
func (c *Carrier) Addr(transport string) string { return c.addrs[transport] }

// Authorities is the PEM file with the authority of the carrier's certificate.
func (c *Carrier) Authorities() string { return c.config.authorities() }

// Restart kills Kamailio and starts it again, within some 2 s: registrations,
// connections and the transactions of calls are lost, moods stay.
func (c *Carrier) Restart(ctx context.Context) error {
	c.mu.Lock()
	p := c.process
	if p == nil || c.stopped {
		c.mu.Unlock()
		return errStopped
	}
	c.process = nil
	c.mu.Unlock()
	p.killGroup()
	return c.startProcess(ctx)
}

// Stop hangs up all calls, ends all that Start has started, and waits for it,
// some 5 s at most per kind. Stopping what has stopped is allowed.
func (c *Carrier) Stop() {
	c.once.Do(func() {
		c.quit()
		if c.phone != nil {
			c.phone.Close()
		}
		c.mu.Lock()
		c.stopped = true
		p := c.process
		c.mu.Unlock()
		if p != nil {
			p.shutDown()
		}
		if c.notices != nil {
			_ = c.notices.Close()
		}
	})
	c.background.Wait()
}

var errStopped = errors.New("carrier: it has stopped")
