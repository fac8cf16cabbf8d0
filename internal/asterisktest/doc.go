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
//	exercise.go          Exercise and its list of parts; whole calls, refusals
//	exercise_orders.go   promises, messages, transfers, calls of ours, trunks
//	exercise_listen.go   finding out whether a person or a machine has taken a call
//	exercise_care.go     the dead-man; many callers at once
//	exercise_restart.go  network cuts, and controllers restarted or replaced
//	storm.go             the same while events are lost, late or told twice
//	bench.go             a Switch at work, and waiting for what it tells
//	agent.go             the agent's end of a leg
//	carriers.go          trunks for a rig
//
//	fake.go              Fake: the event socket, and what tests ask of it
//	fake_rest.go         its requests
//	fake_channel.go      channels, bridges, playbacks
//	fake_recording.go    recordings
//	fake_media.go        sound
//	fake_caller.go       callers who phone it
//	fake_person.go       persons whom it calls
//	fault.go             how it misbehaves
package asterisktest
