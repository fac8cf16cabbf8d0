// Package lookup asks the company's own services on behalf of a caller: where an
// order is, whether a number is known. A caller is listening meanwhile, and
// part of the question was typed by a stranger; everything here follows from
// these two.
//
//	call.LookUp ──> queue ──> worker ── is the host allowed, is it well? ── no ──┐
//	            (bounded)     (bounded)              │ yes                       │
//	                │ full                           v                           │
//	                │                dial: is the resolved address public? ─ no ─┤
//	                │                                │ yes                       │
//	                │              2 s, no redirects, 64 KiB of JSON ── else ────┤
//	                │                                v                           v
//	                └─────> refused          the fields asked for     timeout, refused, failed
//	                                                 └──── call.LookedUp ────┘
//
// Every question is answered once, whatever happens to it. A host that has
// failed five times in a row is left alone for ten seconds, so that callers do
// not wait for it in vain. What a caller typed, and the address with it filled
// in, is in no log.
package lookup
