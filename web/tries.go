package web

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// tries limits failed sign-ins: per name at one address, so that nobody else
// can lock a person out; per address, against one guesser of many names; per
// name, against many guessers of one. A device on which the person has signed
// in before is counted by itself, so that strangers cannot lock her out there.
// Right passwords cost nothing, so a whole shift behind one router signs in at
// once.
type tries struct {
	hands chan struct{} // at most so many passwords are hashed at once, 19 MiB each

	perNameHere, perAddress, perName, perDevice *quota
}

// quota allows failures by key. A failure costs a token; tokens come back with
// time. A key is a hash, and there are at most maxKeys of them, so that what is
// sent from outside cannot fill the memory.
type quota struct {
	burst int
	every time.Duration
	fails *lru.Cache[tryKey, *rate.Limiter]
}

type tryKey [16]byte

const maxKeys = 10_000

func newQuota(burst int, every time.Duration) *quota {
	fails, err := lru.New[tryKey, *rate.Limiter](maxKeys)
	if err != nil {
		panic(err) // only a size below 1 is refused
	}
	return &quota{burst, every, fails}
}

// spent reports whether no failure is left. It stores nothing.
func (q *quota) spent(k tryKey) bool {
	l, ok := q.fails.Get(k)
	return ok && l.Tokens() < 1
}

func (q *quota) spend(k tryKey) {
	l := rate.NewLimiter(rate.Every(q.every), q.burst)
	if had, ok, _ := q.fails.PeekOrAdd(k, l); ok {
		l = had
	}
	l.Allow()
}

func newTries() *tries {
	return &tries{hands: make(chan struct{}, 2),
		perNameHere: newQuota(5, 10*time.Second),
		perAddress:  newQuota(30, 2*time.Second),
		perName:     newQuota(50, 5*time.Second),
		perDevice:   newQuota(5, 10*time.Second)}
}

// attempt is an attempt to sign in: of a name, from an address, perhaps on a
// device on which this name has signed in before ("": on no such device).
type attempt struct{ name, address, device string }

// turn is one attempt in progress.
type turn struct {
	t      *tries
	counts []count
}

type count struct {
	*quota
	key tryKey
}

// begin waits for a hand and checks that the limits allow another attempt.
// The attempt must be ended. What is refused leaves nothing behind.
func (t *tries) begin(ctx context.Context, a attempt) (*turn, error) {
	u := &turn{t: t}
	if a.device != "" {
		u.counts = []count{{t.perDevice, keyOf(a.device, a.name)}}
	} else {
		u.counts = []count{{t.perNameHere, keyOf(a.name, a.address)}, {t.perAddress, keyOf(a.address)}, {t.perName, keyOf(a.name)}}
	}
	if u.spent() { // without waiting behind those who may try
		return nil, errTries
	}
	select {
	case t.hands <- struct{}{}:
	case <-ctx.Done():
		return nil, refuse(http.StatusServiceUnavailable, "Too many people sign in at this moment; please try again.")
	}
	if u.spent() {
		<-t.hands
		return nil, errTries
	}
	return u, nil
}

var errTries = &problem{status: http.StatusTooManyRequests, text: "There were too many failed sign-ins; please wait a minute."}

func (u *turn) spent() bool {
	for _, c := range u.counts {
		if c.quota.spent(c.key) {
			return true
		}
	}
	return false
}

// finish gives the hand back and counts a failure.
func (u *turn) finish(right bool) {
	if !right {
		for _, c := range u.counts {
			c.spend(c.key)
		}
	}
	<-u.t.hands
}

func keyOf(parts ...string) (k tryKey) {
	h := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		h.Write(sum[:])
	}
	copy(k[:], h.Sum(nil))
	return k
}

// fewLines logs events that strangers can cause, a line a second at most;
// the next line tells how many were left out.
type fewLines struct {
	log   *slog.Logger
	limit *rate.Limiter

	mu      sync.Mutex
	omitted int
}

func newFewLines(log *slog.Logger) *fewLines {
	return &fewLines{log: log, limit: rate.NewLimiter(1, 20)}
}

func (f *fewLines) warnRarely(text string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.limit.Allow() {
		f.omitted++
		return
	}
	if f.omitted > 0 {
		args = append(args, "lines_omitted", f.omitted)
		f.omitted = 0
	}
	f.log.Warn(text, args...)
}

// shownName is a name from outside as the log has it.
func shownName(name string) string {
	if !userName.MatchString(name) {
		return "(not a name)"
	}
	return name
}
