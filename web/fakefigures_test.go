package web_test

import (
	"context"
	"slices"
	"strconv"

	"presszero/report"
	"presszero/report/patience"
	"presszero/report/staffing"
	"presszero/web"
)

// figureBook has answers of books to the reports that look at waits as a whole. Those
// with rows of queues are kept by queue, so that a test sees which were asked for.
type figureBook struct {
	dialed   []report.Counted
	spreads  []report.WaitSpread
	balances []report.Balance
	told     []report.Told
	waits    []patience.Wait
	times    []report.TellingTime
	lostOf   []report.LostCount
	lost     []report.LostCaller
	values   []report.LostValue
	withheld report.Withheld
	goals    map[string]staffing.Goal
	handling report.Handling
	present  []report.PresentAt

	callbacks []report.CallbackCounts
	messages  []report.MessageCounts
	agents    []agentOf

	asked []report.Period
}

// askedFor notes the period, and returns the rows of its queues.
func askedFor[T any](b *books, q report.Period, rows []T, queue func(T) string) ([]T, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.figures.asked = append(b.figures.asked, q)
	return slices.DeleteFunc(slices.Clone(rows), func(row T) bool {
		return len(q.Queues) > 0 && !slices.Contains(q.Queues, queue(row))
	}), b.fail
}

func (b *books) DialedTallies(_ context.Context, q report.Period) ([]report.Counted, error) {
	return askedFor(b, q, b.figures.dialed, func(c report.Counted) string { return c.Queue })
}

func (b *books) WaitSpreads(_ context.Context, q report.Period) ([]report.WaitSpread, error) {
	return askedFor(b, q, b.figures.spreads, func(s report.WaitSpread) string { return s.Queue })
}

func (b *books) Balances(_ context.Context, q report.Period) ([]report.Balance, error) {
	return askedFor(b, q, b.figures.balances, func(s report.Balance) string { return s.Queue })
}

func (b *books) Told(_ context.Context, q report.Period) ([]report.Told, error) {
	rows, err := askedFor(b, q, b.figures.told, func(report.Told) string { return "" })
	return append(rows, b.figures.told...), err
}

func (b *books) PatienceWaits(_ context.Context, q report.Period) ([]patience.Wait, error) {
	_, err := askedFor(b, q, b.figures.waits, func(patience.Wait) string { return "" })
	return b.figures.waits, err
}

func (b *books) TellingTimes(_ context.Context, q report.Period) ([]report.TellingTime, error) {
	_, err := askedFor(b, q, b.figures.times, func(report.TellingTime) string { return "" })
	return b.figures.times, err
}

func (b *books) LostValues() []report.LostValue { return slices.Clone(b.figures.values) }

func (b *books) LostCounts(_ context.Context, q report.Period, hours []float64) ([]report.LostCount, error) {
	rows, err := askedFor(b, q, b.figures.lostOf, func(c report.LostCount) string { return c.Queue })
	return slices.DeleteFunc(rows, func(c report.LostCount) bool { return !slices.Contains(hours, c.Hours) }), err
}

func (b *books) Withheld(_ context.Context, q report.Period) (report.Withheld, error) {
	_, err := askedFor(b, q, b.figures.lostOf, func(c report.LostCount) string { return c.Queue })
	return b.figures.withheld, err
}

func (b *books) LostCallers(_ context.Context, f report.LostFilter) ([]report.LostCaller, error) {
	rows, err := askedFor(b, report.Period{Queues: f.Queues}, b.figures.lost, func(c report.LostCaller) string { return c.Queue })
	rows = slices.DeleteFunc(rows, func(c report.LostCaller) bool { return f.Key != "" && c.Key != f.Key || c.At.Before(f.Since) })
	return rows[:min(len(rows), f.Limit)], err
}

// lostBook is web.Lost over the callbacks that were ordered.
type lostBook struct {
	ordered []string // key, queue, note, by
	fail    error
}

func (l *lostBook) CallBackLost(_ context.Context, c report.LostCaller, queue, note, by string) (string, error) {
	if l.fail != nil {
		return "", l.fail
	}
	l.ordered = append(l.ordered, c.Key+" "+queue+" "+note+" "+by)
	return "cb1", nil
}

func (b *books) StaffingGoal(queue string) (staffing.Goal, bool) {
	if b.figures.goals == nil {
		return staffing.Goal{TargetS: 20, Share: 0.8}, queue != ""
	}
	g, ok := b.figures.goals[queue]
	return g, ok
}

func (b *books) Handling(context.Context, report.Period) (report.Handling, error) {
	return b.figures.handling, b.fail
}

func (b *books) Present(context.Context, report.Period) ([]report.PresentAt, error) {
	return b.figures.present, b.fail
}

// rehearsalBook is web.Rehearsals: one goes on at a time.
type rehearsalBook struct {
	days []web.RehearsalDay
	list []web.Rehearsal
}

func (b *rehearsalBook) Begin(_ context.Context, d web.RehearsalDay) (web.Rehearsal, error) {
	if n := len(b.list); n > 0 && b.list[n-1].State == "running" {
		return web.Rehearsal{}, web.ErrTaken
	}
	b.days = append(b.days, d)
	b.list = append(b.list, web.Rehearsal{ID: "r" + strconv.Itoa(len(b.list)+1), Queue: d.Queue, State: "running"})
	return b.list[len(b.list)-1], nil
}

func (b *rehearsalBook) Rehearsal(_ context.Context, id string) (web.Rehearsal, error) {
	if i := slices.IndexFunc(b.list, func(r web.Rehearsal) bool { return r.ID == id }); i >= 0 {
		return b.list[i], nil
	}
	return web.Rehearsal{}, web.ErrNotFound
}

func (b *books) CallbackCounts(_ context.Context, p report.Period) ([]report.CallbackCounts, error) {
	return askedFor(b, p, b.figures.callbacks, func(c report.CallbackCounts) string { return c.Queue })
}

func (b *books) MessageCounts(_ context.Context, p report.Period) ([]report.MessageCounts, error) {
	return askedFor(b, p, b.figures.messages, func(m report.MessageCounts) string { return m.Queue })
}

func (b *books) AgentTimes(_ context.Context, p report.Period) (list []report.AgentTime, err error) {
	rows, err := askedFor(b, p, b.figures.agents, func(a agentOf) string { return a.queue })
	for _, a := range rows {
		list = append(list, a.AgentTime)
	}
	return list, err
}

// agentOf is the time of an agent who serves a queue.
type agentOf struct {
	queue string
	report.AgentTime
}
