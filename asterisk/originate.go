package asterisk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"time"

	"presszero/call"
)

var telephone = regexp.MustCompile(`^\+?[0-9]{1,20}$`)

// errNoTrunk says why no phone rings.
var errNoTrunk = errors.New("no trunk carries calls to the outside; set one (TRUNK or TRUNKS)")

// makeCall lets Asterisk make a call, as the channel named id. It is in the
// application once the call is taken.
func (s *common) makeCall(ctx context.Context, c *caller, id string, way call.Way, limit time.Duration) error {
	return s.makeCallAgain(ctx, c, id, way, limit, 10)
}

// makeCallAgain is makeCall, repeated up to again times while the name is in use. Right
// after a redirection (302) Asterisk was seen to refuse the name of the channel
// whose end it had told.
func (s *common) makeCallAgain(ctx context.Context, c *caller, id string, way call.Way, limit time.Duration, again int) error {
	vars := variables(way)
	vars[varCall] = string(c.id)
	vars["PZ_EXTEN"] = way.Ours // if the customer ends up in the fallback, the call comes back to us as one to this number
	err := s.api.originate(ctx, map[string]any{
		"endpoint": "PJSIP/" + way.Number + "@" + way.Trunk, "channelId": id, "timeout": wholeSeconds(limit),
		"app": s.cfg.App, "appArgs": way.Ours + "," + argDialled, "callerId": way.Shown, "variables": vars,
	})
	var no *Error
	if refused(err, http.StatusConflict) && again > 0 {
		select {
		case <-time.After(askAgain):
			return s.makeCallAgain(ctx, c, id, way, limit, again-1)
		case <-ctx.Done():
			return err
		}
	}
	if errors.As(err, &no) && no.Status >= http.StatusInternalServerError {
		return fmt.Errorf("%w (the trunk does not answer, or Asterisk has no endpoint %q)", err, way.Trunk)
	}
	if err != nil && no == nil {
		return s.unanswered(ctx, id, err)
	}
	return err
}

// unanswered finds out whether Asterisk has carried out a request to make a channel
// whose answer was lost. It asks until Asterisk can be reached.
func (s *common) unanswered(ctx context.Context, channel string, broke error) error {
	for {
		made, err := s.api.there(ctx, "channels", channel)
		switch {
		case made:
			return nil
		case err == nil:
			return broke
		}
		select {
		case <-ctx.Done():
			return broke
		case <-time.After(askAgain):
		}
	}
}

// hangUpUnknown hangs up a call of ours that is in no journal any more.
func (s *common) hangUpUnknown(channel string) {
	s.log.Warn("hanging up a call that we made and that no journal knows", "channel", channel)
	s.busy.Go(func() { _ = s.api.Channel().Hangup(channelKey(channel), "normal") })
}

// originate makes a channel that calls a number. A request that broke is not
// repeated: the person might be rung twice.
func (c *client) originate(ctx context.Context, request map[string]any) error {
	err := c.request(context.WithValue(ctx, onlyOnce{}, true), "POST", "/channels", request, nil)
	if err != nil && connectionCut(err) {
		if there, asked := c.there(ctx, "channels", request["channelId"].(string)); asked == nil && there {
			return nil
		}
	}
	return err
}

// wholeSeconds rounds up to what Asterisk can count.
func wholeSeconds(d time.Duration) int { return max(1, int(math.Ceil(d.Seconds()))) }
