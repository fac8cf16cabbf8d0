package asterisk

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/CyCoreSystems/ari/v5"

	"presszero/call"
)

// leg is the far end of a talk: a channel, and a bridge of two. An agent's leg is a
// SIP call to the agent's media process; a transfer's is a call that we make to the
// outside.
//
//	caller ── bridge <leg>.bridge ── channel <leg> ──SIP, RTP── Connect.Address
//
// Between two SIP channels Asterisk forwards the packets as they come (its bridge
// technology native_rtp), at half the cost of taking them apart.
type leg struct {
	c        *caller
	id       string
	address  string    // of an agent's: where the agent's media process is reached; see callAgent
	transfer *transfer // of a transfer's; nil: it is an agent's
	timed    string    // the name of its channel, if that has a dead-man, as a consulted party's has; it is renewed with the caller's. "": it has none

	entered chan struct{} // closed when its channel can be added to a bridge
	joined  bool          // its channel is in the bridge; only the worker's goroutine uses it
	left    bool          // the caller has been moved into another bridge; likewise

	// The caller's mu guards these.
	tapped   *tapped // its recording, of a transfer's; nil: there is none
	inApp    bool    // entered is closed
	early    bool    // it was made while the far end's phone rings; see early.go
	bridged  bool    // Bridged or TransferAnswered has been told
	dropping bool    // we take it away
	ended    bool    // its channel is gone
}

func newLeg(c *caller, l leg) *leg {
	l.c, l.entered = c, make(chan struct{})
	if l.transfer != nil {
		l.transfer.leg = &l
	}
	if l.inApp {
		close(l.entered)
	}
	return &l
}

func (l *leg) bridge() string { return bridgeOf(l.id) }

// usable reports whether a leg was made early and leads to the address.
func (l *leg) usable(address string) bool {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	return l.early && !l.ended && l.address == address
}

// makeChannel makes the channel of an agent's leg, and its bridge.
func (l *leg) makeChannel(ctx context.Context) error {
	var made sync.WaitGroup
	var noBridge error
	made.Go(func() { noBridge = l.makeBridge() })
	remote, err := l.reachAgent(ctx)
	if err == nil {
		l.c.postEvent(call.LegMade{Call: l.c.id, Leg: l.id, Remote: remote})
	}
	made.Wait()
	return errors.Join(err, noBridge)
}

// reachAgent makes the channel to the agent's media process. remote is "" if Asterisk
// calls that; else it is where Asterisk sends from, and expects the agent's voice.
func (l *leg) reachAgent(ctx context.Context) (remote string, err error) {
	rtp := l.address
	if strings.HasPrefix(l.address, "sip:") {
		var uri string
		uri, rtp, _ = strings.Cut(l.address, ";rtp=")
		err = l.c.s.callAgent(ctx, l.c, l.id, uri, map[string]any{"originator": l.c.channel}) // the caller's codec is offered first
		if !noEndpoint(err) || rtp == "" {
			return "", err
		}
		l.c.s.earlier.Do(func() {
			l.c.s.log.Warn("Asterisk has the settings of an earlier version, in which a talk costs twice as much; start presszero up anew", "err", err)
		})
	}
	return l.c.s.api.externalMedia(ctx, ari.ExternalMediaOptions{
		ChannelID: l.id, App: l.c.s.cfg.App, ExternalHost: rtp, Format: "ulaw",
		Encapsulation: "rtp", Transport: "udp", ConnectionType: "client", Direction: "both",
		Variables: map[string]string{varCall: string(l.c.id)},
	})
}

// agentEndpoint is the endpoint of pjsip.conf from which agents' media are called.
const agentEndpoint = "agent_leg"

// callAgent has Asterisk call an agent's media process, whose address is
// "sip:SECRET@host:port", as the channel named id. It answers at once. more is added to
// the request.
func (s *common) callAgent(ctx context.Context, c *caller, id, uri string, more map[string]any) error {
	request := map[string]any{
		"endpoint": "PJSIP/" + agentEndpoint + "/" + strings.Replace(uri, "@", "."+id+"@", 1), "channelId": id,
		"app": s.cfg.App, "timeout": wholeSeconds(requestLimit), "variables": map[string]string{varCall: string(c.id)},
	}
	maps.Copy(request, more)
	err := s.api.request(ctx, http.MethodPost, "/channels", request, nil)
	if refused(err, http.StatusConflict) { // perhaps our own, asked for twice
		if there, asked := s.api.there(ctx, "channels", id); asked == nil && there {
			return nil
		}
	}
	return err
}

