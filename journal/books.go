package journal

import (
	"time"

	"presszero/call"
)

// A callback may be days old when it is made, and a call has no time limit.
// Segments that tell of one that is still open stay, however old they are: else
// a restart would forget a caller or a promise.

// openCallLimit is the age up to which an open call or callback keeps its segments
// and is replayed. An older one has no end in the journal because of a fault in the
// program.
const openCallLimit = 30 * 24 * time.Hour

// summary lists the calls and callbacks of one full segment that began before it or
// end after it. Most calls lie wholly within a segment, and are left out.
type summary struct {
	ended map[call.ID]bool // true: the segment has the end of the call
}

// openSegments returns the segments that tell of what is open. Only full segments
// are looked at, each once: what ended in the current one is seen later.
func (r *retention) openSegments(segs []segment, last int64) (map[int64]bool, error) {
	openIn := map[call.ID][]int64{} // open call or callback: segments
	for _, s := range segs {
		if s.n >= last {
			break
		}
		c, known := r.summaries[s.n]
		if !known {
			var err error
			if c, err = r.summarise(s, openIn); err != nil {
				return nil, err
			}
			r.summaries[s.n] = c
		}
		for id, over := range c.ended {
			if over {
				delete(openIn, id)
			} else {
				openIn[id] = append(openIn[id], s.n)
			}
		}
	}
	held := map[int64]bool{}
	for _, in := range openIn {
		for _, n := range in {
			held[n] = true
		}
	}
	return held, nil
}

// summarise looks through a segment; open are the calls and callbacks open before it.
func (r *retention) summarise(s segment, open map[call.ID][]int64) (summary, error) {
	c := summary{ended: map[call.ID]bool{}}
	_, err := r.files.eachRecord(s.n, 0, s.size, func(payload []byte) bool {
		id, kind := callAndKind(payload)
		_, here := c.ended[id]
		if here || open[id] != nil || call.Opens(kind) {
			c.ended[id] = c.ended[id] || call.Closes(kind) // what a full disk held back may come after the end
		}
		return true
	})
	for id, over := range c.ended {
		if over && open[id] == nil {
			delete(c.ended, id)
		}
	}
	return c, err
}
