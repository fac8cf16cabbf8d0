// Package asterisk speaks to one Asterisk over ARI: it turns what happens to
// its callers into events of package call, and carries out the commands about
// them. It decides nothing.
//
//	             ┌──────────────── Switch ────────────────┐
//	Asterisk ──websocket──> reader ─> queue ─> Run ───────┼──> post(Event)
//	         <──REST─────── worker of each caller <───────┼─── Do(Command)
//	         <──REST─────── care: dead-man, heartbeat     │
//	             └────────────────────────────────────────┘
//
// One goroutine (Run) takes the events of Asterisk in order. Each live caller
// has a worker that carries out its commands one after another, each with a
// deadline, so a slow answer about one caller delays nobody else. Results come
// back as events, never as return values.
//
// # Promises
//
// Three promises hold whatever Asterisk, the network or the controller does:
//
//   - A caller's end is told exactly once (HungUp, or DialFailed if nobody took
//     the call that we made), and nothing about that call is told afterwards,
//     unless it is called back. "Channel not found" is such an end, not an error.
//   - Every id is chosen before the request that uses it: the leg's channel is
//     named like the leg, its bridge <leg>.bridge, a playback <call>.say0 to
//     .say7 in turn, a recording like the record, a call that we make like the
//     dial, and the far end of a transfer <transfer>.leg. So a request that is
//     sent twice does no harm. A consulted party is reached by a call that we make
//     whose dial has the name of a leg, which it may become.
//   - After every connect the callers that Asterisk has are compared with the
//     ones in the registry, before any event is taken (reconcile.go). The differences
//     are told as ordinary events: no caller is lost, and none is there twice.
//
// When the controller dies, Asterisk's own dialplan looks after the callers;
// what it needs for that (channel variables PZ_CALL and PZ_DONE, the timer
// TIMEOUT(absolute), the global variable PZ_BEAT) is written in ending.go,
// care.go and beat.go.
//
// # Parts of a switch
//
// Each part is a type with fields of its own; the comment of a field names the lock
// that guards it, or the goroutine that owns it:
//
//	Switch ─┬─ connector   the event socket, also one that Take has opened
//	        ├─ reconciler  compares the callers after each connect
//	        ├─ heartbeat   the beat of one connection
//	        ├─ dispatcher  gives each event to its caller
//	        └─ common ─┬─ registry   the callers and their ids
//	                   └─ readiness  is the connection known to work
//
// Locks are taken in this order: the registry's, a caller's; then a worker's or the
// readiness', under which no other is taken. Those of two callers are taken only under
// the registry's (consult.takeOver).
//
// # Parts of a caller
//
// A caller is made of parts, too:
//
//	caller ─┬─ worker     its goroutine; carries out one job after another
//	        ├─ orders     carries out commands about the caller, each as a job of the worker
//	        ├─ playback   prompts and music, while the caller waits
//	        ├─ talk       the leg that the caller is joined with: ── leg ── transfer
//	        ├─ hold       puts a joined caller on hold: music, and the caller's channel muted
//	        ├─ consult    the channel of a consulted party: moved into a talk, out of it, or left with the caller
//	        ├─ dialing    a call that we make, until it is taken:  ── outgoing
//	        ├─ recorder   the message that is being recorded:      ── recording
//	        ├─ care       the dead-man, renewed in rounds
//	        └─ keypad     the keys that the caller presses
//
// Four kinds of goroutines touch them: Run's (events), the worker's (orders), those
// of rounds of care, and helpers that wait for one thing. What more than one of them
// touches is guarded by the caller's mu; the comments of all other fields name the
// goroutine that owns them. Events about a caller are posted while mu is held, so
// that nothing is told after the end.
//
// # Where to look
//
//	switch.go        Switch: connecting, and orders to the right caller
//	config.go        what the operator sets
//	common.go        what a switch and its callers use together
//	registry.go      which callers are there, by the ids in Asterisk's events
//	readiness.go     whether the connection is known to work
//	socket.go        the event socket
//	beat.go          the heartbeat: does the connection work, may new callers come
//	event.go         one event of Asterisk, as we read it
//	events.go        from Asterisk's events to the caller that each is about
//	reconcile.go     comparing Asterisk's callers with ours after a connect
//	rest.go          requests to Asterisk, repeated or not
//	errors.go        what a refusal says about the caller
//	channel.go       a channel as Asterisk tells it; ids and variables of channels
//	dial_limiter.go  how many connections to Asterisk may be opening at once
//	arguments.go     what the dialplan hands over with a channel
//
//	caller.go        a caller: its channel, its lock, its parts
//	ending.go        how a call ends: by an order, by an event; told exactly once
//	worker.go        the jobs of a caller, one after another
//	order.go         which order is carried out by which part; what is repeated
//	playback.go      prompts, music, the lead-in, waiting for silence
//	talk.go          Connect, DropLeg, TransferOut; what happens to a leg
//	tap.go           RecordTalk, StopRecording: talks with numbers outside
//	hold.go          Hold, Unhold; a mute is never forgotten
//	consult.go       Unite, Part, HandOn; between the workers of two calls
//	leg.go           one leg: its channel, its bridge
//	early.go         what an agent who dials hears before the call is taken
//	dialing.go       Dial: ringing, the next trunk, person or machine; a colleague's media
//	transfer.go      a transfer: ringing, the next trunk, joining
//	outsidenotice.go what the person at a number outside is told before the caller is joined
//	originate.go     making a channel that calls a number
//	attempt.go       a call or a transfer that is tried over one trunk after the other
//	cause.go         why a call was not taken
//	carriers.go      which trunk carries a channel, and what it is told
//	recording.go     Record and StopRecord
//	care.go          the dead-man; looking for ends that were never told
//	keypad.go        keys of the caller, told once each, and storms of them
//	keys.go          SendKeys: keys towards the far end
//
// Package asterisktest holds a stateful fake of Asterisk, and a suite that
// every switch must pass, on the fake as on the real one.
package asterisk
