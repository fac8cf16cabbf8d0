package callqueue

import (
	"slices"
	"time"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// sharesHalfLife is after how long work counts half in the shares of an agent's time.
const sharesHalfLife = time.Hour

// countWork counts the time she has spent in the state that ends now.
func (fl *floor) countWork(a *agent, over bool, now time.Time) {
	spent := now.Sub(a.since).Seconds()
	if a.work != "" {
		fl.queues.lineNamed(a.work).handling.Busy(now, spent, over && a.done)
	}
	if len(a.profile.queueNames) == 1 || !a.atWork() {
		return
	}
	if a.work == "" {
		a.shares.idle.Half = sharesHalfLife
		a.shares.idle.Add(now, spent)
		return
	}
	if a.shares.busy == nil {
		a.shares.busy = map[string]*estimate.Fading{}
	}
	f := a.shares.busy[a.work]
	if f == nil {
		f = &estimate.Fading{Half: sharesHalfLife}
		a.shares.busy[a.work] = f
	}
	f.Add(now, spent)
}

// shareOf is the part of her time that is not given to other queues.
func (a *agent) shareOf(queue string, now time.Time) float64 {
	total, other := a.shares.idle.Value(now), 0.0
	queues := make([]string, 0, 8)
	for q := range a.shares.busy {
		queues = append(queues, q)
	}
	slices.Sort(queues) // sums of floats depend on the order
	for _, q := range queues {
		x := a.shares.busy[q].Value(now)
		total += x
		if q != queue {
			other += x
		}
	}
	if total < 60 {
		return 1
	}
	return 1 - other/total
}

// crewFresh is how long a count of the crew holds while no agent comes or goes.
const crewFresh = 5 * time.Second

// crewSize returns how many agents work for the queue. An agent who serves several
// queues counts as a fraction: the share of time that the others leave.
func (fl *floor) crewSize(l *line, now time.Time) float64 {
	if l.crewOf == fl.staffing && !l.crewAt.IsZero() && now.Sub(l.crewAt) < crewFresh {
		return l.crew
	}
	l.crew, l.crewAt, l.crewOf = 0, now, fl.staffing
	for _, p := range l.profiles {
		if len(p.queueNames) == 1 {
			l.crew += float64(p.present)
			continue
		}
		for _, a := range p.members {
			if a.atWork() {
				l.crew += a.shareOf(l.Name, now)
			}
		}
	}
	return l.crew
}

// estimateWait estimates how long the visit will go on waiting. Without ground (no
// agent at work, or too few calls finished to know how long they take) it says
// nothing.
func (qs *queues) estimateWait(v *visit, now time.Time) (expected, bool) {
	l := qs.lineNamed(v.queue)
	handle, ok := l.handling.Seconds(now)
	agents := qs.floor.crewSize(l, now)
	if !ok || agents < 0.05 {
		return expected{}, false
	}
	e := expected{agents: agents, handle: handle, patience: l.patience.Seconds(), scale: l.calibration.Scale()}
	served, leave := agents/handle, 1/e.patience
	_, waiting, live := l.open.countAhead(v)
	e.ahead = waiting
	if live == waiting {
		e.wait = estimate.Ahead(served, leave, waiting)
	} else {
		e.wait = predictMixed(l, v, served, leave, waiting, live)
	}
	if hi := l.overtaking(v, now); hi > 0 {
		e.wait = e.wait.Delayed(hi * min(mostCredit.Seconds(), e.wait.Mean) / served)
	}
	return e, true
}

// predictMixed estimates the wait in a line of both callers and callbacks.
func predictMixed(l *line, v *visit, served, leave float64, waiting, live int) estimate.Wait {
	const nearest = 64
	flags := make([]bool, 0, nearest)
	l.open.eachOpen(func(w *visit) bool {
		if w.state == Waiting {
			flags = append(flags, w.isLive())
			if w.isLive() {
				live--
			}
		}
		return len(flags) < min(nearest, waiting)
	})
	if waiting == 0 {
		flags = flags[:0]
	}
	return estimate.Predict(served, leave, flags, waiting-len(flags), max(live, 0))
}

// overtaking returns how many callers a second come with more credit than v.
func (l *line) overtaking(v *visit, now time.Time) float64 {
	sum := 0.0
	for i := creditStep(v.credit) + 1; i < len(l.arrivals); i++ {
		sum += l.arrivals[i].Value(now)
	}
	// a fading sum of half-life h holds the arrivals of h/ln 2
	return sum * 0.6931 / arrivalsHalfLife.Seconds()
}

const arrivalsHalfLife = time.Hour

// creditStep sorts credits into steps of 30 s.
func creditStep(d time.Duration) int { return min(max(int(d/(30*time.Second)), 0), 4) }

// countArrival counts an arrival by its credit.
func (l *line) countArrival(v *visit, now time.Time) {
	f := &l.arrivals[creditStep(v.credit)]
	f.Half = arrivalsHalfLife
	f.Add(now, 1)
}

// learnFromReports takes what the reports know.
func (qs *queues) learnFromReports(ev call.Learned) {
	l := qs.lineNamed(ev.Queue)
	l.handling.Learn(ev.Handle, ev.Finished)
	if ev.Abandons > 0 {
		l.patience.Learn(ev.Waited, ev.Abandons)
	}
	l.p99 = ev.P99
}

// learnFromWait learns from a wait that is over with an agent.
func (qs *queues) learnFromWait(v *visit, waited time.Duration) {
	if !v.isLive() || v.ticket != nil {
		return
	}
	l := qs.lineNamed(v.queue)
	l.shadow.Answered(waited.Seconds(), v.ahead)
	if v.predicted.Mean > 0 {
		l.calibration.Learn(waited.Seconds(), v.predicted.Mean, l.patience.Seconds())
	}
}

// recordPredictions notes what each model expects of a wait that begins.
func (qs *queues) recordPredictions(s *call.Step, v *visit) {
	e, ok := qs.estimateWait(v, s.Now)
	v.ahead = e.ahead
	if !ok {
		return
	}
	v.predicted = e.wait
	l := qs.lineNamed(v.queue)
	s.State(v.caller.id, call.WaitShadow{Visit: v.id, Queue: v.queue, Ahead: e.ahead,
		QLm: milli(e.scale * e.wait.Mean), P50: milli(e.quantile(estimate.Z50)), P80: milli(e.quantile(estimate.Z80)), P90: milli(e.quantile(estimate.Z90)),
		LES: milli(l.shadow.LES()), AvgC: milli(l.shadow.AvgC(e.ahead)), Asterisk: milli(l.shadow.Asterisk()),
		Agents: milli(e.agents), Handle: milli(e.handle), Patience: milli(e.patience), Scale: milli(e.scale)})
}
