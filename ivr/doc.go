// Package ivr walks a caller through menus until the purpose of the call is
// known, and then states MenuLeft: wait for a person in this queue. It reads
// the flow file, checks it, and is otherwise pure.
//
//	call.started ──> Saying ──prompt over──> next node
//	                   │ key                   │
//	                   v                       v
//	                 InMenu: prompt plays ──over──> Listening (5 s)
//	                   │  any key stops the prompt      │ silence
//	                   v                                v
//	     0 ──> a person                        once more, and the third
//	     a known key ──> its node              failure of any kind leads
//	     another ──> "not understood"          to a person
//
// The key 0 is not the flow's to give: the engine keeps it, in every node, for
// a person. Nothing here ever hangs up on a caller.
package ivr
