package wholetest

import (
	"encoding/json"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

// BenchmarkRehearsal is row (h): a million calls played through the line, with 200 agents
// and 2,800 calls an hour: seconds, peak memory, and time for each call.
func BenchmarkRehearsal(b *testing.B) { rounds(b, rehearsalRow) }

func rehearsalRow(t testing.TB, _ rig, s sizes, f figures) {
	t.Helper()
	cmd := exec.Command(built, "rehearse", "--agents", "200", "--calls-per-hour", "2800", "--calls", strconv.Itoa(s.rehearsed), "--json")
	out, err := cmd.Output()
	must(t, err)
	var report struct {
		Calls, Answered, Abandoned int
		Took                       float64 `json:"took_s"`
	}
	must(t, json.Unmarshal(out, &report))
	if report.Calls != s.rehearsed || report.Answered+report.Abandoned < s.rehearsed*9/10 {
		t.Errorf("the rehearsal has %+v", report)
	}
	f.note("rehearsal-s", report.Took)
	f.note("rehearsal-µs/call", report.Took*1e6/float64(report.Calls))
	f.note("rehearsal-MB", float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024)
}
