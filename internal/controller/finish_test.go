package controller

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/settings"
	"presszero/internal/sqltest"
	"presszero/journal"
	"presszero/recordings/capture"
	"presszero/recordings/finish"
	"presszero/sql"
)

// talksHouse has a journal, a database, an archive and a folder of captured talks.
type talksHouse struct {
	*finisher
	t    *testing.T
	db   *sql.DB
	j    *journal.Journal
	ran  []string
	fail map[string]bool // recordings that presszero keep cannot keep
}

func newTalksHouse(t *testing.T) *talksHouse {
	t.Helper()
	quiet, state := slog.New(slog.DiscardHandler), t.TempDir()
	h := &talksHouse{t: t, db: sqltest.Open(t), fail: map[string]bool{}}
	var err error
	h.j, err = journal.Open(filepath.Join(state, "journal"), journal.Options{SegmentSize: 1 << 20, Reserve: 1 << 20, Log: quiet})
	must(t, err)
	t.Cleanup(func() { h.j.Close() })
	a, err := openArchives(settings.Settings{StateDir: state, Archive: filepath.Join(state, "archive")}, quiet)
	must(t, err)
	h.finisher = &finisher{dir: filepath.Join(state, "spool", "talks"), sides: filepath.Join(state, "recording"), talks: a.talks, book: h.db.RecordingBook, keep: h.j.Append, log: quiet}
	h.run = h.keepHere
	h.restart()
	return h
}

// restart forgets what a process has in its memory.
func (h *talksHouse) restart() {
	h.again, h.told = map[string]retry{}, map[call.ID]string{}
}

// keepHere does what presszero keep does.
func (h *talksHouse) keepHere(ctx context.Context, args ...string) error {
	h.ran = append(h.ran, args[len(args)-1])
	if h.fail[args[len(args)-1]] {
		return errors.New("no space left on device")
	}
	var from, to time.Time
	if len(args) == 5 {
		for i, at := range []*time.Time{&from, &to} {
			if err := at.UnmarshalText([]byte(args[2*i+1])); err != nil {
				return err
			}
		}
	}
	takes, err := capture.FindAll(h.dir, h.sides)
	must(h.t, err)
	for _, take := range takes {
		if take.Recording == args[len(args)-1] {
			if _, err := finish.Keep(ctx, h.talks, finish.Talk{ID: take.Recording, Write: finish.Writer(take, from, to)}, "flac"); err != nil {
				return err
			}
			return take.Remove()
		}
	}
	return nil
}

// capture has a talk captured that began then, and ends it or leaves it as a killed
// process would.
func (h *talksHouse) capture(id string, of call.ID, began time.Time, frames int) {
	h.t.Helper()
	l, err := capture.Create(h.dir, capture.Head{Recording: id, Leg: id})
	must(h.t, err)
	left, right := audio.NewTone(440, 8000), audio.NewTone(1000, 8000)
	for i := range frames {
		at := began.Add(time.Duration(i) * audio.FrameTime)
		l.Packet(capture.Left, capture.Header{Seq: uint16(i), Timestamp: uint32(i * audio.FrameSamples), SSRC: 1}, left.Ulaw(), at)
		l.Packet(capture.Right, capture.Header{Seq: uint16(i), Timestamp: uint32(i * audio.FrameSamples), SSRC: 2}, right.Ulaw(), at)
	}
	<-l.End()
}

func (h *talksHouse) ship(entries ...call.Entry) {
	h.t.Helper()
	h.j.Append(entries)
	shipped(h.t, h.db, h.j)
}

// facts are those of the call that Postgres has, as "7 recording.kept ID".
func (h *talksHouse) facts(of call.ID) (kept []string) {
	h.t.Helper()
	list, err := h.db.Timeline(h.t.Context(), string(of))
	must(h.t, err)
	for _, f := range list {
		if f.Kind == "recording.kept" {
			kept = append(kept, fmt.Sprintf("%d %s", f.Seq, f.Data))
		}
	}
	return kept
}

