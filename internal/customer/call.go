package customer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"

	"presszero/internal/audio"
)

// Side is the side that ended a call.
type Side string

// The sides that can have ended a call.
const (
	Nobody Side = ""       // it is still going on
	Us     Side = "us"     // this customer hung up
	Them   Side = "them"   // the other side hung up
	Failed Side = "failed" // this customer hung up and the other side did not agree
)

// An Ending is how a call ended.
type Ending struct {
	By     Side
	At     time.Time
	Status int    // the SIP status in answer to the BYE: 200; 408 when it was not answered
	Reason string // the other side's Reason header, such as Q.850;cause=16
}

// hearsWithin bounds the age of the last frame of a tone that Hears takes as
// sounding now.
const hearsWithin = 10 * audio.FrameTime

// byeTimeout is how long the other side may take to confirm a BYE.
const byeTimeout = 5 * time.Second

// dialog is what sipgo's two kinds of dialog have in common.
type dialog interface {
	WriteBye(context.Context, *sip.Request) error
	ReadBye(*sip.Request, sip.ServerTransaction) error
}

// A Call is one conversation. Its methods may be used from many goroutines.
type Call struct {
	phone  *Phone
	key    string
	line   *line
	dialog dialog
	target sip.Uri // where the other side wants our requests
	// incoming is the same dialog when the call came in: its ACK is awaited
	// before the call is up.
	incoming *sipgo.DialogServerSession
	// Dialled is when the INVITE was sent, or arrived; Answered when the 200 OK
	// arrived, or was confirmed.
	Dialled, Answered time.Time

	up   chan struct{} // closed once dialog may be used from any goroutine
	done chan struct{}

	mu     sync.Mutex
	ending Ending
	bye    sync.Once
	byeErr error
}

func newCall(p *Phone, key string, l *line) *Call {
	return &Call{phone: p, key: key, line: l, Dialled: time.Now(),
		up: make(chan struct{}), done: make(chan struct{})}
}

// Press sends a digit (0-9, *, #, A-D) and returns when the first packet that
// marks its end was sent: from then on the other side may know it.
func (c *Call) Press(ctx context.Context, digit rune) (time.Time, error) {
	return c.line.press(ctx, digit, c.done)
}

// Say changes what is spoken.
func (c *Call) Say(what Sound) { c.line.startSound(what) }

// NewStream has the voice go on in another RTP stream, whose first packet has this
// sequence number, as a carrier's does that moves a call to another of its gateways.
func (c *Call) NewStream(sequence uint16) { c.line.newStream(sequence) }

// Hears says whether the tones sound now, all of them at once, as a tone of the
// last 60 ms.
func (c *Call) Hears(hz ...float64) bool {
	memory := c.line.everything()
	if len(memory) < steady {
		return false
	}
	last := memory[len(memory)-steady:]
	s := tones(time.Time{}, hz)
	return time.Since(last[0].at) < hearsWithin && s.complete(last)
}

// Heard says whether the tones have sounded at any time that is remembered.
func (c *Call) Heard(hz ...float64) bool {
	s := tones(time.Time{}, hz)
	return s.complete(c.line.everything())
}

// WaitTone waits until the tones sound, all of them at once, and returns when
// the first 20 ms frame with them arrived. A tone heard already counts.
func (c *Call) WaitTone(ctx context.Context, hz ...float64) (time.Time, error) {
	return c.WaitToneAfter(ctx, time.Time{}, hz...)
}

// WaitToneAfter is WaitTone for frames that arrived after t.
func (c *Call) WaitToneAfter(ctx context.Context, t time.Time, hz ...float64) (time.Time, error) {
	h, err := c.line.waitFor(ctx, tones(t, hz))
	if err != nil {
		return h.at, c.explain(err, "the tone of %v Hz; %s", hz, c.line.lastSecond(hz))
	}
	return h.at, nil
}

// WaitSound waits for the first frame after t that is not silent and returns
// when it arrived.
func (c *Call) WaitSound(ctx context.Context, t time.Time) (time.Time, error) {
	h, err := c.line.waitFor(ctx, search{after: t, row: 1, like: func(h heard) bool { return !h.silent() }})
	return h.at, c.explain(err, "any sound")
}

