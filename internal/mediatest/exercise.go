package mediatest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"presszero/internal/headless"
	"presszero/softphone/media"
)

// The tones by which the parties are told apart, in Hz.
const (
	Agent   = 1000
	Caller  = 440
	Caller2 = 700
	Caller3 = 1700
)

// patience is how long a test waits for what should take milliseconds; other
// work may keep the machine busy.
const (
	patience = time.Minute
	tryAgain = 300 * time.Millisecond
)

// Start makes the engine under test, for one test; it must end with the test.
type Start func(t *testing.T, onEvent func(media.Event)) media.Engine

// Exercise runs what every engine must pass.
func Exercise(t *testing.T, start Start) {
	tests := []struct {
		name string
		run  func(*testing.T, media.Engine, *Diary)
	}{
		{"caller and agent hear each other", bothWays},
		{"no leg, no sound", noLeg},
		{"the next caller continues the stream", nextCaller},
		{"strangers are not heard", strangers},
		{"a refreshed page goes on talking", refresh},
		{"a page that offers from another port or over TCP goes on talking", anotherWay},
		{"a page that takes the place of another and is not heard is announced", dumbSuccessor},
		{"a page that counts as gone is not passed on", unproved},
		{"a late hush leaves the next leg alone", lateHush},
		{"a page that leaves is announced", leaving},
		{"one-way audio is announced", oneWay},
		{"a page that rests stays connected", resting},
		{"a page that dies while it rests is announced", dyingAtRest},
		{"a page that rests when voice is due is announced", owingVoice},
		{"closing a seat frees it", closing},
		{"unusable offers are refused", refusals},
		{"unknown seats and addresses are refused", unknown},
		{"Asterisk calls a leg", calledLeg},
		{"calls of strangers are refused", refusedCalls},
		{"of two legs one is live", twoLegs},
		{"a listener hears both and is heard by nobody", listener},
		{"a listener who whispers is heard by the agent alone", whisperer},
		{"what is not recorded can be neither paused nor stopped", unrecorded},
		{"a page hears itself until somebody is there", echo},
		{"fifty pages at once", fifty},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			diary := NewDiary()
			test.run(t, start(t, diary.Write), diary)
		})
	}
}

// Page dials a phone into a seat, as an agent's page does, and closes it with
// the test.
func Page(t testing.TB, engine media.Engine, seat string, options headless.Options) (*headless.Phone, media.Answer) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	phone, answer, err := Dial(ctx, engine, seat, options)
	if err != nil {
		t.Fatalf("seat %s: %v", seat, err)
	}
	t.Cleanup(phone.Close)
	return phone, answer
}

// Dial dials a phone into a seat. A media process that a busy machine keeps from
// answering is tried again, as a page does, until ctx ends.
func Dial(ctx context.Context, engine media.Engine, seat string, options headless.Options) (*headless.Phone, media.Answer, error) {
	options.LocalIP = "127.0.0.1"
	for {
		var answer media.Answer
		phone, err := headless.Dial(ctx, func(offer string) (string, error) {
			var err error
			answer, err = engine.Connect(ctx, seat, offer)
			return answer.SDP, err
		}, options)
		if !errors.Is(err, media.ErrLost) || ctx.Err() != nil {
			return phone, answer, err
		}
		time.Sleep(tryAgain)
	}
}

func agentPage(t testing.TB, engine media.Engine, seat string) (*headless.Phone, media.Answer) {
	t.Helper()
	return Page(t, engine, seat, headless.Options{Tone: Agent, Listen: []float64{Caller, Caller2}})
}

// startTalk begins a leg. A media process that a busy machine keeps from answering is
// tried again: the controller makes a new leg then.
func startTalk(t testing.TB, engine media.Engine, seat, leg string, peer *Peer) {
	t.Helper()
	retryLost(t, func() error { return engine.TalkTo(seat, leg, peer.Addr()) })
}

// retryLost repeats a request for as long as the media process does not answer.
func retryLost(t testing.TB, request func() error) {
	t.Helper()
	err := request()
	for deadline := time.Now().Add(patience); errors.Is(err, media.ErrLost) && time.Now().Before(deadline); {
		time.Sleep(tryAgain)
		err = request()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// hears waits until the ear has heard hz for the first time.
func hears(t testing.TB, who string, ear *headless.Ear, hz float64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := ear.WaitTone(ctx, hz); err != nil {
		t.Fatalf("%s: %v", who, err)
	}
}

// OnTime waits until this process has kept time for a tenth of a second, for some seconds at
// most: what its telephones had to say by now is said. On a busy machine a whole process may
// stand still for a third of a second.
func OnTime() {
	began := time.Now()
	for kept := 0; kept < 10 && time.Since(began) < patience/2; kept++ {
		from := time.Now()
		time.Sleep(10 * time.Millisecond)
		if time.Since(from) > 50*time.Millisecond {
			kept = 0
		}
	}
}

// Until waits for something that another goroutine or process does.
func Until(t testing.TB, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %v still not: %s", patience, what)
		}
	}
}

