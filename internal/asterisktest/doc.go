// Package asterisktest proves that a switch works, without or with Asterisk.
//
// Fake is an Asterisk within the test's own process: it keeps channels,
// bridges, playbacks, music and variables, speaks ARI over real HTTP and a real
// websocket, tells its events in Asterisk's order, carries real RTP to and from
// an agent's leg, and can be made to misbehave in every way that has been seen
// or feared.
//
//	fake := asterisktest.NewFake(t)
//	cfg := fake.Config()                  // for asterisk.New
//	caller := fake.Call("100", "+34600000001")
//	caller.Press('0')
//	caller.Hears()                        // "silence", "music", "agent", a prompt, "fallback"
//
// Exercise is the suite that a Switch must pass on every Rig. It runs on the
// fake and on a real Asterisk with real SIP callers, so the fake cannot drift
// from what it stands for.
//
// # Where to look
//
//	exercise.go            Exercise and the list of its parts
//	exercise_call.go       whole calls, hang-ups, refusals, orders given twice or too late
//	exercise_hold.go       callers on hold
//	exercise_keys.go       keys pressed towards the far end
//	exercise_prompt.go     prompts, spoken words, promises
//	exercise_message.go    messages that callers leave
//	exercise_transfer.go   callers who are handed on to a number
//	exercise_dial.go       calls of ours, until they are taken or not
//	exercise_consult.go    a number or a colleague is consulted during a talk
//	exercise_early.go      what an agent who dials hears before that
//	exercise_trunk.go      the next trunk, a silent trunk, none
//	exercise_listen.go     finding out whether a person or a machine has taken a call
//	exercise_care.go       the dead-man; many callers at once
//	exercise_restart.go    network cuts, and controllers restarted or replaced
//	storm.go               the same while events are lost, late or told twice
//	rig.go                 Rig: what an Asterisk offers to these, and its sounds
//	bench.go               a Switch at work, and waiting for what it tells
//	agent.go               the agent's end of a leg
//	carriers.go            trunks for a rig
//
//	fake.go                Fake, and what tests ask of it
//	fake_events.go         its event socket
//	fake_rest.go           its requests; fake_request.go: one request and its answer
//	fake_channel.go        channels
//	fake_bridge.go         bridges
//	fake_playback.go       playbacks
//	fake_hold.go           music, mute, keys
//	fake_recording.go      recordings
//	fake_media.go          sound
//	fake_caller.go         callers who phone it
//	fake_person.go         persons whom it calls
//	fault.go               how it misbehaves; fault_*_test.go: what a Switch makes of that
package asterisktest
