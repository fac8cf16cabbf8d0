package call

import (
	"cmp"
	"time"
)

// Whoever takes a call at a number outside is a person of its own, who is told of a recording
// and may refuse it as a caller does: before the caller is joined, in the language of the
// number's country, by the notice that the talk has for that country. What the person
// answers changes nothing but whether that talk is recorded.

// OutsideNotice is what the person at a number outside is told of the recording. Zero: nothing.
type OutsideNotice struct {
	Prompt  string       // as in Play
	Flow    string       // of the prompt, as in Play
	Consent ConsentAsked // after ConsentStay no key is waited for
	Key     string
	Played  NoticePlayed // all of it but what was heard
}

// NoticeAnswer is for how long the key of a notice counts after its end, and LeastHeard how
// long a notice has played before its key can mean that somebody agrees: who pressed sooner
// has not heard what it is about.
const (
	NoticeAnswer = 3 * time.Second
	LeastHeard   = time.Second
)

// LanguageOf is the language in which the notice is said to who has a number and has chosen
// none: that of its country, if the flow speaks it, else the flow's.
func (p RecordingPlan) LanguageOf(number string) string {
	if p.Speaks == nil {
		return p.Language
	}
	return cmp.Or(p.Speaks(number), p.Language)
}

// NoticeIn is a notice in a language, as a Play names it; "": the flow's.
func (p RecordingPlan) NoticeIn(language, notice string) string {
	if language == p.Language {
		language = ""
	}
	return Prompt(language, notice)
}

// TellsOutside reports whether a number outside that comes into the talk is to be told of its
// recording, and by which rule. asked: an agent asks the number and may begin to record
// later; else nobody is there who could. caller is what the caller has allowed in call c.
func (p RecordingPlan) TellsOutside(c ID, t RecordedTalk, caller Consent, number string, asked bool) (RecordingRule, bool) {
	rule, own := p.Rule(t), p.OutsideRule(t, number)
	for _, r := range []RecordingRule{rule, own} {
		if why := r.Unasked(c); r.Talks == RecordOff || why == "share" || why == "on_demand" && !asked {
			return own, false
		}
	}
	return own, caller.Denies(rule) == "" && Consent{}.Asks(own)
}

// OutsideNotice is what a number that is called for the caller of call c is told.
func (p RecordingPlan) OutsideNotice(c ID, t RecordedTalk, caller Consent, number string) (n OutsideNotice) {
	if rule, due := p.TellsOutside(c, t, caller, number, false); due {
		n.Consent, n.Key = rule.Consent, rule.Key
		n.Played = NoticePlayed{Notice: rule.Notice, Language: p.LanguageOf(number)}
		n.Prompt = p.NoticeIn(n.Played.Language, rule.Notice)
	}
	return n
}

// Joined is the fact about what the person was told, and has answered.
func (n OutsideNotice) Joined(ev TransferAnswered) TransferJoined {
	f := TransferJoined{Transfer: ev.Transfer}
	if n.Prompt == "" {
		return f
	}
	f.Notice = n.Played
	f.Notice.Heard, f.Notice.ToEnd = ev.Heard.Round(time.Millisecond).Seconds(), ev.ToEnd
	switch {
	case ev.Key && n.Consent == ConsentOptIn:
		f.Consent = "key"
	case ev.Key && n.Consent == ConsentOptOut:
		f.Consent = "refused"
	case ev.ToEnd && n.Consent != ConsentOptIn:
		f.Consent = "stayed"
	}
	return f
}
