package rehearsal

import (
	"math"
	"slices"
	"time"

	"presszero/call"
)

// score keeps what the facts say, and finds out how long the callers who gave up
// would have waited: the caller is gone, but the place in line is watched on,
// until an agent would have come to it.
type score struct {
	day    *day
	visits map[string]*told
	ghosts map[string][]*told // gave up, and not yet due; by queue

	waits                            []float64
	sumWait                          float64
	answered, abandoned, other, fast int
	waited, refused                  int
	announced, kept                  int

	n            int
	sumTrue      float64
	under        [3]int
	models       [4]accuracy
	events, sums int
}

// told is a visit and what was expected of it.
type told struct {
	key, entered time.Time
	queue        string
	shadow       *call.WaitShadow
	high         time.Time // told to be served by then; zero: nothing said
}

// accuracy adds up how far an estimate is off.
type accuracy struct {
	n                        int
	sum, actual, square, bad float64
}

var modelNames = [4]string{"QLm", "AvgC-LES", "LES", "Asterisk"}

func (e *accuracy) addWait(guess, wait float64) {
	e.n++
	e.sum += guess
	e.actual += wait
	e.square += (guess - wait) * (guess - wait)
	if wait > 1.25*guess+15 {
		e.bad++
	}
}

func (sc *score) takeFact(e call.Entry) {
	sc.sums++
	switch f := e.Fact.(type) {
	case call.QueueEntered:
		if f.As == "live" {
			sc.visits[f.Visit] = &told{key: f.Key, entered: e.At, queue: f.Queue}
		}
	case call.WaitShadow:
		if t := sc.visits[f.Visit]; t != nil {
			t.shadow = &f
		}
	case call.WaitAnnounced:
		if t := sc.visits[f.Visit]; t != nil && t.high.IsZero() && f.High > 0 {
			t.high = e.At.Add(time.Duration(f.High * float64(time.Second)))
		}
	case call.OfferStarted:
		if t := sc.visits[f.Visit]; t != nil {
			sc.settleBefore(t.queue, t.key, e.At)
		}
	case call.CallEnded:
		if f.Outcome == call.Refused {
			sc.refused++
		}
	case call.QueueLeft:
		if t := sc.visits[f.Visit]; t != nil {
			delete(sc.visits, f.Visit)
			sc.endVisit(t, f, e.At)
		}
	}
}

// endVisit ends a visit.
func (sc *score) endVisit(t *told, f call.QueueLeft, at time.Time) {
	waited := at.Sub(t.entered)
	switch f.Outcome {
	case call.Answered:
		sc.answered++
		if waited <= sc.day.Target {
			sc.fast++
		}
		sc.settle(t, at)
	case call.AbandonedQueue, call.AbandonedRinging, call.AbandonedAtAnswer:
		sc.abandoned++
		sc.ghosts[t.queue] = append(sc.ghosts[t.queue], t)
	default:
		sc.other++
	}
	sc.waits = append(sc.waits, waited.Seconds())
	sc.sumWait += waited.Seconds()
	if waited > 0 {
		sc.waited++
	}
}

// settleBefore: an agent has come to a caller with this key, so she would have come
// to all callers who stood before and gave up.
func (sc *score) settleBefore(queue string, key, at time.Time) {
	sc.ghosts[queue] = slices.DeleteFunc(sc.ghosts[queue], func(t *told) bool {
		if t.key.After(key) {
			return false
		}
		sc.settle(t, at)
		return true
	})
}

// settleAll: an agent is free and no caller waits, so all who gave up would be served.
func (sc *score) settleAll(at time.Time) {
	for q, ghosts := range sc.ghosts {
		for _, t := range ghosts {
			sc.settle(t, at)
		}
		sc.ghosts[q] = ghosts[:0]
	}
}

// settle compares what was expected with the wait that was offered.
func (sc *score) settle(t *told, at time.Time) {
	if !t.high.IsZero() {
		sc.announced++
		if !at.After(t.high) {
			sc.kept++
		}
	}
	f := t.shadow
	if f == nil {
		return
	}
	wait := at.Sub(t.entered).Seconds()
	sc.n++
	sc.sumTrue += wait
	for i, p := range [3]float64{f.P50, f.P80, f.P90} {
		if wait <= p {
			sc.under[i]++
		}
	}
	for i, guess := range [4]float64{f.QLm, f.AvgC, f.LES, f.Asterisk} {
		if guess > 0 || i >= 2 {
			sc.models[i].addWait(guess, wait)
		}
	}
}

func (sc *score) report() Report {
	all := float64(len(sc.waits))
	r := Report{Calls: sc.day.came, Answered: sc.answered, Abandoned: sc.abandoned, NotServed: sc.other, Refused: sc.refused,
		Waiting:     sc.day.came - sc.refused - len(sc.waits),
		Abandonment: ratio(float64(sc.abandoned), all), MeanWait: ratio(sc.sumWait, all), P90Wait: number(quantile(sc.waits, .9)),
		ServiceLevel: ratio(float64(sc.fast), all), HadToWait: ratio(float64(sc.waited), all),
		ToldCalls: sc.n, ToldBias: ratio(sc.models[0].sum, sc.models[0].actual) - 1,
		ToldP50Coverage: ratio(float64(sc.under[0]), float64(sc.n)), ToldP80Coverage: ratio(float64(sc.under[1]), float64(sc.n)),
		ToldP90Coverage: ratio(float64(sc.under[2]), float64(sc.n)),
		Announced:       sc.announced, AnnouncedKept: ratio(float64(sc.kept), float64(sc.announced)),
		Events: sc.events, Facts: sc.sums}
	for i, m := range sc.models {
		r.Models = append(r.Models, Model{Name: modelNames[i], Bias: ratio(m.sum, m.actual) - 1,
			RRASE: number(math.Sqrt(m.square/float64(m.n)) / (m.actual / float64(m.n))), Broken: ratio(m.bad, float64(m.n))})
	}
	return r
}
