package media

import (
	"bytes"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

func marshal(t testing.TB, p rtp.Packet) []byte {
	t.Helper()
	raw, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// parse reads what pion's reader reads, for every shape of header.
func TestParse(t *testing.T) {
	voice := bytes.Repeat([]byte{0xd5}, 160)
	plain := rtp.Header{Version: 2, PayloadType: 0, SequenceNumber: 65535, Timestamp: 1 << 31, SSRC: 0xfeedface}
	marked, crowded, extended := plain, plain, plain
	marked.Marker = true
	crowded.CSRC = []uint32{1, 2, 3}
	if err := extended.SetExtension(1, []byte{1, 2, 3, 4, 5}); err != nil {
		t.Fatal(err)
	}
	tests := map[string]rtp.Packet{
		"plain":     {Header: plain, Payload: voice},
		"marker":    {Header: marked, Payload: voice},
		"CSRCs":     {Header: crowded, Payload: voice},
		"extension": {Header: extended, Payload: voice},
		"padding":   {Header: rtp.Header{Version: 2, Padding: true, PaddingSize: 12}, Payload: voice},
	}
	for name, want := range tests {
		raw := marshal(t, want)
		got, ok := parse(raw)
		if !ok {
			t.Errorf("%s: not taken for RTP", name)
			continue
		}
		if got.seq != want.SequenceNumber || got.timestamp != want.Timestamp || got.ssrc != want.SSRC ||
			got.marker != want.Marker || got.payloadType != want.PayloadType {
			t.Errorf("%s: %+v, want %+v", name, got, want.Header)
		}
		if !bytes.Equal(raw[got.start:got.end], voice) {
			t.Errorf("%s: payload is %d to %d of %d bytes", name, got.start, got.end, len(raw))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(marshal(f, rtp.Packet{Header: rtp.Header{Version: 2}, Payload: []byte{1, 2, 3}}))
	f.Add([]byte{0x80, 0, 0, 0})
	f.Add([]byte{0xb0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0xff, 0xff, 0, 255})
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, ok := parse(raw)
		if ok && (p.start < headerLen || p.end > len(raw) || p.start >= p.end) {
			t.Errorf("payload %d to %d of %d bytes", p.start, p.end, len(raw))
		}
	})
}

func TestPutHeader(t *testing.T) {
	raw := make([]byte, headerLen+1)
	putHeader(raw, payloadPCM, true, 7, 8, 9)
	var p rtp.Packet
	if err := p.Unmarshal(raw); err != nil {
		t.Fatal(err)
	}
	if !p.Marker || p.SequenceNumber != 7 || p.Timestamp != 8 || p.SSRC != 9 || p.PayloadType != 0 {
		t.Errorf("%+v", p.Header)
	}
}

func TestSpliceKeepsDistances(t *testing.T) {
	var s splice
	from, now := source{nil, 1}, time.Now()
	seq0, time0, first := s.rewrite(from, 65534, 1<<32-160, now)
	if !first {
		t.Error("the first packet is not said to be first")
	}
	// In order, over both wrap-arounds, with a loss of two and one late.
	for _, step := range []uint16{1, 2, 5, 4, 6} {
		seq, timestamp, first := s.rewrite(from, 65534+step, 160*uint32(step)-160, now)
		if first || seq != seq0+step || timestamp != time0+160*uint32(step) {
			t.Errorf("step %d: sequence %d, timestamp %d later, first %v", step, seq-seq0, timestamp-time0, first)
		}
	}
}

func TestSpliceJoinsSources(t *testing.T) {
	var s splice
	one, two, now := source{new(turn), 1}, source{new(turn), 1}, time.Now()
	seq0, time0, _ := s.rewrite(one, 100, 1000, now)
	// The next caller after 3 s, from numbers far away.
	seq, timestamp, first := s.rewrite(two, 40000, 7, now.Add(3*time.Second))
	if !first || seq != seq0+1 || timestamp != time0+24000 {
		t.Errorf("after a pause: sequence +%d, timestamp +%d, first %v", seq-seq0, timestamp-time0, first)
	}
	// Another SSRC at once, and a clock that stood still.
	seq, timestamp, first = s.rewrite(source{two.turn, 2}, 3, 3, now.Add(3*time.Second))
	if !first || seq != seq0+2 || timestamp != time0+24160 {
		t.Errorf("without a pause: sequence +%d, timestamp +%d, first %v", seq-seq0, timestamp-time0, first)
	}
	// A late packet must not move the point where the next source begins.
	s.rewrite(source{two.turn, 2}, 2, 1<<32-157, now.Add(4*time.Second))
	if seq, _, _ = s.rewrite(one, 9, 9, now.Add(5*time.Second)); seq != seq0+3 {
		t.Errorf("after a late packet: sequence +%d", seq-seq0)
	}
}

func TestReception(t *testing.T) {
	tests := []struct {
		name string
		seqs []uint16
		lost uint64
	}{
		{"in order", []uint16{1, 2, 3}, 0},
		{"one lost", []uint16{1, 3, 4}, 1},
		{"late is not lost", []uint16{1, 3, 2, 4}, 0},
		{"wrap-around", []uint16{65534, 65535, 1, 2}, 1},
		{"late at the start", []uint16{5, 4, 6}, 0},
		{"late over the wrap-around", []uint16{0, 65535, 1}, 0},
		{"duplicates do not hide losses by more than themselves", []uint16{1, 1, 4}, 1},
		{"all twice", []uint16{1, 1, 2, 2}, 0},
	}
	for _, test := range tests {
		var r reception
		now := time.Now()
		for i, seq := range test.seqs {
			p := packet{seq: seq, timestamp: uint32(i) * frame, ssrc: 1, start: 12, end: 172}
			r.countReceived(p, now.Add(time.Duration(i)*20*time.Millisecond))
		}
		f := r.snapshot()
		if f.Lost != test.lost || f.Packets != uint64(len(test.seqs)) || f.Bytes != 160*f.Packets || f.Jitter != 0 {
			t.Errorf("%s: %+v, want %d lost and no jitter", test.name, f, test.lost)
		}
	}
}

func TestReceptionKeepsLossesOfOldSource(t *testing.T) {
	var r reception
	now := time.Now()
	for _, p := range []packet{{ssrc: 1, seq: 1}, {ssrc: 1, seq: 4}, {ssrc: 2, seq: 900}, {ssrc: 2, seq: 902}} {
		r.countReceived(p, now)
	}
	if f := r.snapshot(); f.Lost != 3 {
		t.Errorf("%d lost, want 3", f.Lost)
	}
}

// While another leg is live, the page's packets go there; they are not lost.
func TestReceptionSkipsWhatWentElsewhere(t *testing.T) {
	var r reception
	now := time.Now()
	receive := func(seqs ...uint16) {
		for _, seq := range seqs {
			r.countReceived(packet{ssrc: 1, seq: seq}, now)
		}
	}
	r.skip()
	receive(1, 2, 4)
	r.skip()
	receive(901, 900, 903)
	r.skip()
	r.skip()
	if f := r.snapshot(); f.Lost != 2 || f.Packets != 6 {
		t.Errorf("%d lost of %d, want 2 of 6", f.Lost, f.Packets)
	}
}

// Packets that are alternately 10 ms late settle at a jitter near 10 ms.
func TestJitter(t *testing.T) {
	var r reception
	now := time.Now()
	for i := range 500 {
		at := now.Add(time.Duration(i)*20*time.Millisecond + time.Duration(i%2)*10*time.Millisecond)
		r.countReceived(packet{ssrc: 1, seq: uint16(i), timestamp: uint32(i) * frame}, at)
	}
	if j := r.snapshot().Jitter; j < 9*time.Millisecond || j > 11*time.Millisecond {
		t.Errorf("jitter %v", j)
	}
}

// One side's reports, answered by another, measure the way between them.
func TestReports(t *testing.T) {
	var ours, theirs reports
	ours.ssrc, theirs.ssrc = 1, 2
	now := time.Now()
	ours.countSent(8000, 160, now)
	theirs.mic.countReceived(packet{ssrc: 1, seq: 10, timestamp: 8000}, now)
	theirs.mic.countReceived(packet{ssrc: 1, seq: 13, timestamp: 8480}, now)

	const way = 40 * time.Millisecond
	at := now.Add(time.Second)
	first := ours.compose(at).(*rtcp.SenderReport)
	if first.SSRC != 1 || first.PacketCount != 1 || first.OctetCount != 160 || first.RTPTime != 16000 {
		t.Errorf("sender report: %+v", first)
	}
	theirs.noteTheirs(first, at.Add(way))
	reply := theirs.compose(at.Add(time.Second)).(*rtcp.ReceiverReport)
	ours.keepReport(reply.Reports, at.Add(time.Second+way))
	network := ours.latest()
	if network.Lost != 0.5 || (network.RoundTrip-2*way).Abs() > time.Millisecond {
		t.Errorf("network %+v, want half lost and a round trip of %v; the report: %+v", network, 2*way, reply)
	}

	theirs.mic.countReceived(packet{ssrc: 1, seq: 14, timestamp: 8640}, now)
	again := theirs.compose(at.Add(2 * time.Second)).(*rtcp.ReceiverReport).Reports[0]
	if again.FractionLost != 0 || again.TotalLost != 2 || again.LastSequenceNumber != 14 {
		t.Errorf("second report: %+v", again)
	}
}
