// Package archive keeps voices: recorded talks and the messages of callers,
// encrypted to keys of which the one that opens them need not be where they are
// written.
//
//	plain sound ──> age ──┬─> header, in the index     archive-index/talks/3f/ID.json
//	                      └─> body, which is the rest  archive/talks/3f/ID.age ──> the bucket, later
//
// A body is noise without its header, and a header is some 270 bytes. So what is
// erased is the header, in one place that is backed up briefly: the bodies in
// buckets and in old backups cannot be opened from then on. The index is a folder
// and not a table of the database, because a deleted row stays in the database's
// backups and its write-ahead log for weeks, and because a talk must be kept, and
// heard, while the database is away.
//
// The paths are computed from the id; nothing is looked for, and what a file's date
// says decides nothing. All files are written whole or not at all, in this order:
// body, then entry of the index; and removed in the other order, after a note that
// they are to go. So whatever is interrupted is done again and comes out the same.
//
// Where to look:
//
//	who can open what is kept          keys.go    rotation, recovery, a lost key
//	other keys for what is kept        rekey.go   after a theft
//	what is known of each thing kept   index.go   entries, holds, removals to come
//	keep and open                      archive.go
//	remove and hold                    remove.go
//	the header apart from the body     sealed.go
//	where bodies are                   store.go   folder.go, bucket.go
//	bodies go to the bucket            move.go
//	is everything still there?         verify.go
//	how much, and for how long         usage.go
package archive
