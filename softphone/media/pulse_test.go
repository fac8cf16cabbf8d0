package media

import (
	"testing"
	"time"
)

// What is heard of a page, in ms since the start, decides whether it is quiet.
func TestQuiet(t *testing.T) {
	t.Parallel()
	steady := func(from, to int) (at []int) {
		for ; from < to; from += 20 {
			at = append(at, from)
		}
		return at
	}
	bursts := func(from, to int) (at []int) {
		for ; from < to; from += 1000 {
			at = append(at, steady(from, from+100)...)
		}
		return at
	}
	tests := []struct {
		name     string
		heard    []int
		old      bool // a page that sends no bursts
		told     Kind
		expected int // since when voice is due; 0: it is not
		leg      int // when the leg began; 0: none
		at       int
		want     bool
	}{
		{name: "nothing yet", at: 5000, want: true},
		{name: "an old page speaks", old: true, heard: steady(0, 2000), at: 2900},
		{name: "an old page is silent", old: true, heard: steady(0, 2000), at: 3000, want: true},
		{name: "an old page sends bursts", old: true, heard: bursts(0, 3000), at: 3100, want: true},
		{name: "bursts", heard: bursts(0, 3000), at: 3000},
		{name: "one burst is lost", heard: bursts(0, 3000), at: 4000},
		{name: "two bursts are lost", heard: bursts(0, 3000), at: 4600, want: true},
		{name: "voice has just become due", heard: bursts(0, 3000), expected: 2900, at: 3800},
		{name: "voice is due and bursts come", heard: bursts(0, 4000), expected: 2900, at: 3900, want: true},
		{name: "voice is due and comes", heard: append(bursts(0, 3000), steady(3000, 6000)...), expected: 2900, at: 6000},
		{name: "voice came and ceased", heard: append(bursts(0, 3000), steady(3000, 6000)...), expected: 2900, at: 7000, want: true},
		{name: "a gap in a talk", heard: append(steady(0, 6000), steady(6700, 6900)...), leg: 2000, at: 6950},
		{name: "a leg makes voice due", heard: bursts(0, 4000), leg: 2900, at: 3900, want: true},
		{name: "the leg of a page that rang", heard: bursts(0, 4000), expected: 2000, leg: 2900, at: 3000, want: true},
		{name: "a new page in a talk", heard: steady(5000, 5040), leg: 2900, at: 5040},
		{name: "a new page in a talk that sends bursts", heard: bursts(5000, 6000), leg: 2900, at: 6000, want: true},
		{name: "bursts of one who was away", heard: bursts(0, 3000), told: Disconnected, at: 2100, want: true},
		{name: "the voice of one who was away", heard: append(bursts(0, 3000), steady(3000, 3300)...), told: Disconnected, at: 3300},
	}
	for _, test := range tests {
		start := time.Now()
		at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
		s, p := new(seat), &page{speaks: true, bursts: !test.old, told: test.told}
		for i, ms := range test.heard {
			p.reports.mic.countReceived(packet{ssrc: 1, seq: uint16(i), start: headerLen, end: headerLen + frame}, at(ms))
		}
		if test.expected > 0 {
			s.expected = at(test.expected)
		}
		if test.leg > 0 {
			s.live.Store(&turn{leg: newLeg("leg", nil), since: at(test.leg)})
		}
		if got := s.quiet(p, at(test.at)); got != test.want {
			t.Errorf("%s: quiet is %v", test.name, got)
		}
	}
}

// Voice that is due stays due from its beginning on, however often that is said.
func TestExpect(t *testing.T) {
	t.Parallel()
	s := new(seat)
	s.expect(true)
	since := s.voiceDue()
	s.expect(true)
	if since.IsZero() || s.voiceDue() != since {
		t.Errorf("due since %v, then %v", since, s.voiceDue())
	}
	if s.expect(false); !s.voiceDue().IsZero() {
		t.Error("still due")
	}
}
