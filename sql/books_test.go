package sql_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
	"presszero/sql"
)

var books = flag.String("books", "", "URL of a filled database, for BenchmarkBooks; its caller key is 32 bytes of 0x11")

// BenchmarkBooks is how long each report of a day, a month and a year takes in a database
// that is filled, the year up to its newest visit; and how long a caller is looked up while
// eight people look at reports of a year. See docs/performance.md.
func BenchmarkBooks(b *testing.B) {
	if *books == "" {
		return // there is nothing to measure
	}
	ctx := context.Background()
	db, err := sql.Open(ctx, sql.Config{URL: *books, CallerKey: bytes.Repeat([]byte{0x11}, 32), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	newest, err := db.Calls(ctx, report.CallFilter{Period: report.Period{From: time.Unix(0, 0), To: time.Now().AddDate(10, 0, 0)}, Limit: 1})
	if err != nil || len(newest) == 0 {
		b.Fatal(newest, err)
	}
	end := newest[0].At.Truncate(24 * time.Hour).Add(-time.Hour) // midnight in Madrid
	reports := booksReports(ctx, db)
	for _, r := range reports {
		for _, span := range []struct {
			name string
			days int
		}{{"day", 1}, {"month", 30}, {"year", 365}} {
			b.Run(r.name+"/"+span.name, func(b *testing.B) {
				var took []time.Duration
				for i := 0; b.Loop(); i++ {
					to := end.AddDate(0, 0, -i%7)
					began := time.Now()
					if err := r.ask(report.Period{From: to.AddDate(0, 0, -span.days), To: to}); err != nil {
						b.Fatal(err)
					}
					took = append(took, time.Since(began))
				}
				reportPercentile(b, took, 95)
			})
		}
	}
	b.Run("Ship100Calls", func(b *testing.B) { // must take less than a second; not newer than the newest, or the year would end elsewhere
		j := openJournal(b)
		shipper, _ := shipping(b, db, j)
		n := int(time.Now().UnixMilli())
		for b.Loop() {
			for range 100 {
				n++
				j.Append(arrive(n, end.UTC(), fmt.Sprintf("+346%08d", n%1e8)).after(6).enter("support").expect(40).after(20).
					offer("agent001", 4, "accepted").talk("agent001", 60).end(call.Answered, call.SideCaller).list)
			}
			arrived(b, shipper, j)
		}
	})
	b.Run("Recognise", func(b *testing.B) {
		ctx, stop := context.WithCancel(ctx)
		var slow sync.WaitGroup
		for range 8 {
			slow.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					r := reports[i%len(reports)]
					_ = r.ask(report.Period{From: end.AddDate(0, 0, -365), To: end})
				}
			})
		}
		defer slow.Wait()
		defer stop()
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			began := time.Now()
			if _, _, err := db.Recognise(ctx, fmt.Sprintf("+34%d", 600000000+(1+i*7919%2200000)*137)); err != nil {
				b.Error(err)
			}
			took = append(took, time.Since(began))
		}
		reportPercentile(b, took, 99)
	})
}

