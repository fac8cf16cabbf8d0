package asterisk

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// dispatcher takes Asterisk's events, in Run's goroutine, and gives each to the caller
// that it is about.
type dispatcher struct {
	*common
	beat *heartbeat

	taken, unknown atomic.Int64 // events; those of them that the library could not read
}

// handleEvents takes Asterisk's events, one after another, until the connection ends.
func (s *dispatcher) handleEvents(ctx context.Context, n *eventSocket) error {
	for {
		mail, end := n.takeEvents(ctx)
		for _, data := range mail {
			s.taken.Add(1)
			e, known, err := understand(data)
			if err != nil || !known {
				s.unknown.Add(1)
				// Never the event itself: it may hold what a caller types.
				s.log.Debug("an event of Asterisk that the library cannot read", "type", e.Type,
					"channel", e.Channel.ID, "bytes", len(data))
			}
			if err != nil {
				continue
			}
			if e.Type == ari.Events.ApplicationReplaced {
				return ErrReplaced
			}
			s.handleEvent(e)
		}
		if end != nil {
			return end
		}
	}
}

// handleEvent takes one event. Every case may come late, twice, or about a caller
// who is gone.
func (s *dispatcher) handleEvent(e event) {
	switch e.Type {
	case ari.Events.ChannelUserevent:
		s.beat.echoed()
	case ari.Events.PlaybackFinished:
		if c := s.callers.plays.lookUp(e.Playback.ID); c != nil {
			c.playback.ended(e.Playback.ID, e.Playback.State == "failed")
			c.talk.noticeEnded(e.Playback.ID, e.Playback.State == "failed")
		}
	case ari.Events.RecordingFinished, ari.Events.RecordingFailed:
		if c := s.callers.records.lookUp(e.Recording.Name); c != nil {
			c.talk.tapEnded(e.Recording.Name)
			c.recorder.ended(e.Recording.Name, outcome{known: true, seconds: e.Recording.Duration,
				failed: e.Type == ari.Events.RecordingFailed})
		}
	case ari.Events.Dial:
		s.dialProgress(e)
	default:
		s.handleChannelEvent(e)
	}
}

// handleChannelEvent takes an event about one channel: a leg's or a caller's.
func (s *dispatcher) handleChannelEvent(e event) {
	if strings.HasPrefix(e.Channel.Name, "Local/") {
		return // where a call of ours was redirected; see untilFree
	}
	if c := s.callers.legs.lookUp(e.Channel.ID); c != nil {
		c.talk.handleEvent(e)
		return
	}
	c := s.callers.channel.lookUp(e.Channel.ID)
	switch {
	case e.Type == ari.Events.StasisStart:
		s.stasisStart(c, e)
	case c != nil:
		c.handleEvent(e)
	}
}

// handleEvent takes an event about the caller's channel.
func (c *caller) handleEvent(e event) {
	switch e.Type {
	case ari.Events.ChannelStateChange:
		c.stateChanged(e.Channel.State)
	case ari.Events.ChannelDtmfReceived:
		c.keypad.pressed(c, e)
	case ari.Events.ChannelHangupRequest:
		c.dialing.answeredWith(e.TechCause)
		if !e.Soft && c.dialing.isOpen() || c.dialing.gaveUp() {
			return // its end tells the SIP answer too
		}
		c.hungUp(c.endFromRequest(e))
	case ari.Events.ChannelDestroyed:
		c.dialing.answeredWith(e.TechCause)
		h := c.endFromCause(e.Cause)
		h.Text = cmp.Or(h.Text, e.CauseText)
		c.hungUp(h)
	case ari.Events.ChannelTalkingFinished:
		c.playback.fallsSilent()
	case ari.Events.StasisEnd:
		c.leftApplication()
	}
}

