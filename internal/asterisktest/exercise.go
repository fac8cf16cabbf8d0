package asterisktest

import "testing"

// parts are the parts of Exercise.
var parts = []struct {
	name string
	try  func(*testing.T, Rig)
}{

	{"a whole call", wholeCall},
	{"we hang up", weHangUp},
	{"prompts in a row", promptsInARow},
	{"a missing prompt", missingPrompt},
	{"an agent's leg that dies", legDies},
	{"an agent who cannot be reached", badAddress},
	{"a hang-up at each moment", hangUps},
	{"two calls at once", twoCalls},
	{"keys in a talk", keyInTalk},
	{"hold and resume", holdAndResume},
	{"orders of a hold given twice", holdTwice},
	{"a hold of nobody", holdOfNobody},
	{"words during a hold", wordOnHold},
	{"a hold whose leg ends", holdDropped},
	{"a message after a hold", holdThenMessage},
	{"the fallback after a hold", holdThenFallback},
	{"a controller restarted during a hold", restartedHolding},
	{"the end of a hold as the network is cut", unholdWhileCut},
	{"keys for the far end", sentKeys},
	{"keys that are none", otherKeys},
	{"keys for the person called", keysToThePersonCalled},
	{"media of an earlier version", earlierMedia},
	{"orders given twice", twice},
	{"orders for a call that is over", tooLate},
	{"given to the fallback", toFallback},
	{"the dead-man", deadMan},
	{"a controller that is not well", unwell},
	{"a network cut", networkCut},
	{"orders while the network is cut", orderedWhileCut},
	{"ends ordered as the network is cut", endedWhileCut},
	{"a controller restarted", restarted},
	{"a controller restarted while a prompt is spoken", restartedSpeaking},
	{"a controller restarted during a message", restartedRecording},
	{"a controller replaced", replaced},
	{"a controller that takes over", takesOver},
	{"words that are spoken by a machine", spoken},
	{"a promise", promise},
	{"a message", message},
	{"a message that is stopped", messageStopped},
	{"a hang-up during a message", messageCutOff},
	{"a message longer than the dead-man", messageLong},
	{"a prompt longer than the dead-man", promptLong},
	{"a crowd that hears long prompts", crowd},
	{"a caller who is handed on", handedOn},
	{"numbers that do not answer", notAnswered},
	{"a recorded talk with a number outside", recordedOutside},
	{"a number outside that is told of the recording", toldOutside},
	{"a hang-up while it rings", hangUpWhileRinging},
	{"a callback", callback},
	{"callbacks that nobody takes", callbackFailed},
	{"the next trunk", nextTrunk},
	{"a silent trunk", silentTrunk},
	{"what an agent who dials hears", earlyMedia},
	{"what an agent hears while Asterisk listens", earlyMediaListening},
	{"a callback that is taken back", callbackTakenBack},
	{"no trunk", noTrunk},
	{"a restart while it rings", restartWhileRinging},
	{"who has taken the call", whoHasTaken},
	{"a message after the greeting", afterTheGreeting},
	{"a hang-up while Asterisk listens", hangUpWhileListening},
	{"callers who are refused", refused},
	{"somebody asked during a talk", consultation},
	{"a caller handed on to the consulted party", handedOnAfterAsking},
	{"another stream from one of three", anotherStream},
	{"hang-ups while somebody is asked", hangUpsWhileAsking},
	{"legs that die while somebody is asked", legsDieWhileAsking},
	{"a controller restarted while somebody is asked", restartedAsking},
	{"the dead-man after a hand-over", deadManHandedOn},
	{"somebody asked in vain", askedInVain},
}

// Exercise holds a Switch to everything that is promised of it. Most of it is waiting for
// what is heard, so as many parts run at a time as there are rigs. A rig is made anew for
// each part.
func Exercise(t *testing.T, rigs ...func(*testing.T) Rig) {
	free := share(rigs)
	for _, part := range parts {
		free.run(t, part.name, part.try)
	}
}

// shared are the rigs on which no part runs.
type shared chan func(*testing.T) Rig

func share(rigs []func(*testing.T) Rig) shared {
	free := make(shared, len(rigs))
	for _, rig := range rigs {
		free <- rig
	}
	return free
}

// run runs a part beside others, on the next rig that is free.
func (free shared) run(t *testing.T, name string, part func(*testing.T, Rig)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		rig := <-free
		t.Cleanup(func() { free <- rig }) // after the cleanups of the part
		part(t, rig(t))
	})
}
