package headless

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
)

// speak gives the packets of a mouth in the time that passes during life.
func speak(m *Mouth, life time.Duration, during func()) (packets []rtp.Packet, at []time.Duration) {
	done, ended, start := make(chan struct{}), make(chan struct{}), time.Now()
	go func() {
		defer close(ended)
		m.Speak(done, func(p *rtp.Packet) {
			said := *p
			said.Payload = append([]byte(nil), p.Payload...)
			packets, at = append(packets, said), append(at, time.Since(start))
			if during != nil {
				during()
			}
		})
	}()
	time.Sleep(life) // fake time
	close(done)
	<-ended
	return packets, at
}

func TestMouthKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		packets, at := speak(NewMouth(440), time.Minute+time.Millisecond, nil)
		if len(packets) != 3001 {
			t.Fatalf("%d packets in a minute", len(packets))
		}
		for i, p := range packets {
			if at[i] != time.Duration(i)*audio.FrameTime ||
				p.SequenceNumber != packets[0].SequenceNumber+uint16(i) ||
				p.Timestamp != packets[0].Timestamp+uint32(i)*audio.FrameSamples ||
				p.Marker != (i == 0) || len(p.Payload) != audio.FrameSamples {
				t.Fatalf("packet %d at %v: %+v", i, at[i], p.Header)
			}
		}
	})
}

// A late packet makes the next ones no later; a long stop is left out.
func TestMouthCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		packets, at := speak(NewMouth(440), 10*time.Second+time.Millisecond, func() {
			switch n++; n {
			case 10:
				time.Sleep(50 * time.Millisecond)
			case 100:
				time.Sleep(2 * time.Second)
			}
		})
		last := len(packets) - 1
		if at[last] != 10*time.Second || packets[last].Timestamp-packets[0].Timestamp != 80000 {
			t.Errorf("the last packet left at %v with timestamp +%d", at[last], packets[last].Timestamp-packets[0].Timestamp)
		}
		if last < 400 || last > 402 {
			t.Errorf("%d packets; 2 s of 10 were to be left out", len(packets))
		}
		tone := audio.NewTone(440, amplitude)
		tone.Skip(80000)
		if want := tone.Ulaw(); !bytes.Equal(packets[last].Payload, want) {
			t.Error("the tone of the last packet is not that of its timestamp")
		}
	})
}

func TestMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMouth(440)
		m.Mute(true)
		if packets, _ := speak(m, time.Second, nil); len(packets) != 0 {
			t.Errorf("a muted mouth sent %d packets", len(packets))
		}
	})
}

// A resting mouth speaks 60 ms of each second, by the clock of the whole stream, and
// goes on at once when it is wanted.
func TestRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMouth(440)
		m.Rest(true)
		go func() {
			time.Sleep(4510 * time.Millisecond)
			m.Rest(false)
		}()
		packets, at := speak(m, 5*time.Second-time.Millisecond, nil)
		if len(packets) != 5*burstFrames+24 {
			t.Fatalf("%d packets in 4.5 s of rest and half a second without", len(packets))
		}
		if began := at[5*burstFrames]; began != 4520*time.Millisecond {
			t.Errorf("it went on after %v", began)
		}
		for i, p := range packets {
			if p.SequenceNumber != packets[0].SequenceNumber+uint16(i) ||
				p.Timestamp-packets[0].Timestamp != uint32(at[i]/audio.FrameTime)*audio.FrameSamples {
				t.Errorf("packet %d at %v: %+v", i, at[i], p.Header)
			}
		}
	})
}

func TestEar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ear := NewEar(440, 1000)
		tone, other := audio.NewTone(440, 8000), audio.NewTone(1000, 8000)
		var seq uint16
		hear := func(payload []byte) {
			time.Sleep(20 * time.Millisecond)
			ear.Hear(Packet{At: time.Now(), Seq: seq, Payload: payload})
			seq++
		}
		for range 5 {
			hear(tone.Ulaw())
		}
		began := time.Now().Add(-80 * time.Millisecond)
		if at, heard := ear.FirstTone(440); !heard || !at.Equal(began) {
			t.Errorf("440 Hz first heard %v at %v, want %v", heard, at, began)
		}
		if !ear.Heard(440) || ear.Heard(1000) || ear.Heard(440, 1000) {
			t.Errorf("levels: 440 Hz %.2f, 1 kHz %.2f", ear.Level(440), ear.Level(1000))
		}
		seq += 3 // three are lost
		time.Sleep(60 * time.Millisecond)
		for range 6 {
			hear(other.Ulaw())
		}
		if ear.Heard(440) || !ear.Heard(1000) {
			t.Errorf("levels: 440 Hz %.2f, 1 kHz %.2f", ear.Level(440), ear.Level(1000))
		}
		if gaps := ear.Gaps(); gaps != (Gaps{Packets: 11, Lost: 3, Longest: 80 * time.Millisecond}) {
			t.Errorf("gaps: %+v", gaps)
		}
		time.Sleep(100 * time.Millisecond)
		if ear.Heard(1000) {
			t.Error("what is 100 ms old is still heard")
		}
		ear.Forget()
		if _, heard := ear.FirstTone(440); heard || ear.Gaps() != (Gaps{}) {
			t.Error("it has not forgotten")
		}
	})
}

func TestWaitTone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ear := NewEar(440)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		go func() {
			time.Sleep(500 * time.Millisecond)
			ear.Hear(Packet{At: time.Now(), Payload: audio.NewTone(440, 8000).Ulaw()})
		}()
		start := time.Now()
		if at, err := ear.WaitTone(ctx, 440); err != nil || at.Sub(start) != 500*time.Millisecond {
			t.Errorf("%v after %v", err, at.Sub(start))
		}
		ear.Forget()
		if _, err := ear.WaitTone(ctx, 440); err == nil {
			t.Error("a tone that never came was waited for with success")
		}
	})
}
