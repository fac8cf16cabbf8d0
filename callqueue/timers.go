package callqueue

import "presszero/call"

// The timers of the line, and what each is about. See call.Timer for when an old
// one is passed over.
const (
	ringTimer      call.TimerKind = "ring"     // an offer: the agent has not answered in time
	connectTimer   call.TimerKind = "connect"  // an offer: its audio could not be joined in time
	wrapUpTimer    call.TimerKind = "wrap_up"  // an agent: after-call work ends
	mediaTimer     call.TimerKind = "media"    // an agent: the audio path that broke during a talk has not come back
	mayDialTimer   call.TimerKind = "may_dial" // an agent: the limit on calls by this agent allows one more
	pageTimer      call.TimerKind = "page"     // an agent: the page that was lost during after-call work has not come back
	unstaffedTimer call.TimerKind = "alone"    // a queue; Gen is the number of the group that no agent at work serves
	dueTimer       call.TimerKind = "due"      // a callback: it is in line again
	expireTimer    call.TimerKind = "expire"   // a callback: its time is over
	dialTimer      call.TimerKind = "dial"     // a call that we make: nothing was told of it in time
	confirmTimer   call.TimerKind = "confirm"  // a callback: the customer has not pressed 1
	momentTimer    call.TimerKind = "moment"   // a callback: the customer has pressed 1 and still waits for an agent
	goneTimer      call.TimerKind = "gone"     // a callback or an outgoing call whose channel is gone after a restart
	noticeTimer    call.TimerKind = "notice"   // a caller: the notice that the talk is recorded, or the time for its key, is over
	speechTimer    call.TimerKind = "speech"   // a playback to a caller in line that never told its end
	farewellTimer  call.TimerKind = "farewell" // a caller: the last words are over
	dialogTimer    call.TimerKind = "dialog"   // a caller who was asked something and has not pressed a key
	holdTimer      call.TimerKind = "hold"     // a caller who has been on hold for long
	gapTimer       call.TimerKind = "gap"      // a talk whose agent's page has not come back
	askTimer       call.TimerKind = "ask"      // a colleague who is asked: has not answered in time
	joinTimer      call.TimerKind = "join"     // a supervisor who joins a talk: the channel was not there in time
	outsideTimer   call.TimerKind = "outside"  // a hand-over to a number: nothing was told of it in time
	returnTimer    call.TimerKind = "return"   // a caller whose agent has not come back
	keptTimer      call.TimerKind = "kept"     // a visit that was kept for one agent
	widenTimer     call.TimerKind = "widen"    // a visit: the skill asked for is relaxed
	speakTimer     call.TimerKind = "speak"    // a visit: the wait is announced
	spillTimer     call.TimerKind = "spill"    // a visit that may go to another queue
	p99Timer       call.TimerKind = "p99"      // a visit longer than 99 of 100
	maxWaitTimer   call.TimerKind = tooLong    // a visit that has waited as long as the queue lets one
)

// tooLong is why a caller is sent back after a wait as long as the queue
// lets one. It may happen again and again, since every time was a wait.
const tooLong = "max_wait"
