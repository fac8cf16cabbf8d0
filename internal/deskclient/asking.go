package deskclient

import (
	"math/rand/v2"
	"slices"

	"presszero/call"
)

// askSteps bounds what a robot does with the one whom it asks, before it hangs up.
const askSteps = 4

// planAsking has the robot do the next thing with the one whom it asks, and go back to
// the caller when nobody is asked any more.
func (c *Client) planAsking(was, is *call.DeskTalk) {
	plan := c.robotPlan()
	if plan.Ask == 0 || is == nil {
		return
	}
	asks, asked := is.Other, was != nil && was.Call == is.Call && was.Other != nil
	switch {
	case asks == nil && asked && is.Hold != nil:
		c.later(0, func() { _ = c.Hold(is.Call, false) })
	case asks != nil && asks.With != "" && (!asked || was.Other.With != asks.With):
		c.later(plan.AskFor, func() {
			if talk := c.Desk().Talk; talk != nil && talk.Other != nil && talk.Other.Ask == asks.Ask && talk.Other.With == asks.With {
				_ = c.stepAsking(*talk)
			}
		})
	}
}

// stepAsking does, at random, one of the things that the desk names.
func (c *Client) stepAsking(talk call.DeskTalk) error {
	steps := slices.DeleteFunc(slices.Clone(talk.Can), func(v call.DeskVerb) bool {
		return !slices.Contains([]call.DeskVerb{call.CanCaller, call.CanOther, call.CanAll, call.CanLeave, call.CanCancel}, v)
	})
	if len(steps) == 0 {
		return nil
	}
	switch step := steps[rand.IntN(len(steps))]; step {
	case call.CanLeave:
		return c.HandTo(talk.Call, talk.Other.Ask)
	case call.CanCancel:
		return c.Cancel(talk.Call)
	default: // named as to whom she turns
		return c.Turn(talk.Call, call.With(step))
	}
}
