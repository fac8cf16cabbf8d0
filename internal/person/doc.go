// Package person tells what is kept about somebody who has called, and forgets it.
//
//	numbers ──> Writings: a pattern of all ways in which they are written
//	               │
//	   Find ───────┤ what the books have; what a hold keeps
//	   Export ─────┤ one zip, for the person
//	   Forget ─────┴─> all the books searched ─> the erasure list ─> callbacks cancelled ─> messages, recordings
//	                   ─> the database (sql.DB.Forget) ─> journal, logs, files
//
// In the place of a number comes a stand-in, the same in the database and in every file:
// counts stay as they are, and nobody can tell who it was. The list in $STATE_DIR/erased
// has a hash of the number, with a secret of its own, and its stand-in. It outlives every
// backup: Apply forgets again whoever a backup brought back. See docs/privacy.md.
package person
