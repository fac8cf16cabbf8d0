package wholetest

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// audit runs `presszero audit` beside the program and returns what it said,
// and whether it found the books sound.
func (b *building) audit(args ...string) (said string, sound bool) {
	b.Helper()
	cmd := exec.Command(built, append([]string{"audit"}, args...)...)
	cmd.Env = append(os.Environ(), "PRESSZERO_STATE_DIR="+b.dir)
	out, err := cmd.CombinedOutput()
	if _, ended := err.(*exec.ExitError); err != nil && !ended {
		b.Fatal(err)
	}
	return string(out), err == nil
}

// TestAudit: beside calls that are up the books are sound; one row that is
// taken away is found, named, and told by the exit status.
func TestAudit(t *testing.T) {
	t.Parallel()
	b := build(t)
	must(b, inLine(t, b, 1, "+346000000")[0].Hangup())
	b.outcome("+34600000000", "abandoned_queue")
	b.callPerson("+34600000002") // waits
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit WHERE outcome IS NULL`)
	if said, sound := b.audit(); !sound || !strings.Contains(said, "2 calls (1 up)") || !strings.Contains(said, "0 findings") {
		t.Fatalf("sound books:\n%s", said)
	}
	if said, sound := b.audit("--json"); !sound || !strings.Contains(said, `"sound":true`) || !strings.Contains(said, `"flaws":[]`) {
		t.Errorf("sound books as JSON:\n%s", said)
	}
	var call string
	must(b, b.db.QueryRow(`DELETE FROM queue_visit WHERE outcome = 'abandoned_queue' RETURNING call_id`).Scan(&call))
	if said, sound := b.audit(); sound || !strings.Contains(said, "queue_visit lacks the row "+call) {
		t.Errorf("after a row is deleted:\n%s", said)
	}
	if said, sound := b.audit("--json"); sound || !strings.Contains(said, `"table":"queue_visit","call":"`+call) {
		t.Errorf("after a row is deleted, as JSON:\n%s", said)
	}
}
