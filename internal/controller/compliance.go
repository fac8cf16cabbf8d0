package controller

import (
	"context"
	"time"

	"presszero/ivr"
	"presszero/sql"
	"presszero/web"
)

const (
	// saying is how long after its time an offer may still be: something
	// else is being said.
	saying = 10 * time.Second
	// longWait is after which wait somebody must have been told how long it
	// will take.
	longWait = 30 * time.Second
)

// Compliance implements web.Reports.
func (r reports) Compliance(ctx context.Context, profile string, p web.Period) ([]web.Requirement, error) {
	if profile != "" {
		return r.keeps(ctx, profile, p)
	}
	var all []web.Requirement
	for _, name := range r.flows.current().flow.Profiles {
		rows, err := r.keeps(ctx, name, p)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// keeps is what kept measures, once for all who ask.
func (r reports) keeps(ctx context.Context, profile string, p web.Period) ([]web.Requirement, error) {
	return share(ctx, r.shared, "profile "+profile, p, func(ctx context.Context) ([]web.Requirement, error) { return r.kept(ctx, profile, p) })
}

// kept measures a period against one profile.
func (r reports) kept(ctx context.Context, profile string, p web.Period) ([]web.Requirement, error) {
	is, ok := ivr.Promises[profile]
	if !ok {
		return nil, web.ErrNotFound
	}
	day := measured{db: r.db, ctx: ctx, p: p, profile: profile}
	if is.Answer.Seconds > 0 {
		day.answered(is.Limit(), is.Answer.Share)
	}
	if is.Mean.Seconds > 0 {
		day.mean(is.Mean.Seconds)
	}
	if is.NoHangUp {
		day.count("not_cut_off", 0, 0, func(w sql.WaitFigures) int { return w.CutOff })
	}
	if is.OfferCallback > 0 {
		after := seconds(is.OfferCallback)
		day.count("callback_offered", after, after+saying, func(w sql.WaitFigures) int { return w.Unoffered })
	}
	if is.AnnounceWait {
		day.count("wait_told", longWait, longWait, func(w sql.WaitFigures) int { return w.Untold })
	}
	if is.HumanHours > 0 {
		day.staffed(seconds(is.HumanHours * 3600))
	}
	if is.EachBreach {
		day.eachBreach(is.Limit())
	}
	// What no fact tells: callers are not put on hold, so nothing is timed, and
	// what the recordings say and what a call costs is not ours to know.
	if is.Hold > 0 {
		day.unmeasured("hold", is.Hold)
	}
	if is.NoAds {
		day.unmeasured("no_ads", 0)
	}
	if is.FreeOfCharge {
		day.unmeasured("free_of_charge", 0)
	}
	return day.rows, day.err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// measured collects requirements and how a period was; the first error counts.
type measured struct {
	db      *sql.DB
	ctx     context.Context
	p       web.Period
	profile string

	rows []web.Requirement
	err  error
}

func (m *measured) waits(limit time.Duration) sql.WaitFigures {
	w, err := m.db.WaitFigures(m.ctx, m.p.From, m.p.To, limit)
	if m.err == nil {
		m.err = err
	}
	return w
}

// add takes a requirement; any is false when there is nothing to measure.
func (m *measured) add(q web.Requirement, any bool, is float64, ok bool) {
	q.Profile = m.profile
	if any {
		q.Measured, q.OK = &is, &ok
	}
	m.rows = append(m.rows, q)
}

// answered: of all who came, this share was answered in time. Whoever was not,
// and gave up, was cut off or turned away, was not answered in time either; who
// chose something else than waiting, or waits still, says nothing.
func (m *measured) answered(within time.Duration, share float64) {
	w := m.waits(within)
	came := w.Answered + w.Abandoned + w.CutOff + w.TurnedAway
	is := float64(w.Within) / float64(max(came, 1))
	m.add(web.Requirement{Requirement: "answered_within", Seconds: within.Seconds(), Limit: share, Unit: "share"}, came > 0, is, is >= share)
}

// mean: those who were answered waited no longer than this on average.
func (m *measured) mean(limit float64) {
	w := m.waits(0)
	is := 0.0
	if w.MeanS != nil {
		is = *w.MeanS
	}
	m.add(web.Requirement{Requirement: "mean_wait", Limit: limit, Unit: "s"}, w.MeanS != nil, is, is <= limit)
}

// count: there is no caller of this kind.
func (m *measured) count(name string, within, limit time.Duration, of func(sql.WaitFigures) int) {
	w := m.waits(limit)
	n := of(w)
	m.add(web.Requirement{Requirement: name, Seconds: within.Seconds(), Unit: "calls"}, w.Offered > 0, float64(n), n == 0)
}

// unmeasured: the profile requires it, and nothing here can tell.
func (m *measured) unmeasured(name string, within float64) {
	m.rows = append(m.rows, web.Requirement{Profile: m.profile, Requirement: name, Seconds: within, Unit: "calls", NotMeasured: true})
}

// eachBreach: every caller who waited longer is told, not an average.
func (m *measured) eachBreach(within time.Duration) {
	m.count("each_breach", within, within, func(w sql.WaitFigures) int { return w.Long })
	list, err := m.db.LongWaits(m.ctx, m.p.From, m.p.To, within, 200)
	if m.err == nil {
		m.err = err
	}
	q := &m.rows[len(m.rows)-1]
	for _, l := range list {
		q.Breaches = append(q.Breaches, web.Breach(l))
	}
}

// staffed: people were there so long a day. A day that is not over says
// nothing until they were.
func (m *measured) staffed(least time.Duration) {
	d, err := m.db.Staffed(m.ctx, m.p.From, m.p.To)
	if m.err == nil {
		m.err = err
	}
	days := max(1, m.p.To.Sub(m.p.From).Round(24*time.Hour)/(24*time.Hour))
	ok := d >= days*least
	m.add(web.Requirement{Requirement: "staffed", Limit: (days * least).Hours(), Unit: "h"}, ok || m.p.To.Before(time.Now()), d.Hours(), ok)
}
