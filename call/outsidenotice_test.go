package call

import (
	"testing"
	"time"
)

// TestOutsideNotice: a number outside is told if the talk is going to be recorded, as its
// country asks for and in its language, and what the person does there allows it or not.
func TestOutsideNotice(t *testing.T) {
	t.Parallel()
	house := RecordingRule{Talks: RecordAll, Notice: "told", Key: "9"}
	plan := func(r RecordingRule) RecordingPlan {
		return RecordingPlan{Language: "es", House: HouseRecording{RecordingSettings: RecordingSettings{RecordingRule: r},
			Countries: map[string]RecordingRule{"de": {Consent: ConsentOptIn, Notice: "may-we", Key: "1"}, "us": {Consent: ConsentStay, Notice: "told"}, "fr": {Talks: RecordOff}, "xx": {Notice: NoticeElsewhere, By: "them"}}},
			Country: func(n string) string { return n }, Speaks: func(n string) string { return map[string]string{"de": "de", "us": "en"}[n] }}
	}
	stayed, all, half, key := Consent{Told: true, Given: "stayed"}, TransferAnswered{Transfer: "t", Heard: 4 * time.Second, ToEnd: true}, TransferAnswered{Heard: time.Second}, TransferAnswered{Heard: 2 * time.Second, Key: true}
	for name, c := range map[string]struct {
		rule   RecordingRule
		number string
		caller Consent
		prompt string
		// the consent after all of it, half of it, and its key
		all, half, key string
	}{
		"at home":                 {house, "es", stayed, "told", "stayed", "", "refused"},
		"where it must be agreed": {house, "de", stayed, "de/may-we", "", "", "key"},
		"where one may stay":      {house, "us", stayed, "en/told", "stayed", "", ""},
		"where nothing may be":    {house, "fr", stayed, "", "", "", ""},
		"told elsewhere":          {house, "xx", stayed, "", "", "", ""},
		"the caller refused":      {house, "es", Consent{Told: true, Refused: true}, "", "", "", ""},
		"the caller was not told": {house, "es", Consent{}, "", "", "", ""},
		"nothing is recorded":     {RecordingRule{}, "es", stayed, "", "", "", ""},
		"on demand":               {RecordingRule{Talks: RecordOnDemand, Notice: "told", Key: "9"}, "es", stayed, "", "", "", ""},
	} {
		p := plan(c.rule)
		n := p.OutsideNotice("c", RecordedTalk{Direction: CallIn, Other: "es"}, c.caller, c.number)
		if n.Prompt != c.prompt {
			t.Errorf("%s: it is told %q", name, n.Prompt)
		}
		for _, did := range []struct {
			TransferAnswered
			want string
		}{{all, c.all}, {half, c.half}, {key, c.key}} {
			f := n.Joined(did.TransferAnswered)
			if f.Consent != did.want || f.Notice.ToEnd && did.Heard != 4*time.Second || f.Told().Told != (c.prompt != "") {
				t.Errorf("%s, %+v: %+v", name, did.TransferAnswered, f)
			}
			allows := f.Told().Denies(p.OutsideRule(RecordedTalk{Direction: CallIn}, c.number)) == ""
			if want := did.want == "stayed" || did.want == "key"; c.prompt != "" && allows != want {
				t.Errorf("%s, %+v: allowed %v", name, did.TransferAnswered, allows)
			}
		}
	}
	asked := plan(RecordingRule{Talks: RecordOnDemand, Notice: "told", Key: "9"})
	if _, due := asked.TellsOutside("c", RecordedTalk{Direction: CallIn}, stayed, "es", true); !due {
		t.Error("who is asked in a talk that the agent may record is not told")
	}
}
