// Package journal keeps the facts of calls in local files, so that neither a
// dead process nor a dead Postgres loses what happened to a caller.
//
//	the loop ── Append ──> 0000000007.journal   write(2) at once: kill -9 loses nothing
//	                           │ fsync, one for all, 5 ms after the last at the latest
//	a promise ─ Sync ─────────>│ on disk: a power cut loses nothing
//	                           │
//	the shipper ─ Read ────────┘ only what is on disk; then Prune
//
// A segment is a file of records:
//
//	length uint32 | crc32c uint32 | payload        (little endian)
//
// The payload is one call.Entry as JSON; the checksum covers the length and
// the payload. A record that a crash left half-written is cut off when the
// journal is opened; good records are never cut.
//
// Shipped segments go after a day, but those that tell of an open call or
// callback stay: a restart replays every open call and callback from here alone.
//
// When the disk is full, essential facts (call.Essential: what the books and a
// restart need) go to a reserve that was set aside; the others wait in memory,
// and are counted when they have to be dropped. Calls go on meanwhile, and
// Trouble says so. Give the journal a file system of its own, so that neither
// recordings nor Postgres can fill it.
//
// One process writes at a time. A controller that takes over from another reads
// Ahead while that one still writes, and then opens with Options.Wait. The file
// epoch tells which came last; the writes of the earlier are refused.
//
// Reading may give the same entry twice (after a failed fsync the journal
// writes it again), and entries that a full disk held back after later ones,
// never none: readers know entries by call, day and seq.
//
// A Journal is made of parts with fields of their own: the folder with its segments,
// which readers use without a lock; the segmentWriter, the waiting records and the
// reserve, which Journal.mu guards; the fence, and the retention with a lock of its
// own. A Past reads from a folder alone, so it needs no open Journal.
//
// Where to look:
//
//	an entry comes in               journal.go  Append; pile.go: what waits in memory
//	which segment it goes to        writer.go
//	when it is on disk              flush.go    Sync; what follows a failed fsync
//	the disk is full                full.go     reserve.go: the space that is set aside
//	another controller takes over   epoch.go    the fence and the lock
//	what the shipper reads          read.go     and offset.go; segment.go: the folder
//	what a restart replays          past.go     read ahead of taking over
//	a copy of the folder            stored.go   for a backup
//	which segments go               prune.go    retention; books.go: which tell of something open
//	a crash in mid-write            segment.go  repairTail; a record's form in record.go
package journal
