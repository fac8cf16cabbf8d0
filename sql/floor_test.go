package sql_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/figures"
	"presszero/internal/sqltest"
	"presszero/report"
	"presszero/sql"
)

// TestGaveUp: by queue and place, those who have given up since, whenever they came; and
// nobody who was answered, waits, or chose something else.
func TestGaveUp(t *testing.T) {
	t.Parallel()
	f, j := setup(t), openJournal(t)
	s, _ := shipping(t, f.DB, j)
	for _, c := range []*story{
		arrive(1, at(0), "1").enter("support").after(50).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller), // too long ago
		arrive(2, at(9), "2").enter("support").after(400).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		arrive(3, at(14), "3").enter("support").after(20).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		arrive(4, at(14), "4").enter("support").after(30).leave(call.AbandonedQueue, "").end(call.AbandonedQueue, call.SideCaller),
		arrive(5, at(14), "5").enter("sales").after(7).leave(call.AbandonedRinging, "").end(call.AbandonedRinging, call.SideCaller),
		arrive(6, at(14), "6").enter("sales").after(7).leave(call.Overflow, "").end(call.AbandonedQueue, call.SideCaller),
		arrive(7, at(14), "7").after(12).end(call.AbandonedIVR, call.SideCaller),
		arrive(8, at(14), "8").enter("support"),
	} {
		j.Append(c.list)
	}
	arrived(t, s, j)
	got, err := f.GaveUp(soon(t), at(10))
	want := []report.GaveUp{
		{Place: report.InMenu, Callers: 1, MedianS: 12.1, LongestS: 12.1}, // a story begins with 0.1 s
		{Queue: "sales", Place: report.Ringing, Callers: 1, MedianS: 7, LongestS: 7},
		{Queue: "support", Place: report.InLine, Callers: 3, MedianS: 30, LongestS: 400}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// TestCrossings: a crossing is written down once, also when it is said again; its end stays.
func TestCrossings(t *testing.T) {
	t.Parallel()
	db, ctx := sqltest.Open(t), soon(t)
	over := at(9)
	waits := figures.Crossing{Queue: "support", Limit: figures.LongestWait, Bound: 60, Value: 61, Worst: 61, Crossed: at(5)}
	many := figures.Crossing{Queue: "sales", Limit: figures.Waiting, Bound: 5, Value: 6, Worst: 6, Crossed: at(6)}
	ended := waits
	ended.Over, ended.Worst = &over, 300
	for _, list := range [][]figures.Crossing{{waits, many}, {waits}, {ended}, {ended}, {waits}} {
		if err := db.KeepCrossings(ctx, list); err != nil {
			t.Fatal(err)
		}
	}
	now, err := db.CrossedNow(ctx)
	if err != nil || len(now) != 1 || now[0].Queue != "sales" || !now[0].Crossed.Equal(at(6)) || now[0].Bound != 5 {
		t.Errorf("crossed are %+v, %v", now, err)
	}
	for _, c := range []struct {
		from, to time.Time
		queues   []string
		want     []string
	}{
		{at(0), at(60), nil, []string{"sales", "support"}},
		{at(0), at(60), []string{"support"}, []string{"support"}},
		{at(0), at(6), nil, []string{"support"}},
		{at(8), at(60), nil, []string{"sales", "support"}}, // both lasted into it
		{at(10), at(60), nil, []string{"sales"}},
	} {
		list, err := db.Crossings(ctx, report.Period{From: c.from, To: c.to}, c.queues)
		var got []string
		for _, x := range list {
			got = append(got, x.Queue)
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("from %s to %s in %v: %v, %v", c.from, c.to, c.queues, got, err)
		}
	}
}

func TestWalls(t *testing.T) {
	t.Parallel()
	db, ctx := sqltest.Open(t), soon(t)
	later := time.Now().Add(time.Hour)
	hall, err := db.AddWall(ctx, sql.Wall{Name: "Hall", Queues: []string{"support"}, Hash: []byte("h1"), By: "sue", Ends: later})
	if err != nil || hall.ID == "" || hall.Made.IsZero() {
		t.Fatal(hall, err)
	}
	if _, err := db.AddWall(ctx, sql.Wall{Name: "Old", Queues: []string{}, Hash: []byte("h2"), By: "sue", Ends: time.Now().Add(-time.Second)}); err != nil {
		t.Fatal(err)
	}
	list, err := db.Walls(ctx)
	if err != nil || len(list) != 1 || list[0].ID != hall.ID || !bytes.Equal(list[0].Hash, []byte("h1")) {
		t.Errorf("%+v, %v", list, err)
	}
	if err := db.EndWall(ctx, hall.ID, "max"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{hall.ID, "no id at all"} {
		if err := db.EndWall(ctx, id, "max"); !errors.Is(err, sql.ErrNoWall) {
			t.Errorf("ending %q: %v", id, err)
		}
	}
	acts, err := db.AuditLog(ctx, report.ActFilter{Limit: 10})
	if err != nil || len(acts) != 3 || acts[0].Who != "max" || acts[0].What != "wall.end" {
		t.Errorf("%+v, %v", acts, err)
	}
}
