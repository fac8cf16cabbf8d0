// Package capture keeps the packets of a talk while it goes on, and makes one sound of
// them when it is over.
//
//	Asterisk ──packets──┐                      ┌─ writer: write, fdatasync ─> ID.1.pkt
//	                    ├─> Log ── ring, 4 s ──┤  (kill -9 of the process)    ID.2.pkt
//	page ─────packets───┘   never waits        └─ full disk: tried again        │
//	                                                                            │ later, in
//	         Result: length, holes, pauses, peaks   <──┐                        │ another process
//	left:  what came from Asterisk ┐                   │                        v
//	right: the page's microphone   ┴─ mu-law, stereo <─┴── aligner <── reader <── Take
//
// The log holds each packet as it came, with the time at which it came, and nothing is
// decided while the talk goes on: where each packet belongs in time is computed afterwards
// (align.go), as often as need be, with the same bytes every time. A recording whose
// writer was killed is the rest of it: every prefix of a log is a log.
//
// Time is the boot clock's (CLOCK_BOOTTIME), which is the same for all processes from one
// start of the machine to the next, and which nobody sets. The head of each part tells
// what the wall clock showed then.
//
// Neither a slow disk nor a full one delays a packet of voice: what does not fit into the
// ring is not kept, and the log says how much that was and when.
//
// Where to look:
//
//	record   one record of the file, and its checksum
//	log      what the voice calls: packets, pauses, the end
//	writer   from the ring to the disk
//	clock    the boot clock
//	read     the records of a part, whatever became of it
//	take     the parts of one recording; what is in the folder
//	align    the place in time of each packet
//	mulaw    the sound, its holes and its peaks
//	sides    talks that Asterisk has recorded itself, since no process of ours has the packets
package capture
