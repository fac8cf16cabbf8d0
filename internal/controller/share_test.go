package controller

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"presszero/report"
)

// TestSharedAnswers: however many pages ask the same, it is worked out once,
// and nobody gets an answer that is older than what the reports know.
func TestSharedAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mark, asked atomic.Int64
		s := &shared{mark: mark.Load}
		day := report.Period{From: time.Unix(0, 0), To: time.Unix(86400, 0)}
		ask := func(of string) int64 {
			n, err := share(t.Context(), s, of, day, func(context.Context) (int64, error) {
				seen := mark.Load()
				asked.Add(1)
				time.Sleep(2 * time.Second)
				return seen, nil
			})
			if err != nil {
				t.Error(err)
			}
			return n
		}
		pages := func(n int, of string) {
			var all sync.WaitGroup
			for range n {
				all.Go(func() {
					if want, got := mark.Load(), ask(of); got < want {
						t.Errorf("the answer is of %d, asked was after %d", got, want)
					}
				})
			}
			all.Wait()
		}
		pages(8, "tallies")
		if n := asked.Load(); n != 1 {
			t.Errorf("8 pages asked %d times", n)
		}
		time.Sleep(30 * time.Second)
		pages(8, "tallies")
		if n := asked.Load(); n != 1 {
			t.Errorf("though nothing has happened since, it was asked %d times", n)
		}
		mark.Add(1)
		pages(8, "tallies")
		if n := asked.Load(); n != 2 {
			t.Errorf("after a fact it was asked %d times, want 2", n)
		}
		pages(1, "menus")
		if n := asked.Load(); n != 3 {
			t.Errorf("another question was asked %d times, want once", n-2)
		}

		// What took two seconds is good for two.
		mark.Add(1)
		ask("tallies")
		mark.Add(1)
		ask("tallies")
		if n := asked.Load(); n != 4 {
			t.Errorf("within two seconds it was asked %d times", n-3)
		}

		// Who asks while an older question is being answered gets a newer answer.
		time.Sleep(time.Minute)
		mark.Add(1)
		go ask("tallies")
		time.Sleep(time.Second)
		mark.Add(1)
		if got := ask("tallies"); got != mark.Load() && got != mark.Load()-1 {
			t.Errorf("the answer is of %d, want %d", got, mark.Load())
		}
	})
}

// TestSharedFailure: a failure is told to all who wait for it and is not kept;
// and who goes away stops nobody.
func TestSharedFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shared{mark: func() int64 { return 1 }}
		fails := errors.New("Postgres is away")
		try := func(ctx context.Context, err error) (string, error) {
			return share(ctx, s, "x", report.Period{}, func(ctx context.Context) (string, error) {
				time.Sleep(time.Second)
				return "here", errors.Join(err, ctx.Err())
			})
		}
		if _, err := try(t.Context(), fails); !errors.Is(err, fails) {
			t.Errorf("got %v", err)
		}
		leaves, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() { _, err := try(leaves, nil); gone <- err }()
		synctest.Wait()
		cancel()
		if got, err := try(t.Context(), fails); got != "here" || err != nil {
			t.Errorf("who waited on got %q, %v", got, err)
		}
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Errorf("who went away got %v", err)
		}
	})
}
