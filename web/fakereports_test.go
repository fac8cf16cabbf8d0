package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"presszero/report"
	"presszero/web"
)

// books is web.Reports over a list of visits.
type books struct {
	talksIn func(report.Period) []report.Talks // in place of talks
	mu      sync.Mutex
	visits  []report.Call
	filter  report.CallFilter // of the last list of calls
	menus   report.MenuCounts
	nodes   []report.MenuNode
	rules   []report.Requirement
	waits   []report.WaitAccuracy
	talks   []report.Talks
	handed  []report.Handovers
	asked   []report.Consults
	codes   []report.CodeCount

	promises []report.Promises
	bounds   []report.Thresholds // none: the usual, in UTC
	counts   report.CallCounts
	facts    map[string][]report.Fact // of calls whose timeline is told in full
	heard    map[string][]report.TalkQuality
	fail     error

	figures figureBook
}

func (b *books) add(v ...report.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.visits = append(b.visits, v...)
}

func (b *books) in(p report.Period) (list []report.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.visits {
		if !v.At.Before(p.From) && v.At.Before(p.To) && (len(p.Queues) == 0 || slices.Contains(p.Queues, v.Queue)) {
			list = append(list, v)
		}
	}
	return list
}

func (b *books) Tallies(_ context.Context, p report.Period, interval time.Duration) ([]report.Tally, error) {
	var list []report.Tally
	for _, v := range b.in(p) {
		if v.Queue == "" {
			continue
		}
		start := p.From
		if interval > 0 {
			start = p.From.Add(v.At.Sub(p.From).Truncate(interval))
		}
		t := report.Tally{Queue: v.Queue, Start: start, Outcome: v.Outcome, Visits: 1, AfterTalk: v.AfterTalk}
		if v.Outcome != report.Open {
			t.LongestS, t.Longest = v.QueueS, v.Call
		}
		if abandoned, th := strings.HasPrefix(v.Outcome, "abandoned"), b.thresholds(v.Queue); abandoned || v.Outcome == "answered" {
			t.Within = count(v.QueueS <= th.TargetS)
			t.Short = count(abandoned && v.QueueS <= th.ShortS)
		}
		list = append(list, t)
	}
	return list, b.fail
}

// count is 1 if is holds, else 0.
func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (b *books) Thresholds() []report.Thresholds {
	if b.bounds == nil {
		return []report.Thresholds{{TargetS: 20, ShortS: 5, Zone: "UTC"}}
	}
	return b.bounds
}

func (b *books) thresholds(queue string) report.Thresholds {
	all := b.Thresholds()
	if i := slices.IndexFunc(all, func(m report.Thresholds) bool { return m.Queue == queue }); i >= 0 {
		return all[i]
	}
	return all[0]
}

func (b *books) CallCounts(context.Context, report.Period) (report.CallCounts, error) {
	return b.counts, b.fail
}

func (b *books) Menus(context.Context, report.Period) (report.MenuCounts, error) {
	return b.menus, b.fail
}

func (b *books) Calls(_ context.Context, f report.CallFilter) (list []report.Call, err error) {
	b.mu.Lock()
	b.filter = f
	b.mu.Unlock()
	for _, v := range slices.Backward(b.in(f.Period)) {
		if (len(f.Outcomes) == 0 || slices.Contains(f.Outcomes, v.Outcome)) && (f.AfterTalk == nil || *f.AfterTalk == v.AfterTalk) {
			list = append(list, v)
		}
	}
	return list[min(f.Offset, len(list)):min(f.Offset+f.Limit, len(list))], b.fail
}

// lastFilter is which calls were asked for last.
func (b *books) lastFilter() report.CallFilter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.filter
}

func (b *books) QueuesOf(_ context.Context, call string) (queues []string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range b.visits {
		if v.Call == call && v.Queue != "" {
			queues = append(queues, v.Queue)
		}
	}
	return queues, b.fail
}

func (b *books) Timeline(_ context.Context, call string) ([]report.Fact, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if list, ok := b.facts[call]; ok {
		return list, nil
	}
	for _, v := range b.visits {
		if v.Call == call {
			return []report.Fact{
				{Seq: 1, At: v.At, Kind: "call.started", Data: raw(map[string]any{"from": v.Number, "name": v.Name})},
				{Seq: 2, At: v.At.Add(time.Duration(v.QueueS * float64(time.Second))), Kind: "queue.left",
					Data: raw(map[string]any{"outcome": v.Outcome, "queue_s": v.QueueS})},
			}, nil
		}
	}
	return nil, web.ErrNotFound
}

func (b *books) TalkQuality(_ context.Context, call string) ([]report.TalkQuality, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard[call], b.fail
}

func (b *books) MenuNodes(context.Context, report.Period) ([]report.MenuNode, error) {
	return b.nodes, b.fail
}

func (b *books) Compliance(_ context.Context, profile string, _ report.Period) ([]report.Requirement, error) {
	if profile != "" && profile != "es" {
		return nil, web.ErrNotFound
	}
	return b.rules, b.fail
}

// ofQueues are the rows of the queues that a report is about.
func ofQueues[Row any](p report.Period, rows []Row, queue func(Row) string) []Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return len(p.Queues) > 0 && !slices.Contains(p.Queues, queue(r)) })
}

func (b *books) WaitAccuracy(_ context.Context, p report.Period) ([]report.WaitAccuracy, error) {
	return ofQueues(p, b.waits, func(r report.WaitAccuracy) string { return r.Queue }), b.fail
}

func (b *books) Talks(_ context.Context, p report.Period) ([]report.Talks, error) {
	if b.talksIn != nil {
		return b.talksIn(p), b.fail
	}
	return ofQueues(p, b.talks, func(r report.Talks) string { return r.Queue }), b.fail
}

func (b *books) AgentTalks(_ context.Context, p report.Period) ([]report.Talks, error) {
	rows := ofQueues(p, b.talks, func(r report.Talks) string { return r.Queue })
	for i := range rows {
		rows[i].Day = ""
	}
	return rows, b.fail
}

func (b *books) Handovers(_ context.Context, p report.Period) ([]report.Handovers, error) {
	return ofQueues(p, b.handed, func(r report.Handovers) string { return r.Queue }), b.fail
}

func (b *books) Consults(_ context.Context, p report.Period) ([]report.Consults, error) {
	return ofQueues(p, b.asked, func(r report.Consults) string { return r.Queue }), b.fail
}

func (b *books) Promises(_ context.Context, p report.Period) ([]report.Promises, error) {
	return ofQueues(p, b.promises, func(r report.Promises) string { return r.Queue }), b.fail
}

func (b *books) CodeCounts(_ context.Context, p report.Period) ([]report.CodeCount, error) {
	return ofQueues(p, b.codes, func(r report.CodeCount) string { return r.Queue }), b.fail
}

// raw is data as JSON.
func raw(data map[string]any) json.RawMessage {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err)
	}
	return text
}

// errAway is the error of books whose database is away.
var errAway = errors.New("the database is away")
