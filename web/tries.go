package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// tries limits failed sign-ins: per name at one address, so that nobody else
// can lock a person out; per address, against one guesser of many names; per
// name, against many guessers of one. Right passwords cost nothing, so a whole
// shift behind one router signs in at once.
type tries struct {
	hands chan struct{} // at most so many passwords are hashed at once, 19 MiB each

	mu    sync.Mutex
	fails map[string]*rate.Limiter
}

// A failure costs a token; tokens come back with time.
var (
	perNameHere = quota{5, 10 * time.Second}
	perAddress  = quota{30, 2 * time.Second}
	perName     = quota{50, 5 * time.Second}
)

type quota struct {
	burst int
	every time.Duration
}

func newTries() *tries {
	return &tries{hands: make(chan struct{}, 2), fails: map[string]*rate.Limiter{}}
}

// turn is one attempt in progress.
type turn struct {
	t      *tries
	limits []*rate.Limiter
}

// begin waits for a hand and checks that the limits allow another attempt.
// The attempt must be ended.
func (t *tries) begin(ctx context.Context, name, address string) (*turn, error) {
	select {
	case t.hands <- struct{}{}:
	case <-ctx.Done():
		return nil, refuse(http.StatusServiceUnavailable, "Too many people sign in at this moment; please try again.")
	}
	limits := []*rate.Limiter{
		t.limit("n "+name+" a "+address, perNameHere),
		t.limit("a "+address, perAddress),
		t.limit("n "+name, perName),
	}
	for _, l := range limits {
		if l.Tokens() < 1 {
			<-t.hands
			return nil, refuse(http.StatusTooManyRequests, "There were too many failed sign-ins; please wait a minute.")
		}
	}
	return &turn{t, limits}, nil
}

// end gives the hand back and counts a failure.
func (u *turn) end(right bool) {
	if !right {
		for _, l := range u.limits {
			l.Allow()
		}
	}
	<-u.t.hands
}

// limit finds or makes a limiter. When there are very many, those that are
// full again are forgotten: they would allow the same if they were new.
func (t *tries) limit(key string, q quota) *rate.Limiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.fails[key]
	if l == nil {
		if len(t.fails) >= 10_000 {
			for k, l := range t.fails {
				if l.Tokens() >= float64(l.Burst()) {
					delete(t.fails, k)
				}
			}
		}
		l = rate.NewLimiter(rate.Every(q.every), q.burst)
		t.fails[key] = l
	}
	return l
}