func bothWays(t *testing.T, engine media.Engine, diary *Diary) {
	phone, answer := agentPage(t, engine, "ana")
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Connected})
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "agent", phone.Ear, Caller)
	hears(t, "caller", peer.Ear, Agent)
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Audio, Leg: "leg1", FromAgent: true, FromCaller: true})

	Until(t, "a second of voice counted both ways", func() bool {
		s := stats(t, engine, "ana")
		return s.FromAgent.Sent >= 50 && s.FromCaller.Sent >= 50
	})
	s := stats(t, engine, "ana")
	if !s.Connected || s.Leg != "leg1" || s.Remote != peer.Addr() || s.RTPAddr != answer.RTPAddr {
		t.Errorf("standing: %+v", s.Seat)
	}
	for side, flow := range map[string]media.Flow{"agent": s.FromAgent, "caller": s.FromCaller} {
		if flow.Lost != 0 || flow.Bytes != 160*flow.Packets || flow.First.Before(s.Began) || flow.Last.Before(flow.First) {
			t.Errorf("flow from %s: %+v", side, flow)
		}
	}
	// An ear remembers 100 ms, which a busy machine may leave without a packet.
	Until(t, "both hear each other, and the agent not herself", func() bool {
		return phone.Heard(Caller) && !phone.Heard(Agent) && peer.Heard(Agent)
	})
}

func noLeg(t *testing.T, engine media.Engine, _ *Diary) {
	phone, answer := agentPage(t, engine, "ana")
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	Until(t, "the microphone arrives without a leg", func() bool { return stats(t, engine, "ana").Mic > 25 })
	if n := len(peer.Packets()); n != 0 || phone.Gaps().Packets > 2 || phone.Heard(Caller) { // the greeting is a packet of silence
		t.Errorf("without a leg %d packets went to Asterisk and %d to the page", n, phone.Gaps().Packets)
	}
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "agent", phone.Ear, Caller)
	hears(t, "caller", peer.Ear, Agent)
	engine.Hush("ana", "leg1")
	engine.Hush("ana", "leg1")
	Until(t, "silence after the leg", func() bool { return phone.Level(Caller) == 0 && peer.Level(Agent) == 0 })
}

