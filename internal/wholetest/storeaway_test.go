package wholetest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"presszero/internal/controller"
	"presszero/internal/customer/sipp"
	"presszero/internal/settings"
	"presszero/internal/versitytest"
	"presszero/recordings/archive"
)

// storeRate is how many callers a second there are in BenchmarkStoreAway.
const storeRate = 0.2

// BenchmarkStoreAway has a real service of S3 away for as long as it is told, one second for
// each iteration: -benchtime=3600x is an hour, and then as long as the program takes to find
// it again. Talks are recorded all the while. None of them is lost, all can be heard where
// they are, and in the end all are in the bucket, whole, and counted.
func BenchmarkStoreAway(b *testing.B) {
	if trialRun(b) || versitytest.Program() == "" {
		return
	}
	store := versitytest.Start(b)
	flow := filepath.Join(b.TempDir(), "flow.yaml")
	must(b, os.WriteFile(flow, []byte(strings.Replace(aRecordedHouse, "notice: notice,", "notice: elsewhere, by: the test,", 1)), 0o644))
	h := build(b, "PRESSZERO_FLOW="+flow, "PRESSZERO_ARCHIVE_BUCKET="+store.URL())
	home := h.robots(2)
	defer home()
	stop, over := make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := sipp.Run(context.Background(), sipp.Options{Scenario: sipp.HangupAnytime, Server: h.sip, To: "100", Calls: 1_000_000, Stop: stop,
			Rate: storeRate, HangupFrom: 4 * time.Second, HangupTo: 8 * time.Second, Sound: sipp.Sound{Tone: callerTone, Last: 10 * time.Second}})
		over <- err
	}()
	h.wait(5*time.Minute, "the first are in the bucket", func() bool { return h.measured("archive_moved_total") > 0 })

	store.Stop()
	before := h.measured("archive_moved_total")
	began := time.Now()
	for tick := time.NewTicker(time.Minute); time.Since(began) < time.Duration(b.N)*time.Second; <-tick.C {
		fullSize.say(b, "away for %v: %d talks are kept, %v bodies wait, %v rounds have failed", time.Since(began).Round(time.Second),
			h.kept(), h.measured("archive_waiting"), h.measured("archive_move_failures_total"))
	}
	close(stop)
	must(b, <-over)
	h.waitCount(time.Minute, 0, `SELECT count(*) FROM report.call WHERE ended_at IS NULL`)
	talks := h.count(`SELECT count(*) FROM talk WHERE joined_at IS NOT NULL`)
	h.waitCount(time.Minute, talks, `SELECT count(*) FROM recording WHERE state = 'kept'`)
	if moved := h.measured("archive_moved_total"); moved != before || h.measured("archive_move_failures_total") == 0 {
		b.Errorf("%v bodies have gone to a service that was away, of which nothing is told", moved-before)
	}
	a, err := controller.OpenArchive(settings.Settings{StateDir: h.dir, Archive: filepath.Join(h.dir, "archive"), ArchiveBucket: store.URL()}, "talks")
	must(b, err)
	here := archive.Archive{Kind: a.Kind, Index: a.Index, Keys: a.Keys, Local: a.Local}
	if f, err := here.Verify(b.Context(), archive.Share{Of: 1}, time.Now()); err != nil || f.Checked != 2*talks-before || len(f.Damaged) > 0 {
		b.Errorf("with the service away: %+v, %v", f, err)
	}

	store.Again(b)
	back := time.Now()
	h.wait(70*time.Minute, "all are in the bucket", func() bool { return h.measured("archive_moved_total") == 2*talks })
	b.ReportMetric(float64(talks), "talks")
	b.ReportMetric(time.Since(back).Seconds(), "s-until-all-moved")
	if n := h.measured("archive_waiting"); n != 0 {
		b.Errorf("%d bodies wait still", n)
	}
	if n := filesIn(b, filepath.Join(h.dir, "archive")); n != 0 {
		b.Errorf("%d bodies are still here", n)
	}
	if n := filesIn(b, filepath.Join(store.Dir, "voices", "house", "talks")); n != 2*talks {
		b.Errorf("%d bodies of %d talks are in the bucket", n, talks)
	}
	if f, err := a.Verify(b.Context(), archive.Share{Of: 1}, time.Now()); err != nil || f.Checked != 2*talks || len(f.Damaged)+len(f.Missing)+len(f.Strange) > 0 {
		b.Errorf("of %d talks: %+v, %v", talks, f, err)
	}
	if said, sound := h.audit(); !sound {
		b.Errorf("presszero audit:\n%s", said)
	}
}

func (b *building) kept() int {
	b.Helper()
	return b.count(`SELECT count(*) FROM recording WHERE state = 'kept'`)
}

// measured is one of our metrics as a whole number.
func (b *building) measured(name string) int {
	b.Helper()
	n, err := strconv.ParseFloat(b.metric(name), 64)
	must(b, err)
	return int(n)
}

// filesIn counts the files of a folder, in whatever depth.
func filesIn(t testing.TB, dir string) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}
