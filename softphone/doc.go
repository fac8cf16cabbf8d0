// Package softphone is the agent's desk: the page in a browser by which an
// agent is rung, talks and says what comes next.
//
//	page ══ websocket ══ Hub ── call.Event ──────────────> the loop
//	                      │  <─ Show, TalkTo, Hush ──────  the loop
//	                      └── Connect, TalkTo … ─> media.Engine ══ voice ══ page
//
// A [Hub] keeps one desk per agent. It takes no decisions: a page's message
// becomes an event, and the loop's commands are shown or carried out. The hub
// looks after the connection: only the newest page of an agent may speak; a
// broken connection means nothing for 3 s, and then that the page is gone; its seat
// waits for the next one, so that a talk can go on; no slow or hostile page holds up
// the others. docs/desk-protocol.md is the contract, and this package uses its words.
//
// The voice itself is carried by the package media below this one, and
// deskclient plays the page's part in tests and load runs.
//
// Where to look:
//
//	hub       a page's connection from hello to its end, and the loop's commands
//	presence  which page has an agent's desk; broken lines, sign-out, restart
//	voice     the agent's audio: offers, and orders to the media engine
//	quality   how talks are heard, by the page's and the media process's account
//	listen    a supervisor's page, by which she listens to a talk
//	recording how a talk is recorded: orders to the media engine, and what the page is
//	          shown of it (showrecording)
//	echo      an agent hears herself, before her shift
//	message   the protocol's messages, and the event that each becomes
//	page      one websocket: reading, writing, checks
//	outbox    messages that wait for a page; orders, the same for the engine
package softphone
