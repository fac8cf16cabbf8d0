package asterisk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"presszero/call"
)

// How keys are pressed towards the far end: so long, with such a pause after each. Both
// are more than any receiver needs (ITU-T Q.24: 40 ms), and what Asterisk does by default.
const (
	keyDown  = 100 * time.Millisecond
	keyPause = 100 * time.Millisecond
	// firstKey is how much later than the request Asterisk presses the first one.
	firstKey = 100 * time.Millisecond
)

// sendKeys presses keys towards the far end, and returns when the last one is pressed.
// Until then Asterisk carries out nothing else on the channel: it would answer some of the
// requests that follow too late, as when the leg is to be taken away, and others at once,
// so that what we believe the caller hears would not be true yet.
//
// A request whose answer was lost is not repeated: a key that is pressed twice is
// worse for a menu than one that is not pressed, which the agent can press again. What
// the keys are is in no error.
func (c *caller) sendKeys(ctx context.Context, keys call.Secret) error {
	pressed := keys.Reveal()
	switch {
	case c.dialing.isOpen():
		return errors.New("nobody has taken the call yet")
	case pressed == "" || strings.Trim(pressed, "0123456789*#") != "":
		return errors.New("the keys of a telephone are 0 to 9, * and #")
	}
	if err := onChannel(c.s.api.pressKeys(ctx, c.channel, pressed)); err != nil {
		return err
	}
	select {
	case <-time.After(firstKey + time.Duration(len(pressed))*(keyDown+keyPause)):
	case <-c.over:
	case <-ctx.Done():
	}
	return nil
}

// pressKeys has Asterisk press keys, as events (RFC 4733) or as tones, whichever the far end
// takes. They are in the body: web servers write down the addresses of requests.
func (c *client) pressKeys(ctx context.Context, channel, keys string) error {
	return c.request(context.WithValue(ctx, onlyOnce{}, true), http.MethodPost, "/channels/"+url.PathEscape(channel)+"/dtmf",
		map[string]any{"dtmf": keys, "duration": keyDown.Milliseconds(), "between": keyPause.Milliseconds()}, nil)
}
