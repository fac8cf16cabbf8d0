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
// One goroutine (Run) takes the news of Asterisk in order. Each live caller
// has a worker that carries out its commands one after another, each with a
// deadline, so a slow answer about one caller delays nobody else. Results come
// back as events, never as return values.
//
// Three promises hold whatever Asterisk, the network or the controller does:
//
//   - A caller's end is told exactly once (HungUp, or DialFailed if nobody took
//     the call that we made), and nothing about that call is told afterwards,
//     unless it is called back. "Channel not found" is such an end, not an error.
//   - Every id is chosen before the request that uses it: the leg's channel is
//     named like the leg, its bridge <leg>.bridge, a playback like the play, a
//     recording like the record, a call that we make like the dial, and the far
//     end of a transfer <transfer>.leg. So a request that is sent twice does no
//     harm.
//   - After every connect the callers that Asterisk has are compared with the
//     ones we believe in, before anything else is heard (reconcile.go). What
//     was missed enters as ordinary events; nobody is lost, nobody stays twice.
//
// When the controller dies, Asterisk's own dialplan looks after the callers;
// what it needs for that (channel variables PZ_CALL and PZ_DONE, the timer
// TIMEOUT(absolute), the global variable PZ_BEAT) is written in caller.go and
// care.go.
//
// Package asterisktest holds a stateful fake of Asterisk, and a suite that
// every switch must pass, on the fake as on the real one.
package asterisk
