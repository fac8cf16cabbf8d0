package controller

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestUnnamedNumbers: an operator is told which numbers callers dial in vain,
// until the flow names them or nobody has dialled them for a day.
func TestUnnamedNumbers(t *testing.T) {
	now := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	none := func(string) bool { return false }
	var u unnamed
	if got := u.warnings(now, none); got != nil {
		t.Errorf("nobody has called, and %q", got)
	}
	u.heard("+34910000009", now)
	u.heard("+34910000008", now.Add(time.Minute))
	u.heard("+34910000008", now.Add(2*time.Minute))
	got := strings.Join(u.warnings(now.Add(3*time.Minute), none), "\n")
	if !strings.Contains(got, `"+34910000008" (2 calls, the last 1m0s ago), "+34910000009" (1 call, the last 3m0s ago), which the flow does not name`) {
		t.Errorf("the warning is %q", got)
	}
	got = strings.Join(u.warnings(now.Add(3*time.Minute), func(n string) bool { return n == "+34910000008" }), "\n")
	if strings.Contains(got, "0008") || !strings.Contains(got, "0009") {
		t.Errorf("when the flow names one: %q", got)
	}
	if got := u.warnings(now.Add(25*time.Hour), none); got != nil {
		t.Errorf("a day later: %q", got)
	}
	for i := range 10_000 {
		u.heard(fmt.Sprint(i), now.Add(time.Duration(i)*time.Second))
	}
	if len(u.calls) > unnamedMost {
		t.Errorf("%d numbers are kept", len(u.calls))
	}
	if got := u.warnings(now.Add(10_000*time.Second), none); len(got) != 1 || !strings.Contains(got[0], `"9999"`) || !strings.Contains(got[0], "97 other numbers") || len(got[0]) > 400 {
		t.Errorf("of many: %q", got)
	}
	if u.total.Load() != 10_003 {
		t.Errorf("%d calls were counted", u.total.Load())
	}
}
