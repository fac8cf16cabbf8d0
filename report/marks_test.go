package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/report"
)

// TestMarks: what happened during a recording has its seconds: the notice before it at its
// beginning, hold, pause, whispering and asking from and to; what befell another agent has
// none, and what was not ended ends with the recording.
func TestMarks(t *testing.T) {
	t.Parallel()
	joined := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	left, length := joined.Add(100*time.Second), 100.0
	r := report.Recording{ID: "leg1", Agent: "ann", JoinedAt: joined, LeftAt: &left, LengthS: &length}
	var facts []report.Fact
	say := func(after float64, f call.Fact) {
		data, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		facts = append(facts, report.Fact{Seq: len(facts) + 1, At: joined.Add(time.Duration(after * float64(time.Second))), Kind: f.Kind(), Data: data})
	}
	say(-20, call.NoticePlayed{Notice: "recorded", ToEnd: true})
	say(-15, call.ConsentGiven{How: "stayed"})
	say(10, call.BridgeHeld{Agent: "ann"})
	say(20, call.BridgeResumed{Agent: "ann"})
	say(25, call.RecordingPaused{Recording: "leg1", Why: "sensitive"})
	say(26, call.RecordingPaused{Recording: "leg2", Why: "agent"})
	say(30, call.RecordingResumed{Recording: "leg1", By: "step"})
	say(32, call.RecordingFailed{Recording: "leg1", Why: "disk"})
	say(35, call.RecordingRecovered{Recording: "leg1"})
	say(40, call.ListenStarted{Listening: "l1", Agent: "ann", By: "sue", Mode: call.ListenOnly})
	say(45, call.ListenTurned{Listening: "l1", Agent: "ann", By: "sue", Mode: call.ListenWhisper})
	say(50, call.ListenEnded{Listening: "l1", Agent: "ann", By: "sue"})
	say(58, call.RecordingMarked{Recording: "leg1"})
	say(60, call.RecordingMarked{Recording: "leg1"})
	say(60, call.RecordingMarked{Recording: "leg2"})
	say(63, call.RecordingMarked{Recording: "leg1", Text: "promise", Of: 2})
	say(64, call.RecordingMarked{Recording: "leg1", Text: "never made", Of: 3})
	say(70, call.OutgoingDialed{Agent: "ann", Number: "+341", For: "c1"})
	say(75, call.OutgoingTurned{Agent: "ann", With: "all"})
	say(80, call.OutgoingEnded{Agent: "ann"})
	say(90, call.BridgeHeld{Agent: "ann"})
	say(100, call.BridgeHanded{Agent: "ann", Queue: "billing"})
	say(110, call.BridgeHeld{Agent: "bob"})
	var got []string
	for _, m := range report.Marks(r, facts) {
		until := ""
		if m.UntilS != nil {
			until = fmt.Sprintf("-%g", *m.UntilS)
		}
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %g%s %s%s", m.Kind, m.AtS, until, m.Text, m.By)))
	}
	const want = `notice 0 recorded; consent 0 stayed; hold 10-20; pause 25-30 sensitive; disk 32-35; listen 40-45 sue; whisper 45-50 sue; mark 58; mark 60 promise; ask 70-80 +341; all 75-80; hold 90-100; handover 100 billing`
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("\n got %s\nwant %s", s, want)
	}
	late := joined.Add(30 * time.Second)
	r.StartedAt = &late
	if z := r.Zero(); !z.Equal(late) {
		t.Errorf("a recording that was begun during the talk begins at %s", z)
	}
}