// nextCaller: sequence numbers without a hole, timestamps by the clock, and a
// marker, over a change of legs with a pause between.
func nextCaller(t *testing.T, engine media.Engine, _ *Diary) {
	var heard packetLog
	phone, answer := Page(t, engine, "ana", headless.Options{
		Tone: Agent, Listen: []float64{Caller, Caller2}, OnPacket: heard.append,
	})
	first := NewPeer(t, answer.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", first)
	hears(t, "agent", phone.Ear, Caller)
	hears(t, "first caller", first.Ear, Agent)
	engine.Hush("ana", "leg1")
	Until(t, "silence between the legs", func() bool { return phone.Level(Caller) == 0 })
	first.Close()

	second := NewPeer(t, answer.RTPAddr, Caller2, Agent)
	startTalk(t, engine, "ana", "leg2", second)
	hears(t, "agent", phone.Ear, Caller2)
	hears(t, "second caller", second.Ear, Agent)

	if markers := continuous(t, heard.snapshot()); markers != 2 {
		t.Errorf("%d markers in two legs", markers)
	}
	if a, b := first.Packets(), second.Packets(); a[0].SSRC == b[0].SSRC {
		t.Error("both callers were sent the same SSRC")
	}
}

// continuous holds that packets are one RTP stream, and counts the markers in it.
func continuous(t *testing.T, packets []headless.Packet) (markers int) {
	for i, p := range packets {
		if p.Marker {
			markers++
		}
		if i == 0 {
			continue
		}
		before := packets[i-1]
		if p.SSRC != before.SSRC || p.Seq != before.Seq+1 {
			t.Errorf("packet %d: sequence %d after %d, ssrc %x after %x", i, p.Seq, before.Seq, p.SSRC, before.SSRC)
		}
		// The timestamp follows the clock, give or take the network's jitter.
		elapsed := p.At.Sub(before.At)
		said := time.Duration(p.Timestamp-before.Timestamp) * time.Second / 8000
		if off := (said - elapsed).Abs(); off > 500*time.Millisecond {
			t.Errorf("packet %d: timestamp moved %v while %v passed", i, said, elapsed)
		}
	}
	return markers
}

func strangers(t *testing.T, engine media.Engine, _ *Diary) {
	phone, answer := agentPage(t, engine, "ana")
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	stranger := NewPeer(t, answer.RTPAddr, Caller2, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "agent", phone.Ear, Caller)
	hears(t, "caller", peer.Ear, Agent)
	Until(t, "the stranger knocked often", func() bool { return stats(t, engine, "ana").Strangers > 25 })
	if at, heard := phone.FirstTone(Caller2); heard {
		t.Errorf("the agent heard the stranger at %v", at)
	}
	if n := len(stranger.Packets()); n != 0 {
		t.Errorf("the stranger was sent %d packets", n)
	}
}

func refresh(t *testing.T, engine media.Engine, diary *Diary) {
	old, before := agentPage(t, engine, "ana")
	peer := NewPeer(t, before.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "agent", old.Ear, Caller)
	hears(t, "caller", peer.Ear, Agent)

	fresh, after := agentPage(t, engine, "ana")
	if after.RTPAddr != before.RTPAddr {
		t.Fatalf("the RTP address moved from %s to %s", before.RTPAddr, after.RTPAddr)
	}
	peer.Forget()
	old.Close()
	hears(t, "agent after the refresh", fresh.Ear, Caller)
	hears(t, "caller after the refresh", peer.Ear, Agent)
	packets := peer.Packets()
	for i, p := range packets[1:] {
		if before := packets[i]; p.SSRC != before.SSRC || p.Seq != before.Seq+1 {
			t.Errorf("packet %d to Asterisk: sequence %d after %d, ssrc %x after %x", i+1, p.Seq, before.Seq, p.SSRC, before.SSRC)
		}
	}
	if n := diary.Count(media.Event{Seat: "ana", Kind: media.Disconnected}); n != 0 {
		t.Errorf("the replaced page was announced as disconnected")
	}
}

func lateHush(t *testing.T, engine media.Engine, _ *Diary) {
	phone, answer := agentPage(t, engine, "ana")
	first := NewPeer(t, answer.RTPAddr, Caller, Agent)
	second := NewPeer(t, answer.RTPAddr, Caller2, Agent)
	startTalk(t, engine, "ana", "leg1", first)
	hears(t, "agent", phone.Ear, Caller)
	startTalk(t, engine, "ana", "leg2", second)
	engine.Hush("ana", "leg1")
	hears(t, "agent", phone.Ear, Caller2)
	if s := stats(t, engine, "ana"); s.Leg != "leg2" || s.Remote != second.Addr() {
		t.Errorf("after a late Hush of leg1: %+v", s.Seat)
	}
}

func leaving(t *testing.T, engine media.Engine, diary *Diary) {
	phone, _ := agentPage(t, engine, "ana")
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Connected})
	phone.Close()
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Disconnected})
	if s := stats(t, engine, "ana"); s.Connected {
		t.Error("the seat still counts as connected")
	}
	agentPage(t, engine, "ana")
	Until(t, "the seat is announced as connected again", func() bool {
		return diary.Count(media.Event{Seat: "ana", Kind: media.Connected}) == 2
	})
}

func oneWay(t *testing.T, engine media.Engine, diary *Diary) {
	phone, answer := agentPage(t, engine, "ana")
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Audio, Leg: "leg1", FromAgent: true, FromCaller: true})
	phone.Mute(true)
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Audio, Leg: "leg1", FromCaller: true})
	phone.Mute(false)
	Until(t, "the microphone's return is announced", func() bool {
		return diary.Count(media.Event{Seat: "ana", Kind: media.Audio, Leg: "leg1", FromAgent: true, FromCaller: true}) == 2
	})
	deaf := NewPeer(t, answer.RTPAddr, Caller)
	deaf.Mute(true)
	startTalk(t, engine, "ana", "leg2", deaf)
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Audio, Leg: "leg2", FromAgent: true})
}

func closing(t *testing.T, engine media.Engine, _ *Diary) {
	phone, answer := agentPage(t, engine, "ana")
	peer := NewPeer(t, answer.RTPAddr, Caller, Agent)
	startTalk(t, engine, "ana", "leg1", peer)
	hears(t, "agent", phone.Ear, Caller)
	engine.Close("ana")
	engine.Close("ana")
	select {
	case <-phone.Done():
	case <-time.After(patience):
		t.Error("the page's connection outlived its seat")
	}
	Until(t, "the RTP address is free", func() bool { return addressFree(answer.RTPAddr) })
	if _, err := engine.Stats("ana"); !errors.Is(err, media.ErrNoSeat) {
		t.Errorf("stats of a closed seat: %v", err)
	}
	if seats, err := engine.Seats(); err != nil || len(seats) != 0 {
		t.Errorf("seats after the only one closed: %v, %v", seats, err)
	}
}

