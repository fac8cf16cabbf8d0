package backup

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"presszero/call"
	"presszero/internal/settings"
	"presszero/internal/sqltest"
	"presszero/internal/starttest"
	"presszero/journal"
	"presszero/sql"
)

func TestMain(m *testing.M) { os.Exit(sqltest.Main(m)) }

var (
	must  = starttest.Must
	quiet = slog.New(slog.DiscardHandler)
)

// house is a state folder with a journal and a database, and what a call centre keeps.
type house struct {
	settings.Settings
	t     *testing.T
	to    string // the folder of its backups
	j     *journal.Journal
	db    *sql.DB
	calls []call.ID
	key   *age.X25519Identity // opens its backups where a test names no other
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, to: filepath.Join(t.TempDir(), "backups"), key: newKey(t)}
	h.StateDir, h.DatabaseURL = filepath.Join(t.TempDir(), "state"), sqltest.URL(t)
	h.Prompts, h.Archive, h.Recordings = h.Path("prompts"), h.Path("archive"), h.Path("asterisk/spool/recording")
	h.put("messages/2026/11/m1.wav", "what a caller said")
	h.put("archive/talks/3f/t1.age", "a recorded talk")
	h.put("flows/abc.yaml", "version: 1")
	h.put("prompts/en/greeting.wav", "welcome")
	h.put("messages/2026/11/.new-x", "half of a message")
	h.put("log/serve.log", "not kept")
	h.put("spool/talks/t2.1.pkt", "a talk that goes on")
	h.put("spool/talks.lock", "")
	h.put("asterisk/spool/recording/t3.left.ulaw", "a talk outside")
	h.put("asterisk/spool/recording/t3.right.ulaw", "its other side")
	h.put("asterisk/spool/recording/m2.wav", "half a message")
	h.put("archive-index/talks/3f/t1.json", "header")
	h.put("archive-index/held/talks/t1", "a ground")
	h.put("users.json", "agent ana")
	keys, err := settings.LoadSecrets(h.Settings)
	must(t, err)
	h.open(keys.CallerKey)
	return h
}

func (h *house) put(name, text string) {
	h.t.Helper()
	must(h.t, os.MkdirAll(filepath.Dir(h.Path(name)), 0o700))
	must(h.t, os.WriteFile(h.Path(name), []byte(text), 0o600))
}

// open opens the books, as a controller does.
func (h *house) open(callerKey []byte) {
	h.t.Helper()
	var err error
	h.j, err = journal.Open(h.Path("journal"), journal.Options{Log: quiet, Reserve: 4096, SegmentSize: 2048})
	must(h.t, err)
	h.t.Cleanup(func() { h.j.Close() })
	h.db, err = sql.Open(context.Background(), sql.Config{URL: h.DatabaseURL, CallerKey: callerKey, Log: quiet})
	must(h.t, err)
	h.t.Cleanup(func() { h.db.Close() })
}

// takeCall writes down a call.
func (h *house) takeCall() {
	id := call.ID(uuid.Must(uuid.NewV7()).String())
	now := time.Now().UTC().Truncate(time.Microsecond)
	entry := func(seq int, f call.Fact) call.Entry {
		return call.Entry{Call: id, Day: call.DayOf(now), Seq: seq, At: now.Add(time.Duration(seq) * time.Second), Fact: f}
	}
	h.j.Append([]call.Entry{entry(1, call.CallStarted{From: "+34600000001", Name: "Rosalind", To: "100", Channel: "pz1"}), entry(2, call.CallEnded{Outcome: call.AbandonedIVR, Side: call.SideCaller})})
	h.calls = append(h.calls, id)
}

// ship ships until the database has all.
func (h *house) ship() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := sql.NewShipper(h.db, h.j)
	must(h.t, h.j.Sync(ctx))
	var done sync.WaitGroup
	done.Go(func() { s.Run(ctx) })
	for end := time.Now().Add(20 * time.Second); ; {
		if behind, age := s.Lag(); behind == 0 && age == 0 {
			break
		}
		if time.Now().After(end) {
			h.t.Fatal("the facts do not reach the database")
		}
		time.Sleep(5 * time.Millisecond) // the shipper tells nobody
	}
	cancel()
	done.Wait()
}

