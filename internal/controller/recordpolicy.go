package controller

import (
	"presszero/call"
	"presszero/ivr"
	"presszero/recordings/policy"
)

// recordBy introduces the stages that know of recording to numbers, countries and sounds.
// It returns what tells them which talks a flow records.
func (c *Controller) recordBy(menus *ivr.Machine, recorded *policy.Machine) func(*ivr.Flow) {
	menus.Country, menus.SoundKey = c.number.Country, c.flowFiles.speaker.Key
	c.line.SoundKey = func(prompt string) string { return c.flowFiles.speaker.Key("", prompt) }
	recorded.OnFault = func(id call.ID, reason any) {
		c.log.Error("a decision about a recording failed: a fault in the program; the talk goes on unrecorded; report it", "call", id, "reason", reason)
	}
	return func(flow *ivr.Flow) {
		plan := flow.RecordingPlan(c.number.One)
		plan.Country = c.number.Country
		c.line.Record(plan)
		recorded.Record(plan)
	}
}
