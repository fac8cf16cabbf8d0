package callqueue

import (
	"time"

	"presszero/call"
)

// mostWithin is for how long a broken promise can be made up for.
var mostWithin = call.SettingTime(call.QueueSetting("broken_promise", "within").Tag.Get("most"))

// makeUp tells a caller who was told the last time how long it would take, and waited
// longer, that this was so, and gives credit for it. That is known when the call enters
// its first line, or a moment later. The credit is not added to another one, and there is
// one for each promise, however often somebody claims the number: what the books do not
// know yet, madeUp does.
func (qs *queues) makeUp(s *call.Step, v *visit) {
	c, set := v.caller, qs.lineNamed(v.queue).BrokenPromise
	was := c.known.Broken
	if set.Off || was.Visit == "" || s.Now.Sub(was.Ended) > set.Within || call.Withheld(c.who.Number) ||
		v.ticket != nil || c.visits > 1 || v.state != Waiting && v.state != Offered {
		return
	}
	if _, done := qs.madeUp.lookup(was.Visit, "", s.Now); done {
		return
	}
	f := call.PromiseBroken{Visit: v.id, Queue: v.queue, Was: was.Visit, High: was.High, Waited: was.Waited,
		Key: v.ownKey(), Told: !set.Silent && v.play == ""}
	if credit := min(set.Credit, mostCredit); v.entered.Add(-credit).Before(f.Key) {
		f.Key, f.Credit = v.entered.Add(-credit), seconds(credit)
	}
	qs.apply(s.State(c.id, f))
	if f.Told {
		qs.announcer.playPrompts(s, v, "promise-broken")
	}
}

// applyMadeUp takes in that a visit makes up for a broken promise.
func (qs *queues) applyMadeUp(v *visit, at time.Time, f call.PromiseBroken) {
	qs.madeUp.store(f.Was, "", memo{at: at})
	if f.Key.Equal(v.ownKey()) {
		return
	}
	v.credit, v.gave = durationOf(f.Credit), f.Key // gave counts where a supervisor has put it at the front
	if !v.front || f.Key.Before(v.key) {
		qs.setKey(v, f.Key)
	}
}
