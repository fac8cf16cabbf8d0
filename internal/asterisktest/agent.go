package asterisktest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"presszero/internal/audio"
	"presszero/internal/customer"
)

// agent is the media process of an agent: it speaks with AgentTone and listens.
type agent interface {
	address() string // for Connect and Dial
	talkTo(remote string)
	hears() bool        // the caller, now
	hearsRinging() bool // the ringing tone, now
}

// sipAgent answers the calls of Asterisk. It may have several legs, of which one is live:
// the agent speaks and hears on that.
type sipAgent struct {
	phone *customer.Phone
	voice Sound
	mu    sync.Mutex
	calls map[string]*customer.Call // by leg
	live  string                    // "": the newest, once it has been called
}

func newAgent(t *testing.T) agent { return newSIPAgent(t, Agent) }

// newSIPAgent makes an agent who speaks with that voice.
func newSIPAgent(t *testing.T, voice Sound) *sipAgent {
	t.Helper()
	phone, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(phone.Close)
	phone.TakesNoKeys = true
	a := &sipAgent{phone: phone, voice: voice, calls: map[string]*customer.Call{}}
	phone.OnCall(func(r *customer.Ring) {
		if c, err := r.Answer(customer.Sound{}); err == nil {
			_, leg, _ := strings.Cut(r.To, ".")
			a.answered(leg, c)
		}
	})
	return a
}

func (a *sipAgent) answered(leg string, c *customer.Call) {
	a.mu.Lock()
	a.calls[leg] = c
	a.mu.Unlock()
	a.turnTo(leg)
}

// turnTo makes a leg live, as call.TalkTo does.
func (a *sipAgent) turnTo(leg string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.live = leg
	for of, c := range a.calls {
		says := customer.Sound{}
		if of == leg {
			says.Tone = Tones[a.voice]
		}
		c.Say(says)
	}
}

func (a *sipAgent) address() string {
	return fmt.Sprintf("sip:secret@%s;rtp=127.0.0.1:9", a.phone.Addr())
}

// talkTo has nothing to do: the call says where to send the voice.
func (a *sipAgent) talkTo(string) {}

func (a *sipAgent) hears() bool        { return a.Hears(Voice) }
func (a *sipAgent) hearsRinging() bool { return a.Hears(Ringing) }

// Hears reports whether the agent hears all of these on the live leg, and nothing else.
func (a *sipAgent) Hears(all ...Sound) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	c := a.calls[a.live]
	return c != nil && c.Hears(tonesOf(all)...)
}

// hangUp ends a leg, as the media do that are closed.
func (a *sipAgent) hangUp(leg string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = a.calls[leg].Hangup()
}

// rtpAgent is a media process of an earlier version, which takes RTP and no calls.
type rtpAgent struct {
	conn *net.UDPConn
	mu   sync.Mutex
	last [2]time.Time // when the caller's tone, and that of ringing, was heard last
}

func newRTPAgent(t *testing.T) agent {
	t.Helper()
	conn, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	a := &rtpAgent{conn: conn}
	t.Cleanup(func() { conn.Close() })
	go a.listen()
	return a
}

func (a *rtpAgent) address() string { return a.conn.LocalAddr().String() }

func (a *rtpAgent) listen() {
	buffer := make([]byte, 1500)
	for {
		n, err := a.conn.Read(buffer)
		if err != nil {
			return
		}
		var packet rtp.Packet
		if packet.Unmarshal(buffer[:n]) != nil {
			continue
		}
		a.mu.Lock()
		for i, there := range audio.Present(audio.AppendFromUlaw(nil, packet.Payload), Tones[Voice], Tones[Ringing]) {
			if there {
				a.last[i] = time.Now()
			}
		}
		a.mu.Unlock()
	}
}

func (a *rtpAgent) hears() bool        { return a.hearsTone(0) }
func (a *rtpAgent) hearsRinging() bool { return a.hearsTone(1) }

func (a *rtpAgent) hearsTone(i int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Since(a.last[i]) < 100*time.Millisecond
}

// talkTo sends the agent's tone until the test ends.
func (a *rtpAgent) talkTo(remote string) {
	to, err := net.ResolveUDPAddr("udp", remote)
	if err != nil {
		return
	}
	go func() {
		tone := audio.NewTone(AgentTone, 8000)
		packet := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1}}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			packet.SequenceNumber++
			packet.Timestamp += 160
			packet.Payload = tone.Ulaw()
			data, _ := packet.Marshal()
			if _, err := a.conn.WriteTo(data, to); err != nil {
				return
			}
		}
	}()
}
