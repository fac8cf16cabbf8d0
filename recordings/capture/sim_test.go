package capture

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// sent is a packet with the time at which it was spoken.
type sent struct {
	packet
	spoken int64 // ns
	voice  byte  // all bytes of the payload; each packet's differs from its neighbours'
}

// What may happen to a stream, as measured at Asterisk 22 and at browsers.
const (
	happensStall  = "the microphone stands still, and its clock too"
	happensSwap   = "another caller in the bridge: the timestamp jumps"
	happensHold   = "no packet for a while"
	happensMute   = "no packet, and 100 sequence numbers are left out"
	happensReload = "another source"
	happensBurst  = "nothing comes through, and then all at once"
)

// swaps are jumps of timestamps, in samples.
var swaps = []int64{198_100_131 * 8, 211_567_561 * 8, -211_567_541 * 8, 30 * 8000, -30 * 8000, 2 * 8000, -2 * 8000, 800, -800, -4000}

// simulate makes one side of a talk, in the order of arrival: seconds of voice with a clock
// that is wrong by ppm, at least three seconds between what happens.
func simulate(chance *rand.Rand, seconds int, ppm float64, what []string) []sent {
	const frame = int64(20 * time.Millisecond)
	var all []sent
	now := float64(time.Second) // true time
	h := Header{Seq: uint16(chance.Uint32() | 0xff00), Timestamp: chance.Uint32() | 0xffff0000, SSRC: chance.Uint32()}
	var held int64 // what is spoken before it comes at that time
	next, stood := 0, -2*floorWidth
	events := slices.Clone(what)
	gap := max(3*50, seconds*50/(len(events)+1))
	for i := range seconds * 50 {
		if i-next >= gap && len(events) > 0 && i < seconds*50-150 {
			next = i
			pause := int64(100+chance.IntN(3000)) * int64(time.Millisecond)
			switch events[0] {
			case happensStall:
				now += float64(pause)
				stood = i
			case happensSwap:
				jump := swaps[chance.IntN(len(swaps))]
				if jump == 800 && i-stood < 2*floorWidth { // nobody could tell it from what passes
					jump = -jump
				}
				h.Timestamp += uint32(jump)
			case happensHold, happensMute:
				now += float64(pause)
				h.Timestamp += uint32(pause / nsPerSample)
				if events[0] == happensMute {
					h.Seq += 100
				}
			case happensReload:
				now += float64(pause)
				h = Header{Seq: uint16(chance.Uint32()), Timestamp: chance.Uint32(), SSRC: chance.Uint32()}
			case happensBurst:
				held = int64(now) + pause
				next += int(pause / frame)
			}
			events = events[1:]
		}
		delay := min(chance.ExpFloat64()*6, 30)
		if i-next > 20 && gap-(i-next) > 20 && chance.IntN(200) == 0 {
			delay += chance.Float64() * 150
		}
		spoken := int64(now)
		at := max(spoken+int64(delay*float64(time.Millisecond)), held)
		p := sent{packet{h, at, 0, 0, 160, chance.IntN(3) == 0}, spoken, byte(i % 0x50)}
		if chance.IntN(100) > 0 {
			all = append(all, p)
		}
		if chance.IntN(200) == 0 {
			p.at += int64(chance.IntN(100)) * int64(time.Millisecond)
			all = append(all, p)
		}
		now += float64(frame) * (1 + ppm/1e6)
		h.Seq++
		h.Timestamp += 160
	}
	slices.SortStableFunc(all, func(a, b sent) int { return cmp.Compare(a.at, b.at) })
	return all
}

// drawTalk draws one side of a talk.
func drawTalk(t *rapid.T, seconds int) []sent {
	chance := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	what := rapid.SliceOfN(rapid.SampledFrom([]string{happensStall, happensSwap, happensHold, happensMute, happensReload, happensBurst}), 0, seconds/8).Draw(t, "what happens")
	return simulate(chance, seconds, rapid.Float64Range(-200, 200).Draw(t, "ppm"), what)
}
