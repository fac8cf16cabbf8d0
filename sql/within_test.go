package sql

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lib/pq"

	"presszero/report"
)

// TestTooMuch: a statement that was stopped for its time is told as such, once, and its
// cause stays; nothing else is.
func TestTooMuch(t *testing.T) {
	cause := &pq.Error{Code: tooSlow}
	var err error = cause
	wrapError(&err, "Inner")
	wrapError(&err, "Outer")
	if want := "sql: Outer: sql: Inner: " + report.ErrTooMuch.Error() + ": " + cause.Error(); !errors.Is(err, report.ErrTooMuch) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	err = &pq.Error{Code: "40001"}
	wrapError(&err, "Inner")
	if errors.Is(err, report.ErrTooMuch) {
		t.Errorf("too much: %v", err)
	}
}

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