// noEndpoint reports whether Asterisk could not make a channel at all.
func noEndpoint(err error) bool { return refused(err, http.StatusInternalServerError) }

// makeBridge makes the bridge and names it after the application, so that only
// its own controller clears it away. One that exists is our own, asked for twice.
func (l *leg) makeBridge() error {
	_, err := l.c.s.api.Bridge().Create(bridgeKey(l.bridge()), "mixing", l.c.s.cfg.App)
	if refused(err, http.StatusConflict) {
		return nil
	}
	return err
}

// bridgeBoth joins caller and leg, the leg first: as long as it does not come,
// the caller hears what was heard before. The leg's channel exists before it is
// in the application, where alone it can be bridged; its StasisStart says when.
func (l *leg) bridgeBoth(ctx context.Context) error {
	if !l.joined {
		if err := l.addToBridge(ctx, l.id, l.entered); err != nil {
			return err
		}
	}
	if err := l.c.quiet(); err != nil {
		return err
	}
	now := make(chan struct{})
	close(now)
	err := l.addToBridge(ctx, l.c.channel, now)
	if err == nil {
		l.c.consult.away = ""
	}
	return err
}

// bridgeAtOnce joins caller and leg by one request, so that neither is alone in between.
// What the caller hears, such as music, ends after it.
func (l *leg) bridgeAtOnce(ctx context.Context) error {
	if err := l.addToBridge(ctx, l.id+","+l.c.channel, l.entered); err != nil {
		return err
	}
	l.joined = true
	return l.c.quiet()
}

// addToBridge adds a channel to the leg's bridge, once ready says that it can be
// added. The event behind ready may be lost, or a message may only just have ended:
// so it is tried until it works, for requestLimit at most.
func (l *leg) addToBridge(ctx context.Context, channel string, ready <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	pause := 100 * time.Millisecond
	for {
		select {
		case <-ready:
		case <-time.After(pause):
		case <-l.c.over:
			return errGone
		case <-ctx.Done():
			return errors.New("the agent's leg did not come up")
		}
		err := l.c.s.api.addToBridge(ctx, l.bridge(), channel)
		if !refused(err, http.StatusBadRequest, http.StatusUnprocessableEntity) && !stillRecording(err) || ctx.Err() != nil {
			return err
		}
		l.c.mu.Lock()
		dead := l.ended
		l.c.mu.Unlock()
		if dead {
			return err
		}
		if there, asked := l.c.s.api.there(ctx, "channels", l.c.channel); asked == nil && !there {
			return errGone
		}
		ready, pause = nil, 25*time.Millisecond
	}
}

// tellBridged tells that both hear each other, unless the leg has gone meanwhile.
func (l *leg) tellBridged() bool {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	if l.ended {
		return false
	}
	l.bridged = true
	switch {
	case l.c.isOver:
	case l.transfer != nil:
		l.transfer.told.Call, l.transfer.told.Transfer = l.c.id, l.transfer.id
		l.c.s.post(l.transfer.told)
	default:
		l.c.s.post(call.Bridged{Call: l.c.id, Leg: l.id})
	}
	return true
}

// giveUp notes that we take the leg away; false: its end has been told.
func (l *leg) giveUp() bool {
	l.c.mu.Lock()
	defer l.c.mu.Unlock()
	l.dropping = true
	return !l.ended
}

// takeAway takes the caller out of the leg's bridge, and then removes leg and bridge.
// If the bridge were deleted while the caller is in it, the caller would not hear the
// prompt or the music that is ordered next.
func (l *leg) takeAway(ctx context.Context) error {
	api := l.c.s.api
	if !l.left {
		if err := api.leave(ctx, l.bridge(), l.c.channel); err != nil {
			return errors.Join(err, api.hangUpLeg(l.id))
		}
	}
	return api.remove(ctx, l.id)
}

// takeAwayUntilDone repeats takeAway until it succeeds or the switch is stopped.
func (l *leg) takeAwayUntilDone() {
	ctx := l.c.s.ctx
	for wait := askAgain; ; wait = min(2*wait, mostWait) {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		if l.takeAway(ctx) == nil {
			return
		}
	}
}
