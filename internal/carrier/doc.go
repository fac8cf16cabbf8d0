// Package carrier is a SIP carrier on one machine: for tests, and for people
// who have no contract with a carrier yet.
//
//	we  <- UDP, TCP, TLS ->  Kamailio  <- UDP ->  network (this program)
//	 ^                       registrar,            telephones that take our
//	 |                       digest,               calls and call us
//	 |                       moods                      ^
//	 +------------------- RTP, SRTP --------------------+
//
// Kamailio comes from Debian's packages, unpacked into a cache folder, and runs
// as a process of this program; nothing is installed and no service is started.
// How it treats our requests is changed while it runs: see Mood.
package carrier
