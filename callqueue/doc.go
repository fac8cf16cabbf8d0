// Package callqueue keeps callers in line and gives each the right agent.
// It decides and does nothing else: no clock, no network, no database.
//
// A visit is one entry of somebody into one queue, on the phone or at home:
//
//	                 ┌──── no answer, declined, agent gone ────┐
//	                 v                                         │
//	MenuLeft ──> Waiting ──> Offered ──accept──> Connecting ──>┤ bridge failed
//	              │   ^          │                   │         │
//	              │   │          │                   └─Bridged─┴─> Talking ──> over
//	              │   │          v                   v                │
//	              │   │      abandoned           abandoned            │ agent's page lost:
//	              │   │      _ringing            _at_answer           └─> a new visit, at
//	              │   │                                                   the front
//	              ├───┼─> abandoned_queue, overflow, timeout_exit, closed, no_agents
//	              │   │
//	              └─1─┼─> callback_accepted: the same place in the same line, at home
//	                  └── Parked: a callback that has to wait for a time (ticket.go)
//
// The smallest key is served first: the time of entry, less a credit of at
// most two minutes. Since the credit is bounded nobody waits for ever, and a
// visit keeps its key through everything that goes wrong on our side: nobody
// loses the place because an agent did not answer, a link broke, or we restarted.
//
// An agent is two things at once, never mixed: Presence is what she chose,
// AgentState is what the line is doing with her.
//
//	Idle ──offer──> Ringing ──accept──> Connecting ──> Talking ──> WrapUp ──> Idle
//
// The Machine is made of parts, each with the fields it owns: floor (the agents),
// queues (the callers who wait), talks, callbacks, dialer (calls that leave) and
// announcer (what a caller is told). State that follows the facts changes only in
// apply, and only along the transitions of transitions.go.
//
// Where to look:
//
//	an agent does not answer        offer.go    unanswered: she is set aside, the visit
//	                                            keeps its key, others are tried
//	who is served next, by whom     match.go    groups of visits, profiles of agents
//	why it was she                  trace.go
//	a caller comes, or hangs up     caller.go   credit, redial, sticky agent
//	full, closed, nobody there      policy.go   and alarm.go
//	how long it will take           measure.go  what is measured; the model is in estimate
//	what a caller is told           speech.go
//	1: call me back                 dialog.go   then ticket.go, dial.go, predial.go
//	an agent dials herself          outgoing.go
//	which state may follow which    transitions.go
//	which timers there are          timers.go
//	what is true after a restart    apply.go    the one place where visits change
package callqueue
