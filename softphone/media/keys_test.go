package media

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/pion/srtp/v3"
)

// pair is the keys of both ends.
func pair(t testing.TB) (ours, theirs *keys) {
	t.Helper()
	key, salt := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 12)
	make := func(options ...srtp.ContextOption) *srtp.Context {
		c, err := srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm, options...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ours, theirs = new(keys), new(keys)
	ours.out.Context = make()
	theirs.in.Context = make(srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	return ours, theirs
}

// A packet is taken once and unchanged, or not at all.
func TestKeys(t *testing.T) {
	ours, theirs := pair(t)
	var sent bytes.Buffer
	send := func(seq uint16, voice []byte) []byte {
		t.Helper()
		sent.Reset()
		if err := ours.sendVoice(&sent, true, seq, 160, 7, voice); err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(sent.Bytes())
	}
	raw := send(65535, silence)
	if bytes.Contains(raw, silence[:16]) {
		t.Error("the voice is sent as it is")
	}
	tampered := bytes.Clone(raw)
	tampered[len(tampered)/2] ^= 1
	if _, err := theirs.openVoice(tampered); err == nil {
		t.Error("a changed packet is taken")
	}
	again := bytes.Clone(raw)
	plain, err := theirs.openVoice(raw)
	if err != nil {
		t.Fatal(err)
	}
	p, ok := parse(plain)
	if !ok || p.seq != 65535 || p.timestamp != 160 || p.ssrc != 7 || !p.marker || !bytes.Equal(plain[p.start:p.end], silence) {
		t.Errorf("sent and read: %+v, %v", p, ok)
	}
	if _, err := theirs.openVoice(again); err == nil {
		t.Error("a packet is taken twice")
	}
	if _, err := theirs.openVoice(send(0, silence)); err != nil { // sequence numbers begin anew
		t.Errorf("the next packet: %v", err)
	}
	if err := ours.sendVoice(&sent, false, 1, 0, 7, make([]byte, mostVoice+1)); err == nil {
		t.Error("a packet of more than fits is sent")
	}
	if _, err := theirs.openVoice(send(1, make([]byte, mostVoice))); err != nil {
		t.Errorf("the longest packet: %v", err)
	}
}

// nowhere takes what is written and keeps the newest.
type nowhere struct{ last []byte }

func (n *nowhere) Write(p []byte) (int, error) {
	n.last = append(n.last[:0], p...)
	return len(p), nil
}

// Encrypting and decrypting leave nothing for the garbage collector.
func TestKeysAllocateNothing(t *testing.T) {
	ours, theirs := pair(t)
	var wire nowhere
	seq := uint16(0)
	if n := testing.AllocsPerRun(1000, func() {
		seq++
		err := ours.sendVoice(&wire, false, seq, uint32(seq)*frame, 7, silence)
		_, err2 := theirs.openVoice(wire.last)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a packet", n)
	}
}

// An address belongs to the link that was reached there last, and to nobody when
// that has gone.
func TestDirectory(t *testing.T) {
	d, a, b := newDirectory(), new(link), new(link)
	one, two := netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.1:2")
	d.add(one, a)
	d.add(two, a)
	d.add(two, b)
	if d.find(one) != a || d.find(two) != b {
		t.Error("the addresses are mixed up")
	}
	d.remove(a)
	if d.find(one) != nil || d.find(two) != b {
		t.Error("one link that has gone took another with it, or is still there")
	}
}
