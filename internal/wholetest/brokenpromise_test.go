package wholetest

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// straight is a flow whose number leads straight into a queue.
const straight = `version: 1
language: en
person: support
queues: {support: {}}
numbers: {"100": support}
nodes: {support: {queue: support}}
`

// TestBrokenPromise: a caller who waited longer than was told hears so at the next call,
// by the real parts, stands a minute further ahead, and hears it once.
func TestBrokenPromise(t *testing.T) {
	t.Parallel()
	const sorry, number = 1300, "+34911000077"
	prompts, flow := t.TempDir(), filepath.Join(t.TempDir(), "flow.yaml")
	record(t, prompts, "promise-broken", sorry)
	must(t, os.WriteFile(flow, []byte(straight), 0o644))
	b := build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+prompts)
	last := func(what string) string {
		return `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id) WHERE caller_number = $1 AND ` + what
	}
	must(t, b.dial(t, "100", number).Hangup())
	b.waitCount(10*time.Second, 1, last(`v.outcome = 'abandoned_queue'`), number)
	// A wait of minutes is not waited for here: what the books say of this one is changed.
	_, err := b.db.Exec(`UPDATE queue_visit SET told_at = ended_at - interval '11 minutes', told_low_s = 240, told_high_s = 360`)
	must(t, err)

	again := b.dial(t, "100", number)
	_, err = again.WaitTone(soon(t), sorry)
	must(t, err)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event e JOIN report.visit v USING (visit_id) WHERE type = 'promise.broken'
		AND (data->>'waited_s')::float8 = 660 AND (data->>'high_s')::float8 = 360 AND data->>'told' = 'true'
		AND v.order_key BETWEEN v.entered_at - interval '60.1 seconds' AND v.entered_at - interval '59.9 seconds'`)
	must(t, again.Hangup())
	b.waitCount(10*time.Second, 2, last(`v.ended_at IS NOT NULL`), number)

	once := b.dial(t, "100", number)
	b.waitCount(10*time.Second, 3, last(`true`), number)
	if once.Heard(sorry) {
		t.Error("the caller hears it a second time")
	}
	must(t, once.Hangup())
	b.waitCount(10*time.Second, 3, last(`v.ended_at IS NOT NULL`), number)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM call_event WHERE type = 'promise.broken'`)
	b.waitCount(10*time.Second, 0, `SELECT count(*) FROM call_event_rejected`)
}
