// Package rehearsal plays a day that has not happened: the very machines of
// the line, on simulated time, with callers and agents who behave by chance.
//
//	arrivals ─┐                        ┌─ Connect ──> bridged at once
//	patience ─┼─ Events ─> call.Loop ──┼─ Show, ringing ──> the agent accepts
//	talks    ─┘  (a heap of instants)  └─ facts ──> Report
//
// Nothing is modelled twice: who is served next, what is announced and when a
// caller is lost is decided by package callqueue, so a rehearsal tells what the
// product would do. The same seed gives the same day.
//
// Past plays months of such days, with the menus too, for a database to show
// (`presszero demo`): past.go is the clock and the switch, customers.go those who call,
// workers.go the agents.
package rehearsal
