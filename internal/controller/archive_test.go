package controller

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"presszero/internal/settings"
	"presszero/recordings/archive"
)

// awayBucket is a bucket that can be away.
type awayBucket struct {
	archive.Store
	away  atomic.Bool
	asked atomic.Int64 // while it was away
}

func (b *awayBucket) Sum(ctx context.Context, name string) (string, error) {
	if b.away.Load() {
		b.asked.Add(1)
		return "", errors.New("nobody is there")
	}
	return b.Store.Sum(ctx, name)
}

// TestBucketAwayForDays: talks are recorded all the while. The bucket is asked for once an
// hour; within an hour of its return all are there, and counted.
func TestBucketAwayForDays(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		bucket := &awayBucket{Store: archive.Folder{Dir: filepath.Join(dir, "bucket")}}
		a, err := openArchives(settings.Settings{StateDir: dir, Archive: filepath.Join(dir, "archive")}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		a.talks.Bucket = bucket
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go a.move(ctx, a.talks)
		kept := 0
		record := func(every, span time.Duration) {
			t.Helper()
			for ; span > 0; span -= every {
				kept++
				if _, err := a.talks.Keep(ctx, fmt.Sprint("talk", kept), bytes.NewReader([]byte{byte(kept)}), archive.Meta{At: time.Now(), Format: "wav"}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(every) // here and below, of the clock of synctest
			}
			synctest.Wait()
		}
		holds := func(moved, waiting int) {
			t.Helper()
			if m, w := a.moved.Load(), a.waiting.Load(); m != int64(moved) || w != int64(waiting) {
				t.Errorf("of %d talks %d have gone to the bucket and %d wait, want %d and %d", kept, m, w, moved, waiting)
			}
		}
		record(20*time.Minute, time.Hour)
		there := kept
		holds(there, 0)

		const days = 5 * 24 * time.Hour
		bucket.away.Store(true)
		record(10*time.Hour, days)
		time.Sleep(time.Hour) // for the next look: all are counted
		synctest.Wait()
		holds(there, kept-there)
		if n := a.failures.Load(); n != bucket.asked.Load() || n < 5*24 || n > 5*24+7 {
			t.Errorf("%d rounds have failed, and the bucket was asked %d times", n, bucket.asked.Load())
		}
		bucket.away.Store(false)
		time.Sleep(time.Hour)
		synctest.Wait()
		holds(kept, 0)
		record(10*time.Minute, 10*time.Minute) // at once again, not after an hour
		holds(kept, 0)

		for i := range kept {
			s, err := a.talks.Open(ctx, fmt.Sprint("talk", i+1))
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := io.ReadAll(s); err != nil || !bytes.Equal(plain, []byte{byte(i + 1)}) {
				t.Errorf("talk %d: %v, %v", i+1, plain, err)
			}
			s.Close()
		}
		for o, err := range a.talks.Local.List(ctx, "talks/") {
			t.Errorf("still here: %+v, %v", o, err)
		}
	})
}
