package media

import (
	"errors"
	"io"
	"sync"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// profiles are the ways of encryption that we offer, the best first.
var profiles = []dtls.SRTPProtectionProfile{
	dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80,
}

const (
	replayWindow = 64   // packets, RFC 3711 section 3.3.2
	mostOverhead = 32   // bytes that encryption adds at most
	mostVoice    = 1200 // bytes; a longer packet is not voice of a telephone
)

// keys encrypt and decrypt for one page (RFC 3711). Each direction has its own lock,
// which nobody else wants, as long as one goroutine serves it.
type keys struct {
	in struct {
		sync.Mutex
		*srtp.Context
		rtp.Header
	}
	out struct {
		sync.Mutex
		*srtp.Context
		rtp.Header
		buf [headerLen + mostVoice + mostOverhead]byte
	}
}

var (
	errNoProfile = errors.New("the page agreed on no SRTP profile")
	errTooLong   = errors.New("too long for a packet of voice")
)

// newKeys takes the keys from a finished handshake, in which we were the client.
func newKeys(conn *dtls.Conn) (*keys, error) {
	profile, ok := conn.SelectedSRTPProtectionProfile()
	state, ok2 := conn.ConnectionState()
	if !ok || !ok2 {
		return nil, errNoProfile
	}
	c := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	err := c.ExtractSessionKeysFromDTLS(&state, true)
	if err != nil {
		return nil, err
	}
	k := new(keys)
	k.in.Context, err = srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return nil, err
	}
	k.out.Context, err = srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, c.Profile)
	return k, err
}

// openVoice decrypts an RTP packet in its buffer.
func (k *keys) openVoice(buf []byte) ([]byte, error) {
	k.in.Lock()
	defer k.in.Unlock()
	return k.in.DecryptRTP(buf, buf, &k.in.Header)
}

// openReport decrypts an RTCP packet.
func (k *keys) openReport(buf []byte) ([]byte, error) {
	k.in.Lock()
	defer k.in.Unlock()
	return k.in.DecryptRTCP(nil, buf, nil)
}

// sendVoice encrypts a packet and writes it.
func (k *keys) sendVoice(to io.Writer, marker bool, seq uint16, timestamp, ssrc uint32, voice []byte) error {
	if len(voice) > mostVoice {
		return errTooLong
	}
	k.out.Lock()
	defer k.out.Unlock()
	buf := k.out.buf[:]
	putHeader(buf, payloadPCM, marker, seq, timestamp, ssrc)
	n := headerLen + copy(buf[headerLen:], voice)
	packet, err := k.out.EncryptRTP(buf, buf[:n], &k.out.Header)
	if err != nil {
		return err
	}
	_, err = to.Write(packet)
	return err
}

// sendReport encrypts an RTCP packet and writes it.
func (k *keys) sendReport(to io.Writer, report []byte) error {
	k.out.Lock()
	defer k.out.Unlock()
	packet, err := k.out.EncryptRTCP(nil, report, new(rtcp.Header))
	if err != nil {
		return err
	}
	_, err = to.Write(packet)
	return err
}
