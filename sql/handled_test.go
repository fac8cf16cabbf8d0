package sql_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"presszero/call"
	"presszero/report"
)

// TestTalksAsRecounted: talks, after-call work and hand-overs come, change and go in any order,
// with some days in the rollup and the house's zone changing; the reports on talks are those of
// a naive recount of the same rows all the while. `make soak` tries 200 days.
func TestTalksAsRecounted(t *testing.T) {
	t.Parallel()
	f := setup(t)
	rapid.Check(t, func(rt *rapid.T) {
		f.raw.MustExec(`TRUNCATE talk, handover, agent_span, handled_1d, talk_1d; DELETE FROM rollup_stale`)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 7))
		moment := func() time.Time {
			return noon.Add(time.Duration(r.Int64N(int64(40 * time.Hour)))).Truncate(time.Microsecond)
		}
		zones, house := []string{"UTC", "Asia/Kathmandu", "America/St_Johns"}, "UTC"
		f.raw.MustExec(`SELECT days_of_house($1)`, house)
		for n := range rapid.IntRange(10, 60).Draw(rt, "changes") {
			agent, queue := []string{"ann", "bob"}[r.IntN(2)], []any{"support", "billing", nil}[r.IntN(3)]
			if r.IntN(2) == 0 {
				if err := f.RollupOf(soon(t), "handled"); err != nil {
					rt.Fatal(err)
				}
			}
			switch r.IntN(10) {
			default:
				f.raw.MustExec(`INSERT INTO talk (call_id, seq, call_day, queue, agent, joined_at) VALUES ($1, 1, $2, $3, $4, $5)`, newID(n), noon, queue, agent, moment())
			case 0, 1:
				f.raw.MustExec(`UPDATE talk SET left_at = joined_at + interval '90 s', talk_s = 90 + $1, hold_s = $1, holds = ($1 > 0)::int, longest_hold_s = $1, gap_s = $2, on_hold = $3, side = 'caller'
					WHERE call_id = (SELECT call_id FROM talk WHERE left_at IS NULL ORDER BY md5(call_id::text) LIMIT 1)`, float64(r.IntN(3))*8, float64(r.IntN(2)), r.IntN(4) == 0)
			case 2, 3:
				from := moment()
				if r.IntN(2) == 0 { // soon after a talk that is there
					_ = f.raw.Get(&from, `SELECT joined_at + interval '100 s' FROM talk WHERE agent = $1 ORDER BY md5(call_id::text || $2) LIMIT 1`, agent, n)
				}
				var until any
				if r.IntN(3) > 0 {
					until = from.Add(time.Duration(r.IntN(9000)) * time.Second)
				}
				f.raw.MustExec(`INSERT INTO agent_span (shift_id, seq, agent, presence, state, from_at, until_at) VALUES ($1, $2, $3, 'available', $4, $5, $6)`,
					newID(1), n, agent, []string{"wrap_up", "wrap_up", "idle"}[r.IntN(3)], from, until)
			case 4:
				f.raw.MustExec(`UPDATE agent_span SET until_at = from_at + interval '77 s', state = $1 WHERE seq = (SELECT min(seq) FROM agent_span WHERE until_at IS NULL)`, []string{"wrap_up", "idle"}[r.IntN(2)])
			case 5:
				f.raw.MustExec(`INSERT INTO handover (call_id, seq, call_day, talk_seq, at, by_agent, to_agent) SELECT call_id, 2, call_day, $1, joined_at, agent, 'cyd' FROM talk ORDER BY md5(call_id::text) DESC LIMIT 1
					ON CONFLICT (call_id, seq) DO UPDATE SET talk_seq = EXCLUDED.talk_seq`, []any{1, nil}[r.IntN(2)])
			case 6:
				change := [][2]string{{"DELETE FROM", "talk"}, {"DELETE FROM", "agent_span"}, {"DELETE FROM", "handover"}, {"UPDATE talk SET agent = 'bob'", "talk"},
					{"UPDATE talk SET queue = 'billing'", "talk"}, {"UPDATE agent_span SET from_at = from_at + interval '2 h'", "agent_span"}}[r.IntN(6)]
				verb := change[0]
				if strings.HasPrefix(verb, "DELETE") {
					verb += " " + change[1]
				}
				f.raw.MustExec(verb + ` WHERE ctid = (SELECT ctid FROM ` + change[1] + ` x ORDER BY md5(x::text) LIMIT 1)`)
			case 7:
				if house = zones[r.IntN(len(zones))]; f.CountDaysIn(soon(t), house) != nil {
					rt.Fatal("the zone is not taken")
				}
			}
			from := moment()
			p := during(from, from.Add(time.Duration(r.Int64N(int64(60*time.Hour)))))
			if r.IntN(2) == 0 {
				p = during(noon.Add(-48*time.Hour), noon.Add(96*time.Hour))
			}
			if r.IntN(3) == 0 {
				p.Queues = []string{"support"}
			}
			zone := house
			if r.IntN(4) == 0 {
				zone = zones[r.IntN(len(zones))]
			}
			f.talksAsRecounted(t, rt, p, zone)
		}
	})
}

