package media

import (
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// RTCP (RFC 3550 section 6) between a page and its seat: we tell the browser
// how its packets arrive, so that its getStats knows loss and round trip; and it
// tells us how ours arrive. So a bad network can be blamed on the right side.

// reportEvery is the interval of our reports; browsers send theirs as often.
const reportEvery = 5 * time.Second

// reports is the RTCP of one page.
type reports struct {
	ssrc uint32    // of what we send
	mic  reception // all that came from the page, leg or not

	mu sync.Mutex
	// The packets sent to the page.
	packets, octets uint32
	timestamp       uint32
	sentAt          time.Time
	// The page's last sender report.
	theirs   uint32 // middle of its NTP timestamp
	theirsAt time.Time
	// The counts of mic at our last report, and their SSRC.
	micSSRC       uint32
	expected, got uint64

	network Network
}

// countSent counts a packet on its way to the page.
func (r *reports) countSent(timestamp uint32, octets int, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets++
	r.octets += uint32(octets)
	r.timestamp, r.sentAt = timestamp, now
}

// take takes the page's reports.
func (r *reports) take(buf []byte) {
	packets, err := rtcp.Unmarshal(buf)
	if err != nil {
		return
	}
	now := time.Now()
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			r.noteTheirs(p, now)
			r.keepReport(p.Reports, now)
		case *rtcp.ReceiverReport:
			r.keepReport(p.Reports, now)
		}
	}
}

func (r *reports) noteTheirs(p *rtcp.SenderReport, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.theirs, r.theirsAt = uint32(p.NTPTime>>16), now
}

// keepReport keeps how the page hears us. The round trip is that of section 6.4.1:
// now, less when our report left, less how long the page kept it.
func (r *reports) keepReport(blocks []rtcp.ReceptionReport, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, b := range blocks {
		if b.SSRC != r.ssrc {
			continue
		}
		r.network.At = now
		r.network.Lost = float64(b.FractionLost) / 256
		r.network.Jitter = time.Duration(b.Jitter) * time.Second / clockRate
		if b.LastSenderReport != 0 {
			trip := int32(uint32(ntpTime(now)>>16) - b.LastSenderReport - b.Delay)
			r.network.RoundTrip = max(time.Duration(trip)*time.Second>>16, 0)
		}
	}
}

// compose is our next report.
func (r *reports) compose(now time.Time) rtcp.Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	blocks := r.blocks(now)
	if r.packets == 0 {
		return &rtcp.ReceiverReport{SSRC: r.ssrc, Reports: blocks}
	}
	return &rtcp.SenderReport{
		SSRC:        r.ssrc,
		NTPTime:     ntpTime(now),
		RTPTime:     r.timestamp + uint32(now.Sub(r.sentAt)*clockRate/time.Second),
		PacketCount: r.packets,
		OctetCount:  r.octets,
		Reports:     blocks,
	}
}

// blocks is how we hear the page; none before its first packet.
func (r *reports) blocks(now time.Time) []rtcp.ReceptionReport {
	heard := r.mic.report()
	if heard.got == 0 {
		return nil
	}
	if heard.ssrc != r.micSSRC { // it counts from zero again
		r.expected, r.got = 0, 0
	}
	expected, got := heard.expected-r.expected, heard.got-r.got
	r.micSSRC, r.expected, r.got = heard.ssrc, heard.expected, heard.got
	block := rtcp.ReceptionReport{
		SSRC:               heard.ssrc,
		TotalLost:          uint32(min(heard.expected-min(heard.got, heard.expected), 1<<23-1)),
		LastSequenceNumber: uint32(heard.highest - 1<<16),
		Jitter:             uint32(heard.jitter),
	}
	if expected > got {
		block.FractionLost = uint8(min((expected-got)<<8/expected, 255))
	}
	if !r.theirsAt.IsZero() {
		block.LastSenderReport = r.theirs
		block.Delay = uint32(now.Sub(r.theirsAt) << 16 / time.Second)
	}
	return []rtcp.ReceptionReport{block}
}

func (r *reports) latest() Network {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.network
}

// report tells every page what we hear, until shutdown.
func (l *Local) report() {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			for _, seat := range l.allSeats() {
				p := seat.page.Load()
				if p == nil || !p.up.Load() {
					continue
				}
				if report, err := p.reports.compose(now).Marshal(); err == nil {
					p.link.sendReport(report)
				}
			}
		case <-l.done:
			return
		}
	}
}

// started anchors NTP time to the monotonic clock: a step of the wall clock
// must not become a round trip.
var started = time.Now()

// ntpTime is the 64-bit NTP timestamp of section 4: seconds since 1900, and their
// fraction.
func ntpTime(at time.Time) uint64 {
	const since1900 = 2208988800
	at = started.Add(at.Sub(started))
	return uint64(at.Unix()+since1900)<<32 | uint64(at.Nanosecond())<<32/1e9
}
