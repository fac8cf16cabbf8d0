package asterisk

import "time"

// The reasons why a call that we make is not taken, as DialFailed and the
// facts have them. One table serves callbacks, transfers and agents' own calls.
const (
	busy     = "busy"
	noAnswer = "no_answer"
	declined = "declined" // the person has refused it
	invalid  = "invalid"  // the number is not assigned
	trunk    = "trunk"    // the carrier does not carry it: no person was asked
	ours     = "failed"   // it has not left our side
)

// silentTrunk is how long a carrier may take until the phone rings. One that
// has not answered anything by then is in trouble.
const silentTrunk = 15 * time.Second

// sipReasons are the final answers of SIP that say something about the person.
// All others from 300 on are the trunk's: redirections, which are not
// followed, credentials, credit, formats, and servers in trouble.
var sipReasons = map[int]string{
	486: busy, 600: busy,
	480: noAnswer,
	603: declined, 607: declined, 608: declined,
	404: invalid, 410: invalid, 484: invalid, 485: invalid, 604: invalid,
}

// q850Reasons are the causes that say something about the person, where no
// SIP answer is known. Other causes from 27 on are the network's.
var q850Reasons = map[int]string{
	17: busy,
	18: noAnswer, 19: noAnswer, 20: noAnswer,
	21: declined,
	1:  invalid, 22: invalid, 28: invalid,
}

// notTaken reads why a call that we made was not taken: from the SIP answer,
// which is 0 when there was none, and from the Q.850 cause, which counts only
// then: Asterisk gives 401, 403 and 407 the cause of a refusal by the person.
// rang tells whether the phone has rung, after which the carrier has done its
// part; took is how long the attempt lasted.
func notTaken(sip, q850 int, rang bool, took time.Duration) string {
	switch why := sipReasons[sip]; {
	case sip == 480 && !rang && took >= silentTrunk:
		return trunk // Asterisk says so too of a call that it has given up
	case why != "":
		return why
	case sip == 408 || sip == 487:
		if rang || sip == 487 && took < silentTrunk {
			return noAnswer
		}
		return trunk
	case sip >= 300:
		return trunk
	}
	switch why := q850Reasons[q850]; {
	case why == noAnswer && !rang && took >= silentTrunk:
		return trunk
	case why != "":
		return why
	case q850 == 2 || q850 == 3 || q850 == 5 || q850 >= 27 && q850 != 31 && q850 != 127:
		return trunk
	}
	return ours
}
