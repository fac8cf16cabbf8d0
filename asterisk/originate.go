package asterisk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"time"

	"presszero/call"
)

var telephone = regexp.MustCompile(`^\+?[0-9]{1,20}$`)

// errNoTrunk says why no phone rings.
var errNoTrunk = errors.New("no trunk carries calls to the outside; set one (TRUNK or TRUNKS)")

// makeCall lets Asterisk make a call, as the channel named id. It is in the
// application once the call is taken.
func (s *common) makeCall(ctx context.Context, c *caller, id string, way call.Way, limit time.Duration) error {
	vars := variables(way)
	vars[varCall] = string(c.id)
	vars["PZ_EXTEN"] = way.Ours // if the customer ends up in the fallback, the call comes back to us as one to this number
	err := s.api.originate(ctx, map[string]any{
		"endpoint": "PJSIP/" + way.Number + "@" + way.Trunk, "channelId": id, "timeout": wholeSeconds(limit),
		"app": s.cfg.App, "appArgs": way.Ours + "," + argDialled, "callerId": way.Shown, "variables": vars,
	})
	var no *Error
	if errors.As(err, &no) && no.Status >= http.StatusInternalServerError {
		return fmt.Errorf("%w (the trunk does not answer, or Asterisk has no endpoint %q)", err, way.Trunk)
	}
	if err != nil && no == nil {
		return s.unanswered(ctx, id, err)
	}
	return err
}

// untilFree waits until Asterisk has done with the channel of that id, whose end it has
// told, so that the id may be used again; for requestLimit at most. Only after the end
// does Asterisk take back the application's subscription to the id: of a second channel
// that is there by then the application would hear nothing any more. And a call that a
// carrier redirects has two channels of one id for a moment.
func (s *common) untilFree(ctx context.Context, c *caller, id string) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	for {
		heard, err := s.api.heard(ctx, s.cfg.App)
		if err == nil && !slices.Contains(heard, id) {
			if there, err := s.api.there(ctx, "channels", id); err == nil && !there {
				return
			}
		}
		select {
		case <-time.After(untilFreePause):
		case <-c.over:
			return
		case <-ctx.Done():
			return
		}
	}
}

// untilFreePause is between two questions of untilFree. Asterisk needs a few ms.
const untilFreePause = 10 * time.Millisecond

// heard asks for the channels whose events the application is sent.
func (c *client) heard(ctx context.Context, app string) ([]string, error) {
	var about struct {
		ChannelIDs []string `json:"channel_ids"`
	}
	err := c.request(ctx, http.MethodGet, "/applications/"+app, nil, &about)
	return about.ChannelIDs, err
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
