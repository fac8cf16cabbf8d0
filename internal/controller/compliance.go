package controller

import (
	"context"
	"time"

	"presszero/ivr"
	"presszero/report"
	"presszero/sql"
	"presszero/web"
)

const (
	// saying is by how much an offer may be late, since another announcement
	// may be playing.
	saying = 10 * time.Second
	// longWait is the wait after which a caller must have been told how long it
	// will take.
	longWait = 30 * time.Second
)

// Compliance implements web.Reports.
func (r reports) Compliance(ctx context.Context, profile string, p report.Period) ([]report.Requirement, error) {
	if profile != "" {
		return r.keeps(ctx, profile, p)
	}
	var all []report.Requirement
	for _, name := range r.flows.current().flow.Profiles {
		rows, err := r.keeps(ctx, name, p)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// keeps is what measureProfile measures, once for all questions of the same period.
func (r reports) keeps(ctx context.Context, profile string, p report.Period) ([]report.Requirement, error) {
	return share(ctx, r.shared, "profile "+profile, p, func(ctx context.Context) ([]report.Requirement, error) { return r.measureProfile(ctx, profile, p) })
}

// measureProfile measures a period against one profile.
func (r reports) measureProfile(ctx context.Context, profile string, p report.Period) ([]report.Requirement, error) {
	is, ok := ivr.Promises[profile]
	if !ok {
		return nil, web.ErrNotFound
	}
	day := measured{db: r.DB, ctx: ctx, p: p, profile: profile}
	if is.Answer.Seconds > 0 {
		day.answered(is.Limit(), is.Answer.Share)
	}
	if is.Mean.Seconds > 0 {
		day.meanWait(is.Mean.Seconds)
	}
	if is.NoHangUp {
		day.count("not_cut_off", 0, 0, func(w report.WaitFigures) int { return w.CutOff + w.CutOffAfterTalk })
	}
	if is.OfferCallback > 0 {
		after := seconds(is.OfferCallback)
		day.count("callback_offered", after, after+saying, func(w report.WaitFigures) int { return w.Unoffered })
	}
	if is.AnnounceWait {
		day.count("wait_told", longWait, longWait, func(w report.WaitFigures) int { return w.Untold })
	}
	if is.Hold > 0 {
		day.holds(seconds(is.Hold))
	}
	if is.HumanHours > 0 {
		day.staffed(seconds(is.HumanHours * 3600))
	}
	if is.EachBreach {
		day.eachBreach(is.Limit())
	}
	day.untold(is)
	return day.rows, day.err
}

// untold lists what no fact tells: neither the words of the recordings nor the
// cost of a call is known here.
func (m *measured) untold(is ivr.Promise) {
	if is.NoAds {
		m.unmeasured("no_ads", 0)
	}
	if is.FreeOfCharge {
		m.unmeasured("free_of_charge", 0)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// measured collects requirements and how a period was; the first error counts.
type measured struct {
	db      *sql.DB
	ctx     context.Context
	p       report.Period
	profile string

	rows []report.Requirement
	err  error
}

func (m *measured) waits(limit time.Duration) report.WaitFigures {
	w, err := m.db.WaitFigures(m.ctx, m.p, limit)
	if m.err == nil {
		m.err = err
	}
	return w
}

// add takes a requirement, and how the period was; nil: there is nothing to
// measure.
func (m *measured) add(q report.Requirement, is *float64, ok bool) {
	q.Profile = m.profile
	if is != nil {
		q.Measured, q.OK = is, &ok
	}
	m.rows = append(m.rows, q)
}

// answered: of all who came and waited, this share was answered in time.
func (m *measured) answered(within time.Duration, share float64) {
	is := m.waits(within).AnsweredInTime()
	m.add(report.Requirement{Requirement: "answered_within", Seconds: within.Seconds(), Limit: share, Unit: "share"}, is, is != nil && *is >= share)
	m.breaches(within)
}

// breaches adds to the last requirement the callers who waited longer.
func (m *measured) breaches(within time.Duration) {
	list, err := m.db.LongWaits(m.ctx, m.p, within, 200)
	if m.err == nil {
		m.err = err
	}
	m.rows[len(m.rows)-1].Breaches = list
}

// meanWait: those who were answered waited no longer than this on average.
func (m *measured) meanWait(limit float64) {
	is := m.waits(0).MeanS
	m.add(report.Requirement{Requirement: "mean_wait", Limit: limit, Unit: "s"}, is, is != nil && *is <= limit)
}

// count: there is no caller of this kind.
func (m *measured) count(name string, within, limit time.Duration, of func(report.WaitFigures) int) {
	w := m.waits(limit)
	var is *float64
	n := float64(of(w))
	if w.Offered > 0 {
		is = &n
	}
	m.add(report.Requirement{Requirement: name, Seconds: within.Seconds(), Unit: "calls"}, is, n == 0)
}

// holds: nobody is on hold for so long without being offered a callback, and
// nobody gives up on hold.
func (m *measured) holds(within time.Duration) {
	h, err := m.db.HoldFigures(m.ctx, m.p, within+saying)
	if m.err == nil {
		m.err = err
	}
	calls := func(name string, within time.Duration, n int) {
		is := float64(n)
		q := report.Requirement{Requirement: name, Seconds: within.Seconds(), Unit: "calls"}
		if h.Talks == 0 {
			m.add(q, nil, false)
			return
		}
		m.add(q, &is, n == 0)
	}
	calls("hold", within, h.Unasked)
	calls("hold_given_up", 0, h.GivenUp)
}

// unmeasured adds a requirement of the profile that no fact can measure.
func (m *measured) unmeasured(name string, within float64) {
	m.rows = append(m.rows, report.Requirement{Profile: m.profile, Requirement: name, Seconds: within, Unit: "calls", NotMeasured: true})
}

// eachBreach: every caller who waited longer is told, not an average.
func (m *measured) eachBreach(within time.Duration) {
	m.count("each_breach", within, within, func(w report.WaitFigures) int { return w.Long })
	m.breaches(within)
}

// staffed: people were there so long a day. A day that is not over says
// nothing until they were.
func (m *measured) staffed(least time.Duration) {
	d, err := m.db.Staffed(m.ctx, m.p)
	if m.err == nil {
		m.err = err
	}
	days := max(1, m.p.To.Sub(m.p.From).Round(24*time.Hour)/(24*time.Hour))
	ok := d >= days*least
	var is *float64
	if hours := d.Hours(); ok || m.p.To.Before(time.Now()) {
		is = &hours
	}
	m.add(report.Requirement{Requirement: "staffed", Limit: (days * least).Hours(), Unit: "h"}, is, ok)
}