// TestFinish: talks go to the archive when they are over, and the books are told once
// each when the call is, whatever is killed in between.
func TestFinish(t *testing.T) {
	t.Parallel()
	h := newTalksHouse(t)
	ctx := t.Context()
	const id = call.ID("0190c2d4-77aa-7000-8000-000000000001")
	began := time.Now().UTC().Truncate(time.Second)
	offers := []string{call.OfferID(id, 1), call.OfferID(id, 2)}
	first, second := call.LegID(offers[0]), call.LegID(offers[1])
	talk := func(n int, origin string, a call.AgentID, why string) []call.Fact {
		visit, offer := call.VisitID(id, n), offers[n-1]
		return []call.Fact{call.QueueEntered{Visit: visit, Queue: "support", As: "live", Position: 1, Key: began, Origin: origin},
			call.OfferStarted{Visit: visit, Offer: offer, Agent: a}, call.OfferEnded{Visit: visit, Offer: offer, Agent: a, How: "accepted", Rang: 1},
			call.BridgeJoined{Visit: visit, Offer: offer, Agent: a, Leg: call.LegID(offer)},
			call.RecordingStarted{Recording: call.LegID(offer), Leg: call.LegID(offer), Agent: a, Queue: "support"},
			call.QueueLeft{Visit: visit, Queue: "support", Outcome: call.Answered, Waited: 1, Rang: 1, Agent: a},
			call.BridgeLeft{Visit: visit, Agent: a, Side: call.SideAgent, Talked: 3, Why: why}, call.RecordingStopped{Recording: call.LegID(offer), Why: "end"}}
	}
	facts := book(id, began, slices.Concat([]call.Fact{call.CallStarted{Node: "a1", Channel: "pz", To: "100", From: "+34600000001"}, call.CallAnswered{}},
		talk(1, "menu", "ann", "handed"), talk(2, "transfer", "bob", ""), []call.Fact{call.CallEnded{Outcome: call.Answered, Side: call.SideCaller}})...)
	at := func(kind string, nth int) time.Time {
		for _, e := range facts {
			if e.Fact.Kind() == kind {
				if nth--; nth == 0 {
					return e.At
				}
			}
		}
		t.Fatal("there is no such fact")
		return began
	}
	h.capture(first, id, at("bridge.joined", 1), 100)
	now := time.Now()
	h.round(ctx, now)
	if len(h.ran) > 0 {
		t.Errorf("before Postgres has heard of it: %v", h.ran)
	}
	h.ship(facts[:10]...) // ann's talk is over, bob's has not begun
	h.capture(second, id, at("bridge.joined", 2), 100)
	h.fail[first] = true
	h.round(ctx, now)
	h.round(ctx, now.Add(time.Second))
	if !slices.Equal(h.ran, []string{first}) || h.failures.Load() != 1 || h.waiting.Load() != 2 {
		t.Errorf("ran %v, %d failures, %d waiting", h.ran, h.failures.Load(), h.waiting.Load())
	}
	h.fail[first] = false
	h.round(ctx, now.Add(firstRetry))
	if e, err := h.talks.Entry(first); err != nil || e.Length != 3 || e.Format != "flac" || e.At.Sub(at("bridge.joined", 1)).Abs() > 50*time.Millisecond {
		t.Errorf("%+v, %v: it is not as long as the talk", e, err)
	}
	if got := h.facts(id); len(got) > 0 || h.untold.Load() != 1 {
		t.Errorf("told while the call is up: %v", got)
	}
	h.ship(facts[10:]...)
	for _, killed := range []bool{false, true, false, true, false} {
		h.round(ctx, now.Add(2*firstRetry))
		if killed {
			h.restart()
			h.round(ctx, now.Add(2*firstRetry)) // the same once more, before Postgres has it
		}
		h.ship()
	}
	h.round(ctx, now.Add(2*firstRetry))
	got := h.facts(id)
	if len(got) != 2 || !strings.HasPrefix(got[0], fmt.Sprint(len(facts)+1)) || !strings.Contains(got[0], first) || !strings.HasPrefix(got[1], fmt.Sprint(len(facts)+2)) || !strings.Contains(got[1], second) {
		t.Errorf("the book has\n%s", strings.Join(got, "\n"))
	}
	if left, err := h.talks.Untold(); len(left) > 0 || err != nil || h.untold.Load() != 0 {
		t.Errorf("still to be told: %v, %v", left, err)
	}
	if logs, _ := filepath.Glob(filepath.Join(h.dir, "*")); len(logs) > 0 || h.waiting.Load() != 0 {
		t.Errorf("logs are left: %v", logs)
	}
	if x, err := h.db.Examine(ctx); err != nil || len(x.Flaws) > 0 {
		t.Errorf("the books are not sound: %+v, %v", x.Flaws, err)
	}
}

