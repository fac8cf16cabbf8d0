package sql_test

import (
	"testing"

	"presszero/report"
)

// TestRecordingPlays: who plays, which seconds were heard, who downloads and why, and what is
// written at a second, is kept and is in the audit.
func TestRecordingPlays(t *testing.T) {
	t.Parallel()
	f := setup(t)
	const id = "leg1"
	for _, p := range []report.RecordingPlay{{ID: "p1", By: "sue", Kind: "play"}, {ID: "p2", By: "tom", Kind: "download", Why: "court order 7"}} {
		if err := f.PlayRecording(soon(t), id, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.PlayRecording(soon(t), id, report.RecordingPlay{ID: "p1", By: "eve", Kind: "play"}); err == nil {
		t.Error("a play was written twice")
	}
	for _, h := range []struct {
		play, by string
		from, to float64
	}{{"p1", "sue", 0, 4.5}, {"p1", "sue", 20, 22}, {"p1", "eve", 30, 40}, {"p9", "sue", 0, 1}} {
		if err := f.HeardRecording(soon(t), h.play, h.by, h.from, h.to); err != nil {
			t.Fatal(err)
		}
	}
	late, err := f.CommentRecording(soon(t), id, report.RecordingComment{AtS: 20.5, Text: "Well said.", By: "sue"})
	if err != nil || late.ID == 0 || late.At.IsZero() {
		t.Fatalf("%+v, %v", late, err)
	}
	if _, err := f.CommentRecording(soon(t), id, report.RecordingComment{AtS: 3, Text: "Hello.", By: "tom"}); err != nil {
		t.Fatal(err)
	}
	comments, err := f.RecordingComments(soon(t), id)
	if err != nil || len(comments) != 2 || comments[0].By != "tom" || comments[1] != late {
		t.Errorf("%+v, %v", comments, err)
	}
	plays, err := f.RecordingPlays(soon(t), id, 10)
	if err != nil || len(plays) != 2 || plays[0].ID != "p2" || plays[0].Why != "court order 7" || plays[1].HeardS != 6.5 {
		t.Errorf("%+v, %v", plays, err)
	}
	const want = `sue recording.play leg1 p1; tom recording.download leg1 p2 court order 7; sue recording.heard leg1 p1 0 4.5; sue recording.heard leg1 p1 20 22; sue recording.comment leg1 20.5; tom recording.comment leg1 3`
	if got := f.one(t, `SELECT string_agg(concat_ws(' ', who, what, detail->>'recording', detail->>'play', detail->>'why', detail->>'from_s', detail->>'to_s', detail->>'at_s'), '; ' ORDER BY id) FROM audit`); got != want {
		t.Errorf("the audit\n has %s\nwants %s", got, want)
	}
}
