package call

// Consent is what the person on the other side has been told of recording, and has
// allowed, by the facts of the call so far. A callback begins with nothing, whatever the
// call allowed out of which it came.
type Consent struct {
	Told    bool   // the notice was played, to its end or not
	Given   string // as in ConsentGiven; "": not
	Refused bool   // for the rest of the call
}

// Take takes the next fact of the call's book.
func (c *Consent) Take(f Fact) {
	switch f := f.(type) {
	case CallbackDialed: // another call, and perhaps another person
		c.Told, c.Given = false, ""
	case NoticePlayed:
		c.Told = true
	case ConsentGiven:
		c.Given = f.How
	case ConsentRefused:
		c.Refused = true
	}
}

// Told is what the person at the number outside was told before the caller was joined, and
// has allowed.
func (f TransferJoined) Told() Consent {
	c := Consent{Told: f.Notice.Notice != "", Refused: f.Consent == "refused"}
	if !c.Refused {
		c.Given = f.Consent
	}
	return c
}

// Unasked returns why a talk that may be recorded is not without being asked for, as
// RecordingAbsent says it; "": it is.
func (r RecordingRule) Unasked(c ID) string {
	switch {
	case r.Talks == RecordOnDemand:
		return "on_demand"
	case !r.Talks.Draws(c):
		return "share"
	}
	return ""
}

// Asks reports whether the rule's notice is still to be played to the caller. A notice is
// played at most once in a call.
func (c Consent) Asks(r RecordingRule) bool {
	return r.Talks != RecordOff && r.Notice != "" && r.Notice != NoticeElsewhere && !c.Told && !c.Refused
}

// Denies returns why a talk must not be recorded by the rule, as RecordingAbsent says it;
// "" if it may be.
func (c Consent) Denies(r RecordingRule) string {
	switch {
	case r.Talks == RecordOff:
		return "off"
	case c.Refused:
		return "refused"
	case r.Notice == NoticeElsewhere, c.Given == "key", c.Given == "stayed" && r.Consent != ConsentOptIn:
		return ""
	}
	return "no_notice"
}
