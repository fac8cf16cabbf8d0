package wholetest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/deskclient"
	"presszero/internal/settings"
)

// The two sides of the table of `make bench`: our program, and Asterisk's own queue
// (sidequeue_test.go). A side is started by a rig.

// rig brings the sides of a row.
type rig interface {
	ours(testing.TB) *oursSide
	queue(t testing.TB, agents int) *queueSide
}

// freshRig starts each side anew; it lasts as long as the test that asks for it.
type freshRig struct{}

func (freshRig) ours(t testing.TB) *oursSide               { return startOurs(t) }
func (freshRig) queue(t testing.TB, agents int) *queueSide { return startQueue(t, agents) }

// side is what both have.
type side interface {
	sip() string                             // where callers dial
	parts() map[string]int                   // the roots of its process trees, for taken
	ended() int                              // how many calls the database has, to their end
	entered(prefix string) []string          // the numbers that begin so, in the order in which they came into line
	loneAgent() (serve func(n int) []string) // an agent who is away until she serves n callers; returns their numbers
}

// The two prompts of the measured menu, as tones that cannot be mistaken.
const mainTone, subTone = 600, 1300

// benchFlow is served at all rows: 100 is the queue without a menu, 200 a menu whose key
// 1 leads to another, whose key 1 leads back, and 300 a queue whose talks are recorded.
const benchFlow = `version: 1
person: support
queues: {support: {}, recorded: {recording: {talks: all, notice: elsewhere, by: the bench, consent: stay}}}
numbers: {"100": line, "200": main, "300": recorded}
nodes:
  line: {queue: support}
  recorded: {queue: recorded}
  main: {menu: main, keys: {"1": sub}}
  sub: {menu: sub, keys: {"1": main}}
prompts: {main: "For more, press 1. For a person, press 0.", sub: "To go back, press 1. For a person, press 0."}
`

// menuSounds writes the prompts of the two menus, for either side.
func menuSounds(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, hz := range map[string]float64{"main": mainTone, "sub": subTone} {
		samples := make([]int16, 8*audio.SampleRate)
		audio.NewTone(hz, 8000).Fill(samples)
		var wav bytes.Buffer
		must(t, audio.WriteWAV(&wav, samples))
		must(t, os.WriteFile(filepath.Join(dir, name+".wav"), wav.Bytes(), 0o644))
		must(t, os.WriteFile(filepath.Join(dir, name+".ulaw"), audio.AppendUlaw(nil, samples), 0o644))
	}
	return dir
}

// oursSide is our program.
type oursSide struct{ *building }

func startOurs(t testing.TB) *oursSide {
	t.Helper()
	flow := filepath.Join(t.TempDir(), "flow.yaml")
	must(t, os.WriteFile(flow, []byte(benchFlow), 0o644))
	return &oursSide{build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+menuSounds(t), "PRESSZERO_CALLS_AT_ONCE=-1")}
}

func (s *oursSide) sip() string { return s.building.sip }

func (s *oursSide) parts() map[string]int {
	roots := map[string]int{"all": s.cmd.Process.Pid}
	for _, name := range []string{"serve", "media", "asterisk", "postgres"} {
		roots[name] = s.pid(name)
	}
	return roots
}

func (s *oursSide) ended() int {
	return s.count(`SELECT count(*) FROM report.call WHERE outcome IS NOT NULL`)
}

func (s *oursSide) entered(prefix string) []string {
	return numbers(s, s.db, `SELECT caller_number FROM report.visit JOIN report.call USING (call_id) WHERE caller_number LIKE $1 ORDER BY entered_at`, prefix)
}

func numbers(t testing.TB, db *sql.DB, query, prefix string) (found []string) {
	t.Helper()
	rows, err := db.Query(query, prefix+"%")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var number string
		must(t, rows.Scan(&number))
		found = append(found, number)
	}
	must(t, rows.Err())
	return found
}

func (s *oursSide) loneAgent() func(n int) []string {
	a := s.agent(s.employ("lone"))
	must(s, a.Away("between"))
	_, err := a.WaitDesk(soon(s), func(d call.Desk) bool { return d.Presence == call.Away })
	must(s, err)
	is := func(state call.AgentState) call.Desk {
		s.Helper()
		d, err := a.WaitDesk(soon(s), func(d call.Desk) bool { return d.State == state })
		must(s, err)
		return d
	}
	return func(n int) (served []string) {
		must(s, a.Available())
		for range n {
			d := is(call.Ringing)
			served = append(served, d.Offer.Caller.Number)
			must(s, a.Accept(d.Offer.Offer))
			id := is(call.Talking).Talk.Call
			if len(served) == n {
				must(s, a.Away("between"))
			}
			must(s, a.HangUp(id))
			_, err := a.WaitDesk(soon(s), func(d call.Desk) bool { return d.Talk == nil })
			must(s, err)
		}
		return served
	}
}

// crew puts agents to work, each with a page and a voice connection that last, who accept
// at once and leave the hanging up to the caller. talks counts the calls in which an
// agent has heard the caller's tone. It returns when all of them are available.
func (s *oursSide) crew(t testing.TB, n int, talks *atomic.Int64) {
	t.Helper()
	admin := s.admin()
	ctx, home := context.WithCancel(context.Background())
	var all, ready sync.WaitGroup
	t.Cleanup(func() { home(); all.Wait() })
	for i := range n {
		o := deskclient.Options{URL: s.web, Name: fmt.Sprintf("crew%d", i), Password: settings.RandomPassword(12), Logger: slog.New(slog.DiscardHandler),
			Robot: &deskclient.Robot{TalkFor: -1}}
		o.Phone.Tone, o.Phone.Listen, o.Phone.LocalIP = deskclient.RobotTone, []float64{440}, "127.0.0.1"
		o.Phone.Logger = o.Logger
		must(t, admin.Employ(soon(t), o.Name, o.Password))
		ready.Add(1)
		var once sync.Once
		o.OnDesk = func(d call.Desk) {
			if d.Media && d.Presence == call.Available {
				once.Do(ready.Done)
			}
		}
		o.OnMoment = func(m deskclient.Moment) {
			if m.What == deskclient.ToneHeard {
				talks.Add(1)
			}
		}
		all.Go(func() {
			if err := deskclient.Run(ctx, o); err != nil && ctx.Err() == nil {
				t.Errorf("an agent went home: %v", err)
			}
		})
	}
	ready.Wait()
}
