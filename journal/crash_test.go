package journal

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"presszero/call"
)

// TestMain lets the test binary be the process that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("JOURNAL_CRASH_DIR"); dir != "" {
		appendForEver(dir)
	}
	os.Exit(m.Run())
}

// appendForEver appends and says after each Append what the journal took.
func appendForEver(dir string) {
	j, err := Open(dir, Options{SegmentSize: 50_000, Reserve: 1 << 20, Log: quiet})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for n := 1; ; n++ {
		j.Append([]call.Entry{fact("c", n)})
		fmt.Println(n)
	}
}

func TestKilledProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	total := 0
	for range 3 {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "JOURNAL_CRASH_DIR="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		acknowledged := 0
		for s := bufio.NewScanner(out); s.Scan(); {
			n, err := strconv.Atoi(s.Text())
			if err != nil {
				t.Fatalf("the child said %q", s.Text())
			}
			if acknowledged = n; n == 700 {
				c.Process.Kill()
			}
		}
		c.Wait()
		j, err := Open(dir, Options{Reserve: 1 << 20, Log: quiet})
		if err != nil {
			t.Fatal(err)
		}
		got := readAll(t, j, 1000)
		if n := len(got) - total; n < acknowledged || n > acknowledged+1 {
			t.Fatalf("%d facts were acknowledged, %d are there", acknowledged, n)
		}
		for i, e := range got[total:] {
			if e.Seq != i+1 {
				t.Fatalf("entry %d has seq %d", i, e.Seq)
			}
		}
		total = len(got)
		j.Close()
	}
}
