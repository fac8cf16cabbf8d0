package asterisk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"presszero/call"
)

// A socket that is open proves little. Its far end may be dead without being
// closed; and Asterisk (22.10) may clear away the application of a socket that
// has just closed when the next one has already registered it: the new socket
// then lives, answers pings, and never gets a caller. So every beat asks
// Asterisk for an event of our own, and only its coming is the proof:
//
//	beat ──POST event──> Asterisk ──socket──> hear ──> beat ──PZ_BEAT──> dialplan
//	  └── none in time: the connection is given up and made anew
//
// The dialplan takes new callers to us only while the global variable, in
// epoch seconds, is fresh (three beats).
const (
	varBeat   = "PZ_BEAT"
	beatEvery = 2 * time.Second
	echo      = "pz_echo"

	firstEchoWithin = 2 * time.Second // a new connection that has none is soon replaced
	echoWithin      = 5 * time.Second // Asterisk may be slow for a while

	// An echo takes a few milliseconds. Two in a row that take this long mean that
	// Asterisk is overloaded: every caller then waits as long for each prompt and each
	// key. A single one is a moment's standstill.
	strainedAt = time.Second
)

// heartbeat finds out whether the connection works, and tells Asterisk that new callers
// may come.
type heartbeat struct {
	*common
	echoes chan struct{} // holds one signal at most: an event of our own has come back
}

// keepBeating beats as long as a connection works, and returns why it does not any
// more. With the first echo the switch is ready. After each echo Asterisk is told that
// new callers are served here: we are connected, we know which callers Asterisk has,
// and the controller is healthy.
func (s *heartbeat) keepBeating(ctx context.Context) error {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	slow := false // the last one was
	for within := firstEchoWithin; ; within = echoWithin {
		asked := time.Now()
		if err := s.askEcho(ctx, within); err != nil {
			return err
		}
		s.readiness.setReady(true)
		took := time.Since(asked)
		if slow && took > strainedAt {
			s.log.Warn("Asterisk is slow; new callers are refused for a moment", "took", took)
			s.post(call.Strained{Node: s.cfg.Node, For: 2 * beatEvery})
		}
		slow = took > strainedAt && within == echoWithin
		if s.cfg.Healthy() {
			now := strconv.FormatInt(time.Now().Unix(), 10)
			if err := s.carer.setGlobal(ctx, varBeat, now); err != nil {
				s.log.Warn("Asterisk did not take the heartbeat; without it new callers go to the fallback", "err", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// askEcho has Asterisk send us our own event, and waits for it.
func (s *heartbeat) askEcho(ctx context.Context, within time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within,
		fmt.Errorf("asterisk sent no event within %s, though the socket is open", within))
	defer cancel()
	err := s.carer.request(ctx, http.MethodPost, "/events/user/"+echo+"?application="+s.cfg.App, nil, nil)
	if refused(err, http.StatusNotFound) {
		return errors.New("asterisk has cleared away our application, though the socket is open")
	}
	select {
	case <-s.echoes:
		return nil
	case <-ctx.Done():
		return errors.Join(context.Cause(ctx), err)
	}
}

// echoed notes that an event of our own has come back. One echo is kept for the next
// beat; further ones are dropped.
func (s *heartbeat) echoed() {
	select {
	case s.echoes <- struct{}{}:
	default:
	}
}
