package asterisk

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// event is what of Asterisk's many events concerns us, in one shape.
type event struct {
	Type      string
	Timestamp string
	Args      []string
	Channel   channelState
	Digit     string
	Held      time.Duration // the key; 0: unknown
	At        time.Time     // when it was let go
	Cause     int
	CauseText string `json:"cause_txt"`
	Soft      bool   // the hang-up was asked for inside Asterisk
	TechCause int    `json:"tech_cause"` // the SIP answer that ended an outgoing channel; 0: none
	Forward   string // of Dial: where a carrier redirects the call
	Peer      channelState
	DialState string `json:"dialstatus"`
	Playback  struct{ ID, State string }
	Recording struct {
		Name, State string
		Duration    float64 // seconds
	}
}

// wanted are the events that are taken. The rest is not even to be sent:
// Asterisk tells every variable it sets.
var wanted = []string{
	ari.Events.StasisStart, ari.Events.StasisEnd, ari.Events.ChannelStateChange, ari.Events.ChannelDtmfReceived,
	ari.Events.ChannelHangupRequest, ari.Events.ChannelDestroyed, ari.Events.PlaybackFinished,
	ari.Events.RecordingFinished, ari.Events.RecordingFailed, ari.Events.ChannelTalkingFinished,
	ari.Events.Dial,                // early media without ringing
	ari.Events.ChannelUserevent,    // the echo of a beat
	ari.Events.ApplicationReplaced, // would be filtered out too
}

// understand reads one event. The library's types decide what an event looks
// like; where they cannot read one (a type newer than the library, a date in
// another form), what we need of it is taken from the bare JSON, and known is
// false. An error means that it is not JSON at all.
func understand(data []byte) (e event, known bool, err error) {
	decoded, failed := ari.DecodeEvent(data)
	if failed != nil {
		err = json.Unmarshal(data, &e)
		return e, false, err
	}
	e = event{Type: decoded.GetType()}
	switch d := decoded.(type) {
	case *ari.StasisStart:
		e.Args, e.Channel, e.Timestamp = d.Args, stateOf(d.Channel), d.Timestamp.String()
	case *ari.StasisEnd:
		e.Channel = stateOf(d.Channel)
	case *ari.ChannelStateChange:
		e.Channel = stateOf(d.Channel)
	case *ari.ChannelDtmfReceived:
		e.Channel, e.Digit = stateOf(d.Channel), d.Digit
		e.Held, e.At = time.Duration(d.DurationMs)*time.Millisecond, time.Time(d.Timestamp)
	case *ari.ChannelHangupRequest:
		e.Channel, e.Cause, e.Soft = stateOf(d.Channel), d.Cause, d.Soft
		e.TechCause = techCause(data)
	case *ari.ChannelDestroyed:
		e.Channel, e.Cause, e.CauseText = stateOf(d.Channel), d.Cause, d.CauseTxt
		e.TechCause = techCause(data)
	case *ari.Dial:
		e.Peer, e.DialState, e.Forward = stateOf(d.Peer), d.Dialstatus, d.Forward
	case *ari.ChannelTalkingFinished:
		e.Channel = stateOf(d.Channel)
	case *ari.PlaybackFinished:
		e.Playback.ID, e.Playback.State = d.Playback.ID, d.Playback.State
	case *ari.RecordingFinished:
		e.Recording.Name, e.Recording.Duration = d.Recording.Name, time.Duration(d.Recording.Duration).Seconds()
	case *ari.RecordingFailed:
		e.Recording.Name = d.Recording.Name
	}
	return e, true, nil
}

// techCause reads what the library (v5.3.1) leaves out of an event.
func techCause(data []byte) int {
	var e struct {
		TechCause int `json:"tech_cause"`
	}
	_ = json.Unmarshal(data, &e)
	return e.TechCause
}

func stateOf(d ari.ChannelData) channelState {
	c := channelState{ID: d.ID, Name: d.Name, State: d.State, Vars: d.ChannelVars}
	if d.Caller != nil {
		c.Caller.Name, c.Caller.Number = d.Caller.Name, d.Caller.Number
	}
	return c
}

