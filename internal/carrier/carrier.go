package carrier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/internal/customer"
)

// Config is what Start needs. The zero value of all but Dir and
// Account.Password is completed.
type Config struct {
	// Dir is the folder of this carrier: settings, certificates, log, sockets. It
	// is made; its path has at most 90 bytes. Its authority is kept for the next
	// start.
	Dir string
	// Cache is where Kamailio is unpacked; "": $XDG_CACHE_HOME/presszero, else
	// ~/.cache/presszero.
	Cache string

	Account Account
	Demand  Demand

	// Addr is where requests are taken, HOST:PORT; HOST is an IPv4 address. With
	// Demand.TLS it takes TLS and nothing else; else UDP and TCP, and TLS at a
	// free port. "": 127.0.0.1 and a free port.
	Addr string
	// Peer is where calls to us go when Demand.Register is not set, as
	// "127.0.0.1:5060" or "127.0.0.1:5060;transport=tcp"; "": to the
	// contact that has registered nevertheless.
	Peer string

	Algorithm   Algorithm
	Certificate Certificate
	Expiry      time.Duration  // of registrations at most, in whole seconds; 0: an hour
	Ring        time.Duration  // how long the network's telephones ring before they answer
	Sound       customer.Sound // of these telephones

	// Log hears in plain words what goes on; nil is allowed.
	Log func(string)
	// OnCall is called for each call from us once it is answered or refused, in a
	// goroutine of the carrier; nil is allowed.
	OnCall func(Received)
	// OnRegistration is called with our contact when we have registered, and with
	// "" when the registration has ended, at most 300 ms later; nil is allowed.
	OnRegistration func(contact string)

	host string // of Addr
	port int
}

// An Account is what the carrier knows of us. Names are of letters, digits and
// -_.+@; a domain is a host name or an IPv4 address.
type Account struct {
	Number   string // ours, E.164; "": +4930555
	User     string // in the account's URI; "": Number without its plus
	AuthUser string // in answers to digest challenges; "": User
	Password string // required
	Domain   string // "": carrier.test
	Realm    string // of digest challenges; "": Domain
}

// Demand is what the carrier demands of us. Media are described in SDP; SRTP
// has its keys there (RFC 4568).
type Demand struct {
	Register bool // calls without a registration are refused with 403, and calls to us go to the registered contact
	Digest   bool // INVITEs are challenged with 407
	TLS      bool // UDP and TCP are not served
	SRTP     bool // calls from us without it are refused with 488, and calls to us have it
	Plain    bool // calls from us with SRTP are refused with 488; not with SRTP
}

// Algorithm is the hash of digest challenges.
type Algorithm string

// The algorithms.
const (
	MD5    Algorithm = "MD5"
	SHA256 Algorithm = "SHA-256"
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

	mu      sync.Mutex
	process *process
	stopped bool
	moods   map[string]Mood
	calls   []Received
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

// errTaken says that a port that was free is not any more.
var errTaken = errors.New("carrier: another program was faster to take a port")

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

// Mood changes how the carrier treats our requests from now on.
func (c *Carrier) Mood(m Mood) error {
	if err := m.check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.stopped {
		return errStopped
	}
	for _, row := range m.tableRows() {
		var err error
		if row[1] == "" {
			// A row that is absent is refused, which is as good.
			var refused *rpcError
			if err = c.process.callProcedure("htable.delete", nil, "mood", row[0]); errors.As(err, &refused) {
				err = nil
			}
		} else {
			err = c.process.callProcedure("htable.sets", nil, "mood", row[0], row[1])
		}
		if err != nil {
			return err
		}
	}
	moods := map[string]Mood{m.tableKey(): m}
	for key, m := range c.moods {
		if _, changed := moods[key]; !changed {
			moods[key] = m
		}
	}
	c.moods = moods
	return nil
}

// Good ends all moods: our requests are treated well.
func (c *Carrier) Good() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.stopped {
		return errStopped
	}
	c.moods = map[string]Mood{}
	return c.process.callProcedure("htable.flush", nil, "mood")
}

// Forget loses our registration, without a word to us, as a registrar that was
// restarted does. Connections stay.
func (c *Carrier) Forget() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.stopped {
		return errStopped
	}
	var refused *rpcError
	err := c.process.callProcedure("ul.rm", nil, "location", c.config.Account.User)
	if errors.As(err, &refused) { // there is none
		return nil
	}
	return err
}

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

// Registered returns our contact, as a SIP URI with its parameters, while we
// are registered.
func (c *Carrier) Registered() (contact string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.stopped {
		return "", false
	}
	var answer struct {
		Contacts []struct {
			Contact struct {
				Address string
				Expires any // seconds, or a word
			}
		}
	}
	if c.process.callProcedure("ul.lookup", &answer, "location", c.config.Account.User) != nil {
		return "", false
	}
	for _, it := range answer.Contacts {
		if seconds, isNumber := it.Contact.Expires.(float64); !isNumber || seconds > 0 {
			if it.Contact.Expires != "deleted" && it.Contact.Expires != "expired" {
				return it.Contact.Address, true
			}
		}
	}
	return "", false
}

// watch tells of registrations that come and go.
func (c *Carrier) watch(ctx context.Context) {
	every := time.NewTicker(300 * time.Millisecond)
	defer every.Stop()
	told := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if contact, _ := c.Registered(); contact != told {
			told = contact
			c.config.OnRegistration(contact)
		}
	}
}

