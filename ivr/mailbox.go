package ivr

import (
	"time"

	"presszero/call"
)

// leastMessage is the length of a recording from which on it counts as a message.
const leastMessage = time.Second

// record begins to record the caller.
func (t *turn) record() {
	t.switchTo(recording)
	t.task, t.since = t.newID("r"), t.Now
	t.Order(call.Record{Call: t.call, Record: t.task, Max: t.node.Message.Longest})
	t.remind(recordTimer, t.node.Message.Longest+patience)
}

// duringMailbox takes a key in a mailbox: # skips the prompt, and ends the recording.
func (t *turn) duringMailbox(digit string) {
	switch {
	case t.kept && digit == "#":
		t.stopPlaying()
		t.goodbye()
	case t.kept:
		return
	case t.doing == speaking && digit == "#":
		t.stopPlaying()
		t.playPrompts(Beep)
	case t.doing == recording && digit == "#":
		t.Order(call.StopRecord{Call: t.call, Record: t.task})
	}
}

// recorded takes the end of the recording: the message is kept, or was silent.
func (t *turn) recorded(seconds float64, failed bool) {
	switch {
	case failed:
		t.toPerson("record_failed")
	case seconds < leastMessage.Seconds():
		t.apply(call.NoInput{Node: t.node.Name, Try: t.tries + 1})
		t.askAgain("no_input", NothingHeard)
	default:
		t.keepMessage(seconds)
		t.afterMessage()
	}
}

// keepMessage states the message, to which its owner owes an answer.
func (t *turn) keepMessage(seconds float64) {
	msg := t.node.Message
	t.apply(call.MessageLeft{Node: t.node.Name, Record: t.task, Seconds: seconds,
		Owner: msg.Owner, Due: t.Now.Add(msg.Due).UTC()})
}

// afterMessage goes on, or says goodbye. The words tell the caller that the message
// is kept, so they are spoken only once it is on disk.
func (t *turn) afterMessage() {
	t.Order(call.Promise{Call: t.call})
	if t.node.Then != "" {
		t.enter(t.node.Then)
		return
	}
	t.playPrompts(MessageKept)
}
