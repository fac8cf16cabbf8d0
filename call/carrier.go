package call

// What package outbound, which chooses trunks, and package asterisk, which calls
// over them, tell each other.

// Purpose is what a call that we make is about, which decides the number shown.
type Purpose struct {
	Agent  string // the agent who calls; "": the call is no agent's own
	Queue  string // for which it is made; ""
	Dialed string // the number of ours that the customer had dialled, in E.164; ""
}

// Way is one way in which a call can leave.
type Way struct {
	Trunk    string // the PJSIP endpoint
	Number   string // as the trunk is told it
	Ours     string // our number that is shown, in E.164 or as it was dialled; "": none
	Shown    string // the same, as the trunk is told it
	Withheld bool   // the person must not see it
	Header   string // the header that tells Shown besides From; "": none
	Domain   string // the host in that header
}

// CarrierAnswer is how a call of ours over a trunk has gone.
type CarrierAnswer struct {
	// Class is answered, busy, no_answer, declined, invalid, trunk (the carrier did
	// not carry it) or failed (it did not leave our side). "": it rings, and the
	// class is told later.
	Class string
	SIP   int // the final answer; 0: none
	Cause int // Q.850, where there was no SIP answer
}
