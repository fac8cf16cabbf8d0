package mediatest

import (
	"testing"
	"time"

	"presszero/internal/headless"
	"presszero/softphone/media"
)

// anotherWay: in the middle of a talk the page is loaded anew, or its network changes,
// and it offers again, from another port over UDP or over TCP. The leg stays, with its
// address, its stream and its counts. The connection before is not heard any more,
// though it goes on speaking.
func anotherWay(t *testing.T, engine media.Engine, diary *Diary) {
	var heard packetLog
	page := func(tcp bool) (*headless.Phone, media.Answer) {
		return Page(t, engine, "ana", headless.Options{Tone: Agent, Listen: []float64{Caller}, TCP: tcp, Bursts: true, OnPacket: heard.append})
	}
	phone, answer := page(false)
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent, Caller2)
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "agent", phone.Ear, Caller)
	hears(t, "caller", peer.Ear, Agent)
	told := func(n int) {
		Until(t, "the page has been told that both are heard", func() bool {
			return diary.Count(media.Event{Seat: "ana", Kind: media.Audio, Leg: "leg1", FromAgent: true, FromCaller: true}) == n
		})
	}
	told(1)
	for i, tcp := range []bool{false, true, false} {
		phone.SetTone(Caller2)
		Until(t, "the caller hears the old connection", func() bool { return peer.Heard(Caller2) })
		before := stats(t, engine, "ana")
		old, sent, got := phone, len(peer.Packets()), len(heard.snapshot())
		var fresh media.Answer
		phone, fresh = page(tcp)
		if fresh != (media.Answer{SDP: fresh.SDP, RTPAddr: answer.RTPAddr, Address: answer.Address}) {
			t.Errorf("the seat is now reached at %s and %s, not %s and %s", fresh.RTPAddr, fresh.Address, answer.RTPAddr, answer.Address)
		}
		hears(t, "agent", phone.Ear, Caller)
		Until(t, "the caller hears the new connection", func() bool { return peer.Heard(Agent) })
		told(i + 2)
		old.Close()
		toCaller, toAgent := peer.Packets()[sent-1:], heard.snapshot()[got-1:]
		t.Logf("TCP %v: the longest gap was %v for the caller and %v for the agent", tcp, longestGap(toCaller), longestGap(toAgent))
		for i, p := range toCaller[1:] {
			if last := toCaller[i]; p.SSRC != last.SSRC || p.Seq != last.Seq+1 {
				t.Errorf("packet %d to the caller: sequence %d after %d, ssrc %x after %x", i+1, p.Seq, last.Seq, p.SSRC, last.SSRC)
			}
		}
		after := stats(t, engine, "ana")
		if after.Leg != before.Leg || after.Began != before.Began || after.FromAgent.Packets <= before.FromAgent.Packets || after.FromCaller.Packets <= before.FromCaller.Packets {
			t.Errorf("the counts began anew: %+v after %+v", after, before)
		}
	}
	for kind, want := range map[media.Kind]int{media.Connected: 4, media.Disconnected: 0} {
		if n := diary.Count(media.Event{Seat: "ana", Kind: kind}); n != want {
			t.Errorf("the pages were announced as %s %d times, want %d", kind, n, want)
		}
	}
}

func longestGap(packets []headless.Packet) (longest time.Duration) {
	for i, p := range packets[1:] {
		longest = max(longest, p.At.Sub(packets[i].At))
	}
	return longest
}

// dumbSuccessor: a page takes the place of one that was heard and is not heard itself.
// That is announced as soon as when the old one had fallen silent.
func dumbSuccessor(t *testing.T, engine media.Engine, diary *Diary) {
	_, answer := agentPage(t, engine, "ana")
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Connected})
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "caller", peer.Ear, Agent)
	began := time.Now()
	dumb, _ := Page(t, engine, "ana", headless.Options{Dumb: true})
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Disconnected})
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v to notice", took)
	}
	peer.Forget()
	agentPage(t, engine, "ana")
	dumb.Close()
	hears(t, "caller", peer.Ear, Agent)
	Until(t, "a third page is announced", func() bool {
		return diary.Count(media.Event{Seat: "ana", Kind: media.Connected}) == 2
	})
}

// unproved: what comes of a page that counts as gone is not passed on, so that a caller
// who hears music, or nothing, does not hear shreds.
func unproved(t *testing.T, engine media.Engine, diary *Diary) {
	phone, answer := restingPage(t, engine, diary, "ana")
	phone.Rest(false)
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "caller", peer.Ear, Agent)
	phone.Rest(true) // it sends bursts, and owes voice
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Disconnected})
	mic, sent := stats(t, engine, "ana").Mic, stats(t, engine, "ana").FromAgent.Sent
	Until(t, "two more bursts have come", func() bool { return stats(t, engine, "ana").Mic >= mic+6 })
	if n := stats(t, engine, "ana").FromAgent.Sent; n != sent {
		t.Errorf("%d packets of a page that counts as gone went to the caller", n-sent)
	}
	phone.Rest(false)
	Until(t, "the caller hears the page again", func() bool { return peer.Heard(Agent) })
}
