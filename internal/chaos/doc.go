// Package chaos breaks a running Press Zero on purpose, with callers there,
// and tells what each of them has heard of it.
//
//	Ground  what must be there before the program: the flow whose words are
//	   │    tones, the trunk into which it calls, the services that it asks
//	   │
//	   └─ Run   with the running program (Stack): mode after mode
//	        ├─ scene   one mode: the deeds, and what is found out afterwards
//	        ├─ crowd   callers and agents who live on by themselves, so that
//	        │          somebody is in every state at any moment
//	        ├─ books   what the database says of them, and whether it adds up
//	        └─ Row     what came of it: silence, lost, doubled, order, verdict
//
// Silence is measured where it hurts: in the packets that arrive at the
// callers. Every word of the flow is a tone and lasts longer than anybody
// listens, so a caller who hears nothing has been left in silence.
//
// The deeds are the real ones: kill -9, SIGSTOP, connections that break or
// stall (package nemesis), a full disk. The numbers of the callers, what each of
// them does and the moment of each deed come from a seed.
//
// Where to look:
//
//	modes, controller, asterisk, voice,
//	database, agents, callers, trunks     what each mode does, by the part that fails
//	run, scene                            how a mode is played, from set-up to verdict
//	script                                steps of a mode: wait, pause, give up, undo
//	processes, disk                       kill and stop parts of the program, fill its disk
//	cast                                  callers and agents whom a mode leads by hand
//	crowd, post, life                     callers and agents who follow a plan of their own
//	books, inspection                     what database, logs and packets say afterwards
//	result, row, table                    what was found out, judged and printed
//	ground, stack, copystate              what is there before the first mode
package chaos
