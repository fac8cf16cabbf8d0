package wholetest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/mediatest"
	"presszero/internal/starttest"
)

// aHouse is a flow with a line of which the day is over, one to which callers come while a
// backup is made, one with talks that are recorded, and a mailbox.
const aHouse = `version: 1
person: support
queues: {support: {}, billing: {}, sales: {recording: {talks: all, notice: elsewhere, by: the carrier}}}
numbers: {"100": main, "400": message, "500": sales}
nodes:
  main: {menu: main, keys: {"1": billing}}
  billing: {queue: billing}
  sales: {queue: sales}
  message: {mailbox: message, owner: support}
prompts: {main: Press 1 or 0., message: Please leave a message.}
`

// TestBackup: while callers come and go, one waits and one's talk is recorded, all is backed
// up, and nobody's number or name can be read in it; put back into an empty folder, the
// program starts, its books are sound, the report of the day is the same, who was forgotten
// since is forgotten, users sign in with their passwords, a caller's message is heard, the
// talk as far as it had come is in the archive, and calls are taken.
func TestBackup(t *testing.T) {
	t.Parallel()
	prompts, flow := t.TempDir(), filepath.Join(t.TempDir(), "flow.yaml")
	for _, name := range []string{"main", "message"} {
		starttest.Tone(t, filepath.Join(prompts, name+".wav"))
	}
	must(t, os.WriteFile(flow, []byte(aHouse), 0o644))
	b := build(t, "PRESSZERO_FLOW="+flow, "PRESSZERO_PROMPTS="+prompts)
	ana := b.agent(b.employ("ana", "support"))
	talks := b.callPerson("+34600000001")
	answer(t, ana)
	must(t, talks.Hangup())
	b.outcome("+34600000001", "answered")
	must(t, ana.SignOut(soon(t)))
	leavesMessage(t, b, "+34600000002")
	admin := b.admin()
	message := theMessage(t, admin)
	sound := admin.get(t, message)
	report := "/api/v1/reports/abandonment?interval=24h&queue=support&from=" + url.QueryEscape(time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)) +
		"&to=" + url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	day := admin.get(t, report)

	waits := b.call("+34600000003")
	typed(t, waits, "1")
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit WHERE queue = 'billing'`)
	zoe := b.agent(b.employ("zoe", "sales"))
	recorded, err := customer.Dial(soon(t), customer.Options{To: "500", Server: b.sip, From: "+34600000005", Name: "Rosalind", Tone: 440})
	must(t, err)
	t.Cleanup(func() { _ = recorded.Hangup() })
	_, err = recorded.WaitSound(soon(t), recorded.Answered)
	must(t, err)
	answer(t, zoe)
	hear(t, recorded, zoe)
	_, err = zoe.WaitDesk(soon(t), func(d call.Desk) bool {
		return d.Talk != nil && d.Talk.Recording != nil && d.Talk.Recording.State == "on"
	})
	must(t, err)
	hear(t, recorded, zoe)
	mediatest.Until(t, "half a second of the talk to be captured", func() bool { // some 18 kB a second
		logs, _ := filepath.Glob(filepath.Join(b.dir, "spool", "talks", "*.pkt"))
		info, err := os.Stat(strings.Join(logs, ""))
		return err == nil && info.Size() > 12_000
	})
	to, key := filepath.Join(t.TempDir(), "backups"), filepath.Join(t.TempDir(), "recovery.key")
	must(t, os.Rename(filepath.Join(b.dir, "archive-keys", "recovery.key"), key)) // to be kept elsewhere
	came := b.callersCome()
	said := b.command(nil, "backup", to, "--keep", "3")
	if n := came(); n < 1 {
		t.Errorf("%d callers came and went while the backup was made; nothing is shown by it", n)
	}
	if !strings.Contains(said, "1 recorded talk is not in the archive yet") || strings.Contains(said, "still on this machine") || waits.EndedBy().By != customer.Nobody {
		t.Errorf("the caller in line: %v; it said:\n%s", waits.EndedBy(), said)
	}
	t.Logf("%s", said)
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM audit WHERE what = 'backup.make'`)
	for _, text := range []string{"600000001", "600000002", "600000003", "600000005", "Rosalind", "PGDMP"} {
		if out, _ := exec.Command("grep", "-r", "-a", "-l", "--", text, to).Output(); len(out) > 0 {
			t.Errorf("%s can be read in the backup, in %s", text, out)
		}
	}
	if said := b.command(nil, "backup", "--check", to, "--identity", key); !strings.Contains(said, "is whole") || !strings.Contains(said, "opens with this key: 4 encrypted files") {
		t.Errorf("the check said:\n%s", said)
	}

	b.command(nil, "person", "forget", "+34600000001")
	elsewhere := t.TempDir()
	r := newBuilding(t, "PRESSZERO_FLOW="+filepath.Join(elsewhere, "flow", "flow.yaml"), "PRESSZERO_PROMPTS="+filepath.Join(elsewhere, "prompts"))
	t.Cleanup(r.tearDown)
	said = b.command(r.env, "restore", to, "--identity", key, "--erased", filepath.Join(b.dir, "erased"))
	if !strings.Contains(said, " 0 findings") || !strings.Contains(said, "1 forgotten number is brought back, and forgotten again") {
		t.Errorf("the restore said:\n%s", said)
	}
	t.Logf("%s", said)
	r.open()
	r.outcome("+34600000003", "system_failure") // who waited then
	r.waitCount(time.Minute, 1, `SELECT count(*) FROM recording WHERE state = 'kept' AND length_s > 0.2`)
	if logs, _ := filepath.Glob(filepath.Join(r.dir, "spool", "talks", "*.pkt")); len(logs) > 0 {
		t.Errorf("of the talk that was recorded then there is %v", logs)
	}
	again := r.admin() // with the password of then
	if got := again.get(t, theMessage(t, again)); got != sound || len(got) < audio.SampleRate {
		t.Errorf("the message has %d bytes, and had %d", len(got), len(sound))
	}
	if got := again.get(t, report); got != day || !strings.Contains(day, "support") {
		t.Errorf("the report of the day is\n%s\nand was\n%s", got, day)
	}
	if list := again.get(t, "/api/v1/users"); !strings.Contains(list, `"ana"`) {
		t.Errorf("the users are %s", list)
	}
	must(t, r.callPerson("+34600000004").Hangup())
	r.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.call WHERE caller_number = '+34600000004' AND ended_at IS NOT NULL`)
	if said, sound := r.audit(); !sound {
		t.Errorf("the books are not sound:\n%s", said)
	}
}

// command runs the program beside this one, or in another environment, and returns what it
// said.
func (b *building) command(env []string, args ...string) string {
	b.Helper()
	cmd := exec.Command(built, args...)
	if cmd.Env = env; env == nil {
		cmd.Env = append(os.Environ(), "PRESSZERO_STATE_DIR="+b.dir)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.Fatalf("presszero %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// callersCome has callers come and go, one after the other, until it is asked how many did.
func (b *building) callersCome() (came func() int) {
	stop, done := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				done <- n
				return
			default:
			}
			c, err := customer.Dial(context.Background(), customer.Options{To: "100", Server: b.sip, From: fmt.Sprintf("+3461%03d", n)})
			if err != nil {
				continue
			}
			_, err = c.WaitSound(soon(b), c.Answered)
			if err == nil && c.Hangup() == nil {
				n++
			}
		}
	}()
	return func() int { close(stop); return <-done }
}

// leavesMessage has a caller speak for more than a second into the mailbox.
func leavesMessage(t *testing.T, b *building, from string) {
	t.Helper()
	c := b.dial(t, "400", from)
	b.wait(20*time.Second, "Asterisk records", func() bool {
		files, _ := filepath.Glob(filepath.Join(b.dir, "asterisk", "spool", "recording", "*.wav"))
		for _, f := range files {
			if info, err := os.Stat(f); err == nil && info.Size() > 3*audio.SampleRate {
				return true // a second and a half of it
			}
		}
		return false
	})
	typed(t, c, "#")
	b.outcome(from, "message_left")
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.message`)
}

// theMessage is where the one message can be heard.
func theMessage(t *testing.T, a admin) string {
	t.Helper()
	var list struct{ Messages []struct{ ID string } }
	must(t, json.Unmarshal([]byte(a.get(t, "/api/v1/messages")), &list))
	if len(list.Messages) != 1 {
		t.Fatalf("there are %d messages", len(list.Messages))
	}
	return "/api/v1/messages/" + list.Messages[0].ID + "/audio"
}