// WaitRegistered waits until we are registered and returns our contact.
func (c *Carrier) WaitRegistered(ctx context.Context) (string, error) {
	for {
		if contact, ok := c.Registered(); ok {
			return contact, nil
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("carrier: not registered: %w", ctx.Err())
		case <-c.failed:
			return "", errors.New("carrier: Kamailio has ended: " + c.LogTail(3))
		case <-time.After(20 * time.Millisecond):
		}
	}
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

// inside is the key of the address that the network's telephones use.
const inside = "inside"

// complete fills in defaults and refuses what cannot be.
func (c Config) complete() (Config, error) {
	for _, step := range []func() error{c.completeFolders, c.completeAddr, c.Account.complete, c.checkPeer, c.completeRest} {
		if err := step(); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *Config) completeFolders() (err error) {
	if c.Dir, err = filepath.Abs(c.Dir); err != nil || len(c.Dir) > 90 {
		return fmt.Errorf("carrier: the folder %q: its path has more than 90 bytes, which no socket takes", c.Dir)
	}
	if c.Cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("carrier: no place to keep Kamailio: set HOME or XDG_CACHE_HOME (%w)", err)
		}
		c.Cache = filepath.Join(dir, "presszero")
	}
	if c.Cache, err = filepath.Abs(c.Cache); err != nil {
		return fmt.Errorf("carrier: the cache folder: %w", err)
	}
	return nil
}

func (c *Config) completeAddr() error {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	addr, err := netip.ParseAddrPort(c.Addr)
	if err != nil || !addr.Addr().Is4() || addr.Addr().IsUnspecified() {
		return fmt.Errorf("carrier: the address %q is not an IPv4 address with a port, as 127.0.0.1:5070", c.Addr)
	}
	c.host, c.port = addr.Addr().String(), int(addr.Port())
	return nil
}

// complete fills in defaults and refuses names that Kamailio's file cannot hold.
func (a *Account) complete() error {
	set := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	set(&a.Number, "+4930555")
	set(&a.User, strings.TrimPrefix(a.Number, "+"))
	set(&a.AuthUser, a.User)
	set(&a.Domain, "carrier.test")
	set(&a.Realm, a.Domain)
	if a.Password == "" {
		return errors.New("carrier: the account needs a password")
	}
	for what, value := range map[string]string{"number": a.Number, "user": a.User, "auth user": a.AuthUser, "domain": a.Domain, "realm": a.Realm} {
		if strings.ContainsFunc(value, func(r rune) bool { return !strings.ContainsRune(nameRunes, r) }) {
			return fmt.Errorf("carrier: the %s %q has characters other than letters, digits and -_.+@", what, value)
		}
	}
	return nil
}

func (c *Config) checkPeer() error {
	if c.Peer == "" {
		return nil
	}
	host, _, _ := strings.Cut(c.Peer, ";")
	if _, err := netip.ParseAddrPort(host); err != nil || strings.ContainsAny(c.Peer, "\"\\$ \r\n") {
		return fmt.Errorf("carrier: the peer %q is not an address with a port", c.Peer)
	}
	return nil
}

func (c *Config) completeRest() error {
	if c.Algorithm == "" {
		c.Algorithm = MD5
	}
	if c.Expiry == 0 {
		c.Expiry = time.Hour
	}
	if c.Log == nil {
		c.Log = func(string) {}
	}
	switch {
	case c.Algorithm != MD5 && c.Algorithm != SHA256:
		return fmt.Errorf("carrier: the algorithm %q is not MD5 or SHA-256", c.Algorithm)
	case c.Expiry < time.Second || c.Expiry%time.Second != 0:
		return fmt.Errorf("carrier: the expiry %v is not in whole seconds", c.Expiry)
	case c.Demand.SRTP && c.Demand.Plain:
		return errors.New("carrier: it cannot demand both SRTP and plain media")
	case c.Demand.Register && c.Peer != "":
		return errors.New("carrier: a peer and registrations exclude each other")
	}
	return nil
}

const nameRunes = "0123456789+@._-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// addresses chooses where Kamailio listens and refuses what is in use.
func (c Config) addresses() (map[string]string, error) {
	addrs := map[string]string{}
	var all []io.Closer
	defer func() { // held until all are chosen, so that no two are the same
		for _, held := range all {
			_ = held.Close()
		}
	}()
	take := func(transport string, port int) (int, error) {
		held, port, err := c.holdPort(transport, port)
		if err != nil {
			return 0, err
		}
		all = append(all, held)
		addrs[transport] = fmt.Sprintf("%s:%d", c.host, port)
		return port, nil
	}
	if c.Demand.TLS {
		if _, err := take("tls", c.port); err != nil {
			return nil, err
		}
	} else {
		port, err := take("udp", c.port)
		if err != nil {
			return nil, err
		}
		if _, err := take("tcp", port); err != nil { // one port for both
			if c.port == 0 {
				err = fmt.Errorf("%w: %w", errTaken, err)
			}
			return nil, err
		}
		if _, err := take("tls", 0); err != nil {
			return nil, err
		}
	}
	_, err := take(inside, 0)
	return addrs, err
}

// holdPort takes a port (0: a free one) and holds it until the Closer is closed.
func (c Config) holdPort(transport string, port int) (io.Closer, int, error) {
	if transport == "udp" || transport == inside {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(c.host), Port: port})
		if err != nil {
			return nil, 0, fmt.Errorf("carrier: the address %s:%d cannot be used for UDP: %w", c.host, port, err)
		}
		return conn, conn.LocalAddr().(*net.UDPAddr).Port, nil
	}
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.ParseIP(c.host), Port: port})
	if err != nil {
		return nil, 0, fmt.Errorf("carrier: the address %s:%d cannot be used for %s: %w", c.host, port, strings.ToUpper(transport), err)
	}
	return listener, listener.Addr().(*net.TCPAddr).Port, nil
}