func (h *house) backup(o Options) (Made, error) {
	o.Settings, o.Dir = h.Settings, h.to
	if o.Recipients == nil {
		o.Recipients = []age.Recipient{h.key.Recipient()}
	}
	return Make(context.Background(), o)
}

// mustBackup makes one that must come about.
func (h *house) mustBackup(o Options) Made {
	h.t.Helper()
	made, err := h.backup(o)
	must(h.t, err)
	return made
}

// empty is where a backup is restored: an empty folder, and an empty database.
func (h *house) empty() *house {
	h.t.Helper()
	e := &house{t: h.t, to: h.to, key: h.key}
	e.StateDir, e.DatabaseURL = filepath.Join(h.t.TempDir(), "state"), sqltest.Blank(h.t)
	e.Prompts, e.Archive, e.Recordings = e.Path("prompts"), e.Path("archive"), e.Path("asterisk/spool/recording")
	return e
}

func (h *house) restore(dir string, keys ...age.Identity) (Restored, error) {
	return Restore(context.Background(), Restoration{Dir: dir, Settings: h.Settings, Keys: keys})
}

func (h *house) text(name string) string {
	text, _ := os.ReadFile(h.Path(name))
	return string(text)
}

func newKey(t *testing.T) *age.X25519Identity {
	key, err := age.GenerateX25519Identity()
	must(t, err)
	return key
}

