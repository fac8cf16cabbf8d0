// Package backup copies all that a call centre keeps while calls go on, and puts it back
// into an empty folder.
//
//	journal/    ──┐ copied before and after the snapshot: what the snapshot lacks
//	              │ is in the copy, and the place to which it was shipped too
//	Postgres    ──┤ one snapshot: pg_dump, and the number of rows of each table
//	archive     ──┤ after it: what a fact tells of is there. A file that the backup
//	            ──┤ before has is linked, and takes no room
//	flows, prompts, …
//	secrets     ──┴─> secrets.age, for one who has the key, or left out
//
//	DIR/
//	    20261127T180108Z/       one backup, whole in itself
//	        manifest.json       when, by which schema and Postgres, how many rows
//	        SHA256SUMS          of every other file; `sha256sum -c` reads it
//	        database.dump       pg_restore reads it
//	        state/              as in the state folder
//	        set/                what settings name: archive, prompts, flow, trunks
//	        secrets.age
//	    new-20261128T180108Z/   one that is being made, or was interrupted
//
// A backup has its name only when all of it is on disk: what is called otherwise is none.
// After a restore the shipper goes on behind what the dump has, from the journal, and
// nothing is there twice (package sql).
//
// Where to look:
//
//	which files of the state folder are in it   parts.go
//	how one is made                             make.go     copy.go: links; secrets.go: those apart
//	is it whole                                 check.go    manifest.go, sums.go
//	which go                                    folder.go
//	how it is put back                          restore.go  target.go: where to; erased.go: who stays forgotten
package backup