func refusals(t *testing.T, engine media.Engine, _ *Diary) {
	good := Offer(t)
	tests := map[string]struct{ offer, want string }{
		"empty":      {"", "one or two"},
		"garbage":    {"hello\r\n", "not SDP"},
		"too long":   {good + strings.Repeat("a=x\r\n", media.MaxOffer/5), "at most 65536"},
		"no audio":   {strings.Replace(good, "m=audio", "m=video", 1), "must be audio"},
		"two lines":  {good + good[strings.Index(good, "m=audio"):], "a=mid"},
		"no line":    {good[:strings.Index(good, "m=audio")], "one or two"},
		"no PCMU":    {strings.Replace(good, "UDP/TLS/RTP/SAVPF 0", "UDP/TLS/RTP/SAVPF 8", 1), "PCMU"},
		"one way":    {strings.Replace(good, "a=sendrecv", "a=recvonly", 1), "sendrecv"},
		"plain RTP":  {withoutLines(good, "a=fingerprint"), "fingerprint"},
		"short hash": {strings.Replace(good, "a=fingerprint:sha-256 ", "a=fingerprint:", 1), "fingerprint"},
		"no ICE":     {withoutLines(good, "a=ice-ufrag"), "ice-ufrag"},
		"injection":  {strings.Replace(good, "a=ice-pwd:", "a=ice-pwd: ", 1), "ice-pwd"},
		"no mid":     {withoutLines(good, "a=mid"), "mid"},
		"an answer":  {strings.Replace(good, "a=setup:actpass", "a=setup:active", 1), "actpass"},
	}
	for name, test := range tests {
		_, err := engine.Connect(t.Context(), "ana", test.offer)
		if !errors.Is(err, media.ErrOffer) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %q, want one about %q", name, err, test.want)
		}
	}
	if seats, _ := engine.Seats(); len(seats) != 0 {
		t.Errorf("refused offers left seats: %v", seats)
	}
	agentPage(t, engine, "ana") // and the engine has taken no harm
}

func unknown(t *testing.T, engine media.Engine, _ *Diary) {
	if err := engine.TalkTo("nobody", "leg1", "127.0.0.1:4000"); !errors.Is(err, media.ErrNoSeat) {
		t.Errorf("TalkTo of an unknown seat: %v", err)
	}
	engine.Hush("nobody", "leg1")
	engine.Close("nobody")
	agentPage(t, engine, "ana")
	for _, remote := range []string{"here", "127.0.0.1", "127.0.0.1:0", "example.net:4000"} {
		if err := engine.TalkTo("ana", "leg1", remote); err == nil {
			t.Errorf("TalkTo accepted the address %q", remote)
		}
	}
}

func fifty(t *testing.T, engine media.Engine, _ *Diary) {
	const seats = 50
	var all sync.WaitGroup
	phones := make([]*headless.Phone, seats)
	answers := make([]media.Answer, seats)
	names := make([]string, seats)
	for i := range seats {
		names[i] = fmt.Sprintf("agent%02d", i)
		all.Go(func() { phones[i], answers[i] = agentPage(t, engine, names[i]) })
	}
	all.Wait()
	if t.Failed() {
		return
	}
	peers := make([]*Peer, seats)
	for i := range seats {
		peers[i] = NewPeer(t, answers[i].RTPAddr, Caller, Agent)
		startTalk(t, engine, names[i], "leg", peers[i])
	}
	Until(t, "all seats are listed as connected and talking, in order of name", func() bool {
		listed, err := engine.Seats()
		return err == nil && slices.EqualFunc(listed, names, func(s media.Seat, name string) bool {
			return s.Name == name && s.Connected && s.Leg == "leg"
		})
	})
	for i := range seats {
		hears(t, "caller of "+names[i], peers[i].Ear, Agent)
		hears(t, names[i], phones[i].Ear, Caller)
	}
}

func stats(t testing.TB, engine media.Engine, seat string) media.Stats {
	t.Helper()
	s, err := engine.Stats(seat)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// packetLog keeps the headers that a page received.
type packetLog struct {
	mu      sync.Mutex
	packets []headless.Packet
}

func (l *packetLog) append(p headless.Packet) {
	p.Payload = nil
	l.mu.Lock()
	defer l.mu.Unlock()
	l.packets = append(l.packets, p)
}

func (l *packetLog) snapshot() []headless.Packet {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.packets)
}
