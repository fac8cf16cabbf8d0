// Package softphone is the agent's desk: the page in a browser by which an
// agent is rung, talks and says what comes next.
//
//	page ══ websocket ══ Hub ── call.Event ──────────────> the loop
//	                      │  <─ Show, TalkTo, Hush ──────  the loop
//	                      └── Connect, TalkTo … ─> media.Engine ══ voice ══ page
//
// A [Hub] keeps one desk per agent. It decides nothing: what a page says
// becomes an event, what the loop orders is shown or done. Its own cares are
// those of the line between: who may say something (one page per agent, the
// newest), what a broken line means (nothing for 3 s, then the agent is gone),
// and that nobody slow or hostile holds up the others. docs/desk-protocol.md
// is the contract; the words of this package are its words.
//
// The voice itself is carried by the package media below this one, and
// deskclient plays the page's part in tests and load runs.
package softphone
