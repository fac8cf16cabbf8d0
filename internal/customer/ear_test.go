package customer

import (
	"testing"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
)

// hears feeds an ear with frames at the given times (ms), tone or silence.
func hears(e *ear, start time.Time, tone bool, ms ...int) {
	sound, quiet := audio.NewTone(1000, 8000), audio.NewTone(0, 0)
	for _, at := range ms {
		frame := quiet.Ulaw()
		if tone {
			frame = sound.Ulaw()
		}
		e.takePacket(start.Add(time.Duration(at)*time.Millisecond), &rtp.Packet{Payload: frame})
	}
}

func TestGapsAndSilence(t *testing.T) {
	start := time.Now().Add(-time.Second)
	after := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	e := newEar(0)
	hears(e, start, false, 0, 20, 40)
	hears(e, start, true, 60, 80, 150, 170)
	hears(e, start, false, 190, 210, 230)
	e.stopListening(after(240))

	all := func(heard) bool { return true }
	loud := func(h heard) bool { return !h.silent() }
	for _, c := range []struct {
		what     string
		from, to time.Time
		counts   func(heard) bool
		want     time.Duration
	}{
		{"gap in all", time.Time{}, time.Time{}, all, 70},
		{"gap at the start", after(-500), after(100), all, 500},
		{"gap in the first part", time.Time{}, after(60), all, 20},
		{"gap at the end", after(80), after(140), all, 60},
		{"nothing after the end", after(235), after(900), all, 5},
		{"silence in all", time.Time{}, time.Time{}, loud, 70},
		{"silence from the start", start, after(150), loud, 70},
		{"silence at the end", after(160), time.Time{}, loud, 70},
	} {
		if got := e.longest(c.from, c.to, c.counts); got != c.want*time.Millisecond {
			t.Errorf("%s: %v, want %v", c.what, got, c.want*time.Millisecond)
		}
	}
}

func TestASyllableIsNoTone(t *testing.T) {
	start := time.Now()
	e := newEar(0)
	hears(e, start, true, 0, 20)
	hears(e, start, false, 40)
	if s := tones(time.Time{}, []float64{1000}); s.complete(e.everything()) {
		t.Error("two frames make a tone")
	}
	hears(e, start, true, 60, 80, 100)
	s := tones(time.Time{}, []float64{1000})
	if !s.complete(e.everything()) || !s.first.at.Equal(start.Add(60*time.Millisecond)) {
		t.Errorf("the tone began at %v", s.first.at.Sub(start))
	}
}

func TestAnEarForgets(t *testing.T) {
	start := time.Now()
	e := newEar(10)
	for i := range 1005 {
		hears(e, start, false, i*20)
	}
	memory, next, _, _ := e.since(0)
	if len(memory) < 10 || len(memory) >= 20 || next != 1005 {
		t.Fatalf("remembers %d of %d", len(memory), next)
	}
	if news, _, _, _ := e.since(1004); len(news) != 1 || !news[0].at.Equal(start.Add(1004*20*time.Millisecond)) {
		t.Errorf("since the 1004th there are %d", len(news))
	}
	if news, _, _, _ := e.since(1005); len(news) != 0 {
		t.Errorf("of the future there are %d", len(news))
	}
}

func TestOtherPacketsAreNoSound(t *testing.T) {
	e := newEar(0)
	at := time.Now()
	e.takePacket(at, &rtp.Packet{Header: rtp.Header{PayloadType: 13}})                                    // comfort noise
	e.takePacket(at, &rtp.Packet{Header: rtp.Header{PayloadType: 101}, Payload: []byte{16, 10, 0, 160}})  // hook flash
	e.takePacket(at, &rtp.Packet{Header: rtp.Header{PayloadType: 101}, Payload: []byte{1}})               // cut short
	e.takePacket(at, &rtp.Packet{Header: rtp.Header{PayloadType: 101}, Payload: []byte{5, 10, 0, 160}})   // 5
	e.takePacket(at, &rtp.Packet{Header: rtp.Header{PayloadType: 101}, Payload: []byte{5, 0x8A, 1, 200}}) // still 5
	c := Call{line: &line{ear: e}}
	if c.Digits() != "5" || len(c.Recording()) != 0 {
		t.Errorf("digits %q and %d samples", c.Digits(), len(c.Recording()))
	}
}
