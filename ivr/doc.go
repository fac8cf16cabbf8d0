// Package ivr walks a caller through menus until the purpose of the call is
// known, and then states MenuLeft: wait for a person in this queue. It reads
// the flow file, walks every path of it before it goes live, and is otherwise
// pure.
//
//	call.started ──> node ──> what the node does ──> next node ──> …
//
//	say, greeting   a text; then…            hours      open, closed or holiday
//	menu            one key, one node        queue      waits for a person
//	language        one key, one language    complaint  waits, first in line
//	input           digits, then #           callback   waits without holding
//	lookup          asks a service           mailbox    a message with an owner
//	transfer        a number outside         end        goodbye, after service
//
//	In every menu:
//	  prompt plays ── key ──> stops at once; the key counts
//	       │ over                │ 0 ──────> a person, here and anywhere
//	       v                     │ known ──> its node
//	  5 s of patience            │ other ──> "not one of the choices", again
//	       │ silence             v
//	       └──> shorter prompt; the third failure of any kind: a person
//
// The key 0 is not the flow's to give: the engine keeps it, in every node, for
// a person. In an input step, where 0 may be part of a number, a lone 0 and
// three seconds of silence mean a person, and so does a 0 that no valid input
// could have at that place.
//
// Nothing here ever hangs up on a caller who waits: only a caller who has been
// served, or whose message is kept, is told goodbye, and Parse refuses a flow
// that would do otherwise.
//
// Where to look:
//
//	what a caller hears and does    turn.go     one event of one caller, then by kind of node:
//	                                            menu.go, input.go, lookup.go, mailbox.go,
//	                                            transfer.go
//	what a supervisor has ordered   directive.go  an emergency text, short prompts
//	what a caller has heard         heard.go    from facts; told to nobody but the pages
//	the caller comes to a node      arrive.go   and what it needs to be known
//	a prompt plays, and is over     saying.go
//	a key is pressed                pressed.go  0, typing ahead; * and # in keys.go
//	the caller is told of recording notice.go   before the line, once
//	the caller leaves for a queue   leave.go    and comes back when the queue cannot serve
//	what is true after a restart    session.go  Replay, the one place where a walk changes
//	which flow a call is on         machine.go  Publish, Retire
//	how the file is read            parse.go    include and merge.go; its form in file.go and
//	                                            filequeue.go; where each word stands, source.go
//	what one word may say           build.go    buildnode.go, buildasks.go, buildother.go,
//	                                            buildqueue.go, buildrecording.go; names, document.go
//	what must not be served         check.go    ways: walk.go; queues: checkqueue.go; lengths:
//	                                            measure.go; texts: wording.go; values: values.go;
//	                                            compliance: profile.go
//	which way leads where           paths.go    queue.go for those out of a queue
//	our own prompts                 prompts.go  and core.go, the sounds of Asterisk
//	opening hours                   hours.go
//	the picture of a flow           draw.go     layout.go and svg.go
package ivr
