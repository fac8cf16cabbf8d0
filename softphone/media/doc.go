// Package media carries the voice between an agent's browser and Asterisk.
//
// Each agent has a seat. The seat keeps one lasting WebRTC connection with the
// agent's page, from sign-in on, and one lasting RTP socket on loopback for
// Asterisk, so that accepting a caller costs neither a handshake nor a port:
//
//	browser ══ SRTP, ICE ══╗                    ╔══ RTP, one socket a seat ══ Asterisk
//	browser ══ SRTP, ICE ══╬═ one port ═ seat ══╬══ RTP                          │
//	browser ══ SRTP, ICE ══╝   UDP+TCP          ╚══ RTP                          │
//	                                   signalling ◀── SIP, one call a leg ───────┘
//
// A leg is one conversation of a seat with one channel of Asterisk, which calls
// it by SIP (signalling.go); between that channel and the caller's, Asterisk
// then forwards the packets as they are. A seat may have more than one leg. One
// is live, by [Engine.TalkTo]: voice goes between it and the page. [Engine.Hush]
// ends a leg, and so does the end of its call. Without a live leg nothing is sent
// in either direction. Legs come and go, take turns, and pages are refreshed, yet
// each receiver hears one continuous RTP stream (RFC 3550): sequence numbers
// without a hole, timestamps that follow the clock, and the marker where speech
// starts again.
//
// The voice is G.711 from end to end: mu-law towards the page (RFC 3551 payload
// type 0, which every browser must have, RFC 7874), and towards Asterisk the
// caller's law, which a table translates byte by byte. A packet is forwarded on
// arrival, by the goroutine that has read it; there is no jitter buffer here,
// because the browser has one. Most of what it costs is the kernel's: reading,
// sending, and waking the reader. Reading many at once would not help, because the
// packets of many talks come one by one.
//
// [Local] is the engine itself. [Serve] and [Dial] put a Unix socket between
// the engine and the controller, so that a conversation outlives a controller
// that dies. Both are an [Engine] and pass the same tests
// (mediatest.Exercise).
//
// A page that waits for a caller need not send 50 packets a second to prove that it
// is there: see pulse.
//
// The package takes no decisions: it knows no calls, queues or agents' states.
// Its trust ends at the socket: the server is ICE-lite
// (RFC 8445 section 2.5), so it never sends a packet to an address that a page
// merely names. A call to a seat must name the seat's secret, which only the
// controller is told, and its voice is taken from, and sent to, the host that
// called.
//
// Where to look:
//
//	engine, config             the interface, its events and figures; settings
//	local, seat, leg, page     the engine: a seat per agent, its page, its talks
//	signalling, call           Asterisk's calls to the seats, and their SDP
//	offer                      the page's SDP offer, checked, and its answer
//	link, keys                 the way to a page: ICE, DTLS, SRTP
//	stream, reception, reports RTP: one continuous stream, counts, RTCP
//	listening, recording       who gets copies of a talk: a supervisor's page, a file
//	record                     the requests about recordings
//	pulse                      whether the page is there
//	echo                       an agent hears herself, before her shift
//	ports, socket, listener    the one UDP and TCP port, and its limits
//	client, server, wire       the same engine in another process
//	mailbox, logging           events in order; the WebRTC library's log
package media
