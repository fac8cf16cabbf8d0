package deskclient_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"presszero/call"
	"presszero/internal/deskclient"
	"presszero/internal/mediatest"
)

func TestRobotTakesCallAfterCall(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	moments := make(chan deskclient.Moment, 1000)
	working, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- deskclient.Run(working, c.options(func(o *deskclient.Options) {
			o.Robot = &deskclient.Robot{TalkFor: 300 * time.Millisecond}
			o.OnMoment = func(m deskclient.Moment) { moments <- m }
		}))
	}()
	var order []deskclient.What
	at := map[deskclient.What]time.Time{}
	const calls = 3
	for n := range calls {
		c.arrive(call.ID(fmt.Sprintf("c%d", n)))
		for wrapped := false; !wrapped; {
			select {
			case m := <-moments:
				order, at[m.What] = append(order, m.What), m.At
				wrapped = m.What == deskclient.WrapSent
			case <-ctx.Done():
				t.Fatalf("call %d is not served; so far %v", n, order)
			}
		}
		t.Logf("accept to the caller's first tone: %v", at[deskclient.ToneHeard].Sub(at[deskclient.AcceptSent]).Round(time.Millisecond))
	}
	count := map[deskclient.What]int{}
	for _, w := range order {
		count[w]++
	}
	for _, w := range []deskclient.What{deskclient.Offered, deskclient.AcceptSent, deskclient.TalkBegan, deskclient.ToneHeard,
		deskclient.HangUpSent, deskclient.TalkEnded, deskclient.WrapSent} {
		if count[w] != calls {
			t.Errorf("%s came %d times in %v", w, count[w], order)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	mediatest.Until(t, "the robot to be signed out", func() bool { return len(c.hub.Present()) == 0 })
}

// A robot does to every caller what its shares say.
func TestRobotDoesThingsWithCallers(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		robot deskclient.Robot
		facts []string
	}{
		"hold": {deskclient.Robot{Hold: 1, HoldFor: 20 * time.Millisecond}, []string{"bridge.held", "bridge.resumed"}},
		"back": {deskclient.Robot{Back: 1}, []string{"bridge.left"}}, // not asked again for the same caller
		"hand": {deskclient.Robot{Hand: 1}, nil},                     // refused: there is no other agent
		"ask":  {deskclient.Robot{Ask: 1}, nil},                      // the same
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ctx, c := limit(t), newCentre(t)
			wrapped := make(chan struct{}, 10)
			working, stop := context.WithCancel(ctx)
			done := make(chan error, 1)
			test.robot.TalkFor = 300 * time.Millisecond
			go func() {
				done <- deskclient.Run(working, c.options(func(o *deskclient.Options) {
					o.Robot = &test.robot
					o.OnMoment = func(m deskclient.Moment) {
						if m.What == deskclient.WrapSent {
							wrapped <- struct{}{}
						}
					}
				}))
			}()
			c.arrive("c1")
			select {
			case <-wrapped:
			case <-ctx.Done():
				t.Error("there was no after-call work")
			}
			stop()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			facts := c.kinds()
			for _, kind := range append(test.facts, "bridge.joined") {
				if facts[kind] != 1 {
					t.Errorf("%s was stated %d times", kind, facts[kind])
				}
			}
		})
	}
}

func TestRefusedSignIn(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	err := deskclient.Run(limit(t), c.options(func(o *deskclient.Options) { o.Password = "wrong" }))
	if !errors.Is(err, deskclient.ErrRefused) {
		t.Fatalf("a wrong password: %v", err)
	}
}

func TestAnotherPageEndsTheRobot(t *testing.T) {
	t.Parallel()
	ctx, c := limit(t), newCentre(t)
	done := make(chan error, 1)
	go func() { done <- deskclient.Run(ctx, c.options()) }()
	mediatest.Until(t, "the robot to be there", func() bool { return len(c.hub.Present()) == 1 })
	c.atWork(ctx)
	if err := <-done; err == nil {
		t.Fatal("the robot went on, so two pages would throw each other out for ever")
	}
}
