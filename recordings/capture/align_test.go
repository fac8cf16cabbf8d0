package capture

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const mostError = 40 * time.Millisecond

// misplaced tells how far the places of the packets are from when they were spoken, the
// largest first, and how many packets have none though they came.
func misplaced(all []sent) (errors []time.Duration, lost int) {
	packets := make([]packet, len(all))
	spoken := map[*packet]int64{}
	kept := map[[3]uint32]bool{}
	for i, s := range all {
		packets[i] = s.packet
		spoken[&packets[i]] = s.spoken
		kept[[3]uint32{s.SSRC, s.Timestamp, uint32(s.Seq)}] = true
	}
	for _, p := range align(packets) {
		off := time.Duration(p.place*nsPerSample - spoken[p.packet])
		errors = append(errors, max(off, -off))
		delete(kept, [3]uint32{p.SSRC, p.Timestamp, uint32(p.Seq)})
	}
	slices.SortFunc(errors, func(a, b time.Duration) int { return int(b - a) })
	return errors, len(kept)
}

// TestPlaces: whatever happens to the stream and to the network, each packet has its place
// within 40 ms of the time at which it was spoken, and none is lost.
func TestPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		errors, lost := misplaced(drawTalk(t, 60))
		if lost > 0 || errors[0] > mostError {
			t.Fatalf("%d of %d packets have no place; the worst differ by %v", lost, len(errors), errors[:min(5, len(errors))])
		}
	})
}

// TestOldRun: a timestamp that jumps to near where it would be had it never jumped before
// does not continue what was half a minute ago: a microphone that stood still then is believed.
func TestOldRun(t *testing.T) {
	errors, lost := misplaced(simulate(rand.New(rand.NewPCG(0x9a08, 0)), 60, 1,
		[]string{happensStall, happensSwap, happensStall, happensBurst, happensSwap, happensStall, happensStall}))
	if lost > 0 || errors[0] > mostError {
		t.Errorf("%d lost, worst %v", lost, errors[:5])
	}
}

// TestAnHour: clocks that differ by 200 ppm are apart by 720 ms at the end of an hour, and
// the sound is not.
func TestAnHour(t *testing.T) {
	errors, lost := misplaced(simulate(rand.New(rand.NewPCG(1, 2)), 3600, 200, slices.Repeat([]string{happensSwap, happensStall, happensHold, happensBurst}, 20)))
	if lost > 0 || errors[0] > mostError {
		t.Errorf("%d lost, worst %v", lost, errors[:5])
	}
	t.Logf("p50 %v, p99 %v, worst %v", errors[len(errors)/2], errors[len(errors)/100], errors[0])
}

// TestTimestampsAlone: the talks of these tests are such that a recorder that believes
// the timestamps is wrong by days.
func TestTimestampsAlone(t *testing.T) {
	all := simulate(rand.New(rand.NewPCG(1, 2)), 120, 0, slices.Repeat([]string{happensSwap}, 10))
	first, worst := all[0], time.Duration(0)
	for _, s := range all {
		place := int64(int32(s.Timestamp-first.Timestamp))*nsPerSample + first.at
		worst = max(worst, time.Duration(place-s.spoken), time.Duration(s.spoken-place))
	}
	if worst < 24*time.Hour {
		t.Errorf("the worst is %v", worst)
	}
}

// TestOrderOfArrival: of duplicates the first is kept, and of a late packet its own place.
func TestOrderOfArrival(t *testing.T) {
	const ms = int64(time.Millisecond)
	packets := []packet{
		{Header: Header{1, 160, 7}, at: 1000 * ms, size: 160},
		{Header: Header{3, 480, 7}, at: 1040 * ms, size: 160},
		{Header: Header{3, 480, 7}, at: 1041 * ms, size: 160, part: 1},
		{Header: Header{2, 320, 7}, at: 1055 * ms, size: 160},
	}
	var got []int64
	for _, p := range align(packets) {
		if p.part == 1 {
			t.Error("the duplicate was kept")
		}
		got = append(got, p.place)
	}
	if want := []int64{8000, 8160, 8320}; !slices.Equal(got, want) {
		t.Errorf("places %v, want %v", got, want)
	}
}

func BenchmarkAlignHour(b *testing.B) {
	all := simulate(rand.New(rand.NewPCG(1, 2)), 3600, 50, slices.Repeat([]string{happensSwap, happensHold}, 20))
	packets := make([]packet, len(all))
	for i, s := range all {
		packets[i] = s.packet
	}
	for b.Loop() {
		align(packets)
	}
}
