package wholetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStraySignals: signals that nobody sends on purpose end no process of ours and no
// call. SIGHUP to `up` reaches the controller, which reads the flow file again.
func TestStraySignals(t *testing.T) {
	t.Parallel()
	flow := filepath.Join(t.TempDir(), "flow.yaml")
	must(t, os.WriteFile(flow, fmt.Appendf(nil, aMenu, "First."), 0o644))
	b := build(t, "PRESSZERO_FLOW="+flow)
	waits := b.callPerson("+34600000001")
	b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit WHERE outcome IS NULL`)
	serve, media := b.pid("serve"), b.pid("media")
	for _, pid := range []int{serve, media, b.cmd.Process.Pid} {
		for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGUSR2} {
			must(t, syscall.Kill(pid, s))
		}
	}
	must(t, syscall.Kill(media, syscall.SIGHUP))
	must(t, syscall.Kill(b.cmd.Process.Pid, syscall.SIGPIPE))
	must(t, os.WriteFile(flow, []byte("version: 1\n"), 0o644))
	must(t, syscall.Kill(b.cmd.Process.Pid, syscall.SIGHUP))
	admin := b.admin()
	b.wait(10*time.Second, "an alarm about the flow file", func() bool { return strings.Contains(admin.get(t, "/api/v1/flow"), `"alarm":`) })
	if b.pid("serve") != serve || b.pid("media") != media {
		t.Error("a process was started anew")
	}
	select {
	case err := <-b.gone:
		t.Fatalf("everything has ended: %v", err)
	case <-waits.Done():
		t.Fatalf("the caller's call was ended by %s", waits.EndedBy().By)
	default:
	}
	b.call("+34600000002")
	b.waitCount(10*time.Second, 2, `SELECT count(*) FROM report.call WHERE answered_at IS NOT NULL AND ended_at IS NULL`)
}
