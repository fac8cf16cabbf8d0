package controller

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"presszero/report"
	"presszero/web"
)

// TestForgetting: who is to be forgotten is forgotten in the background, one after the other,
// over a restart and an outage; what an admin has to decide ends it.
func TestForgetting(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "forgetting.json")
	synctest.Test(t, func(t *testing.T) {
		var asked []forgetOrder
		answers := make(chan error)
		begin := func() (*forgetting, func()) {
			f := &forgetting{file: file, log: slog.New(slog.DiscardHandler), wake: make(chan struct{}, 1)}
			f.forget = func(ctx context.Context, o forgetOrder, progress func(read, of int64)) (report.ForgottenPerson, error) {
				asked = append(asked, o)
				progress(35, 100)
				select {
				case err := <-answers:
					return report.ForgottenPerson{Facts: 30}, err
				case <-ctx.Done():
					return report.ForgottenPerson{}, ctx.Err()
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() { defer close(done); f.run(ctx) }()
			return f, func() { cancel(); <-done }
		}
		f, stop := begin()
		order := forgetOrder{Numbers: []string{"+34910000001"}, By: "ann", Why: "asked", At: time.Now()}
		if is, err := f.begin(t.Context(), order); err != nil || is.Ended != nil || is.By != "ann" {
			t.Fatalf("what takes long is %+v, %v", is, err)
		}
		var unfit web.Unfit
		if _, err := f.begin(t.Context(), order); !errors.As(err, &unfit) {
			t.Errorf("another meanwhile: %v", err)
		}
		if is, ok := f.last(); !ok || is.Read != 35 || is.Of != 100 {
			t.Errorf("how far it is: %+v", is)
		}

		stop() // the program ends
		f, stop = begin()
		synctest.Wait()
		if is, ok := f.last(); len(asked) != 2 || asked[1].Numbers[0] != order.Numbers[0] || asked[1].Why != "asked" || !ok || is.Ended != nil {
			t.Fatalf("after a restart %+v goes on, of %+v", is, asked)
		}
		answers <- errors.New("the database is away")
		synctest.Wait()
		if is, _ := f.last(); is.Ended != nil || is.Error != "the database is away" {
			t.Errorf("after an outage it is %+v", is)
		}
		answers <- nil // it is tried again
		synctest.Wait()
		if is, _ := f.last(); is.Ended == nil || is.Error != "" || is.Done == nil || is.Done.Facts != 30 {
			t.Errorf("done is %+v", is)
		}
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the number still stands in the file: %v", err)
		}

		go func() { answers <- web.Unfit("on legal hold") }()
		if is, err := f.begin(t.Context(), order); err != nil || is.Ended == nil || is.Done != nil || is.Error != "on legal hold" || len(asked) != 4 {
			t.Errorf("on hold it is %+v, %v", is, err)
		}
		stop()
	})
}
