package controller

import (
	"golang.org/x/text/language"

	"presszero/call"
	"presszero/ivr"
	"presszero/recordings/policy"
)

// recordBy introduces the stages that know of recording to numbers, countries and sounds.
// It returns what tells them which talks a flow records.
func (c *Controller) recordBy(menus *ivr.Machine, recorded *policy.Machine) func(*ivr.Flow) {
	menus.Country, menus.Language, menus.SoundKey = c.number.Country, c.languageOf, c.flowFiles.speaker.Key
	c.line.SoundKey = func(prompt string) string { return c.flowFiles.speaker.Key("", prompt) }
	recorded.OnFault = func(id call.ID, reason any) {
		c.log.Error("a decision about a recording failed: a fault in the program; the talk goes on unrecorded; report it", "call", id, "reason", reason)
	}
	return func(flow *ivr.Flow) {
		plan := flow.RecordingPlan(c.number.One)
		plan.Country, plan.Speaks = c.number.Country, flow.Speaks(c.languageOf)
		c.line.Record(plan)
		recorded.Record(plan)
	}
}

// languageOf is the language that is mostly spoken in the country of a number, by Unicode's
// likely subtags; "": not known.
func (c *Controller) languageOf(number string) string {
	region := c.number.Country(number)
	tag, err := language.Parse("und-" + region)
	if region == "" || err != nil {
		return ""
	}
	base, _ := tag.Base()
	return base.String()
}
