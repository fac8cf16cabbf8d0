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
package asterisktest
