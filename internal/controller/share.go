package controller

import (
	"context"
	"strings"
	"sync"
	"time"

	"presszero/report"
)

// shared sends a query to the database once for all pages that need its answer: eight
// open pages cost as much as one. An answer holds until the reports have new facts. One
// that took long to compute holds for at least as long again, so that no query keeps
// Postgres busy for more than half of the time.
type shared struct {
	mark func() int64 // grows with what the reports know

	mu      sync.Mutex
	answers map[question]*sharedAnswer
}

// question is what is asked. of is the report's name and all that its answer
// depends on beside the period.
type question struct {
	of       string
	from, to int64  // the period, in Unix nanoseconds
	queues   string // of it, with commas between
}

// sharedAnswer is an answer that is there, or that is being worked out.
type sharedAnswer struct {
	mark  int64         // of the time when the question was put
	done  chan struct{} // closed when the rest is set
	value any
	err   error
	took  time.Duration
	at    time.Time
}

// shareLimit is how long a shared answer may take.
const shareLimit = 15 * time.Second

// forgetAfter is how long an answer is kept that nobody asks for.
const forgetAfter = time.Minute

// share returns the answer to a question, which ask finds. Who asks while it is
// being worked out waits for that. The answer is not to be changed.
func share[T any](ctx context.Context, s *shared, of string, p report.Period, ask func(context.Context) (T, error)) (T, error) {
	if s == nil { // nothing is shared
		return ask(ctx)
	}
	a, err := s.get(ctx, question{of, p.From.UnixNano(), p.To.UnixNano(), strings.Join(p.Queues, ",")}, func(ctx context.Context) (any, error) { return ask(ctx) })
	value, _ := a.(T)
	return value, err
}

func (s *shared) get(ctx context.Context, q question, ask func(context.Context) (any, error)) (any, error) {
	mark := s.mark()
	for {
		a := s.answer(ctx, q, mark, ask)
		select {
		case <-a.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if a.isFresh(mark) || a.mark >= mark {
			return a.value, a.err
		}
	}
}

// answer returns the answer that is there, if it is good, or is being worked
// out, or else begins to work it out.
func (s *shared) answer(ctx context.Context, q question, mark int64, ask func(context.Context) (any, error)) *sharedAnswer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.answers[q]; a != nil && (!a.isDone() || a.isFresh(mark)) {
		return a
	}
	if s.answers == nil {
		s.answers = map[question]*sharedAnswer{}
	}
	for old, a := range s.answers {
		if a.isDone() && time.Since(a.at) > forgetAfter {
			delete(s.answers, old)
		}
	}
	a := &sharedAnswer{mark: mark, done: make(chan struct{})}
	s.answers[q] = a
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shareLimit) // others may wait for it too
	go func() {
		defer cancel()
		a.value, a.err = ask(ctx)
		a.at = time.Now()
		a.took = a.at.Sub(began)
		close(a.done)
	}()
	return a
}

func (a *sharedAnswer) isDone() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// isFresh reports whether the answer, which is there, is fresh enough for the present question.
func (a *sharedAnswer) isFresh(mark int64) bool {
	return a.err == nil && (a.mark >= mark || time.Since(a.at) < a.took)
}
