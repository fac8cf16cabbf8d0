package retention

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/sqltest"
	"presszero/report"
)

func TestMain(m *testing.M) { os.Exit(sqltest.Main(m)) }

// shelf keeps messages, or recordings, in memory.
type shelf struct {
	left map[string]time.Time
	held map[string]string
	down bool
}

func (s *shelf) Remove(_ context.Context, id string) error {
	if s.down {
		return fmt.Errorf("the store is away")
	}
	delete(s.left, id)
	return nil
}
func (s *shelf) Held() (map[string]string, error) { return s.held, nil }
func (s *shelf) Sound(context.Context, string) (io.ReadCloser, string, error) {
	return nil, "", fs.ErrNotExist
}
func (s *shelf) Before(_ context.Context, at time.Time) (ids []string, err error) {
	for id, left := range s.left {
		if left.Before(at) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// TestNights: what was kept long enough goes, by kind and queue; a hold keeps it; what could
// not be removed goes the next night; and it is written down.
func TestNights(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), sqltest.Open(t)
	now := time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	messages, talks := &shelf{left: map[string]time.Time{}, held: map[string]string{}}, &shelf{left: map[string]time.Time{}, held: map[string]string{}}
	n := 0
	calls := func(days int, queue string, keep int) {
		n++
		at := now.AddDate(0, 0, -days)
		id := call.ID(fmt.Sprintf("01890a5d-ac96-774b-8000-%012x", n))
		message, talk := fmt.Sprintf("m%d", n), string(id)+".o1.leg"
		visit := call.VisitID(id, 1)
		var list []call.Entry
		for i, f := range []call.Fact{
			call.CallStarted{From: fmt.Sprintf("+4930555012%02d", n), Name: "Somebody", To: "100"}, call.CallAnswered{},
			call.MessageLeft{Node: "box", Record: message, Seconds: 2, Owner: queue, Due: at},
			call.QueueEntered{Visit: visit, Queue: queue, As: "live", Position: 1, Key: at, Origin: "menu", From: fmt.Sprintf("+4930555012%02d", n), To: "100"},
			call.OfferStarted{Visit: visit, Offer: string(id) + ".o1", Agent: "zoe"},
			call.OfferEnded{Visit: visit, Offer: string(id) + ".o1", Agent: "zoe", How: "accepted"},
			call.BridgeJoined{Visit: visit, Offer: string(id) + ".o1", Agent: "zoe", Leg: talk},
			call.QueueLeft{Visit: visit, Queue: queue, Outcome: call.Answered, Agent: "zoe"},
			call.RecordingStarted{Recording: talk, Leg: talk, Agent: "zoe", Queue: queue, Keep: keep},
			call.RecordingStopped{Recording: talk, Why: "end"},
			call.BridgeLeft{Visit: visit, Agent: "zoe", Side: call.SideCaller},
			call.CallEnded{Outcome: call.Answered, Side: call.SideCaller},
		} {
			list = append(list, call.Entry{Call: id, Day: call.DayOf(at), Seq: i + 1, At: at, Fact: f})
		}
		if err := db.Fill(ctx, list); err != nil {
			t.Fatal(err)
		}
		messages.left[message], talks.left[talk] = at, at
	}
	calls(10, "support", 0)  // 1: stays
	calls(40, "support", 0)  // 2: the message goes
	calls(40, "billing", 0)  // 3: billing's messages stay longer
	calls(100, "support", 0) // 4: both go
	calls(100, "billing", 0) // 5: the recording goes
	calls(100, "support", 365)
	calls(100, "support", 0) // 7: on hold, all of it
	calls(20, "support", 10) // 8: the flow keeps its recordings for 10 days
	leg := func(n int) string { return fmt.Sprintf("01890a5d-ac96-774b-8000-%012x.o1.leg", n) }
	if err := db.Hold(ctx, report.Hold{ID: "h1", Kind: report.HoldCaller, Of: "+493055501207", Reason: "a claim", By: "admin", Review: now}); err != nil {
		t.Fatal(err)
	}
	messages.held["m6"] = "the police"
	talks.down = true
	job := Job{DB: db, Messages: messages, Recordings: talks, Policy: Policy{Messages: Days{All: 30, Of: map[string]int{"billing": 365}}, Recordings: Days{All: 90},
		Numbers: Days{All: 50, Of: map[string]int{"billing": 0}}}}

	plan, err := job.Plan(ctx, now)
	if err != nil || !slices.Equal(plan.Messages, []string{"m2", "m4"}) || !slices.Equal(plan.Recordings, []string{leg(4), leg(5), leg(8)}) || plan.Held != 3 || plan.Days != 1 {
		t.Fatalf("the plan is %+v, %v", plan, err)
	}
	if len(messages.left) != 8 || len(talks.left) != 8 {
		t.Fatal("the plan has removed something")
	}
	night, err := job.Run(ctx, now)
	if err == nil || !strings.Contains(night.Error, "recordings: the store is away") || !slices.Equal(night.Removed.Messages, []string{"m2", "m4"}) || len(night.Removed.Recordings) != 0 || night.Removed.Facts == 0 {
		t.Fatalf("with the store away, the night was %+v, %v", night, err)
	}
	talks.down = false
	if night, err = job.Run(ctx, now); err != nil || !slices.Equal(night.Removed.Recordings, []string{leg(4), leg(5), leg(8)}) || len(night.Removed.Messages) != 0 || night.Removed.Facts != 0 {
		t.Fatalf("the next night was %+v, %v", night, err)
	}
	if night, err = job.Run(ctx, now); err != nil || len(night.Removed.Recordings) != 0 {
		t.Fatalf("the third night was %+v, %v", night, err)
	}
	for kind, s := range map[string]*shelf{"messages": messages, "talks": talks} {
		t.Logf("%s: %v", kind, s.left)
	}
	if len(messages.left) != 6 || len(talks.left) != 5 {
		t.Errorf("left are %d messages and %d recordings", len(messages.left), len(talks.left))
	}
	last, ok, err := db.LastNight(ctx)
	if err != nil || !ok || last.Error != "" || last.Removed.Held != 3 {
		t.Errorf("the last night is %+v, %v, %v", last, ok, err)
	}
	if acts, err := db.AuditLog(ctx, report.ActFilter{What: "retention", Limit: 10}); err != nil || len(acts) != 2 {
		t.Errorf("the audit has %+v, %v", acts, err)
	}
	// Only those of support older than 50 days have lost their numbers: billing's are kept for ever, 7 is on hold.
	seen, err := db.FirstSeen(ctx)
	if err != nil || len(seen) != 6 {
		t.Errorf("known by number are %v, %v", seen, err)
	}
	for _, n := range []string{"04", "06"} {
		if _, there := seen["+4930555012"+n]; there {
			t.Errorf("%s is still known by number", n)
		}
	}
	if x, err := db.Examine(ctx); err != nil || len(x.Flaws) > 0 {
		t.Errorf("the books have %d flaws, %v: %+v", len(x.Flaws), err, x.Flaws)
	}
}

// TestUnknownMessages: a message that the books do not know goes by the house's bound,
// whatever the queues have.
func TestUnknownMessages(t *testing.T) {
	t.Parallel()
	db, now := sqltest.Open(t), time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
	job := Job{DB: db, Messages: &shelf{left: map[string]time.Time{"old": now.AddDate(0, 0, -40), "young": now.AddDate(0, 0, -10)}}, Recordings: &shelf{}}
	for house, want := range map[int]string{30: "[old]", 20: "[old]", 5: "[old young]", 0: "[]"} {
		job.Policy.Messages = Days{All: house, Of: map[string]int{"billing": 8}}
		if plan, err := job.Plan(t.Context(), now); err != nil || fmt.Sprint(plan.Messages) != want {
			t.Errorf("with %d days: %v, %v", house, plan.Messages, err)
		}
	}
}

// TestGuard: a disk that fills up is told once at each level, and nothing begins below 5 %.
func TestGuard(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	free := int64(50)
	g := &Guard{Log: slog.New(slog.NewTextHandler(&log, nil)), Disks: []Disk{{Name: "state", Dir: "/s"}, {Name: "archive", Dir: "/a"}, {Name: "same", Dir: "/s/x"}},
		usage: func(dir string) (int64, int64, any, error) {
			if dir == "/a" {
				return 90, 100, "a", nil
			}
			return free, 100, "s", nil
		}}
	if g.Full() || len(g.Warnings()) > 0 {
		t.Error("before the first look it knows")
	}
	for _, step := range []struct {
		free        int64
		level, logs int
	}{{50, 0, 0}, {20, 0, 0}, {19, 20, 1}, {15, 20, 1}, {9, 10, 2}, {4, 5, 3}, {4, 5, 3}, {30, 0, 3}, {3, 5, 4}} {
		free = step.free
		g.look()
		is := g.Now()
		if len(is) != 2 || is[0].Level != step.level || is[1].Level != 0 || g.Full() != (step.level == 5) || len(g.Warnings()) != min(step.level, 1) {
			t.Errorf("with %d %%: %+v, full %v, %v", step.free, is, g.Full(), g.Warnings())
		}
		if n := strings.Count(log.String(), "a disk is filling up"); n != step.logs {
			t.Errorf("with %d %%: it was logged %d times", step.free, n)
		}
	}
	if text := g.Warnings()["state"]; !strings.Contains(text, "the disk of /s has 3 % left") || !strings.Contains(text, "nothing more is recorded") {
		t.Error(text)
	}
	if free, total, disk, err := freeOf(t.TempDir() + "/not/there"); err != nil || free <= 0 || total < free || disk == nil {
		t.Errorf("of a real disk %d of %d are free, %v", free, total, err)
	}
}
