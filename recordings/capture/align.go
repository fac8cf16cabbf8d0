package capture

import (
	"cmp"
	"math"
	"slices"

	"presszero/internal/audio"
)

// The aligner gives each packet its place in time. Timestamps cannot be believed: those of
// Asterisk jump by hours, with the same SSRC and the next sequence number, when another
// caller is put into the bridge; a browser whose microphone stood still goes on counting as
// if no time had passed. Nor can arrival: packets come late, and in bursts.
//
//	arrival          │  │ │  │   │        ││││  │  │  │      │  │    late ones, a stall
//	delay of each    ▁▁▂▁▅▁▁▁▂▁▁▁█▇▆▅▄▃▂▁▁▁▁▂▁▁▄▄▄▄▅▄▄▄    = arrival - timestamp
//	least delay      ──────────────────────────┐             the floor of it
//	                                           └(up)──────── a microphone that stood still
//
// So a side is cut into runs: a packet that is ahead of its time, or whose sequence number
// and timestamp disagree about which is the later, is of another source. In a run, the
// timestamps say where the packets are to each other. The run itself is where its least
// delay puts it, the floor over floorWidth packets: above it are packets that came late,
// and a step of it, up or down, that stays is a clock that differs, or one that stood
// still. The place follows the floor in small steps, in quiet moments if they come in time.
// All is known beforehand, so a step is taken when it happened and not when it is noticed.
const (
	nsPerSample = 125_000 // 8 kHz

	keepsStep  = 400_000_000   // ns by which timestamps and arrival may differ from a packet to the next
	openRuns   = 4             // how many runs the next packet may continue
	openFor    = 5_000_000_000 // ns after its last packet for which a run may be continued that is not that of the packet before
	recent     = 250           // packets; as many and up to twice that are compared with the next
	floorWidth = 500           // packets; 10 s, more than any delay that passes
	floorLeast = 100           // packets; at both ends of a run

	stepQuiet = 10_000_000 // ns by which the place differs from the floor, to follow in a quiet moment
	stepLoud  = 20_000_000 // ns, to follow anywhere
)

// placed is a packet with its place, in samples since the zero of the take.
type placed struct {
	*packet
	place int64
}

// align places the packets of one side, which are in the order in which they came. Where
// they overlap, the later in the result is to be heard.
func align(packets []packet) []placed {
	var runs []*run // in order of their first packets
	var open []*run // that may go on; the one of the last packet first
	for i := range packets {
		p := &packets[i]
		at := continued(open, p)
		if at < 0 {
			r := &run{last: p, least: [2]int64{math.MaxInt64, math.MaxInt64}}
			runs = append(runs, r)
			open = slices.Insert(open[:min(len(open), openRuns-1)], 0, r)
		} else {
			r := open[at]
			open = slices.Insert(slices.Delete(open, at, at+1), 0, r)
		}
		open[0].add(p)
	}
	var all []placed
	for _, r := range runs {
		all = append(all, r.place()...)
	}
	return all
}

// continued returns which of the runs the packet continues, -1 for none: the first in
// which the sequence number has gone on as the timestamp has, else the one whose time it
// keeps best.
func continued(open []*run, p *packet) int {
	best, nearest := -1, int64(math.MaxInt64)
	for i, r := range open {
		ahead := r.ahead(p)
		off := max(ahead, -ahead)
		if r.step(p) == int64(r.after(p))*int64(p.size) {
			off = -1
		}
		if off < nearest && r.continues(p, ahead, i == 0) {
			best, nearest = i, off
		}
	}
	return best
}

// run is packets of one source whose timestamps keep step with their arrival.
type run struct {
	last    *packet // by sequence number
	n       int64   // of the last, in samples since the first packet of the run
	packets []numbered
	least   [2]int64 // delays: of the packets since the last multiple of recent, and of recent before them
}

// numbered is a packet with its timestamp, which does not wrap here.
type numbered struct {
	*packet
	n int64
}

func (p numbered) delay() int64 { return p.at - p.n*nsPerSample }

func (r *run) after(p *packet) int16 { return int16(p.Seq - r.last.Seq) }

