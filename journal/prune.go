package journal

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// keepAlways is how long even a shipped segment stays when the journal has
// grown over its cap: the shipper sends the last hour again after a reconnect.
const keepAlways = 2 * time.Hour

// retention removes the segments that nobody needs any more.
type retention struct {
	files *folder
	keep  time.Duration // for how long shipped segments stay that tell of nothing open
	cap   int64         // bytes above which they go earlier

	mu        sync.Mutex        // guards summaries; one goroutine at a time prunes
	summaries map[int64]summary // full segments that were looked through, by number
}

func newRetention(files *folder, opt Options) retention {
	return retention{files: files, keep: opt.Keep, cap: opt.Cap, summaries: map[int64]summary{}}
}

// Prune removes segments that lie wholly before shipped and are older than
// Options.Keep, unless they tell of an open call or callback. Above Options.Cap it
// logs an alarm and removes shipped ones earlier; what is not shipped is never
// removed.
func (j *Journal) Prune(shipped Offset) error {
	return j.retention.prune(shipped, j.End().Segment)
}

// prune is Prune; segment last and those behind it are still written.
func (r *retention) prune(shipped Offset, last int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	segs, err := r.files.segments()
	if err != nil {
		return err
	}
	total := sizeOf(segs)
	over := total > r.cap
	var held map[int64]bool
	for _, s := range segs {
		keep := r.keep
		if total > r.cap {
			keep = min(keep, keepAlways)
		}
		if s.n >= shipped.Segment || s.n >= last || time.Since(s.last) < keep {
			break
		}
		if held == nil {
			if held, err = r.openSegments(segs, last); err != nil {
				return fmt.Errorf("journal: nothing is pruned, for which calls and callbacks are open cannot be read: %w", err)
			}
		}
		if held[s.n] && time.Since(s.last) < openCallLimit {
			continue
		}
		if err := os.Remove(r.files.segmentPath(s.n)); err != nil {
			return fmt.Errorf("journal: segment %d cannot be removed: %w", s.n, err)
		}
		delete(r.summaries, s.n)
		total -= s.size
	}
	if over {
		r.files.log.Error("journal: larger than its cap; is Postgres down?", "bytes", total, "cap", r.cap, "shipped", shipped.String())
	}
	return nil
}
