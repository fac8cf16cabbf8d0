package asterisktest

import (
	"net/http"
	"testing"

	"presszero/call"
)

// When another stream comes from one of three, the channel is put into the bridge again, once,
// and again until that is done.
func TestAnotherStreamIsRepeated(t *testing.T) {
	t.Parallel()
	asksOnFake(t, func(q *question, fake *Fake) {
		q.toAll()
		q.isWithAll()
		join := "POST /ari/bridges/" + q.leg + ".bridge/addChannel"
		joined := fake.Requests(join)
		fake.Fault(Fault{Method: "GET", Path: "/rtp_statistics", Status: http.StatusInternalServerError, Times: 1})
		fake.Fault(Fault{Method: "POST", Path: "/addChannel", Status: http.StatusInternalServerError, Times: 1})
		q.who.NewStream(0)
		q.isWithAll()
		q.until("the streams were looked at again", func() bool { return fake.Requests("GET /ari/channels/"+q.channel+"/rtp_statistics") >= 4 })
		q.isWithAll()
		if n := fake.Requests(join) - joined; n != 1 {
			t.Errorf("the channel was put into the bridge %d times after the fault, want 1", n)
		}
	})
}

// When one of three has hung up, the formats of the others are set anew: the caller is muted
// for a moment. So it is when the three began with a controller before.
func TestRefreshAfterThree(t *testing.T) {
	t.Parallel()
	refreshed := func(q *question, fake *Fake) {
		mute, unmute := "POST /ari/channels/"+q.channel+"/mute", "DELETE /ari/channels/"+q.channel+"/mute"
		muted, unmuted := fake.Requests(mute), fake.Requests(unmute)
		fake.Fault(Fault{Method: "DELETE", Path: "/mute", Cut: true, Times: 2})
		q.asked.hangUp()
		awaitEvent[call.HungUp](q.bench, q.ask)
		q.until("the caller was muted", func() bool { return fake.Requests(mute) == muted+1 && fake.Requests(unmute) > unmuted })
		q.until("caller and agent talk on", func() bool { return q.who.Hears(Agent) && q.a.Hears(Voice) })
	}
	asksOnFake(t, func(q *question, fake *Fake) {
		q.toAll()
		q.isWithAll()
		refreshed(q, fake)
	})
	asksOnFake(t, func(q *question, fake *Fake) {
		q.toAll()
		q.isWithAll()
		looks := "GET /ari/channels/" + q.channel + "/rtp_statistics"
		known := q.known()
		known[1].With = q.leg
		q.restarts(known...)
		looked := fake.Requests(looks)
		q.resumed(q.id, q.leg)
		q.resumed(q.ask, q.second)
		q.until("the next controller knows of the three", func() bool { return fake.Requests(looks) > looked })
		refreshed(q, fake)
	})
}
