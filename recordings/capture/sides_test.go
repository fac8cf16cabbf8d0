package capture

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"presszero/internal/audio"
)

// TestSides: the sound of a talk that Asterisk has written is as long as the talk, each voice
// is on its own side and where it belongs in time, and what is missing is silent and told.
func TestSides(t *testing.T) {
	t.Parallel()
	second := func(hz float64, n int) (sound []byte) {
		for tone := audio.NewTone(hz, 8000); n > 0; n-- {
			for range 50 {
				sound = append(sound, tone.Ulaw()...)
			}
		}
		return sound
	}
	for name, c := range map[string]struct {
		left, right []byte // nil: no file
		early, late time.Duration
		holes       string
		heard       string // by second: what is left and right
	}{
		"whole":              {second(440, 3), second(1000, 3), 0, 0, "[]", "both both both"},
		"a torn end":         {second(440, 3), second(1000, 2), 0, 0, "[{{2s 3s} cut}]", "both both left"},
		"one side only":      {nil, second(1000, 3), 0, 0, "[{{0s 3s} cut}]", "right right right"},
		"began late":         {second(440, 3), second(1000, 3), time.Second, time.Second, "[{{0s 1s} cut}]", "none both both both"},
		"the talk was cut":   {second(440, 3), second(1000, 3), 0, -time.Second, "[]", "both both"},
		"nothing was kept":   {[]byte{}, []byte{}, 0, time.Second, "[{{0s 1s} cut}]", "none"},
		"longer than it was": {second(440, 2), second(1000, 2), -time.Second, -time.Second, "[]", "both"},
	} {
		dir := t.TempDir()
		for side, sound := range map[string][]byte{"left": c.left, "right": c.right} {
			if sound != nil {
				if err := os.WriteFile(filepath.Join(dir, "c.h1.leg."+side+".ulaw"), sound, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		takes, err := FindAll(filepath.Join(dir, "none"), dir)
		if err != nil || len(takes) != 1 || takes[0].Recording != "c.h1.leg" || !takes[0].BySides() || takes[0].Live || takes[0].Bytes != int64(len(c.left)+len(c.right)) {
			t.Fatalf("%s: %+v, %v", name, takes, err)
		}
		take := takes[0]
		from := take.Wall.Add(-c.early)
		to := take.Wall.Add(time.Duration(max(len(c.left), len(c.right)))*time.Second/audio.SampleRate - c.early + c.late)
		var sound bytes.Buffer
		r, err := take.WriteMulaw(&sound, from, to)
		if err != nil || r.Length.Round(time.Millisecond) != to.Sub(from) || sound.Len() != int(to.Sub(from).Seconds()*2*audio.SampleRate) || !r.From.Equal(from) || len(r.Peaks[Left]) != int(to.Sub(from)/PeakEvery) {
			t.Errorf("%s: %v from %v, %d bytes, %v", name, r.Length, r.From, sound.Len(), err)
		}
		var holes []Hole
		for _, h := range r.Holes {
			holes = append(holes, Hole{Span{h.From.Round(100 * time.Millisecond), h.To.Round(100 * time.Millisecond)}, h.Why})
		}
		heard := ""
		for b := sound.Bytes(); len(b) > 0; b = b[2*audio.SampleRate:] {
			var one [2][]byte
			for i, u := range b[:2*audio.SampleRate] {
				one[i%2] = append(one[i%2], u)
			}
			left := audio.Level(audio.AppendFromUlaw(nil, one[Left][800:]), 440) > 0.2
			right := audio.Level(audio.AppendFromUlaw(nil, one[Right][800:]), 1000) > 0.2
			heard += " " + map[[2]bool]string{{true, true}: "both", {true, false}: "left", {false, true}: "right", {false, false}: "none"}[[2]bool{left, right}]
		}
		if fmt.Sprint(holes) != c.holes || heard != " "+c.heard {
			t.Errorf("%s: holes %v, heard%s", name, holes, heard)
		}
		again, err := take.WriteMulaw(&bytes.Buffer{}, time.Time{}, time.Time{})
		if longer := again.Length - time.Duration(max(len(c.left), len(c.right)))*time.Second/audio.SampleRate; err != nil || longer < 0 || longer > 200*time.Millisecond {
			t.Errorf("%s, all of it: %v, %v", name, again.Length, err)
		}
		if err := take.Remove(); err != nil {
			t.Error(err)
		}
		if takes, _ := FindAll(dir, dir); len(takes) > 0 {
			t.Errorf("%s: removed, and still there", name)
		}
	}
}

// TestSidesRestored: what a restore has put back began when it did, not when it came back.
func TestSidesRestored(t *testing.T) {
	t.Parallel()
	dir, changed := t.TempDir(), time.Now().Add(-time.Hour).Truncate(time.Microsecond)
	file := filepath.Join(dir, "c.h1.leg.left.ulaw")
	if err := os.WriteFile(file, make([]byte, 3*audio.SampleRate), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, changed, changed); err != nil {
		t.Fatal(err)
	}
	takes, err := FindAll(filepath.Join(dir, "none"), dir)
	if err != nil || len(takes) != 1 || !takes[0].Wall.Equal(changed.Add(-3*time.Second)) {
		t.Errorf("%+v, %v", takes, err)
	}
}
