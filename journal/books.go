package journal

import (
	"time"

	"presszero/call"
)

// A callback may be days old when it is made, and a call has no time limit.
// Segments that tell of one that is still open stay, however old they are: else
// a restart would forget a caller or a promise.

// keepBooks is for how long an open call or callback holds segments and is
// replayed. One that is older was forgotten by the machine that had to end it.
const keepBooks = 30 * 24 * time.Hour

// chapter is what one full segment tells of calls and callbacks that were open
// before it or are open behind it. Calls that lie wholly within it are most,
// and are left out.
type chapter struct {
	of map[call.ID]bool // true: it tells their end
}

// openSegments returns the segments that tell of what is open. Only full segments
// are looked at, each once: what ended in the current one is seen later.
func (r *retention) openSegments(segs []segment, last int64) (map[int64]bool, error) {
	tell := map[call.ID][]int64{} // open call or callback: segments
	for _, s := range segs {
		if s.n >= last {
			break
		}
		c, known := r.chapters[s.n]
		if !known {
			var err error
			if c, err = r.chapter(s, tell); err != nil {
				return nil, err
			}
			r.chapters[s.n] = c
		}
		for id, over := range c.of {
			if over {
				delete(tell, id)
			} else {
				tell[id] = append(tell[id], s.n)
			}
		}
	}
	held := map[int64]bool{}
	for _, in := range tell {
		for _, n := range in {
			held[n] = true
		}
	}
	return held, nil
}

// chapter looks through a segment; open are the calls and callbacks open before it.
func (r *retention) chapter(s segment, open map[call.ID][]int64) (chapter, error) {
	c := chapter{of: map[call.ID]bool{}}
	_, err := r.files.eachRecord(s.n, 0, s.size, func(payload []byte) bool {
		id, kind := label(payload)
		_, here := c.of[id]
		if here || open[id] != nil || call.Opens(kind) {
			c.of[id] = c.of[id] || call.Closes(kind) // what a full disk held back may come after the end
		}
		return true
	})
	for id, over := range c.of {
		if over && open[id] == nil {
			delete(c.of, id)
		}
	}
	return c, err
}
