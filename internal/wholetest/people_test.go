package wholetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/customer"
	"presszero/internal/deskclient"
	"presszero/internal/headless"
	"presszero/internal/settings"
)

// Callers and agents of a program under test.

// call is a customer who dials 100 and has been answered.
func (b *building) call(from string) *customer.Call {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := customer.Dial(ctx, customer.Options{To: "100", Server: b.sip, From: from, Tone: 440})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Hangup() })
	return c
}

// callPerson is a customer who has pressed 0.
func (b *building) callPerson(from string) *customer.Call {
	b.Helper()
	c := b.call(from)
	if _, err := c.Press(context.Background(), '0'); err != nil {
		b.Fatal(err)
	}
	return c
}

// answer has the agent take the next offer and talk.
func answer(t testing.TB, a *deskclient.Client) call.Desk {
	t.Helper()
	d, err := a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Ringing })
	must(t, err)
	must(t, a.Accept(d.Offer.Offer))
	d, err = a.WaitDesk(soon(t), func(d call.Desk) bool { return d.State == call.Talking })
	must(t, err)
	return d
}

// hear asserts that customer and agent hear each other.
func hear(t testing.TB, c *customer.Call, a *deskclient.Client) {
	t.Helper()
	_, err := c.WaitToneAfter(soon(t), time.Now(), deskclient.RobotTone)
	must(t, err)
	a.Phone().Forget()
	_, err = a.Phone().WaitTone(soon(t), 440)
	must(t, err)
}

// inLine makes callers who wait, in order.
func inLine(t testing.TB, b *building, n int, prefix string) []*customer.Call {
	t.Helper()
	calls := make([]*customer.Call, n)
	for i := range calls {
		from := fmt.Sprintf("%s%02d", prefix, i)
		calls[i] = b.callPerson(from)
		b.waitCount(10*time.Second, 1, `SELECT count(*) FROM report.visit v JOIN report.call c USING (call_id)
			WHERE c.caller_number = $1`, from)
	}
	return calls
}

// employ makes an agent of these queues, none: of all, and returns the options of her page.
func (b *building) employ(name string, queues ...string) deskclient.Options {
	b.Helper()
	ctx, admin := soon(b), b.admin()
	word := settings.RandomPassword(12)
	if err := admin.Employ(ctx, name, word, queues...); err != nil {
		b.Fatal(err)
	}
	return deskclient.Options{URL: b.web, Name: name, Password: word, Transport: b.transport(),
		Phone: headless.Options{Tone: deskclient.RobotTone, Listen: []float64{440}}}
}

// agent is an agent at her desk, available.
func (b *building) agent(o deskclient.Options) *deskclient.Client {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := deskclient.Dial(ctx, o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	if err := errors.Join(c.ConnectAudio(ctx), c.Available()); err != nil {
		b.Fatal(err)
	}
	return c
}