// handleEvents takes Asterisk's news, one after another, until the connection ends.
func (s *Switch) handleEvents(ctx context.Context, n *news) error {
	for {
		mail, end := n.takeEvents(ctx)
		for _, data := range mail {
			s.events.Add(1)
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
func (s *Switch) handleEvent(e event) {
	switch e.Type {
	case ari.Events.ChannelUserevent:
		s.echoed()
	case ari.Events.PlaybackFinished:
		if c := s.callerIn(s.plays, e.Playback.ID); c != nil {
			c.playback.ended(e.Playback.ID, e.Playback.State == "failed")
		}
	case ari.Events.RecordingFinished, ari.Events.RecordingFailed:
		if c := s.callerIn(s.records, e.Recording.Name); c != nil {
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
func (s *Switch) handleChannelEvent(e event) {
	if strings.HasPrefix(e.Channel.Name, "Local/") {
		return // where a call of ours was redirected; see makeCallAgain
	}
	if c := s.callerIn(s.legs, e.Channel.ID); c != nil {
		c.talk.handleEvent(e)
		return
	}
	c := s.callerIn(s.channel, e.Channel.ID)
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
		c.state(e.Channel.State)
	case ari.Events.ChannelDtmfReceived:
		c.keypad.pressed(c, e)
	case ari.Events.ChannelHangupRequest:
		c.dialing.answeredWith(e.TechCause)
		if !e.Soft && c.dialing.isOpen() || c.dialing.gaveUp() {
			return // its end tells the SIP answer too
		}
		c.hungUp(c.ending(e))
	case ari.Events.ChannelDestroyed:
		c.dialing.answeredWith(e.TechCause)
		h := c.ended(e.Cause)
		h.Text = cmp.Or(h.Text, e.CauseText)
		c.hungUp(h)
	case ari.Events.ChannelTalkingFinished:
		c.playback.fallsSilent()
	case ari.Events.StasisEnd:
		c.leftApplication()
	}
}

// callerIn returns the caller that one of the switch's tables has for an id, or nil.
func (s *Switch) callerIn(in map[string]*caller, id string) *caller {
	s.mu.Lock()
	defer s.mu.Unlock()
	return in[id]
}

// stasisStart takes that a channel has come under our control. c is the caller whom
// we believed to be on that channel, or nil.
func (s *Switch) stasisStart(c *caller, e event) {
	if isLeg(e.Channel.ID) {
		return // of an earlier controller; the next reconciliation takes it away
	}
	args := readArguments(e.Args)
	switch {
	case c != nil && c.dialing.isOpen():
		c.named(e.Channel.Name)
		c.dialing.answered(e.Timestamp, args)
		return
	case c == nil && args.dialled:
		s.unwanted(e.Channel.ID)
		return
	}
	if c != nil {
		if c.started == "" {
			c.started = e.Timestamp // found by reconciliation before its news came
		}
		if c.started == e.Timestamp || !args.again {
			return // told twice
		}
		// Back from the fallback, and we never heard that the caller went there.
		c.hungUp(call.HungUp{Side: call.SideSystem, Estimated: true, Text: "was in the fallback"})
	}
	s.newCaller(s.cfg.NewID(), e.Channel.ID, e.Timestamp, "").arrived(e.Channel, args)
}

// state takes a change of the channel's state. Our own call is taken when its
// channel comes to the application, a moment after it is up.
func (c *caller) state(state string) {
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
	c.named(ch.Name)
	c.postEvent(call.Arrived{Call: c.id, Node: c.s.cfg.Node, Channel: ch.ID, To: numbers[0], Also: numbers[1 : len(numbers)-1],
		From: ch.Caller.Number, Name: ch.Caller.Name, Trunk: name, Again: args.again, At: time.Now()})
	c.worker.start(func(context.Context) {})
}

// filter asks Asterisk to send only what is wanted. It belongs to a
// connection's application object, so it is asked for after every connect.
func (s *Switch) filter(ctx context.Context) error {
	type named struct {
		Type string `json:"type"`
	}
	var allowed []named
	for _, t := range wanted {
		allowed = append(allowed, named{t})
	}
	return s.api.request(ctx, http.MethodPut, "/applications/"+s.cfg.App+"/eventFilter", map[string]any{"allowed": allowed}, nil)
}

// A leg's channel is named by call.LegID.
func isLeg(channel string) bool { return strings.HasSuffix(channel, ".leg") }
