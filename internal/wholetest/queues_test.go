package wholetest

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/deskclient"
)

// someQueues are the queues of TestQueues; DAY is one on which it is not run.
const someQueues = `version: 1
person: german
hours: {office: {week: {DAY: "10:00-11:00"}}}
queues:
  expert: {skill: german, level: 5}
  german: {skill: german, level: 5, widen: [{after: 2s, level: 0}]}
  small: {max_waiting: 1, full: full}
  night: {hours: office, closed: small-one}
numbers: {"100": german, "101": expert, "200": small, "300": night}
nodes:
  german: {queue: german}
  expert: {queue: expert}
  small: {queue: small}
  night: {queue: night}
  full: {say: full, then: message}
  small-one: {queue: small}
  message: {mailbox: message, owner: german}
prompts: {full: All our lines are busy., message: Please leave a message.}
`

// TestQueues: a queue that asks for a skill rings only who has it, also who got
// it a moment ago, and everybody when it is time. Who finds a queue full, or
// closed, goes on at the node that the flow names, and is told why.
func TestQueues(t *testing.T) {
	t.Parallel() // most of it is waiting
	prompts, flow := t.TempDir(), filepath.Join(t.TempDir(), "flow.yaml")
	record(t, prompts, "full", 700)
	record(t, prompts, "sent-closed", 1500)
	other := strings.ToLower(time.Now().AddDate(0, 0, 3).Weekday().String()[:3])
	must(t, os.WriteFile(flow, []byte(strings.Replace(someQueues, "DAY", other, 1)), 0o644))
	b := build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+prompts)
	ana, ben := b.agent(b.employ("ana")), b.agent(b.employ("ben"))
	b.user(t, "set", "ben", "--queue", "german=2", "--queue", "expert")
	b.wait(10*time.Second, "the command's word at the desk", func() bool { return len(ben.Desk().Queues) == 2 })

	first := b.dial(t, "101", "+34701")
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit WHERE queue = 'expert' AND outcome IS NULL`)
	_, err := b.admin().Send(soon(t), http.MethodPut, "/api/v1/users/ana/work",
		map[string]any{"queues": []string{"german", "expert"}, "skills": map[string]int{"german": 8}})
	must(t, err)
	if d := answer(t, ana); d.Talk.Caller.Number != "+34701" {
		t.Errorf("ana talks with %s", d.Talk.Caller.Number)
	}
	hear(t, first, ana)
	b.offered(t, "+34701", "ana")
	if got := b.admin().get(t, "/api/v1/live"); !strings.Contains(got, `"skills":[{"name":"german","level":8}]`) {
		t.Errorf("the floor does not show what ana can do: %s", got)
	}

	second := b.dial(t, "100", "+34702")
	answer(t, ben)
	hear(t, second, ben)
	if waited := b.offered(t, "+34702", "ben"); waited < 2 {
		t.Errorf("ben, who has not the skill, was asked after %v s", waited)
	}

	third := b.dial(t, "200", "+34703")
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit WHERE queue = 'small' AND outcome IS NULL`)
	fourth := b.dial(t, "200", "+34704")
	_, err = fourth.WaitTone(soon(t), 700)
	must(t, err)
	fifth := b.dial(t, "300", "+34705")
	_, err = fifth.WaitTone(soon(t), 1500)
	must(t, err)
	_, err = fifth.WaitTone(soon(t), 700) // that queue is full in turn
	must(t, err)
	for from, want := range map[string]string{"+34704": "timeout_exit", "+34705": "closed"} {
		b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
			WHERE c.caller_number = $1 AND v.outcome = $2`, from, want)
	}
	for _, c := range []interface{ Hangup() error }{first, second, third, fourth, fifth} {
		must(t, c.Hangup())
	}
	b.outcome("+34703", "abandoned_queue")
	b.booksBalance(5)
	for _, a := range []*deskclient.Client{ana, ben} {
		must(t, a.SignOut(soon(t)))
	}
}

// user runs the program's command about users beside the building.
func (b *building) user(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(built, append([]string{"user"}, args...)...)
	cmd.Env = append(os.Environ(), "PRESSZERO_STATE_DIR="+b.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("user %v: %v\n%s", args, err, out)
	}
}

// offered returns how long the caller had waited when first offered to
// anybody, who must have been this agent.
func (b *building) offered(t *testing.T, from string, to call.AgentID) (seconds float64) {
	t.Helper()
	var agent string
	b.wait(10*time.Second, fmt.Sprintf("an offer of %s", from), func() bool {
		return b.db.QueryRow(`SELECT e.data->>'agent', (e.data->>'waited_s')::float8 FROM call_event e JOIN report.call c USING (call_id)
			WHERE c.caller_number = $1 AND e.type = 'offer.started' ORDER BY e.seq LIMIT 1`, from).Scan(&agent, &seconds) == nil
	})
	if agent != string(to) {
		t.Errorf("%s was offered to %s first, want %s", from, agent, to)
	}
	return seconds
}
