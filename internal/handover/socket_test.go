package handover

import (
	"os"
	"testing"
)

// TestNothingIsHeldForUs: what says so was meant for another process, or is
// not there. That a socket which is held for us is used, each test of the
// whole program shows: `up` hands it to the controller.
func TestNothingIsHeldForUs(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"nothing":           {},
		"another process's": {"LISTEN_FDS": "1", "LISTEN_PID": "1"},
	} {
		t.Run(name, func(t *testing.T) {
			for key, value := range env {
				t.Setenv(key, value)
			}
			if l, err := HeldSocket(); l != nil || err != nil {
				t.Errorf("held %v, %v", l, err)
			}
			if _, there := os.LookupEnv("LISTEN_FDS"); there {
				t.Error("our children would believe that it is held for them")
			}
		})
	}
	t.Setenv("LISTEN_FDS", "2")
	if _, err := HeldSocket(); err == nil {
		t.Error("two sockets were taken for one")
	}
}
