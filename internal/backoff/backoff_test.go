package backoff

import (
	"context"
	"testing"
	"time"
)

func TestPauses(t *testing.T) {
	b := Backoff{First: 200 * time.Millisecond, Last: 700 * time.Millisecond}
	for range 2 {
		for i, want := range []time.Duration{200, 400, 700, 700} {
			if got := b.Next(); got != want*time.Millisecond {
				t.Errorf("pause %d: %v", i, got)
			}
		}
		b.Reset()
	}
}

func TestJitter(t *testing.T) {
	for range 1000 {
		half := Backoff{First: time.Second, Last: time.Minute, Jitter: 0.5}
		if got := half.Next(); got <= time.Second/2 || got > time.Second {
			t.Fatal(got)
		}
		full := Backoff{First: time.Second, Last: time.Minute, Jitter: 1}
		if got := full.Next(); got <= 0 || got > time.Second {
			t.Fatal(got)
		}
		if got := full.limit; got != 2*time.Second { // what has been drawn does not count
			t.Fatal(got)
		}
	}
}

func TestWait(t *testing.T) {
	b := Backoff{First: time.Millisecond, Last: time.Millisecond}
	if !b.Wait(context.Background()) {
		t.Error("the pause did not end")
	}
	over, cancel := context.WithCancel(context.Background())
	cancel()
	hour := Backoff{First: time.Hour, Last: time.Hour}
	if hour.Wait(over) {
		t.Error("the pause went on after its context")
	}
}
