// Package policy decides which talks are recorded. It is a stage of the loop, after the
// line: it hears which legs are joined and what callers have allowed, orders the media to
// record, and states what became of it. It knows no clock, network or disk.
//
//	leg joined ──┬── not allowed, not drawn, not asked for ──> recording.absent, why
//	             │                                              │ on demand: the agent asks
//	             └──> RecordTalk <──────────────────────────────┘
//	                   │ the media says: started              │ cannot, or says nothing
//	                   v                                      v
//	              recording.started ──paused, resumed──>  recording.absent
//	                   │
//	                   ├──failed, recovered: the disk, as often as it likes
//	                   └── leg over, refused, failed ──> recording.stopped, why
//
// A talk with a number outside is recorded by the switch, which has its voices, and not by
// the media; neither agent nor page has a part in it. The person there is asked for himself
// (call.OutsideRule): before the caller is joined, which TransferJoined tells, or, if an agent
// asks the number, in the call in which she does. Of all three together the agent's leg is
// recorded; it is no more as soon as a number is among them that does not allow it.
//
// One recording is of one leg, and bears its id. Who takes the caller over has a leg of
// her own, judged anew by her queue; what the caller has allowed holds for the call. What
// is stated is what the media says, so that a page which says "paused" is right; an
// order that is not answered leaves the fact out until the leg ends.
//
// A refusal, to a notice or to the agent, ends the recording at once and for the rest of
// the call. Nothing is stated in a house whose flow records nothing.
//
// All that lasts comes from the facts: after a restart the legs that go on are ordered to
// be recorded, or paused, as before, which does no harm to a media process that has gone on.
//
//	which leg may be recorded     decide.go
//	what agents and media say     machine.go
//	what lasts over a restart     apply.go
//	what the agent's page shows   show.go
package policy
