// Package finish makes a file of a captured talk and takes it into the archive.
//
//	log of packets ──> mu-law, stereo ──> flac ──> age ──> archive, read back ──> log removed
//	(capture)          │                  └ or WAV, where flac is not installed
//	                   └ twice: its length and peaks must be known before its file begins
//
// It runs in a process of its own, `presszero keep`, with the lowest priority, one talk at
// a time: neither a voice nor a decision waits for it. Interrupted anywhere it is done
// again, and comes out the same, as nothing in the file tells of time or chance.
//
// FLAC at level 5 takes 26 to 36 MB an hour of talk and less than a second of a core, and
// gives back every sample; WAV with mu-law takes 58 MB and nothing.
package finish
