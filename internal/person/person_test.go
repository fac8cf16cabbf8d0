package person

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/call/number"
	"presszero/internal/audio"
	"presszero/internal/sqltest"
	"presszero/journal"
	"presszero/recordings"
	"presszero/recordings/archive"
	"presszero/report"
	"presszero/sql"
)

func TestMain(m *testing.M) { os.Exit(sqltest.Main(m)) }

const (
	herNumber = "+493055501234"
	herName   = "Wilhelmina Quux"
)

func german(t *testing.T) number.Reader {
	t.Helper()
	read, err := number.New("DE")
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestWritings: a number is found however it is written, and not within another.
func TestWritings(t *testing.T) {
	t.Parallel()
	w, err := NewWritings(german(t), "030 55501234")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"+493055501234", "00493055501234", "03055501234", "493055501234", "3055501234", "+49 (0)30 / 555-01234", "from=+493055501234,",
		`"+49 30 5550 1234"`, "?number=%2B493055501234&x", "sip:+493055501234@host", "tel 030-55501234."} {
		if !w.In([]byte(text)) {
			t.Errorf("not found in %q", text)
		}
		if is := w.replace([]byte(text), func([]byte) []byte { return nil }); bytes.Contains(is, []byte("555")) || bytes.Contains(is, []byte("1234")) {
			t.Errorf("of %q is left %q", text, is)
		}
	}
	for _, text := range []string{"+4930555012345", "+14930555012340", "1493055501234", "a3055501234", "0x3055501234f", "+493055501235", "30555012.34e"} {
		if w.In([]byte(text)) {
			t.Errorf("found in %q", text)
		}
	}
	for _, whole := range w.Whole {
		if !w.In([]byte(whole)) || !strings.Contains(whole, w.Digits[0]) {
			t.Errorf("%q is written without %q, or is not found", whole, w.Digits[0])
		}
	}
	if !slices.Contains(w.Whole, "03055501234") || !slices.Contains(w.Whole, "00493055501234") || len(w.Digits) != 1 {
		t.Errorf("whole are %q, digits %q", w.Whole, w.Digits)
	}
	if _, err := NewWritings(german(t), "101"); err == nil {
		t.Error("an extension is told from other text")
	}
	if w, err = NewWritings(german(t), "alice.liddell", "+34 600 000 001"); err != nil || !w.In([]byte("alice.liddell")) || !w.In([]byte("600000001")) || !slices.Equal(w.Digits, []string{"aliceliddell", "600000001"}) || w.In([]byte("aliceXliddell")) {
		t.Errorf("two numbers, one of them a word: %v", err)
	}
}

// store keeps messages as the controller does.
type store struct{ recordings.Messages }

func (s store) Sound(ctx context.Context, id string) (io.ReadCloser, string, error) {
	sound, _, err := s.Open(ctx, id)
	return sound, ".wav", err
}

