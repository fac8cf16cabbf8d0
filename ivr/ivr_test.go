package ivr

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/calltest"
)

func example(t testing.TB) *Flow {
	flow, err := Parse("example.yaml", Example)
	if err != nil {
		t.Fatal(err)
	}
	flow.Version = "v" // a stable word in transcripts
	return flow
}

func TestTranscripts(t *testing.T) {
	flow := example(t)
	calltest.Run(t, "testdata/*.txt", func() []call.Machine {
		length := func(string) time.Duration { return 2 * time.Second }
		return []call.Machine{New(flow, "e", length), call.NewRegister()}
	})
}

// TestSite plays calls to a flow that uses everything.

func TestSite(t *testing.T) {
	flow, err := Load("testdata/flows/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	flow.Version = "v"
	calltest.Run(t, "testdata/site/*.txt", func() []call.Machine {
		length := func(string) time.Duration { return 2 * time.Second }
		return []call.Machine{New(flow, "e", length), call.NewRegister()}
	})
}

// TestWarnings: what we ship is beyond reproach, and a warning does not stop a

// flow from being served.

func TestWarnings(t *testing.T) {
	if flow := example(t); len(flow.Warnings) > 0 {
		t.Errorf("the example: %v", flow.Warnings)
	}
	flow, err := Load("testdata/flows/site.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range flow.Warnings {
		t.Log(f)
	}
	if len(flow.Warnings) == 0 {
		t.Error("the flow has a second menu and many options, and nobody warned")
	}
}

// Every broken flow says in its first line what must be found: line:column and

// some words of the finding.

func TestBrokenFlows(t *testing.T) {
	paths, _ := filepath.Glob("testdata/broken/*.yaml")
	if len(paths) < 25 {
		t.Fatalf("only %d broken flows", len(paths))
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(string(text), "\n")
			place, words, ok := strings.Cut(strings.TrimPrefix(first, "# "), " ")
			if !ok {
				t.Fatalf("the first line must be `# line:column words`, not %q", first)
			}
			_, err = Load(path)
			var found Findings
			if !errors.As(err, &found) {
				t.Fatalf("accepted (%v); want %s", err, first)
			}
			for _, f := range found {
				if strings.Contains(f.String(), ".yaml:"+place+": ") && strings.Contains(f.What, words) && f.Severity == Refused && f.Code != "" {
					return
				}
			}
			t.Fatalf("got\n%v\nwant %s", err, first)
		})
	}
}
