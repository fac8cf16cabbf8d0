package console

import (
	"context"
	"fmt"
	"strings"
	"time"

	"presszero/internal/carrier"
	"presszero/internal/customer"
)

// networkCall calls us from the network and tells what happens.
func (c *Console) networkCall(ctx context.Context, of *carrier.Carrier, words []string) {
	from := "+34600000001"
	if len(words) > 1 {
		from = words[1]
	}
	what := fmt.Sprintf("the call from %s to %s", from, words[0])
	dialling, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	call, err := of.Call(dialling, words[0], carrier.CallOptions{From: from, Sound: customer.Sound{
		Voice: customer.Speak(ctx, "Hello. This is a call from the network."), Loop: true, Pause: 2 * time.Second}})
	if err != nil {
		c.Printf("%s was not answered: %v", what, err)
		return
	}
	c.Printf("%s was answered after %d ms", what, call.Answered.Sub(call.Dialled).Milliseconds())
	keys := ""
	if len(words) > 2 {
		keys = words[2]
	}
	if err := pressAndWait(ctx, call, keys); err != nil {
		c.Printf("%s: %v", what, err)
	}
	_ = call.Hangup()
	ended := "it was ended"
	if call.EndedBy().By == customer.Them {
		ended = "you have hung up"
	}
	c.Printf("%s: %s after %.1f s; it heard %.1f s of sound", what, ended, call.EndedBy().At.Sub(call.Answered).Seconds(),
		float64(len(call.Recording()))/8000)
}

// pressAndWait presses the keys, of which p is a pause, and waits; each pause and
// the wait at the end take 10 s. It ends with the call or ctx.
func pressAndWait(ctx context.Context, c *customer.Call, keys string) error {
	for _, key := range keys + "p" {
		wait := time.Second
		if key == 'p' {
			wait = 10 * time.Second
		} else if _, err := c.Press(ctx, key); err != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-c.Done():
		}
		timer.Stop()
		if ctx.Err() != nil || c.EndedBy().By != customer.Nobody {
			break
		}
	}
	return nil
}

// describe says what became of a call from us.
func describe(r carrier.Received) string {
	shown := r.Shown()
	if shown == "" {
		shown = "no number"
	}
	how := map[bool]string{true: "with SRTP", false: "in the clear"}[r.Encrypted]
	what := fmt.Sprintf("you called %s over %s, %s, and showed %s: ", r.Number, strings.ToUpper(r.Transport), how, shown)
	switch r.Outcome {
	case 200:
		return what + "answered"
	case 0:
		return what + "no answer"
	case 487:
		return what + "given up before an answer"
	}
	return what + fmt.Sprintf("refused with %d", r.Outcome)
}