func (r *run) step(p *packet) int64 { return int64(int32(p.Timestamp - r.last.Timestamp)) }

// ahead is by how much the timestamp has gone on more than the time, since the last packet.
func (r *run) ahead(p *packet) int64 { return r.step(p)*nsPerSample - (p.at - r.last.at) }

// continues reports whether the packet is of the run. In the run of the packet before, it
// may be behind its time: the next one because its source stood still, and one from before
// because it was held up with others.
func (r *run) continues(p *packet, ahead int64, current bool) bool {
	after, behind := r.after(p), int64(keepsStep)
	switch {
	case current && after > 0:
		behind = math.MaxInt64
	case current:
		behind = floorWidth * int64(audio.FrameTime)
	}
	// Packets that were held up come soon; what fits an old run later does so by chance.
	if !current && p.at-r.last.at > openFor {
		return false
	}
	return p.SSRC == r.last.SSRC && cmp.Compare(after, 0) == cmp.Compare(r.step(p), 0) &&
		ahead <= keepsStep && ahead >= -behind && !r.tooEarly(p)
}

// tooEarly reports whether the packet came before any of its source could have come.
func (r *run) tooEarly(p *packet) bool {
	delay := numbered{p, r.n + r.step(p)}.delay()
	return len(r.packets) >= recent && delay < min(r.least[0], r.least[1])-stepLoud
}

func (r *run) add(p *packet) {
	if len(r.packets)%recent == 0 {
		r.least = [2]int64{math.MaxInt64, r.least[0]}
	}
	now := numbered{p, r.n + r.step(p)}
	if r.after(p) > 0 {
		r.last, r.n = p, now.n
	}
	r.packets = append(r.packets, now)
	r.least[0] = min(r.least[0], now.delay())
}

// place puts the packets of a run in order; of duplicates the first is kept.
func (r *run) place() []placed {
	slices.SortStableFunc(r.packets, func(a, b numbered) int { return cmp.Compare(a.n, b.n) })
	ps := slices.CompactFunc(r.packets, func(a, b numbered) bool { return a.n == b.n })
	delays := make([]int64, len(ps))
	for i, p := range ps {
		delays[i] = p.delay()
	}
	out := make([]placed, len(ps))
	var offset int64
	for i, least := range floor(delays) {
		differs := max(least-offset, offset-least)
		if i == 0 || differs >= stepLoud || differs >= stepQuiet && quietBefore(ps, i) {
			offset = least
		}
		out[i] = placed{ps[i].packet, ps[i].n + int64(math.Floor(float64(offset)/nsPerSample))}
	}
	return out
}

// quietBefore reports whether there is silence around the beginning of packet i.
func quietBefore(ps []numbered, i int) bool {
	before := ps[i-1]
	return ps[i].quiet && before.quiet || ps[i].n > before.n+2*int64(before.size)
}

// floor is, for each delay, the most that the least delay of floorWidth neighbours is,
// among all stretches of so many that it belongs to: what is above it for a shorter time
// is cut off, and a step that stays keeps its place. Over the ends of the run a stretch
// may reach until floorLeast are left of it.
func floor(delays []int64) []int64 {
	beyond := floorWidth - min(floorLeast, len(delays))
	all := make([]int64, len(delays)+2*beyond)
	for i := range all {
		all[i] = math.MaxInt64
	}
	copy(all[beyond:], delays)
	least := sliding(all, floorWidth, func(a, b int64) bool { return a <= b })[floorWidth-1:] // of the stretch that begins there
	most := append(least, slices.Repeat([]int64{math.MinInt64}, floorWidth-1)...)
	return sliding(most, floorWidth, func(a, b int64) bool { return a >= b })[beyond:][:len(delays)]
}

// sliding gives for each value the best of the last width ones up to it.
func sliding(values []int64, width int, better func(a, b int64) bool) []int64 {
	out := make([]int64, len(values))
	var best []int // indices; each worse than the one before
	for i, v := range values {
		for len(best) > 0 && better(v, values[best[len(best)-1]]) {
			best = best[:len(best)-1]
		}
		if best = append(best, i); best[0] <= i-width {
			best = best[1:]
		}
		out[i] = values[best[0]]
	}
	return out
}
