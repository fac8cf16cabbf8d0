package media

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/dtls/v3/pkg/crypto/fingerprint"
	"github.com/pion/ice/v4"
	"github.com/pion/transport/v4/packetio"
)

// link is the way to one page: ICE finds it, DTLS agrees on keys, and SRTP and SRTCP
// take these (RFC 8834, RFC 5764). What comes is told apart by its first byte
// (RFC 7983). Voice that comes over UDP is taken out by the socket already (see
// socket), so that it wakes one goroutine and not five; the ICE agent sees the rest.
type link struct {
	agent *ice.Agent
	conn  *ice.Conn
	peer  string // identity of the page's certificate
	pages *directory
	inbox *inbox // of the handshake

	up   atomic.Bool // the ICE agent reaches the page
	keys atomic.Pointer[keys]
	dtls *dtls.Conn // set when the handshake is over; read after linked

	take func(voice []byte)  // takes RTP that is decrypted, in the buffer it came in
	note func(report []byte) // takes RTCP

	begun  bool
	cancel context.CancelFunc
	linked sync.WaitGroup // connect
	tasks  sync.WaitGroup // all others
	once   sync.Once
}

// openLink makes a link that waits for the page of the offer, and returns our
// candidates for the answer.
func (l *Local) openLink(ctx context.Context, o offer) (*link, []ice.Candidate, error) {
	agent, err := l.ports.newAgent(pionLogs{l.log})
	if err != nil {
		return nil, nil, fmt.Errorf("media: cannot make a voice connection: %w", err)
	}
	k := &link{agent: agent, peer: o.fingerprint, pages: l.ports.pages}
	candidates, err := gather(ctx, agent)
	if err != nil {
		k.close()
		return nil, nil, err
	}
	return k, candidates, nil
}

// gather lists our candidates. They are our own port, so this takes no time.
func gather(ctx context.Context, agent *ice.Agent) ([]ice.Candidate, error) {
	var candidates []ice.Candidate
	done := make(chan struct{})
	err := agent.OnCandidate(func(c ice.Candidate) {
		if c == nil {
			close(done)
			return
		}
		candidates = append(candidates, c)
	})
	if err := errors.Join(err, agent.GatherCandidates()); err != nil {
		return nil, fmt.Errorf("media: cannot list our addresses: %w", err)
	}
	select {
	case <-done:
		return candidates, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("media: gave up answering the page: %w", ctx.Err())
	}
}

// connect makes the link, within connectWithin. changed is told whenever the link
// begins to reach the page or ceases to, and over when it is beyond repair or the
// page has said good-bye. Both are called from several goroutines.
func (k *link) connect(l *Local, o offer, changed func(reached bool), over func()) error {
	ctx, cancel := context.WithTimeout(context.Background(), connectWithin)
	k.cancel, k.begun = cancel, true
	guard := func(f func()) func() {
		return func() {
			defer l.survive("page's connection")
			f()
		}
	}
	err := k.agent.OnSelectedCandidatePairChange(func(_, remote ice.Candidate) {
		guard(func() { k.reachedAt(remote) })()
	})
	err = errors.Join(err, k.agent.OnConnectionStateChange(func(state ice.ConnectionState) {
		guard(func() { k.follow(state, changed, over) })()
	}))
	if err != nil {
		return err
	}
	if k.conn, err = k.agent.StartAccept(o.ufrag, o.pwd); err != nil {
		return err
	}
	k.inbox = &inbox{Buffer: packetio.NewBuffer(), conn: k.conn, closed: guard(over)}
	k.inbox.SetLimitSize(handshakeBytes)
	k.tasks.Go(guard(k.read))
	k.linked.Go(guard(func() {
		if err := k.secure(ctx, l); err != nil {
			l.log.Debug("media: a page did not connect", "err", err)
			over()
			return
		}
		changed(k.reaches())
	}))
	return nil
}

// reaches reports whether voice can go both ways.
func (k *link) reaches() bool { return k.up.Load() && k.keys.Load() != nil }

func (k *link) follow(state ice.ConnectionState, changed func(bool), over func()) {
	switch state {
	case ice.ConnectionStateConnected, ice.ConnectionStateCompleted:
		k.up.Store(true)
		if k.reaches() {
			changed(true)
		}
	case ice.ConnectionStateDisconnected:
		k.up.Store(false)
		changed(false)
	case ice.ConnectionStateFailed:
		over()
	}
}

// reachedAt lets the socket know whose voice it is that comes from there.
func (k *link) reachedAt(remote ice.Candidate) {
	addr, err := netip.ParseAddr(remote.Address())
	if err == nil && remote.NetworkType().IsUDP() {
		k.pages.add(netip.AddrPortFrom(addr.Unmap(), uint16(remote.Port())), k)
	}
}

// handshakeBytes is how much of a handshake may wait; a flight has some 2,000.
const handshakeBytes = 64 << 10

