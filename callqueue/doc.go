// Package callqueue keeps callers in line and gives each the right agent.
// It decides and does nothing else: no clock, no network, no database.
//
// A caller's visit to a queue:
//
//	                 ┌──── no answer, declined, agent gone ────┐
//	                 v                                         │
//	MenuLeft ──> Waiting ──> Offered ──accept──> Connecting ──>┤ bridge failed
//	                 │           │                   │         │
//	                 │           │                   └─Bridged─┴─> Talking ──> over
//	                 v           v                   v                │
//	             abandoned   abandoned           abandoned            │ agent's page lost:
//	             _queue      _ringing            _at_answer           └─> a new visit, at
//	                                                                      the front
//
// The longest-waiting caller is offered to the longest-idle agent. A visit
// keeps its order key through everything that goes wrong on our side, so
// nobody loses the place because an agent did not answer.
//
// An agent is two things at once, never mixed: Presence is what she chose,
// AgentState is what the line is doing with her.
//
//	Idle ──offer──> Ringing ──accept──> Connecting ──> Talking ──> WrapUp ──> Idle
//
// What happens when an agent does not answer is in offer.go; when a caller
// hangs up, in caller.go; who is served next, in match.go.
package callqueue
