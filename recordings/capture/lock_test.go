package capture

import (
	"os/exec"
	"testing"
	"time"
)

// TestUnlockedWhenEnded: a log that has ended is not live, although a process is being
// started at that moment, which has every file of ours open until it runs.
func TestUnlockedWhenEnded(t *testing.T) {
	stop := make(chan struct{})
	started := make(chan struct{})
	go func() {
		defer close(started)
		for {
			select {
			case <-stop:
				return
			default:
				_ = exec.Command("true").Run()
			}
		}
	}()
	defer func() { close(stop); <-started }()
	for range 200 {
		dir := t.TempDir()
		l, err := Create(dir, Head{Recording: "r"})
		if err != nil {
			t.Fatal(err)
		}
		l.Packet(Left, Header{}, make([]byte, 160), time.Now())
		<-l.End()
		if takes, err := Find(dir); err != nil || len(takes) != 1 || takes[0].Live {
			t.Fatalf("%+v, %v", takes, err)
		}
	}
}

// TestNotLiveHasItsEnd: while a log ends, Find reports its part as live or as ended at any
// moment, never as neither.
func TestNotLiveHasItsEnd(t *testing.T) {
	for range 150 {
		dir := t.TempDir()
		l, err := Create(dir, Head{Recording: "r"})
		if err != nil {
			t.Fatal(err)
		}
		await(t, "it is begun", l.Begun)
		l.End()
		for live := true; live; {
			takes, err := Find(dir)
			if err != nil || len(takes) != 1 || !takes[0].Live && !takes[0].Ended {
				t.Fatalf("%+v, %v", takes, err)
			}
			live = takes[0].Live
		}
	}
}
