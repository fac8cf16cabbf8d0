package recordings

import (
	"os"
	"testing"
	"time"

	"presszero/internal/audio"
)

func TestSilence(t *testing.T) {
	s := NewSpeaker(Prompts{Sounds: t.TempDir()})
	for range 2 { // made, and found
		path, err := s.Silence(250 * time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path + ".ulaw")
		if err != nil || len(b) != 2000 {
			t.Fatalf("%d bytes of 250 ms, %v", len(b), err)
		}
		for _, u := range b {
			if audio.DecodeUlaw(u) != 0 {
				t.Fatalf("%#x is not silence", u)
			}
		}
	}
	if other, err := s.Silence(time.Second); err != nil || other == "" {
		t.Error(other, err)
	}
	bad := NewSpeaker(Prompts{Sounds: "/dev/null"})
	if _, err := bad.Silence(time.Second); err == nil {
		t.Error("silence was made in a folder that cannot be")
	}
}