// WaitPacket waits for the first packet after t and returns when it arrived.
func (c *Call) WaitPacket(ctx context.Context, t time.Time) (time.Time, error) {
	h, err := c.line.waitFor(ctx, search{after: t, row: 1, like: func(heard) bool { return true }})
	return h.at, c.explain(err, "any packet")
}

// WaitDigit waits for the first digit that the other side began to press after
// t and returns it with the time when its first packet arrived.
func (c *Call) WaitDigit(ctx context.Context, t time.Time) (rune, time.Time, error) {
	h, err := c.line.waitFor(ctx, search{after: t, row: 1, like: func(h heard) bool { return h.digit != 0 }})
	return h.digit, h.at, c.explain(err, "a digit")
}

func (c *Call) explain(err error, what string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("customer: waiting for "+what+": %w", append(args, err)...)
}

// Digits are all the digits that the other side has pressed.
func (c *Call) Digits() string {
	var all []rune
	for _, h := range c.line.everything() {
		if h.digit != 0 {
			all = append(all, h.digit)
		}
	}
	return string(all)
}

// Received is the number of packets that have arrived.
func (c *Call) Received() int {
	_, next, _, _ := c.line.since(0)
	return next
}

// LongestGap is the longest time without a packet between from and to. With
// from zero it counts from the first packet on; with to zero until now, or
// until the call ended.
func (c *Call) LongestGap(from, to time.Time) time.Duration {
	return c.line.longest(from, to, func(heard) bool { return true })
}

// LongestSilence is the longest time in which nothing was to be heard, be it
// for want of packets or of sound in them; from and to as with LongestGap.
func (c *Call) LongestSilence(from, to time.Time) time.Duration {
	return c.line.longest(from, to, func(h heard) bool { return !h.silent() })
}

// LongestWithout is the longest time in which none of the mixes was heard: all tones of
// one (Hz), and little else; from and to as with LongestGap.
func (c *Call) LongestWithout(from, to time.Time, mixes ...[]float64) time.Duration {
	return c.line.longest(from, to, func(h heard) bool { return audio.Mixed(h.samples(), mixes...) })
}

// Recording is the sound that is remembered, packet after packet.
func (c *Call) Recording() []int16 {
	var samples []int16
	for _, h := range c.line.everything() {
		samples = append(samples, h.samples()...)
	}
	return samples
}

// Done is closed when the call has ended and its sockets are closed.
func (c *Call) Done() <-chan struct{} { return c.done }

// EndedBy says how the call ended; By is Nobody before it has.
func (c *Call) EndedBy() Ending {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending
}

// Hangup ends the call, waits up to five seconds until the other side confirms
// it, and returns an error when it does not. A call that has ended stays as it
// is.
func (c *Call) Hangup() error {
	c.bye.Do(func() {
		select {
		case <-c.done:
			return
		default:
		}
		ending := Ending{By: Us, Status: sip.StatusOK}
		err := c.phone.sendBye(c.dialog, c.target, c.done)
		if err != nil && c.EndedBy().By == Nobody { // else their BYE met ours
			ending, c.byeErr = disagreement(err)
		}
		c.finish(ending)
	})
	<-c.done
	return c.byeErr
}

// disagreement tells a BYE that met the other side's BYE (481, and both agree)
// from one that failed.
func disagreement(err error) (Ending, error) {
	var refused sipgo.ErrDialogResponse
	if errors.As(err, &refused) {
		if refused.Res.StatusCode == sip.StatusCallTransactionDoesNotExists {
			return Ending{By: Us, Status: refused.Res.StatusCode}, nil
		}
		return Ending{By: Failed, Status: refused.Res.StatusCode},
			fmt.Errorf("customer: hanging up: the other side said %d %s", refused.Res.StatusCode, refused.Res.Reason)
	}
	return Ending{By: Failed, Status: sip.StatusRequestTimeout},
		fmt.Errorf("customer: hanging up: the other side did not confirm it within %v: %w", byeTimeout, err)
}

// finish is the only way into the ended state; the first ending counts.
func (c *Call) finish(how Ending) {
	how.At = time.Now()
	c.mu.Lock()
	first := c.ending.By == Nobody
	if first {
		c.ending = how
	}
	c.mu.Unlock()
	if first {
		c.line.close()
		c.phone.forget(c.key)
		close(c.done)
	}
}
