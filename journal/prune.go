package journal

import (
	"fmt"
	"os"
	"time"
)

// keepAlways is how long even a shipped segment stays when the journal has
// grown over its cap: the shipper sends the last hour again after a reconnect.
const keepAlways = 2 * time.Hour

// Prune removes segments that lie wholly before shipped and are older than
// Options.Keep, unless they tell of an open call or callback. Above Options.Cap it
// logs an alarm and removes shipped ones earlier; what is not shipped is never
// removed.
func (j *Journal) Prune(shipped Offset) error {
	j.pruning.Lock()
	defer j.pruning.Unlock()
	segs, err := j.segments()
	if err != nil {
		return err
	}
	total := sizeOf(segs)
	over := total > j.opt.Cap
	last := j.End().Segment
	var held map[int64]bool
	for _, s := range segs {
		keep := j.opt.Keep
		if total > j.opt.Cap {
			keep = min(keep, keepAlways)
		}
		if s.n >= shipped.Segment || s.n >= last || time.Since(s.last) < keep {
			break
		}
		if held == nil {
			if held, err = j.openSegments(segs); err != nil {
				return fmt.Errorf("journal: nothing is pruned, for which calls and callbacks are open cannot be read: %w", err)
			}
		}
		if held[s.n] && time.Since(s.last) < keepBooks {
			continue
		}
		if err := os.Remove(j.segmentPath(s.n)); err != nil {
			return fmt.Errorf("journal: segment %d cannot be removed: %w", s.n, err)
		}
		delete(j.chapters, s.n)
		total -= s.size
	}
	if over {
		j.opt.Log.Error("journal: larger than its cap; is Postgres down?", "bytes", total, "cap", j.opt.Cap, "shipped", shipped.String())
	}
	return nil
}