// TestFinishStopped: what is recorded no more ends where it was stopped, but not before the
// talk is over, since it may be begun again; then all of it is kept.
func TestFinishStopped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ parts, want int }{{1, 2}, {2, 5}} {
		h := newTalksHouse(t)
		began := time.Now().UTC()
		stopped, left := began.Add(2*time.Second), began.Add(5*time.Second)
		b := sql.RecordingBook{Call: "c1", Began: began}
		h.book = func(context.Context, string) (sql.RecordingBook, error) { return b, nil }
		for part := range c.parts {
			h.capture("c1.o1.leg", "c1", began.Add(time.Duration(part)*3*time.Second), 100)
		}
		h.round(t.Context(), time.Now())
		if len(h.ran) > 0 {
			t.Errorf("%d parts: kept while the talk goes on", c.parts)
		}
		b.Ended, b.Stopped = &left, &stopped
		h.round(t.Context(), time.Now())
		if e, err := h.talks.Entry("c1.o1.leg"); err != nil || e.Length != float64(c.want) {
			t.Errorf("%d parts: %.1f s, %v", c.parts, e.Length, err)
		}
	}
}

// TestFinishOutside: a talk that Asterisk has recorded is taken when it is over and Asterisk
// has had time to write all of it; it is as long as the talk.
func TestFinishOutside(t *testing.T) {
	t.Parallel()
	h := newTalksHouse(t)
	must(t, os.Mkdir(h.sides, 0o700))
	const id = "c1.h1.leg"
	for _, side := range []string{"left", "right"} {
		must(t, os.WriteFile(filepath.Join(h.sides, id+"."+side+".ulaw"), make([]byte, 3*audio.SampleRate), 0o600))
	}
	must(t, os.WriteFile(filepath.Join(h.sides, "c1.r1.wav"), nil, 0o600)) // a message
	began := time.Now()
	b := sql.RecordingBook{Call: "c1", Began: began}
	h.book = func(context.Context, string) (sql.RecordingBook, error) { return b, nil }
	h.round(t.Context(), began.Add(time.Second))
	left := began.Add(3 * time.Second)
	b.Ended = &left
	h.round(t.Context(), left.Add(sidesClosed-time.Second))
	if len(h.ran) > 0 || h.waiting.Load() != 1 {
		t.Errorf("ran %v, %d waiting", h.ran, h.waiting.Load())
	}
	h.round(t.Context(), left.Add(sidesClosed))
	if e, err := h.talks.Entry(id); err != nil || e.Length != 3 || e.Call != "c1" || e.Holes != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	if files, _ := os.ReadDir(h.sides); len(files) != 1 {
		t.Errorf("left are %v", files)
	}
}

