// Package media carries the voice between an agent's browser and Asterisk.
//
// Each agent has a seat. The seat keeps one lasting WebRTC connection with the
// agent's page, from sign-in on, and one lasting RTP socket on loopback for
// Asterisk, so that accepting a caller costs neither a handshake nor a port:
//
//	browser ══ SRTP, ICE ══╗                    ╔══ RTP, one socket a seat ══ Asterisk
//	browser ══ SRTP, ICE ══╬═ one port ═ seat ══╬══ RTP                       ExternalMedia
//	browser ══ SRTP, ICE ══╝   UDP+TCP          ╚══ RTP
//
// A leg is one conversation of a seat: [Engine.TalkTo] begins it with the
// address from which Asterisk sends, [Engine.Hush] ends it. Without a leg
// nothing is sent in either direction. Legs come and go and pages are
// refreshed, yet each receiver hears one continuous RTP stream (RFC 3550):
// sequence numbers without a hole, timestamps that follow the clock, and the
// marker where speech starts again.
//
// The voice is G.711 mu-law from end to end (RFC 3551 payload type 0, which
// every browser must have, RFC 7874): no transcoding. A packet is forwarded on
// arrival, in the buffer it was read into; there is no jitter buffer here,
// because the browser has one.
//
// [Local] is the engine itself. [Serve] and [Dial] put a Unix socket between
// the engine and the controller, so that a conversation outlives a controller
// that dies. Both are an [Engine] and pass the same tests
// (mediatest.Exercise).
//
// The package takes no decisions: it knows no calls, queues or agents' states.
// Its trust ends at the socket: the server is ICE-lite
// (RFC 8445 section 2.5), so it never sends a packet to an address that a page
// merely names, and Asterisk's packets are taken from the one address that the
// controller named.
//
// Where to look:
//
//	engine, config             the interface, its events and figures; settings
//	local, seat, leg, page     the engine: a seat per agent, its page, its talk
//	offer                      the page's SDP offer, checked and rewritten
//	stream, reception, reports RTP: one continuous stream, counts, RTCP
//	ports, listener            the one UDP and TCP port, and its limits
//	client, server, wire       the same engine in another process
//	mailbox, logging           events in order; the WebRTC library's log
package media
