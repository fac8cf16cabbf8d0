package wholetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// clerk is an agent whose page comes back by itself, as a browser's does.
type clerk struct {
	mu   sync.Mutex
	page *deskclient.Client
	home func() // not to come back; may be repeated
}

// goHome signs her out.
func (k *clerk) goHome(t testing.TB) {
	t.Helper()
	k.home()
	must(t, k.now().SignOut(soon(t)))
}

func (b *building) clerk(name string) *clerk {
	b.Helper()
	k := &clerk{page: b.agent(b.employ(name))}
	home, done := make(chan struct{}), make(chan struct{})
	k.home = sync.OnceFunc(func() { close(home); <-done })
	go func() {
		defer close(done)
		for fails := 0; ; {
			select {
			case <-home:
				return
			case <-k.now().Done():
			}
			fresh, err := k.now().Again(soon(b))
			if err != nil {
				select {
				case <-home:
					return
				case <-time.After(backoffOf(fails)):
				}
				fails++
				continue
			}
			fails = 0
			k.mu.Lock()
			k.page = fresh
			k.mu.Unlock()
			_ = fresh.Available()
		}
	}()
	b.Cleanup(func() { k.home(); k.now().Close() })
	return k
}

func backoffOf(fails int) time.Duration { return time.Duration(fails+1) * 20 * time.Millisecond }

func (k *clerk) now() *deskclient.Client {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.page
}