// TestThereAndBack: facts are written and shipped while a backup is made; put back into an
// empty folder, the shipper goes on where the dump ends: no fact of before is missing or
// there twice, and those of after arrive.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 20 {
		h.takeCall()
	}
	h.ship()
	h.takeCall() // is in the journal only
	before := len(h.calls)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go sql.NewShipper(h.db, h.j).Run(ctx)
		for {
			select {
			case <-stop:
				return
			default:
				h.takeCall()
				_ = h.j.Sync(ctx) // one after the other
			}
		}
	}()
	made := h.mustBackup(Options{})
	close(stop)
	<-stopped
	for _, text := range []string{"34600000001", "Rosalind", "PGDMP", "said", "goes on", "a ground", "agent ana"} {
		if found := holding(t, made.Dir, text); found != "" {
			t.Errorf("everybody can read %q in %s of the backup", text, found)
		}
	}

	e := h.empty()
	done, err := e.restore(made.Dir, h.key)
	must(t, err)
	if len(done.Books.Flaws) > 0 || done.Books.Calls == 0 || !done.Keyed || done.Talks != 2 {
		t.Fatalf("%d talks, and the books of the restored database: %+v", done.Talks, done.Books)
	}
	for name, want := range map[string]string{"messages/2026/11/m1.wav": "what a caller said", "archive/talks/3f/t1.age": "a recorded talk", "flows/abc.yaml": "version: 1",
		"prompts/en/greeting.wav": "welcome", "secrets": h.text("secrets"), "messages/2026/11/.new-x": "", "log/serve.log": "", "restoring": "",
		"asterisk/spool/recording/t3.left.ulaw": "a talk outside", "asterisk/spool/recording/t3.right.ulaw": "its other side", "asterisk/spool/recording/m2.wav": "",
		"spool/talks/t2.1.pkt": "a talk that goes on", "spool/talks.lock": "", "archive-index/held/talks/t1": "a ground", "archive-index/talks/3f/t1.json": "header", "users.json": "agent ana"} {
		if got := e.text(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	const side = "asterisk/spool/recording/t3.left.ulaw" // whose time says when it began
	was, err := os.Stat(h.Path(side))
	must(t, err)
	if is, err := os.Stat(e.Path(side)); err != nil || !is.ModTime().Equal(was.ModTime()) {
		t.Errorf("it was changed at %v, and is said to be changed at %v, %v", was.ModTime(), is.ModTime(), err)
	}
	keys, err := settings.LoadSecrets(e.Settings)
	must(t, err)
	e.open(keys.CallerKey)
	e.takeCall()
	e.ship()
	x, err := e.db.Examine(context.Background())
	must(t, err)
	if len(x.Flaws) > 0 || x.Calls < before+1 || x.Calls > len(h.calls)+1 || x.Up != 0 && x.Up != 1 {
		t.Errorf("after shipping on: %d calls (%d up) of %d before the backup and %d after it, flaws %v", x.Calls, x.Up, before, len(h.calls), x.Flaws)
	}
	t.Logf("%d calls before, %d in the backup's database, %d with its journal, %d at the end", before, done.Books.Calls, x.Calls, len(h.calls))
}

// TestWhatIsThereIsLinked: a second backup copies what is new or has changed, and both are
// whole in themselves; the oldest go.
func TestWhatIsThereIsLinked(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.takeCall()
	h.ship()
	first := h.mustBackup(Options{})
	info, err := os.Stat(h.Path("flows/abc.yaml"))
	must(t, err)
	h.put("flows/abc.yaml", "version: 2") // of the same size
	must(t, os.Chtimes(h.Path("flows/abc.yaml"), time.Time{}, info.ModTime().Add(time.Second)))
	h.put("archive/talks/3f/t3.age", "another talk")
	must(t, os.Remove(h.Path("archive/talks/3f/t1.age")))
	second := h.mustBackup(Options{})
	if second.Copied != 2 {
		t.Errorf("%d files were copied, want the 2 that are new", second.Copied)
	}
	for dir, want := range map[string][3]string{first.Dir: {"version: 1", "a recorded talk", ""}, second.Dir: {"version: 2", "", "another talk"}} {
		if _, err := Check(context.Background(), dir); err != nil {
			t.Error(err)
		}
		for i, name := range []string{"state/flows/abc.yaml", "set/archive/talks/3f/t1.age", "set/archive/talks/3f/t3.age"} {
			if text, _ := os.ReadFile(filepath.Join(dir, name)); string(text) != want[i] {
				t.Errorf("%s of %s is %q, want %q", name, dir, text, want[i])
			}
		}
	}
	third := h.mustBackup(Options{Keep: 2})
	if names, _ := list(h.to); len(names) != 2 || fmt.Sprint(third.Removed) != fmt.Sprint([]string{filepath.Base(first.Dir)}) {
		t.Errorf("left are %v, removed was %v", names, third.Removed)
	}
	if _, err := Check(context.Background(), second.Dir); err != nil {
		t.Errorf("after the first has gone: %v", err)
	}
}

// TestNeverHalfTaken: what was interrupted, by Ctrl-C or by force, is no backup, and those
// before are as they were.
func TestNeverHalfTaken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	good := h.mustBackup(Options{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	to := []age.Recipient{h.key.Recipient()}
	if _, err := Make(ctx, Options{Settings: h.Settings, Dir: h.to, Recipients: to}); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("interrupted: %v", err)
	}
	killed := filepath.Join(h.to, unfinished+time.Now().UTC().Add(time.Hour).Format(stamp))
	must(t, os.CopyFS(killed, os.DirFS(good.Dir)))
	if found, err := Find(h.to); err != nil || len(found) != 1 || found[0] != good.Dir {
		t.Errorf("found %v (%v), want the whole one", found, err)
	}
	h.mustBackup(Options{})
	if _, err := os.Stat(killed); !os.IsNotExist(err) {
		t.Errorf("what was killed is left: %v", err)
	}
	release, err := hold(h.to)
	must(t, err)
	defer release()
	if _, err := h.backup(Options{}); err == nil || !strings.Contains(err.Error(), "under way") {
		t.Errorf("two at once: %v", err)
	}
	if _, err := Make(context.Background(), Options{Settings: h.Settings, Dir: h.to}); err == nil || !strings.Contains(err.Error(), "no public key") {
		t.Errorf("for nobody: %v", err)
	}
	if _, err := Make(context.Background(), Options{Settings: h.Settings, Dir: h.Path("backups"), Recipients: to}); err == nil || !strings.Contains(err.Error(), "in the state folder") {
		t.Errorf("into the state folder: %v", err)
	}
}
