package controller

import (
	"context"
	"sync"
	"time"

	"presszero/web"
)

// trouble is a sentence for an operator. Its name stays the same while figures
// in the text change.
type trouble struct {
	about web.About // "": calls are not taken
	name  string
	text  string
}

// textsOf are the sentences of troubles.
func textsOf(troubles []trouble) (texts []string) {
	for _, t := range troubles {
		texts = append(texts, t.text)
	}
	return texts
}

// lasting knows since when each trouble has been seen. The zero value is ready.
type lasting struct {
	mu    sync.Mutex
	since map[string]time.Time // by name
}

// describe returns all troubles of now, each with the time since which it has been
// seen, and forgets those that are over.
func (l *lasting) describe(now time.Time, troubles []trouble) []trouble {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.since
	l.since = map[string]time.Time{}
	var described []trouble
	for _, t := range troubles {
		since, seen := before[t.name]
		if !seen {
			since = now
		}
		l.since[t.name] = since
		t.text += " (seen since " + since.Format("2006-01-02 15:04:05 MST") + ")"
		described = append(described, t)
	}
	return described
}

// troublesEvery is how exact the time is since which a trouble has been seen.
const troublesEvery = 5 * time.Second

// watchTroubles notes when troubles begin and end, also while nobody asks, until
// ctx ends.
func (c *Controller) watchTroubles(ctx context.Context) {
	tick := time.NewTicker(troublesEvery)
	defer tick.Stop()
	for {
		c.notReady(ctx)
		c.troubles()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