// TestTalksAreCountedAnew: what changes a day of talks is counted at once, whatever has changed.
func TestTalksAreCountedAnew(t *testing.T) {
	t.Parallel()
	f := setup(t)
	all := during(noon.Add(-48*time.Hour), noon.Add(96*time.Hour))
	before := string(call.DayOf(noon.Add(-day)))
	ended := `INSERT INTO talk (call_id, seq, call_day, queue, agent, joined_at, left_at, talk_s, hold_s, holds, longest_hold_s, gap_s, on_hold, side)
		SELECT '%s', 1, at::date, 'support', 'ann', at, at + interval '60 s', 60, 0, 0, 0, 0, false, 'caller' FROM (SELECT timestamptz '%s+00' AS at) x`
	for _, step := range []struct{ what, change string }{
		{"a talk", fmt.Sprintf(ended, newID(1), before+" 23:50")},
		{"after-call work that goes on, after midnight", `INSERT INTO agent_span (shift_id, seq, agent, presence, state, from_at) VALUES ('` + string(newID(1)) + `', 1, 'ann', 'available', 'wrap_up', '` + noonsDay + ` 00:20+00')`},
		{"it ends", `UPDATE agent_span SET until_at = '` + noonsDay + ` 00:30+00'`},
		{"a talk between, told late", fmt.Sprintf(ended, newID(2), noonsDay+" 00:10")},
		{"is another agent's", `UPDATE talk SET agent = 'bob' WHERE call_id = '` + string(newID(2)) + `'`},
		{"is ann's after all", `UPDATE talk SET agent = 'ann' WHERE call_id = '` + string(newID(2)) + `'`},
		{"began after the work", `UPDATE talk SET joined_at = joined_at + interval '30 min', left_at = left_at + interval '30 min' WHERE call_id = '` + string(newID(2)) + `'`},
		{"before it", `UPDATE talk SET joined_at = joined_at - interval '30 min', left_at = left_at - interval '30 min' WHERE call_id = '` + string(newID(2)) + `'`},
		{"is gone", `DELETE FROM talk WHERE call_id = '` + string(newID(2)) + `'`},
		{"a hand-over, told late", `INSERT INTO handover (call_id, seq, call_day, at, by_agent, to_agent) VALUES ('` + string(newID(1)) + `', 2, '` + before + `', '` + before + ` 23:50+00', 'ann', 'cyd')`},
		{"its talk is known", `UPDATE handover SET talk_seq = 1`},
		{"it is gone", `DELETE FROM handover`},
		{"a hold", `UPDATE talk SET hold_s = 9, holds = 1, longest_hold_s = 9, talk_s = 60`},
		{"the page was away", `UPDATE talk SET gap_s = 2`},
		{"the work is gone", `DELETE FROM agent_span`},
	} {
		if err := f.RollupOf(soon(t), "handled"); err != nil {
			t.Fatal(err)
		}
		f.raw.MustExec(step.change)
		t.Log(step.what)
		f.talksAsRecounted(t, t, all, "UTC")
	}
}

type talkRow struct {
	Call   string     `db:"call_id"`
	Queue  string     `db:"queue"`
	Agent  string     `db:"agent"`
	Joined time.Time  `db:"joined_at"`
	Left   *time.Time `db:"left_at"`
	TalkS  float64    `db:"talk_s"`
	HoldS  float64    `db:"hold_s"`
	GapS   float64    `db:"gap_s"`
	Holds  int        `db:"holds"`
	OnHold bool       `db:"on_hold"`
	Handed bool       `db:"handed"`
}

type workRow struct {
	Agent string     `db:"agent"`
	From  time.Time  `db:"from_at"`
	Until *time.Time `db:"until_at"`
}

