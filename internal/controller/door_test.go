package controller

import (
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/settings"
)

// TestPreferredLimits: the settings of preferred callers count, and follow
// those of the others where they are unset.
func TestPreferredLimits(t *testing.T) {
	for _, c := range []struct {
		s    settings.Settings
		want call.Limits
	}{
		{settings.Settings{CallersFrom: []string{"192.0.2.1"}}, call.Limits{PerCaller: 90, AtOnce: 1100, Late: 9 * time.Second}},
		{settings.Settings{CallersFrom: []string{"127.0.0.1"}}, call.Limits{AtOnce: 1100, Late: 9 * time.Second}},
		{settings.Settings{CallsPerCaller: 2, CallsPerNumber: 4, CallsAtOnce: 20}, call.Limits{PerCaller: 6, PerNumber: 5, AtOnce: 22, Late: 9 * time.Second}},
		{settings.Settings{CallsPerCaller: 2, CallsAtOnce: 20, PreferredPerCaller: 7, PreferredAtOnce: 30}, call.Limits{PerCaller: 7, AtOnce: 30, Late: 9 * time.Second}},
		{settings.Settings{CallsPerCaller: -1, CallsAtOnce: -1}, call.Limits{Late: 9 * time.Second}},
		{settings.Settings{PreferredPerCaller: -1, PreferredAtOnce: -1}, call.Limits{Late: 9 * time.Second}},
	} {
		if got := preferredLimits(c.s, limits(c.s)); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.s, got, c.want)
		}
	}
}