// secure agrees with the page on the keys.
func (k *link) secure(ctx context.Context, l *Local) error {
	if err := k.agent.AwaitConnect(ctx); err != nil {
		return err
	}
	conn, err := dtls.ClientWithOptions(k.inbox, k.conn.RemoteAddr(),
		dtls.WithCertificates(l.certificate),
		dtls.WithSRTPProtectionProfiles(profiles...),
		dtls.WithInsecureSkipVerify(true), // there is no authority; the page's offer names the certificate
		dtls.WithVerifyPeerCertificate(func(raw [][]byte, _ [][]*x509.Certificate) error { return verify(k.peer, raw) }),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithLoggerFactory(pionLogs{l.log}))
	if err != nil {
		return err
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		return errors.Join(err, conn.Close())
	}
	keys, err := newKeys(conn)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	k.dtls = conn
	k.keys.Store(keys)
	return nil
}

// read takes what the ICE agent passes on, until the link is closed.
func (k *link) read() {
	buf := make([]byte, 2048)
	for {
		n, err := k.conn.Read(buf)
		switch {
		case errors.Is(err, io.ErrShortBuffer):
		case err != nil:
			return
		case isVoice(buf[:n]):
			k.takeVoice(buf[:n])
		case n > 0 && buf[0] >= 20 && buf[0] < 64:
			_, _ = k.inbox.Write(buf[:n]) // a full one loses packets, as a network does
		}
	}
}

// isVoice: RTP or RTCP, RFC 7983.
func isVoice(buf []byte) bool { return len(buf) >= headerLen && buf[0]>>6 == 2 }

// takeVoice takes an encrypted packet. What does not come from the page is dropped,
// and what comes before the keys are known: there is more to come.
func (k *link) takeVoice(buf []byte) {
	keys := k.keys.Load()
	if keys == nil {
		return
	}
	if kind := buf[1] & 0x7f; kind >= 64 && kind < 96 { // RFC 5761 section 4
		if plain, err := keys.openReport(buf); err == nil {
			k.note(plain)
		}
		return
	}
	if plain, err := keys.openVoice(buf); err == nil {
		k.take(plain)
	}
}

// sendVoice sends a packet of voice; false if the page cannot be reached.
func (k *link) sendVoice(marker bool, seq uint16, timestamp, ssrc uint32, voice []byte) bool {
	keys := k.keys.Load()
	return keys != nil && keys.sendVoice(k.conn, marker, seq, timestamp, ssrc, voice) == nil
}

// sendReport sends an RTCP packet.
func (k *link) sendReport(report []byte) {
	if keys := k.keys.Load(); keys != nil {
		_ = keys.sendReport(k.conn, report)
	}
}

// close says good-bye and waits until the link's goroutines have ended.
func (k *link) close() {
	k.once.Do(func() {
		if k.begun {
			k.cancel()
			k.linked.Wait()
			if k.dtls != nil {
				_ = k.dtls.Close()
			}
		}
		k.pages.remove(k)
		_ = k.agent.GracefulClose()
		if k.inbox != nil {
			_ = k.inbox.Buffer.Close()
		}
		k.tasks.Wait()
	})
}

// inbox is the handshake's connection: it reads what read has put in.
type inbox struct {
	*packetio.Buffer
	conn   *ice.Conn
	closed func() // the handshake's connection has been closed, perhaps by the page
}

// ReadFrom implements net.PacketConn.
func (i *inbox) ReadFrom(p []byte) (int, net.Addr, error) {
	n, err := i.Read(p)
	return n, nil, err // there is one page
}

// WriteTo implements net.PacketConn.
func (i *inbox) WriteTo(p []byte, _ net.Addr) (int, error) { return i.conn.Write(p) }

// Close implements net.PacketConn.
func (i *inbox) Close() error {
	defer i.closed()
	return i.Buffer.Close()
}

// LocalAddr implements net.PacketConn.
func (i *inbox) LocalAddr() net.Addr { return i.conn.LocalAddr() }

// SetDeadline implements net.PacketConn; what is written never waits.
func (i *inbox) SetDeadline(t time.Time) error { return i.SetReadDeadline(t) }

// SetWriteDeadline implements net.PacketConn.
func (i *inbox) SetWriteDeadline(time.Time) error { return nil }

// newCertificate makes the DTLS identity of this process start. It lives in memory
// only; pages learn its fingerprint from the answer and look at nothing else in it.
func newCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("media: cannot make a DTLS key: %w", err)
	}
	body := x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		NotBefore:    time.Now().AddDate(0, 0, -1),
		NotAfter:     time.Now().AddDate(30, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, &body, &body, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("media: cannot make a DTLS certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// identity is a certificate's in the form of SDP (RFC 8122), "sha-256 0B:8A…".
func identity(der []byte, hash string) (string, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return "", err
	}
	algorithm, err := fingerprint.HashFromString(hash)
	if err != nil {
		return "", err
	}
	value, err := fingerprint.Fingerprint(certificate, algorithm)
	return hash + " " + strings.ToUpper(value), err
}

var errStranger = errors.New("the certificate is not the one that the offer names")

// verify holds that a certificate is the one of the identity, by a hash that an offer may
// name.
func verify(want string, chain [][]byte) error {
	if len(chain) == 0 || !validFingerprint.MatchString(want) {
		return errStranger
	}
	hash, _, _ := strings.Cut(want, " ")
	shown, err := identity(chain[0], hash)
	if err != nil || !strings.EqualFold(shown, want) {
		return errStranger
	}
	return nil
}