// talksAsRecounted counts one talk after the other. Work that goes on lasts until the recount
// has begun; the report, which is asked afterwards, may have as much more of it as has passed.
func (f fixture) talksAsRecounted(t *testing.T, rt rapid.TB, p report.Period, zone string) {
	t.Helper()
	var talks []talkRow
	var works []workRow
	if err := f.raw.Select(&talks, `SELECT call_id, coalesce(queue, '') AS queue, agent, joined_at, left_at, coalesce(talk_s, 0) AS talk_s, coalesce(hold_s, 0) AS hold_s, coalesce(gap_s, 0) AS gap_s,
		coalesce(holds, 0) AS holds, coalesce(on_hold, false) AS on_hold, EXISTS (SELECT FROM handover h WHERE h.call_id = t.call_id AND h.talk_seq = t.seq) AS handed FROM talk t ORDER BY joined_at`); err != nil {
		t.Fatal(err)
	}
	if err := f.raw.Select(&works, `SELECT agent, from_at, until_at FROM agent_span WHERE state = 'wrap_up'`); err != nil {
		t.Fatal(err)
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, going := map[string]float64{}, 0 // by call; works that go on
	began := time.Now()
	for _, w := range works {
		for i := len(talks) - 1; i >= 0; i-- {
			if k := talks[i]; k.Agent == w.Agent && !k.Joined.After(w.From) {
				if k.Left != nil && w.From.Sub(k.Joined) < 24*time.Hour {
					until := began
					if w.Until != nil {
						until = *w.Until
					} else {
						going++
					}
					wrapped[k.Call] += until.Sub(w.From).Seconds()
				}
				break
			}
		}
	}
	for _, byDay := range []bool{true, false} {
		want := map[[3]string]*report.Talks{}
		for _, k := range talks {
			if k.Joined.Before(p.From) || !k.Joined.Before(p.To) || len(p.Queues) > 0 && !slices.Contains(p.Queues, k.Queue) {
				continue
			}
			key := [3]string{k.Agent, k.Queue, ""}
			if byDay {
				key[2] = k.Joined.In(place).Format(time.DateOnly)
			}
			n := want[key]
			if n == nil {
				n = &report.Talks{Agent: key[0], Queue: key[1], Day: key[2]}
				want[key] = n
			}
			if k.Handed {
				n.Handed++
			}
			if k.Left == nil {
				n.Open++
				continue
			}
			n.Talks++
			n.TalkS, n.HoldS, n.GapS, n.WrapS = n.TalkS+k.TalkS-k.HoldS-k.GapS, n.HoldS+k.HoldS, n.GapS+k.GapS, n.WrapS+wrapped[k.Call]
			n.Holds, n.LongestHoldS = n.Holds+k.Holds, max(n.LongestHoldS, k.HoldS)
			if k.Holds > 0 {
				n.Held++
			}
			if k.OnHold {
				n.LeftByCaller++
			}
		}
		ask := f.AgentTalks
		if byDay {
			ask = f.Talks
		}
		got, err := ask(soon(t), p, zone)
		if err != nil {
			rt.Fatal(err)
		}
		wanted := make([]report.Talks, 0, len(want))
		for _, n := range want {
			n.HandleS = n.TalkS + n.HoldS + n.WrapS
			mean(&n.MeanTalkS, n.TalkS, n.Talks)
			mean(&n.MeanHoldS, n.HoldS, n.Held)
			mean(&n.MeanWrapS, n.WrapS, n.Talks)
			mean(&n.MeanHandleS, n.HandleS, n.Talks)
			wanted = append(wanted, *n)
		}
		slices.SortFunc(wanted, func(a, b report.Talks) int {
			return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Queue, b.Queue), cmp.Compare(a.Day, b.Day))
		})
		slack := 0.001 + float64(going)*time.Since(began).Seconds()
		if !slices.EqualFunc(got, wanted, func(is, want report.Talks) bool { return sameTalks(is, want, slack) }) {
			rt.Fatalf("%v, by day %v in %s, to %.3f s:\n%s\nwant\n%s", p, byDay, zone, slack, printed(got), printed(wanted))
		}
	}
}

func mean(of **float64, sum float64, n int) {
	if n > 0 {
		m := sum / float64(n)
		*of = &m
	}
}

// sameTalks compares two rows of the report: numbers must be equal, and times may differ by
// slack, in seconds.
func sameTalks(a, b report.Talks, slack float64) bool {
	for _, s := range [][2]*float64{
		{&a.TalkS, &b.TalkS}, {&a.HoldS, &b.HoldS}, {&a.WrapS, &b.WrapS}, {&a.HandleS, &b.HandleS}, {&a.GapS, &b.GapS},
		{a.MeanTalkS, b.MeanTalkS}, {a.MeanHoldS, b.MeanHoldS}, {a.MeanWrapS, b.MeanWrapS}, {a.MeanHandleS, b.MeanHandleS},
	} {
		if (s[0] == nil) != (s[1] == nil) || s[0] != nil && math.Abs(*s[0]-*s[1]) > slack {
			return false
		}
	}
	for _, t := range []*report.Talks{&a, &b} {
		t.TalkS, t.HoldS, t.WrapS, t.HandleS, t.GapS = 0, 0, 0, 0, 0
		t.MeanTalkS, t.MeanHoldS, t.MeanWrapS, t.MeanHandleS = nil, nil, nil, nil
	}
	return a == b
}

// printed is a row a line, with its means in place of their addresses.
func printed(rows []report.Talks) string {
	var b strings.Builder
	for _, n := range rows {
		line, _ := json.Marshal(n)
		fmt.Fprintf(&b, "%s\n", line)
	}
	return b.String()
}

// roundedTalks leaves out of the means the digits that depend on the order of adding up.
func roundedTalks(list []report.Talks) []report.Talks {
	for i := range list {
		t := &list[i]
		for _, mean := range []*float64{t.MeanTalkS, t.MeanHoldS, t.MeanWrapS, t.MeanHandleS} {
			if mean != nil {
				*mean = math.Round(*mean*1e6) / 1e6
			}
		}
	}
	return list
}
