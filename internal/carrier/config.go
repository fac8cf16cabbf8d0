package carrier

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
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
