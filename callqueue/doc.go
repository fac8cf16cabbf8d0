// Package callqueue keeps callers in line and gives each the right agent.
// It decides and does nothing else: no clock, no network, no database.
//
// A visit is one entry of a caller into one queue, on the phone or at home:
//
//	                 ┌──── no answer, declined, agent gone ────┐
//	                 v                                         │
//	MenuLeft ──> Waiting ──> Offered ──accept──> Connecting ──>┤ bridge failed
//	              │   ^          │                   │         │
//	              │   │          │                   └─Bridged─┴─> Talking ──> over
//	              │   │          v                   v                │
//	              │   │      abandoned           abandoned            │ handed over, put
//	              │   │      _ringing            _at_answer           └─> back, page lost: a
//	              │   │                                                   new visit, in front
//	              ├───┼─> abandoned_queue, overflow, timeout_exit, closed, no_agents
//	              │   │
//	              └─1─┼─> callback_accepted: the same place in the same line, at home
//	                  └── Parked: a callback that has to wait for a time (callback.go)
//
// The smallest key is served first: the time of entry, less a credit of at
// most two minutes. Since the credit is bounded, no caller waits for ever. A visit
// keeps its key through everything that goes wrong on our side: a caller does not
// lose the place because an agent did not answer, a link broke, or we restarted.
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
//	a caller comes                  caller.go   credit, redial, sticky agent
//	last time it took longer        brokenpromise.go
//	a caller hangs up               offer.go    lostCaller
//	full, closed, no agents         policy.go
//	an agent signs in, is lost      presence.go
//	how long it will take           measure.go  what is measured; the model is in estimate
//	what a caller is told           announce.go; told.go: what the next one would be
//	hold, a page that is gone       pause.go
//	the caller types a card number  step.go     in the menus, during the talk
//	an agent asks for help          help.go
//	what supervisors order          directive.go, directagent.go, place.go
//	a caller is handed over         hand.go     every state and event: docs/talks.md
//	an agent asks during a talk     ask.go      a colleague or a number; then turn.go, handon.go
//	a supervisor listens to a talk  listen.go   whispers, joins
//	1: call me back                 dialog.go   then callback.go, dial.go, predial.go
//	a person is told of recording   notice.go   before the agent is there
//	an agent dials herself          outgoing.go
//	how a talk was heard            quality.go
//	which state may follow which    transitions.go
//	which timers there are          timers.go   events.go says what each leads to
//	what is true after a restart    apply.go    the one place where visits change
//
// To read it all, begin with state.go and machine.go, which hold the records and
// the parts they belong to, and go on upwards. A file uses those below it, with
// few exceptions:
//
//	events.go, fault.go, snapshot.go   each event, and the part that it is taken to
//	match.go                           callers and agents are brought together
//	dialog.go                          keys that callers press
//	callback.go, predial.go            a callback, from the promise to its end
//	presence.go                        what agents do at their desks
//	ask.go, turn.go, handon.go         somebody is asked during a talk
//	askdesk.go                         what the pages show of that
//	listen.go, join.go                 a supervisor listens to a talk
//	hand.go, pause.go                  a talk is given away, or interrupted
//	step.go                            the caller is in the menus during a talk
//	offer.go, trace.go                 offer, connection, talk
//	dial.go, outgoing.go               calls that leave
//	quality.go                         how talks were heard
//	directive.go, directagent.go       what supervisors order to hold for a while
//	place.go                           a waiting caller is put in front, or moved, by a supervisor
//	brokenpromise.go                   what a caller has who waited longer than was told
//	caller.go, policy.go               coming into a queue, and being moved on
//	notice.go                          that a talk is recorded
//	announce.go, speech.go             words to callers
//	heard.go                           the words of a past call, from its facts
//	ticket.go, talk.go                 the single steps that those above are made of
//	agent.go, measure.go               an agent's state; estimates
//	apply.go                           each fact, and what it changes
//	line.go, outbound.go, memory.go    queues; when a number may be called; lost callers
//	profile.go, order.go               the indexes: who is next
//	transitions.go, machine.go         the Machine and its parts
//	state.go, settings.go, timers.go   callers, visits, tickets, agents, queues
package callqueue
