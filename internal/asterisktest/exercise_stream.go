package asterisktest

import (
	"testing"
	"time"
)

// anotherStream: of three, the far end of the caller and that of the consulted party begin
// another RTP stream each, of which Asterisk takes each packet for an old one. They are heard
// again. So it is after a restart of the controller.
func anotherStream(t *testing.T, rig Rig) {
	rig.Config.Carriers = &Carriers{}
	q := asks(begin(t, rig), true)
	q.begins(q.who.NewStream, 40_000) // two who talk are forwarded packet by packet
	q.begins(q.asked.stream, 40_000)
	q.isWithOther()
	q.toAll()
	q.isWithAll()
	for _, far := range []func(uint16){q.who.NewStream, q.asked.stream} {
		q.begins(far, 20_000)
		q.isWithAll()
	}
	known := q.known()
	known[1].With = q.leg
	q.restarts(known...)
	q.resumed(q.id, q.leg)
	q.resumed(q.ask, q.second)
	q.isWithAll()
	time.Sleep(300 * time.Millisecond) // no event tells that the next controller has looked at the streams for the first time
	q.begins(q.who.NewStream, 0)
	q.isWithAll()
	q.fromAll()
	q.isWithOther()
	q.handOn()
	q.isHandedOn()
	q.otherLeaves()
	q.ends()
}

// begins has a far end begin another stream, and waits until nothing of the one before is
// heard any more.
func (q *question) begins(far func(uint16), first uint16) {
	far(first)
	time.Sleep(300 * time.Millisecond) // Hears looks back 0.2 s
}
