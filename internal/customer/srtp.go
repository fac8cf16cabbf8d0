package customer

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/pion/srtp/v3"
)

// SRTP with keys in SDP (RFC 4568): one suite, the one that all carriers have.

const (
	suite     = "AES_CM_128_HMAC_SHA1_80"
	keyBytes  = 16 // the master key
	saltBytes = 14 // the master salt, which follows it
)

// A crypto is one a=crypto line: the key that its sender encrypts with. The
// zero crypto is none.
type crypto struct {
	tag, key string
}

// newCrypto makes a key of our own for the given tag.
func newCrypto(tag string) crypto {
	key := make([]byte, keyBytes+saltBytes)
	_, _ = rand.Read(key) // never fails
	return crypto{tag: tag, key: string(key)}
}

func (c crypto) present() bool { return c.key != "" }

// attribute is the value of the attribute crypto in SDP.
func (c crypto) attribute() string {
	return fmt.Sprintf("%s %s inline:%s", c.tag, suite, base64.StdEncoding.EncodeToString([]byte(c.key)))
}

// readCrypto reads the value of a=crypto:...; false: not a suite of ours.
func readCrypto(value string) (crypto, bool) {
	fields := strings.Fields(value)
	if len(fields) < 3 || fields[1] != suite {
		return crypto{}, false
	}
	inline, _, _ := strings.Cut(strings.TrimPrefix(fields[2], "inline:"), "|") // lifetime and MKI follow
	key, err := base64.StdEncoding.DecodeString(inline)
	if err != nil || len(key) != keyBytes+saltBytes {
		return crypto{}, false
	}
	return crypto{tag: fields[0], key: string(key)}, true
}

// context is what encrypts or decrypts with this key.
func (c crypto) context() (*srtp.Context, error) {
	key := []byte(c.key)
	return srtp.CreateContext(key[:keyBytes], key[keyBytes:], srtp.ProtectionProfileAes128CmHmacSha1_80)
}

var errNoKey = errors.New("customer: the other side's key is not known yet")

// A wire is a socket for RTP that encrypts once it has keys.
type wire struct {
	*net.UDPConn

	mu       sync.Mutex
	secret   bool // nothing is sent or taken in the clear
	out, in  *srtp.Context
	outKey   crypto
	theirKey crypto
}

// encrypt has nothing sent or taken in the clear from now on: what is sent is
// encrypted with ours, what arrives with theirs, which may be unknown yet.
func (w *wire) encrypt(ours, theirs crypto) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.secret = true
	var err error
	if ours.present() && ours != w.outKey {
		if w.out, err = ours.context(); err != nil {
			return fmt.Errorf("customer: our SRTP key: %w", err)
		}
		w.outKey = ours
	}
	if theirs.present() && theirs != w.theirKey {
		if w.in, err = theirs.context(); err != nil {
			return fmt.Errorf("customer: the other side's SRTP key: %w", err)
		}
		w.theirKey = theirs
	}
	return nil
}

// outgoingKey is the key for packets that we send; the zero crypto: none.
func (w *wire) outgoingKey() crypto {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.outKey
}

// sendRTP sends one RTP packet.
func (w *wire) sendRTP(packet []byte, to netip.AddrPort) error {
	w.mu.Lock()
	if w.secret {
		if w.out == nil {
			w.mu.Unlock()
			return errNoKey
		}
		var err error
		if packet, err = w.out.EncryptRTP(nil, packet, nil); err != nil {
			w.mu.Unlock()
			return err
		}
	}
	w.mu.Unlock()
	_, err := w.WriteToUDPAddrPort(packet, to)
	return err
}

// decrypt decrypts one packet that has arrived.
func (w *wire) decrypt(packet []byte) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.secret:
		return packet, nil
	case w.in == nil:
		return nil, errNoKey
	}
	return w.in.DecryptRTP(nil, packet, nil)
}
