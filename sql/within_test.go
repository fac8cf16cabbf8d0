package sql

import (
	"context"
	"errors"
	"testing"
	"time"
)

// What has ended in time is never told as cancelled, in whichever order the
// goroutines run.
func TestWithin(t *testing.T) {
	for range 20_000 {
		if err := within(t.Context(), time.Minute, func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	hung := make(chan struct{})
	defer close(hung)
	err := within(t.Context(), time.Millisecond, func(context.Context) error { <-hung; return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("past its limit: %v", err)
	}
}