// shown waits until the page shows such a desk, however often it comes back.
func (k *clerk) shown(t testing.TB, what string, ok func(call.Desk) bool) call.Desk {
	t.Helper()
	for end := soon(t); ; {
		d, err := k.now().WaitDesk(end, ok)
		if err == nil {
			return d
		}
		if end.Err() != nil {
			t.Fatalf("%s: %v", what, err)
		}
		select { // the line has ended, and another takes its place
		case <-end.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func isRinging(d call.Desk) bool { return d.State == call.Ringing && d.Offer != nil }
func isTalking(d call.Desk) bool { return d.State == call.Talking }

// upgrade has the running program go over to another and returns what it said.
func (b *building) upgrade(args ...string) (string, error) {
	cmd := exec.Command(built, append([]string{"upgrade"}, args...)...)
	cmd.Env = append(os.Environ(), "PRESSZERO_STATE_DIR="+b.dir)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

var tookOverLine = regexp.MustCompile(`took over (\d+) of (\d+) calls, (\d+) dropped, (\d+) ms without a controller`)

// upgraded is upgrade with a program that must succeed: it is another file
// each time, which runs afterwards.
func (b *building) upgraded(calls int) {
	b.Helper()
	dir, err := os.MkdirTemp(b.dir, "new")
	must(b, err)
	binary := filepath.Join(dir, "presszero")
	must(b, os.Link(built, binary))
	old := b.pid("serve")
	out, err := b.upgrade("--binary", binary)
	if err != nil {
		b.Fatalf("%v:\n%s", err, out)
	}
	b.Log(strings.TrimSpace(out))
	log, _ := os.ReadFile(filepath.Join(b.dir, "log", "serve.log"))
	if i := bytes.LastIndex(log, []byte(`"took over"`)); i >= 0 {
		b.Logf("of it: %s", bytes.TrimSpace(log[i:]))
	}
	if m := tookOverLine.FindStringSubmatch(out); m == nil || m[1] != strconv.Itoa(calls) || m[3] != "0" {
		b.Errorf("%d calls were there; it said %q", calls, m)
	}
	now := b.pid("serve")
	if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", now)); now == old || err != nil || exe != binary {
		b.Errorf("process %d runs %s (%v)", now, exe, err)
	}
}

// refused is upgrade with something that must not replace what runs.
func (b *building) refused(why string, args ...string) {
	b.Helper()
	before := b.pid("serve")
	out, err := b.upgrade(args...)
	if err == nil || !strings.Contains(out, "the old one goes on") || !strings.Contains(out, why) {
		b.Errorf("%v; it said:\n%s", err, out)
	}
	if after := b.pid("serve"); after != before {
		b.Errorf("process %d became %d", before, after)
	}
}

// TestUpgrade replaces the controller, twice, with callers in every state:
// nobody is dropped, no talk has a gap, the music does not stop, who was in a
// menu is there, what rang rings again, after-call work goes on. What cannot
// serve replaces nobody. PRESSZERO_UPGRADE_CALLS sets how many callers there are.
func TestUpgrade(t *testing.T) {
	b := build(t)
	calls := 20
	if n, err := strconv.Atoi(os.Getenv("PRESSZERO_UPGRADE_CALLS")); err == nil {
		calls = n
	}
	talking, ringing, menu := calls/7+1, calls/10, calls/4

	page := openBrowser(t, deskclient.RobotTone)
	page.signIn(b, "agent")
	page.do("the phone is proved", click(".choice.available"), shows("Waiting for a call"))
	inBrowser := b.callPerson("+34900")
	page.do("it rings", shows("+34900"))
	page.accepts()

	talks := []*customer.Call{inBrowser}
	var talkers []*clerk
	for i := range talking - 1 {
		k := b.clerk(fmt.Sprintf("talks-%d", i))
		c := b.callPerson(fmt.Sprintf("+3491%02d", i))
		answer(t, k.now())
		hear(t, c, k.now())
		talks, talkers = append(talks, c), append(talkers, k)
	}
	line := inLine(t, b, calls-talking-menu, "+3492")
	wraps := b.clerk("wraps")
	d := answer(t, wraps.now()) // the first in line
	must(t, wraps.now().HangUp(d.Talk.Call))
	wrapUp := wraps.shown(t, "after-call work", func(d call.Desk) bool { return d.State == call.WrapUp }).WrapUp
	<-line[0].Done()
	line = line[1:]
	calls--
	var inMenu []*customer.Call
	for i := range menu {
		inMenu = append(inMenu, b.call(fmt.Sprintf("+3493%02d", i)))
	}
	offered := map[string]bool{}
	var ringers []*clerk
	for i := range ringing {
		k := b.clerk(fmt.Sprintf("rings-%d", i))
		offered[k.shown(t, "it rings", isRinging).Offer.Offer] = true
		ringers = append(ringers, k)
	}
	all := append(append(append([]*customer.Call{}, talks...), line...), inMenu...)

	began := time.Now()
	for round := range 2 {
		upgraded := time.Now()
		b.upgraded(calls)
		for _, k := range ringers {
			d := k.shown(t, "it rings again", func(d call.Desk) bool { return isRinging(d) && !offered[d.Offer.Offer] })
			offered[d.Offer.Offer] = true
		}
		for _, k := range talkers {
			k.shown(t, "the talk goes on", isTalking)
		}
		d := wraps.shown(t, "after-call work goes on", func(d call.Desk) bool { return d.WrapUp != nil })
		if off := d.WrapUp.Sub(*wrapUp).Abs(); off > time.Second {
			t.Errorf("after-call work ends %s apart from before", off)
		}
		page.do("the page is back", shows("Hang up"), hears(440), until("!document.body.innerText.includes('reconnect')"))
		for _, c := range inMenu {
			_, err := c.WaitSound(soon(t), upgraded)
			must(t, err)
		}
		t.Logf("upgrade %d: all as before after %s", round+1, time.Since(upgraded).Round(time.Millisecond))
	}
	noGaps(t, began, line, talks)
	t.Run("what cannot serve", func(t *testing.T) { b.in(t).refusals() })

	for i, c := range inMenu { // as if nothing had happened
		_, err := c.Press(context.Background(), '0')
		must(t, err)
		b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE c.caller_number = $1`, fmt.Sprintf("+3493%02d", i))
	}
	for _, k := range ringers {
		d := k.shown(t, "it still rings", isRinging)
		must(t, k.now().Accept(d.Offer.Offer))
		k.shown(t, "the talk", isTalking)
	}
	for i, c := range talks[1:] {
		hear(t, c, talkers[i].now())
	}
	for _, c := range all {
		if by := c.EndedBy(); by.By != customer.Nobody {
			t.Errorf("a caller was cut off: %+v", by)
		}
	}
	for _, c := range all[1:] {
		must(t, c.Hangup())
	}
	for _, k := range append(append(talkers, ringers...), wraps) {
		k.goHome(t) // so that nobody else takes who is put back in line
	}
	page.newVoice(b, inBrowser)
	must(t, inBrowser.Hangup())
	b.booksBalance(calls + 1)
	if n := b.count(`SELECT count(*) FROM report.call WHERE outcome = 'system_failure'`); n != 0 {
		t.Errorf("%d calls are booked as our failure", n)
	}
	b.wait(10*time.Second, "Asterisk is empty", func() bool {
		channels, bridges := b.switchHas()
		return channels+bridges == 0
	})
}

// newVoice replaces the voice process too, with a talk that passes through it:
// the page connects to the new one by itself and the two are joined again.
func (page *browser) newVoice(b *building, c *customer.Call) {
	b.Helper()
	old, began := b.pid("media"), time.Now()
	if out, err := b.upgrade("--media"); err != nil {
		b.Fatalf("%v:\n%s", err, out)
	}
	if b.pid("media") == old {
		b.Error("the voice process is the old one")
	}
	b.waitCount(20*time.Second, 2, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
		WHERE c.caller_number = '+34900' AND v.outcome = 'answered'`)
	page.do("the voice is back", hears(440))
	_, err := c.WaitToneAfter(soon(b), time.Now(), deskclient.RobotTone)
	must(b, err)
	b.Logf("while the voice process was replaced the caller heard nothing for %s",
		c.LongestSilence(began, time.Time{}).Round(time.Millisecond))
}

// noGaps: what those heard who wait, and those who talk, since then.
func noGaps(t *testing.T, since time.Time, line, talks []*customer.Call) {
	t.Helper()
	var music, voice time.Duration
	for _, c := range line {
		music = max(music, c.LongestGap(since, time.Time{}))
	}
	for _, c := range talks {
		voice = max(voice, c.LongestGap(since, time.Time{}), c.LongestSilence(since, time.Time{}))
	}
	t.Logf("longest gap in the music of %d callers %s, in %d talks %s", len(line), music, len(talks), voice)
	if music > time.Second {
		t.Errorf("somebody in line heard nothing for %s", music)
	}
	limit := 200 * time.Millisecond
	if raceEnabled {
		limit = 600 * time.Millisecond // the voice process is then several times slower
	}
	// What all hear alike, however they are connected, is a machine that does too much else.
	if voice > limit && voice > music+50*time.Millisecond {
		t.Errorf("somebody who talked heard nothing for %s", voice)
	}
}

// refusals: each kind of program that cannot serve, and the old one goes on.
func (b *building) refusals() {
	broken := filepath.Join(b.dir, "broken")
	must(b, os.WriteFile(broken, []byte("#!/bin/sh\necho it is all wrong >&2\nexit 3\n"), 0o755))
	b.refused("it is all wrong", "--binary", broken)
	text := filepath.Join(b.dir, "text")
	must(b, os.WriteFile(text, []byte("no program"), 0o755))
	b.refused("is no program that runs here", "--binary", text)

	// A migration that adds what is there already cannot be applied.
	const measures = 15
	_, err := b.db.Exec(`CREATE TABLE applied AS SELECT version_id FROM goose_db_version WHERE version_id >= $1`, measures)
	must(b, err)
	_, err = b.db.Exec(`DELETE FROM goose_db_version WHERE version_id >= $1`, measures)
	must(b, err)
	b.refused("the database was not brought up to date")
	_, err = b.db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) SELECT version_id, true FROM applied ORDER BY 1; DROP TABLE applied`)
	must(b, err)
}
