package controller

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/internal/figures"
	"presszero/ivr"
	"presszero/report"
)

// figuresBook is a database for the floor; it answers only when it is up.
type figuresBook struct {
	down    bool
	days    []report.Period
	crossed []figures.Crossing // lasting
	kept    []figures.Crossing
}

var errDown = errors.New("the database is down")

func (b *figuresBook) up() error {
	if b.down {
		return errDown
	}
	return nil
}

func (b *figuresBook) Tallies(_ context.Context, p report.Period, _ time.Duration) ([]report.Tally, error) {
	b.days = append(b.days, p)
	return []report.Tally{
		{Queue: "support", Outcome: "answered", Visits: 12, Within: 6},
		{Queue: "support", Outcome: "abandoned_queue", Visits: 4},
		{Queue: "support", Outcome: report.Open, Visits: 2},
		{Queue: "sales", Outcome: "answered", Visits: 1, Within: 1}}, b.up()
}

func (b *figuresBook) GaveUp(context.Context, time.Time) ([]report.GaveUp, error) {
	return []report.GaveUp{{Place: report.InMenu, Callers: 2}, {Queue: "support", Place: report.InLine, Callers: 3, LongestS: 61}}, b.up()
}

func (b *figuresBook) Overdue(context.Context) ([]report.Overdue, error) {
	return []report.Overdue{{Queue: "sales", Messages: 2, Since: monday}}, b.up()
}

func (b *figuresBook) CrossedNow(context.Context) ([]figures.Crossing, error) {
	return b.crossed, b.up()
}

func (b *figuresBook) KeepCrossings(_ context.Context, list []figures.Crossing) error {
	if err := b.up(); err != nil {
		return err
	}
	b.kept = append(b.kept, list...)
	return nil
}

var monday = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// TestLimits: the floor has what the reports know, of the queue's own day; a
// limit is judged by it, and what is crossed is written down and published once, also over
// a time without a database.
func TestLimits(t *testing.T) {
	t.Parallel()
	flow, err := ivr.Load("../../ivr/testdata/flows/queues.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := &figuresBook{crossed: []figures.Crossing{{Queue: "support", Limit: figures.Waiting, Bound: 15, Value: 16, Worst: 20, Crossed: monday.Add(-time.Hour)}}}
	var published []string
	refuses := false
	k := &figuresKeeper{source: book, flow: func() *ivr.Flow { return flow }, log: slog.New(slog.DiscardHandler),
		publish: func(_ context.Context, n report.Notice) error {
			if refuses {
				return errDown
			}
			published = append(published, n.ID+" "+n.Type)
			return nil
		}}
	waits := 16
	now := monday
	round := func() (support, sales figures.Queue) {
		count := func() []figures.Queue {
			list := []figures.Queue{{Name: "support", Waiting: waits}, {Name: "sales"}}
			for i := range list {
				k.addTo(&list[i])
			}
			return list
		}
		k.round(t.Context(), now, func(context.Context) ([]figures.Queue, error) { return count(), nil })
		list := count()
		return list[0], list[1]
	}
	book.down = true
	if support, _ := round(); support.Today != nil || len(support.Limits) != 0 || k.inMenus() != nil {
		t.Errorf("without a database support is %+v", support)
	}
	book.down = false
	support, sales := round()
	if d := support.Today; d == nil || *d.ServiceLevel != 6.0/16 || d.Decided != 16 || d.Open != 2 || d.TargetS != 30 {
		t.Errorf("today is %+v", support.Today)
	}
	if len(support.GaveUp) != 1 || support.GaveUp[0].Callers != 3 || k.inMenus().Callers != 2 || sales.Overdue != 2 || !sales.OverdueSince.Equal(monday) {
		t.Errorf("support is %+v, sales %+v", support, sales)
	}
	madrid := time.FixedZone("", 3600)
	if want := time.Date(2026, 3, 2, 0, 0, 0, 0, madrid); !book.days[1].From.Equal(want) || !book.days[1].To.Equal(want.AddDate(0, 0, 1)) {
		t.Errorf("the day is %v", book.days[1])
	}
	if len(support.Limits) != 2 || support.Limits[0].Limit != figures.ServiceLevel || support.Limits[1].Worst != 20 {
		t.Errorf("crossed are %+v", support.Limits)
	}
	if len(published) != 1 || !strings.HasPrefix(published[0], "crossed-support-service_level-") {
		t.Errorf("published are %q", published)
	}
	// It is over while the database is away, and a receiver refuses once.
	waits, book.down = 0, true
	round()
	now = now.Add(2 * time.Minute)
	round()
	book.down, refuses = false, true
	round()
	refuses = false
	round()
	round()
	if want := "over-support-waiting-1772442000000000 limit.over"; len(published) != 2 || published[1] != want {
		t.Errorf("published are %q, want %s last", published, want)
	}
	if !slices.ContainsFunc(book.kept, func(c figures.Crossing) bool { return c.Limit == figures.Waiting && c.Over != nil && c.Worst == 20 }) {
		t.Errorf("kept are %+v", book.kept)
	}
}