func messages(t *testing.T, state string) store {
	t.Helper()
	keys, _, err := archive.MakeKeys(filepath.Join(state, "archive-keys"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return store{recordings.Messages{Archive: &archive.Archive{Kind: "messages", Index: filepath.Join(state, "archive-index"), Keys: keys,
		Local: archive.Folder{Dir: filepath.Join(state, "archive")}}, Plain: filepath.Join(state, "messages")}}
}

// house is a small house in which she was known.
type house struct {
	Keeper
	url     string
	journal *journal.Journal
	shipper *sql.Shipper
	log     string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{url: sqltest.URL(t)}
	state := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	db, err := sql.Open(t.Context(), sql.Config{URL: h.url, CallerKey: sqltest.CallerKey, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	list, err := OpenList(filepath.Join(state, "erased"))
	if err != nil {
		t.Fatal(err)
	}
	h.Keeper = Keeper{DB: db, StateDir: state, Read: german(t), List: list,
		Messages: messages(t, state), Recordings: messages(t, state)}
	if h.journal, err = journal.Open(filepath.Join(state, "journal"), journal.Options{Reserve: 1 << 20, Log: quiet}); err != nil {
		t.Fatal(err)
	}
	h.shipper = sql.NewShipper(db, h.journal)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); h.shipper.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done; h.journal.Close(); db.Close() })
	h.log = filepath.Join(state, "log", "serve.log")
	for path, text := range map[string]string{
		"log/serve.log":                    "caller known number=+493055501234 name=\"Wilhelmina Quux\" other=+493055509999\n",
		"asterisk/log/messages.log":        strings.Repeat("x", stretch-20) + " from 0049 30 55501234 and 03055501234\n",
		"asterisk/spool/fallback/log":      "at=1 from=+493055501234 name=Wilhelmina Quux\n",
		"outgoing/calls.jsonl":             `{"at":"2026-03-03T12:00:00Z","number":"+493055501234","by":"ann"}` + "\n",
		"journal/0000000009.journal.5.cut": "\x00\x01\"from\":\"+493055501234\",\"name\":\"Wilhelmina Quux\"",
	} {
		file := filepath.Join(state, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h.calls(t, 1, herNumber, herName)
	h.calls(t, 2, "+493055509999", "Other Person")
	return h
}

// calls makes a caller leave a message, wait, and be promised a callback, which is open.
func (h *house) calls(t *testing.T, n int, number, name string) {
	t.Helper()
	at := time.Date(2026, 3, 3, 12, n, 0, 0, time.UTC)
	id := call.ID(fmt.Sprintf("01890a5d-ac96-774b-8000-%012x", n))
	back := call.CallbackID(id, 1)
	var list []call.Entry
	say := func(book call.ID, f call.Fact) {
		seq := 1
		for _, e := range list {
			if e.Call == book {
				seq++
			}
		}
		at = at.Add(time.Second)
		list = append(list, call.Entry{Call: book, Day: call.DayOf(at), Seq: seq, At: at, Fact: f})
	}
	message := fmt.Sprintf("m%d", n)
	say(id, call.CallStarted{Node: "a1", Channel: "pz", To: "100", From: number, Name: name, FromAs: strings.Replace(number, "+49", "0", 1)})
	say(id, call.CallAnswered{})
	say(id, call.NodeEntered{Node: "main", Flow: "f1"})
	say(id, call.MessageLeft{Node: "box", Record: message, Seconds: 2, Owner: "support", Due: at.Add(time.Hour)})
	say(id, call.QueueEntered{Visit: call.VisitID(id, 1), Queue: "support", As: "live", Position: 1, Key: at, Origin: "menu", From: number, Name: name, To: "100"})
	say(id, call.QueueLeft{Visit: call.VisitID(id, 1), Queue: "support", Outcome: call.ToCallback, Waited: 1})
	say(id, call.CallbackAccepted{Visit: call.VisitID(id, 1), Callback: back, Source: "claimed", High: 600})
	say(back, call.CallbackBooked{From: id, Queue: "support", Number: number, Name: name, Key: at, Entered: at, Begin: at, Until: at.Add(time.Hour), Due: at, Expires: at.Add(24 * time.Hour), Source: "claimed", To: "100"})
	say(back, call.QueueEntered{Visit: call.VisitID(back, 1), Queue: "support", As: "callback", Position: 1, Key: at, Origin: "callback", From: number, Name: name, To: "100"})
	talk := string(id) + ".o1.leg"
	say(id, call.RecordingStarted{Recording: talk, Leg: talk, Agent: "zoe", Queue: "support"})
	say(id, call.RecordingMarked{Recording: talk, Text: name + " is angry"})
	say(id, call.RecordingStopped{Recording: talk, Why: "end"})
	say(id, call.CallEnded{Outcome: call.ToCallback, Side: call.SideCaller})
	h.append(t, list...)
	h.record(t, message, at)
	h.record(t, talk, at)
}

// record keeps two seconds of silence as a message, or, by its id, as a recording.
func (h *house) record(t *testing.T, id string, at time.Time) {
	t.Helper()
	to := h.Messages
	if strings.HasSuffix(id, ".leg") {
		to = h.Recordings
	}
	spool := t.TempDir()
	var wav bytes.Buffer
	if err := audio.WriteWAV(&wav, make([]int16, 2*audio.SampleRate)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(spool, id+".wav"), wav.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := to.(store).Take(spool, id, at); err != nil {
		t.Fatal(err)
	}
}

// append takes facts to the journal and waits until the database has them.
func (h *house) append(t *testing.T, list ...call.Entry) {
	t.Helper()
	h.journal.Append(list)
	if err := h.journal.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(20 * time.Second); h.shipper.Shipped().Before(h.journal.End()); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the facts do not reach the database")
		}
	}
}

// cancel is what the controller does: the callback's last facts.
func (h *house) cancel(t *testing.T) func(context.Context, string, string) error {
	return func(_ context.Context, id, by string) error {
		book := call.ID(id)
		h.journal.Append([]call.Entry{
			{Call: book, Day: "2026-03-03", Seq: 3, At: time.Date(2026, 3, 3, 12, 1, 18, 0, time.UTC), Fact: call.QueueLeft{Visit: call.VisitID(book, 1), Queue: "support", Outcome: "withdrawn", Waited: 9}},
			{Call: book, Day: "2026-03-03", Seq: 4, At: time.Date(2026, 3, 3, 12, 1, 18, 0, time.UTC), Fact: call.CallbackEnded{How: "cancelled", By: by}}})
		return h.journal.Sync(t.Context())
	}
}

func dump(t *testing.T, url string) []byte {
	t.Helper()
	out, err := exec.Command(filepath.Join(sqltest.Bin(t), "pg_dump"), "--data-only", url).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// has returns where a text is: under the state folder, and in the database.
func (h *house) has(t *testing.T, text string) (where []string) {
	t.Helper()
	err := filepath.WalkDir(h.StateDir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) || strings.Contains(path, text) {
			where = append(where, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if out := dump(t, h.url); bytes.Contains(out, []byte(text)) {
		where = append(where, "the database")
	}
	return where
}

func (h *house) sound(t *testing.T, when string) {
	t.Helper()
	if x, err := h.DB.Examine(t.Context()); err != nil || len(x.Flaws) > 0 {
		t.Errorf("%s the books have %d flaws, %v: %+v", when, len(x.Flaws), err, x.Flaws)
	}
}

// TestForget: a person is told what is kept, is kept by a hold, and is forgotten: no byte of
// number or name is left anywhere, others stay, and a backup does not bring her back.
func TestForget(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	h.sound(t, "before,")
	backup := filepath.Join(t.TempDir(), "backup")
	if out, err := exec.Command(filepath.Join(sqltest.Bin(t), "pg_dump"), "-f", backup, h.url).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	var file bytes.Buffer
	is, err := h.Export(ctx, &file, "030 55501234")
	if err != nil || is.Calls != 1 || len(is.Open) != 1 || !slices.Equal(is.Messages, []string{"m1"}) {
		t.Fatalf("told is %+v, %v", is, err)
	}
	z, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		has[f.Name] = string(b)
	}
	if len(has["messages/m1.wav"]) < 30000 || len(has["recordings/01890a5d-ac96-774b-8000-000000000001.o1.leg.wav"]) < 30000 || !strings.Contains(has["index.html"], "You called 100 from &#43;493055501234, under the name “Wilhelmina Quux”.") ||
		!strings.Contains(has["person.json"], `"callback.booked"`) || strings.Contains(has["person.json"], "9999") {
		t.Errorf("the export has %v", slices.Sorted(func(yield func(string) bool) {
			for n := range has {
				if !yield(n) {
					return
				}
			}
		}))
	}

	if _, err := h.Forget(ctx, "admin", "asked", herNumber); err == nil || !strings.Contains(err.Error(), ErrCallback.Error()) {
		t.Errorf("with an open callback, and no program, forgetting says %v", err)
	}
	h.Cancel = h.cancel(t)
	if err := h.DB.Hold(ctx, report.Hold{ID: "h1", Kind: report.HoldCaller, Of: herNumber, Reason: "a claim", By: "admin", Review: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Forget(ctx, "admin", "asked", herNumber); err == nil || !strings.Contains(err.Error(), "on legal hold: a claim, by admin") {
		t.Errorf("on hold, forgetting says %v", err)
	}
	if err := h.DB.Release(ctx, "h1", "admin"); err != nil {
		t.Fatal(err)
	}
	r, err := h.Forget(ctx, "admin", "asked", herNumber)
	if err != nil || r.Facts == 0 || r.Records == 0 || r.Files != 4 || len(r.Cancelled) != 1 {
		t.Fatalf("forgotten is %+v, %v", r, err)
	}
	for _, trace := range []string{"55501234", "Quux", "m1.age"} {
		if where := h.has(t, trace); len(where) > 0 {
			t.Errorf("%q is still in %v", trace, where)
		}
	}
	for _, other := range []string{"+493055509999", "Other Person"} {
		if where := h.has(t, other); len(where) < 2 {
			t.Errorf("%q of another is in %v only", other, where)
		}
	}
	h.sound(t, "after,")
	if _, _, err := h.Recordings.Sound(ctx, "01890a5d-ac96-774b-8000-000000000001.o1.leg"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the recording is still kept: %v", err)
	}
	if sound, _, err := h.Recordings.Sound(ctx, "01890a5d-ac96-774b-8000-000000000002.o1.leg"); err != nil || sound.Close() != nil {
		t.Errorf("the recording of another: %v", err)
	}
	again, err := h.Forget(ctx, "admin", "asked", herNumber)
	if err != nil || again.Facts != 0 || again.Files != 0 {
		t.Errorf("forgotten again is %+v, %v", again, err)
	}

	h.comesBack(t, backup)
}

// comesBack restores a backup of before into another database: whoever is on the list is
// forgotten there as well, with the same stand-in, and a person who calls again is new.
func (h *house) comesBack(t *testing.T, backup string) {
	t.Helper()
	ctx := t.Context()
	old := *h
	old.url = sqltest.Blank(t)
	if out, err := exec.Command(filepath.Join(sqltest.Bin(t), "psql"), "-q", "-f", backup, old.url).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var err error
	if old.DB, err = sql.Open(ctx, sql.Config{URL: old.url, CallerKey: sqltest.CallerKey, Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	defer old.DB.Close()
	if old.List, err = OpenList(filepath.Join(h.StateDir, "erased")); err != nil {
		t.Fatal(err)
	}
	if n, _, err := old.Apply(ctx); err != nil || n != 1 {
		t.Fatalf("%d were forgotten again, %v", n, err)
	}
	for _, trace := range []string{"55501234", "Quux"} {
		if out := dump(t, old.url); bytes.Contains(out, []byte(trace)) {
			t.Errorf("%q came back", trace)
		}
	}
	old.sound(t, "restored,")
	e, _ := old.List.erased(herNumber)
	if k, err := old.DB.FindPerson(ctx, sql.Writing{Pattern: e.StandIn, Whole: []string{e.StandIn}}); err != nil || k.Calls != 1 {
		t.Errorf("the stand-in has %+v, %v", k, err)
	}
	if n, _, err := old.Apply(ctx); err != nil || n != 0 {
		t.Errorf("done again, %d were forgotten, %v", n, err)
	}
	// A recording of hers that was kept for longer than the facts of its call.
	const hers = "01890a5d-ac96-774b-8000-000000000001.o1.leg"
	if out, err := exec.Command(filepath.Join(sqltest.Bin(t), "psql"), "-q", "-c", "DELETE FROM recording_removed; UPDATE recording SET alone = true WHERE recording_id = '"+hers+"'", old.url).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	h.record(t, hers, time.Now())
	if n, _, err := old.Apply(ctx); err != nil || n != 0 {
		t.Errorf("%d numbers were forgotten again, %v", n, err)
	}
	if _, _, err := h.Recordings.Sound(ctx, hers); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the recording came back: %v", err)
	}
	if back, err := old.DB.NotRemoved(ctx, []string{hers, "01890a5d-ac96-774b-8000-000000000002.o1.leg"}); err != nil || len(back) != 1 {
		t.Errorf("the books have %v as not removed, %v", back, err)
	}
	at := time.Now()
	h.append(t, call.Entry{Call: "01890a5d-ac96-774b-8000-00000000ffff", Day: call.DayOf(at), Seq: 1, At: at, Fact: call.CallStarted{From: herNumber, To: "100"}})
	if n, _, err := h.Apply(ctx); err != nil || n != 0 {
		t.Errorf("who has called again is forgotten: %d, %v", n, err)
	}
}
