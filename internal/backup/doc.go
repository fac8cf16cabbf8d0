// Package backup copies all that a call centre keeps while calls go on, and puts it back
// into an empty folder.
//
//	journal/    ──┐ copied before and after the snapshot: what the snapshot lacks
//	              │ is in the copy, and the place to which it was shipped too
//	Postgres    ──┤ one snapshot: pg_dump, and the number of rows of each table
//	talks       ──┤ that are not in the archive yet: after the snapshot, and before the
//	            ──┤ journal's second copy, which has the facts of all of them
//	archive     ──┤ after it: what a fact tells of is there. A file that the backup
//	            ──┘ before has is linked, and takes no room
//
//	DIR/
//	    20261127T180108Z/       one backup, whole in itself
//	        manifest.json       when, by which schema and Postgres, for which keys, how many rows
//	        SHA256SUMS          of every other file; `sha256sum -c` reads it
//	        database.dump.age   pg_restore reads what is in it
//	        state.age           a tar: journal, talks, …: what is confidential in the state folder
//	        erased.age          a tar: who stays forgotten; read when another backup is restored, too
//	        secrets.age         a tar
//	        state/              the rest, as in the state folder
//	        set/                what settings name: archive, prompts, flow, trunks
//	    new-20261128T180108Z/   one that is being made, or was interrupted
//
// What is encrypted is so from the first byte: in clear it is on no disk but the house's own.
// Backups of the first form have database.dump and all of state/ in clear.
//
// A backup has its name only when all of it is on disk: what is called otherwise is none.
// After a restore the shipper goes on behind what the dump has, from the journal, and
// nothing is there twice (package sql).
//
// Where to look:
//
//	which files of the state folder are in it   parts.go
//	how one is made                             make.go     copy.go: links; sealed.go: what is encrypted
//	is it whole                                 check.go    manifest.go, sums.go
//	which go                                    folder.go
//	how it is put back                          restore.go  target.go: where to; erased.go: who stays forgotten
package backup
