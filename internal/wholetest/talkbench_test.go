package wholetest

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
)

// BenchmarkTalk is rows (c) and (g), one call after another: ours, and Asterisk's own
// queue with an agent at a page over WSS. In milliseconds:
//
//	voice  the agent accepts -> both hear the other's tone, the later one. In ours she
//	       sends "accept"; at the page she begins to make the answer to the INVITE
//	row    BYE sent -> the commit of the call's last row (pg_xact_commit_timestamp): the
//	       fact call.ended, or the record of cdr_pgsql
func BenchmarkTalk(b *testing.B) { rounds(b, talkRow) }

func talkRow(t testing.TB, r rig, s sizes, f figures) {
	within(t, func(t testing.TB) {
		side := r.ours(t)
		s.pin(t, side)
		o := side.employ("talker")
		a := side.in(t).agent(o)
		var voice, row []time.Duration
		for range s.talks {
			v, w := ourTalk(t, side, a)
			voice, row = append(voice, v), append(row, w)
		}
		f.noteTimes("ours-voice", voice)
		f.noteTimes("ours-row", row)
		must(t, a.SignOut(soon(t)))
	})
	within(t, func(t testing.TB) {
		side := r.queue(t, 1)
		s.pin(t, side)
		rings := make(chan *wssRing, 1)
		openWSS(t, side.https, "browser0", func(r *wssRing) { rings <- r })
		var voice, row []time.Duration
		for i := range s.talks {
			v, w := pageTalk(t, side, rings, fmt.Sprintf("60030000%d", i))
			voice, row = append(voice, v), append(row, w)
		}
		f.noteTimes("wss-voice", voice)
		f.noteTimes("cdr-row", row)
	})
}

// dial is a customer who speaks with 440 Hz and has been answered.
func dial(t testing.TB, to side, number, from string) *customer.Call {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := customer.Dial(ctx, customer.Options{To: number, Server: to.sip(), From: from, Tone: 440})
	must(t, err)
	return c
}

func ourTalk(t testing.TB, h *oursSide, a *deskclient.Client) (voice, row time.Duration) {
	t.Helper()
	is := func(state call.AgentState) call.Desk {
		t.Helper()
		d, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == state })
		must(t, err)
		return d
	}
	c := dial(t, h, "100", "+34600")
	d := is(call.Ringing)
	accept := time.Now()
	must(t, a.Accept(d.Offer.Offer))
	voice = bothHear(t, accept, c, a.Phone().WaitTone)
	id := is(call.Talking).Talk.Call
	row = hangUp(t, c, h.db, `SELECT pg_xact_commit_timestamp(xmin) FROM call_event WHERE type = 'call.ended' AND call_id = $1`, string(id))
	is(call.Idle)
	return voice, row
}

func pageTalk(t testing.TB, q *queueSide, rings <-chan *wssRing, from string) (voice, row time.Duration) {
	t.Helper()
	c := dial(t, q, toBrowsers, from)
	var ring *wssRing
	select {
	case ring = <-rings:
	case <-soon(t).Done():
		t.Fatal("the page was not rung")
	}
	accept := time.Now()
	must(t, ring.accept())
	voice = bothHear(t, accept, c, ring.WaitTone)
	row = hangUp(t, c, q.db, `SELECT pg_xact_commit_timestamp(xmin) FROM cdr WHERE src = $1 AND dcontext = 'from-trunk'`, from)
	<-ring.over
	return voice, row
}

// bothHear returns how long after the accept both have heard the other.
func bothHear(t testing.TB, accept time.Time, c *customer.Call, agent func(context.Context, float64) (time.Time, error)) time.Duration {
	t.Helper()
	last, err := c.WaitToneAfter(soon(t), accept, deskclient.RobotTone)
	must(t, err)
	heard, err := agent(soon(t), 440)
	must(t, err)
	if heard.After(last) {
		last = heard
	}
	return last.Sub(accept)
}

// hangUp has the caller hang up and returns how much later the row was committed.
func hangUp(t testing.TB, c *customer.Call, db *sql.DB, query, key string) time.Duration {
	t.Helper()
	bye := time.Now()
	must(t, c.Hangup())
	var committed time.Time
	waitFor(t, 10*time.Second, "the row", func() bool { return db.QueryRow(query, key).Scan(&committed) == nil })
	return committed.Sub(bye)
}
