package main

import (
	"context"
	"time"

	"presszero/sql"
	"presszero/web"
)

// promise is what a compliance profile requires of the day; zero: nothing.
type promise struct {
	answer        time.Duration // answered within this…
	share         float64       // …for this share of those who came
	offerCallback time.Duration // after which wait a callback is offered
	tellWait      bool          // who waits long is told how long
	noHangUp      bool          // nobody is cut off while waiting
	staffed       time.Duration // people there, a day
}

// promises are the profiles, and what each rests on.
var promises = map[string]promise{
	"es":        {answer: 3 * time.Minute, share: 0.95, noHangUp: true},                // Ley 10/2025
	"pt":        {answer: time.Minute, share: 1},                                       // DL 134/2009
	"br":        {answer: time.Minute, share: 1, staffed: 8 * time.Hour},               // Decreto 11.034/2022
	"kr":        {offerCallback: 30 * time.Second},                                     // KCC guideline 2009
	"de":        {tellWait: true},                                                      // TKG section 115
	"five_star": {answer: 30 * time.Second, share: 1, offerCallback: 30 * time.Second}, // Forbes Travel Guide
	"finance":   {answer: 2 * time.Minute, share: 1},
}

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
	if profile == "" {
		return nil, nil // no flow names one
	}
	is, ok := promises[profile]
	if !ok {
		return nil, web.ErrNotFound
	}
	day := measured{db: r.db, ctx: ctx, p: p, profile: profile}
	if is.answer > 0 {
		day.answered(is.answer, is.share)
	}
	if is.noHangUp {
		day.count("not_cut_off", 0, 0, func(w sql.WaitFigures) int { return w.CutOff })
	}
	if is.offerCallback > 0 {
		day.count("callback_offered", is.offerCallback, is.offerCallback+saying, func(w sql.WaitFigures) int { return w.Unoffered })
	}
	if is.tellWait {
		day.count("wait_told", longWait, longWait, func(w sql.WaitFigures) int { return w.Untold })
	}
	if is.staffed > 0 {
		day.staffed(is.staffed)
	}
	return day.rows, day.err
}

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
// and gave up or was cut off, was not answered in time either; who chose
// something else than waiting, or waits still, says nothing.
func (m *measured) answered(within time.Duration, share float64) {
	w := m.waits(within)
	came := w.Answered + w.Abandoned + w.CutOff
	is := float64(w.Within) / float64(max(came, 1))
	m.add(web.Requirement{Requirement: "answered_within", Seconds: within.Seconds(), Limit: share, Unit: "share"}, came > 0, is, is >= share)
}

// count: there is no caller of this kind.
func (m *measured) count(name string, within, limit time.Duration, of func(sql.WaitFigures) int) {
	w := m.waits(limit)
	n := of(w)
	m.add(web.Requirement{Requirement: name, Seconds: within.Seconds(), Unit: "calls"}, w.Offered > 0, float64(n), n == 0)
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