// stasisStart takes that a channel has come under our control. c is the caller whom
// we believed to be on that channel, or nil.
func (s *dispatcher) stasisStart(c *caller, e event) {
	args := readArguments(e.Args)
	if c == nil && isLeg(e.Channel.ID) && !args.dialled {
		return // of an earlier controller; the next reconciliation takes it away
	}
	switch {
	case c != nil && c.dialing.isOpen():
		c.identified(e.Channel)
		c.dialing.answered(e.Timestamp, args)
		return
	case c == nil && args.dialled:
		s.hangUpUnknown(e.Channel.ID)
		return
	case c == nil && s.callers.lastOn(e.Channel).begunBy(e, args):
		return // told twice, and the call is over already
	}
	if c != nil {
		if c.started == "" {
			c.started = e.Timestamp // found by reconciliation before its news came
		}
		if c.begunBy(e, args) {
			return // told twice
		}
		// Back from the fallback, and we never heard that the caller went there.
		c.hungUp(call.HungUp{Side: call.SideSystem, Estimated: true, Text: "was in the fallback"})
	}
	s.newCaller(s.cfg.NewID(), e.Channel.ID, e.Timestamp, args.again).arrived(e.Channel, args)
}

// begunBy reports whether the caller's call is the one that this StasisStart tells of. A
// channel comes to us once, and then only from the fallback.
func (c *caller) begunBy(e event, args arguments) bool {
	return c != nil && (c.started == e.Timestamp || !args.again)
}

// stateChanged takes a change of the channel's state. A call that we make counts as
// answered when its channel comes to the application, a moment after it is up.
func (c *caller) stateChanged(state string) {
	switch {
	case c.dialing.isOpen():
		if state == "Ringing" {
			c.dialing.rings()
		}
	case state == "Up":
		c.picked()
	}
}

// arrived tells of a new caller. The first order takes charge of the channel.
func (c *caller) arrived(ch channelState, args arguments) {
	name, _ := trunkOf(ch.Name)
	in := Inbound{Trust: true}
	if name != "" && c.s.cfg.Carriers != nil {
		in = c.s.cfg.Carriers.In(name)
	}
	c.playback.leadIn = cmp.Or(in.LeadIn, c.s.cfg.LeadIn)
	numbers := append(args.numbers(in.DialledIn), "")
	c.to = numbers[0]
	if in.Trust && args.pai != "" {
		ch.Caller.Number = args.pai // Asterisk reads no header with two addresses
	}
	c.identified(ch)
	c.postEvent(call.Arrived{Call: c.id, Node: c.s.cfg.Node, Channel: ch.ID, To: numbers[0], Also: numbers[1 : len(numbers)-1],
		From: ch.Caller.Number, Name: ch.Caller.Name, Trunk: name, Again: args.again, At: time.Now()})
	c.worker.start(func(context.Context) {})
}

// dialProgress takes early media, which a carrier may send instead of ringing,
// and redirections. After one, Asterisk may hang the channel up before it has
// noted the SIP answer, so that the end tells none.
func (s *dispatcher) dialProgress(e event) {
	if e.Forward != "" {
		if c := s.callers.legs.lookUp(e.Peer.ID); c != nil {
			c.talk.legAnsweredWith(e.Peer.ID, statusRedirected)
		} else if c := s.callers.channel.lookUp(e.Peer.ID); c != nil {
			c.dialing.answeredWith(statusRedirected)
		}
		return
	}
	if e.DialState != "PROGRESS" && e.DialState != "RINGING" {
		return
	}
	if c := s.callers.legs.lookUp(e.Peer.ID); c != nil {
		c.talk.legRings(e.Peer.ID)
	} else if c := s.callers.channel.lookUp(e.Peer.ID); c != nil {
		if e.DialState == "PROGRESS" {
			c.dialing.sendsSound()
		}
		c.dialing.rings()
	}
}

// statusRedirected is SIP's 302 Moved Temporarily.
const statusRedirected = 302

// ErrReplaced says that another controller has taken the application over.
// This one must not act any more, and does not.
var ErrReplaced = errors.New("asterisk: another controller has taken over the application; this one stops")