// TestFinishAbsent: what was captured of a leg that the books say is not recorded is removed
// if it may not be recorded, and else it is kept, and the books are told.
func TestFinishAbsent(t *testing.T) {
	t.Parallel()
	h := newTalksHouse(t)
	must(t, os.Mkdir(h.sides, 0o700))
	const id = call.ID("0190c2d4-77aa-7000-8000-000000000001")
	began := time.Now().UTC().Truncate(time.Second)
	var facts []call.Fact
	leg := func(n int) string { return call.TransferLeg(call.TransferID(id, n)) }
	for n, why := range []string{"outside_refused", "failed", "failed"} {
		transfer := call.TransferID(id, n+1)
		facts = append(facts, call.TransferStarted{Transfer: transfer, Number: "+34910000001"}, call.TransferJoined{Transfer: transfer},
			call.RecordingAbsent{Leg: leg(n + 1), Why: why, Keep: 30}, call.TransferOver{Transfer: transfer, Why: "over", Talked: 1})
	}
	all := book(id, began, slices.Concat([]call.Fact{call.CallStarted{Node: "a1", Channel: "pz", To: "100", From: "+34600000001"}, call.CallAnswered{}},
		facts, []call.Fact{call.CallEnded{Outcome: call.TransferredOut, Side: call.SideCaller}})...)
	var left time.Time
	for _, e := range all {
		if e.Fact.Kind() == "transfer.ended" {
			left = e.At
		}
	}
	h.ship(all[:4]...)
	write := func(n int, side string) {
		must(t, os.WriteFile(filepath.Join(h.sides, leg(n)+"."+side+".ulaw"), make([]byte, audio.SampleRate), 0o600))
	}
	write(1, "left")
	write(1, "right")
	write(2, "right") // the other side could not begin
	must(t, os.WriteFile(filepath.Join(h.sides, leg(3)+".left.ulaw"), nil, 0o600))
	h.capture("c1.o1.leg", "c1", began, 10)
	ctx := t.Context()
	h.round(ctx, left)
	if len(h.ran) > 0 || h.waiting.Load() != 4 {
		t.Errorf("while they talk it ran %v, %d waiting", h.ran, h.waiting.Load())
	}
	h.ship(all[4:]...)
	if k, err := h.db.FindPerson(ctx, sql.Writing{Whole: []string{"+34600000001"}}); err != nil || !slices.Equal(k.Recordings, []string{leg(2), leg(3)}) {
		t.Errorf("of the caller there would be removed %v, %v", k.Recordings, err)
	}
	for range 2 {
		h.round(ctx, left.Add(sidesClosed))
		h.ship()
	}
	for _, n := range []int{1, 3} { // who has refused, and of whom there is nothing
		if e, err := h.talks.Entry(leg(n)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("of %d there is %+v, %v", n, e, err)
		}
	}
	if e, err := h.talks.Entry(leg(2)); err != nil || e.Length < 0.9 || e.Holes != e.Length {
		t.Errorf("of what could be recorded there is %+v, %v", e, err)
	}
	if files, _ := os.ReadDir(h.sides); len(files) > 0 || h.waiting.Load() != 1 || h.untold.Load() != 0 {
		t.Errorf("left are %v, %d waiting, %d untold", files, h.waiting.Load(), h.untold.Load())
	}
	if got := h.facts(id); len(got) != 1 || !strings.Contains(got[0], leg(2)) {
		t.Errorf("the book has %v", got)
	}
	if r, err := h.db.Recording(ctx, leg(2)); err != nil || r.State != "kept" || r.KeepUntil == nil || r.KeepUntil.Sub(r.JoinedAt) != 30*24*time.Hour {
		t.Errorf("it is found as %+v, %v", r, err)
	}
	if x, err := h.db.Examine(ctx); err != nil || len(x.Flaws) > 0 {
		t.Errorf("the books are not sound: %+v, %v", x.Flaws, err)
	}
}

// TestFinishWithoutDatabase: a talk that nobody captures any more does not wait for ever in
// the clear.
func TestFinishWithoutDatabase(t *testing.T) {
	t.Parallel()
	h := newTalksHouse(t)
	h.book = func(context.Context, string) (sql.RecordingBook, error) {
		return sql.RecordingBook{}, errors.New("connection refused")
	}
	h.capture("c1.o1.leg", "c1", time.Now(), 50)
	for _, c := range []struct {
		after time.Duration
		ran   int
	}{{time.Minute, 0}, {bookless + time.Minute, 1}} {
		h.round(t.Context(), time.Now().Add(c.after))
		if len(h.ran) != c.ran {
			t.Errorf("after %s: %v", c.after, h.ran)
		}
	}
	if e, err := h.talks.Entry("c1.o1.leg"); err != nil || e.Length != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	if left, err := h.talks.Untold(); len(left) != 1 || err != nil {
		t.Errorf("its book will not be told: %v, %v", left, err)
	}
	if logs, _ := os.ReadDir(h.dir); len(logs) > 0 {
		t.Errorf("logs are left: %v", logs)
	}
}
