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
//
// Where to look:
//
//	config        what a carrier is and demands; defaults and checks
//	carrier       start, restart, stop
//	registration  whether we are registered, and how that is lost
//	mood          how requests are treated, as people write it
//	network       the telephones behind the carrier: calls in both directions
//	kamailio      the process, its configuration file and its RPC
//	ports         the addresses on which Kamailio listens
//	install       where Kamailio comes from
//	certificates  the authority and the good and bad certificates
package carrier
