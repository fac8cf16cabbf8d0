package spawn_test

import (
	"os/exec"
	"strings"
	"testing"

	"presszero/internal/spawn"
)

// TestPriority: a process, and what it starts itself, has the priority that it is given,
// where that is allowed.
func TestPriority(t *testing.T) {
	for nice, as := range map[spawn.Nice][]string{spawn.Voices: {"nice", "-n", "-10", "nice"}, spawn.Decisions: {"nice", "-n", "-5", "nice"}, spawn.Usual: {"nice"}} {
		want, err := exec.Command(as[0], as[1:]...).Output() // it is ours, with a warning, where it is not allowed
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		cmd := exec.Command("sh", "-c", "nice; sh -c nice")
		cmd.Stdout = &said
		ended, err := spawn.Start(cmd, nice)
		if err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil || said.String() != string(want)+string(want) {
			t.Errorf("with %d it runs with %q, want twice %q (%v)", nice, said.String(), want, err)
		}
	}
}

func TestStartFails(t *testing.T) {
	if _, err := spawn.Start(exec.Command("/no/such/program"), spawn.Usual); err == nil {
		t.Error("a program that is not there was started")
	}
	ended, err := spawn.Start(exec.Command("sh", "-c", "exit 3"), spawn.Usual)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || err.Error() != "exit status 3" {
		t.Errorf("the end of a program that failed is %v", err)
	}
}