func reportPercentile(b *testing.B, took []time.Duration, p int) {
	slices.Sort(took)
	b.ReportMetric(float64(took[(len(took)*p-1)/100].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
}

type question struct {
	name string
	ask  func(report.Period) error
}

func booksReports(ctx context.Context, db *sql.DB) []question {
	list := func(outcomes ...string) func(report.Period) error {
		return func(p report.Period) error {
			_, err := db.Calls(ctx, report.CallFilter{Period: p, Outcomes: outcomes})
			return err
		}
	}
	some := func(p report.Period) report.Period { p.Queues = []string{"billing", "support"}; return p }
	return []question{
		{name: "Tallies", ask: func(p report.Period) error { _, err := db.Tallies(ctx, p, 0); return err }},
		{name: "TalliesByHour", ask: func(p report.Period) error { _, err := db.Tallies(ctx, inQueue(p, "support"), time.Hour); return err }},
		{name: "CallCounts", ask: func(p report.Period) error { _, err := db.CallCounts(ctx, p); return err }},
		{name: "CallCountsOfTwo", ask: func(p report.Period) error { _, err := db.CallCounts(ctx, some(p)); return err }},
		{name: "Menus", ask: func(p report.Period) error { _, err := db.Menus(ctx, p); return err }},
		{name: "MenuNodes", ask: func(p report.Period) error { _, err := db.MenuNodes(ctx, p); return err }},
		{name: "MenuNodesOfTwo", ask: func(p report.Period) error { _, err := db.MenuNodes(ctx, some(p)); return err }},
		{name: "WaitAccuracy", ask: func(p report.Period) error { _, err := db.WaitAccuracy(ctx, p); return err }},
		{name: "WaitFigures", ask: func(p report.Period) error { _, err := db.WaitFigures(ctx, p, 3*time.Minute); return err }},
		{name: "LongWaits", ask: func(p report.Period) error { _, err := db.LongWaits(ctx, p, 10*time.Minute, 200); return err }},
		{name: "Staffed", ask: func(p report.Period) error { _, err := db.Staffed(ctx, p); return err }},
		{name: "StaffedOfTwo", ask: func(p report.Period) error { _, err := db.Staffed(ctx, some(p)); return err }},
		{name: "AgentTimes", ask: func(p report.Period) error { _, err := db.AgentTimes(ctx, p); return err }},
		{name: "Present", ask: func(p report.Period) error { _, err := db.Present(ctx, inQueue(p, "support")); return err }},
		{name: "Handling", ask: func(p report.Period) error { _, err := db.Handling(ctx, inQueue(p, "support")); return err }},
		{name: "PatienceWaits", ask: func(p report.Period) error { _, err := db.PatienceWaits(ctx, inQueue(p, "support")); return err }},
		{name: "WaitSpreads", ask: func(p report.Period) error { _, err := db.WaitSpreads(ctx, p); return err }},
		{name: "LostCounts", ask: func(p report.Period) error { _, err := db.LostCounts(ctx, p, report.LostHours); return err }},
		{name: "CallbackCounts", ask: func(p report.Period) error { _, err := db.CallbackCounts(ctx, p); return err }},
		{name: "CodeCounts", ask: func(p report.Period) error { _, err := db.CodeCounts(ctx, p, "Europe/Madrid"); return err }},
		{name: "DialedTallies", ask: func(p report.Period) error { _, err := db.DialedTallies(ctx, p); return err }},
		{name: "Balances", ask: func(p report.Period) error { _, err := db.Balances(ctx, p); return err }},
		{name: "Told", ask: func(p report.Period) error { _, err := db.Told(ctx, p); return err }},
		{name: "TellingTimes", ask: func(p report.Period) error { _, err := db.TellingTimes(ctx, p); return err }},
		{name: "Withheld", ask: func(p report.Period) error { _, err := db.Withheld(ctx, p); return err }},
		{name: "Talks", ask: func(p report.Period) error { _, err := db.Talks(ctx, p, "Europe/Madrid"); return err }},
		{name: "AgentTalks", ask: func(p report.Period) error { _, err := db.AgentTalks(ctx, p, "Europe/Madrid"); return err }},
		{name: "Handovers", ask: func(p report.Period) error { _, err := db.Handovers(ctx, p, "Europe/Madrid"); return err }},
		{name: "HoldFigures", ask: func(p report.Period) error { _, err := db.HoldFigures(ctx, p, time.Minute); return err }},
		{name: "Promises", ask: func(p report.Period) error { _, err := db.Promises(ctx, p, "Europe/Madrid"); return err }},
		{name: "MessageCounts", ask: func(p report.Period) error { _, err := db.MessageCounts(ctx, p); return err }},
		{name: "Overdue", ask: func(report.Period) error { _, err := db.Overdue(ctx); return err }},
		{name: "Calls", ask: list()},
		{name: "CallsNoAgents", ask: list("no_agents")},
		{name: "CallsRefused", ask: list("refused")},
		{name: "CallsAbandoned", ask: list("abandoned_queue", "abandoned_ringing", "abandoned_at_answer")},
		{name: "Callers", ask: func(report.Period) error { _, err := db.Callers(ctx, []string{"601370"}, nil, 100); return err }},
	}
}
