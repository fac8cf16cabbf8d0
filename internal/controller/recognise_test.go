package controller

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/sql"
)

// TestGivenUpRecognitionsAreCounted: an operator sees that callers are taken
// for strangers because the database does not answer.
func TestGivenUpRecognitionsAreCounted(t *testing.T) {
	db, err := sql.Open(t.Context(), sql.Config{URL: "postgres://nobody@127.0.0.1:1/nothing", CallerKey: []byte("key")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := &Controller{db: db}
	p.recognise("c1", "+34600000001")
	p.recognise("c2", "anonymous") // nothing to look up
	if n := p.gaveUp.Load(); n != 1 {
		t.Errorf("%d recognitions were given up, want 1", n)
	}
}

// TestForbiddenTransitionsAreTold: a change of state that is not allowed is
// counted, and the log has what came before it.
func TestForbiddenTransitionsAreTold(t *testing.T) {
	var text strings.Builder
	p := &Controller{line: callqueue.New(callqueue.Settings{Name: "support"}), log: slog.New(slog.NewTextHandler(&text, nil))}
	loop := call.NewLoop(p.line, call.NewRegister())
	p.tellFailures(loop)
	loop.Replay([]call.Entry{
		{Call: "c1", Seq: 1, Fact: call.CallStarted{}},
		{Call: "c1", Seq: 2, Fact: call.QueueEntered{Visit: "c1.v1", Queue: "support"}},
		{Call: "c1", Seq: 3, Fact: call.BridgeJoined{Visit: "c1.v1", Agent: "ana"}},
	})
	if n := p.forbidden.Load(); n != 1 || !strings.Contains(text.String(), `must not go from \"waiting\" to \"talking\"`) {
		t.Errorf("counted %d; the log is %s", n, &text)
	}
	loop.OnPanic(call.DigitPressed{Call: "c1"}, callqueue.Transition{What: "visit", ID: "c1.v1"})
	loop.Step(time.Now(), call.DigitPressed{Call: "c9", Digit: "5"})
	loop.OnPanic(call.DigitPressed{Call: "c1"}, callqueue.Transition{What: "visit", ID: "c1.v1"})
	if !strings.Contains(text.String(), "call.DigitPressed call=c9") {
		t.Errorf("the log does not tell the latest events: %s", &text)
	}
}
