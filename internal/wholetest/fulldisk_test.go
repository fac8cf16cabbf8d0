package wholetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/disktest"
)

// TestJournalDiskFull: the journal's disk is full. Calls go on, the books
// balance, and the controller can even be killed and started again.
//
// The disk is one of a few megabytes that the test mounts. Where the machine
// lets nobody do so, only the calls are made; there the journal's own test, on
// /dev/full, stands for the rest.
func TestJournalDiskFull(t *testing.T) {
	t.Parallel() // most of it is waiting
	if disktest.Inside() {
		journalDiskFull(t, true)
		return
	}
	if why := disktest.Refused(t); why != nil {
		t.Log(why)
		journalDiskFull(t, false)
		return
	}
	disktest.Rerun(t)
}

func journalDiskFull(t *testing.T, mounts bool) {
	b := build(t)
	o := b.employ("ana")
	disk := disktest.Disk(filepath.Join(b.dir, "journal"))
	if mounts {
		disktest.Mount(t, string(disk), "70m")
		b.kill("serve") // its journal is on the small disk from now on
		b.ready()
	}
	a := b.agent(o)
	serve := func(from string) {
		t.Helper()
		c := b.callPerson(from)
		answer(t, a)
		hear(t, c, a)
		must(t, c.Hangup())
		_, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.WrapUp })
		must(t, err)
		must(t, a.Wrapped())
		b.outcome(from, "answered")
	}
	serve("+34600")
	b.warned("")
	if mounts {
		disk.Fill(t)
	}
	serve("+34601") // booked although its disk is full
	if mounts {
		b.warned("disk is full")
		if got := b.metric("journal_disk_full"); got != "1" {
			t.Errorf("the metrics say %q of the full disk", got)
		}
	}
	must(t, a.SignOut(soon(t)))
	waits := inLine(t, b, 2, "+3461")
	b.kill("serve")
	b.ready()
	a = b.agent(o)
	for _, from := range []string{"+346100", "+346101"} {
		if d := answer(t, a); d.Talk.Caller.Number != from {
			t.Errorf("served %s, and %s came before", d.Talk.Caller.Number, from)
		}
		hear(t, waits[0], a)
		must(t, waits[0].Hangup())
		waits = waits[1:]
		_, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.WrapUp })
		must(t, err)
		must(t, a.Wrapped())
		b.outcome(from, "answered")
	}
	if mounts {
		disk.Free(t)
	}
	b.warned("")
	serve("+34602")
	must(t, a.SignOut(soon(t)))
	for query, want := range map[string]int{
		`SELECT count(*) FROM report.call WHERE ended_at IS NULL`:                                       0,
		`SELECT count(*) FROM report.visit WHERE outcome IS NULL`:                                       0,
		`SELECT count(*) FROM report.call`:                                                              5,
		`SELECT count(*) FROM report.visit WHERE outcome = 'answered'`:                                  5,
		`SELECT count(*) FROM call_event_rejected`:                                                      0,
		`SELECT count(*) FROM (SELECT FROM call_event GROUP BY call_id, seq HAVING count(*) > 1) twice`: 0,
	} {
		b.waitCount(10*time.Second, want, query)
	}
	if got := b.metric("facts_lost_total"); got != "0" {
		t.Errorf("%s facts are lost", got)
	}
}

// warned waits until the warnings hold a text; "": until there are none. Calls
// are taken all the while.
func (b *building) warned(text string) {
	b.Helper()
	b.wait(20*time.Second, fmt.Sprintf("warned of %q", text), func() bool {
		warnings := b.warnings()
		if text == "" {
			return len(warnings) == 0
		}
		return strings.Contains(strings.Join(warnings, "\n"), text)
	})
}

// warnings are those of /readyz. Calls are taken all the while.
func (b *building) warnings() []string {
	b.Helper()
	resp, err := http.Get(b.web + "/readyz")
	must(b, err)
	defer resp.Body.Close()
	var ready struct{ Warnings []string }
	must(b, json.NewDecoder(resp.Body).Decode(&ready))
	if resp.StatusCode != http.StatusOK {
		b.Fatalf("calls are not taken: %s", resp.Status)
	}
	return ready.Warnings
}

// metric is the value of one of our metrics.
func (b *building) metric(name string) string {
	b.Helper()
	for line := range strings.Lines(b.admin().get(b.TB, "/metrics")) {
		if value, ok := strings.CutPrefix(line, "presszero_"+name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
