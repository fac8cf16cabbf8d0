package controller

import (
	"maps"

	"presszero/callqueue"
	"presszero/ivr"
)

// LineSettings are a flow's queues as the line knows them. What the flow does
// not say stays zero, which is the line's own usual.
func LineSettings(flow *ivr.Flow) []callqueue.Settings {
	var queues []callqueue.Settings
	for _, q := range flow.Queues {
		s := callqueue.Settings{Name: q.Name, Ring: q.Ring, WrapUp: q.WrapUp, Target: q.Target, Music: q.Music,
			Strategy: callqueue.Strategy(q.Strategy), Head: callqueue.HeadStart(q.Weight),
			Sticky: q.Sticky.Reserve, Remembered: q.Sticky.Window, Skill: q.Skill, Level: q.Level,
			Full: q.Max, OnFull: policy(q.Full), OnClosed: policy(q.Closed), OnNobody: policy(q.Nobody),
			MaxWait: q.MaxWait, OnMaxWait: policy(q.TooLong), Spill: callqueue.Spill(q.Overflow),
			Mute: q.Announce.Off, Tell: q.Announce.First, Again: q.Announce.Every, Callback: callbackSettings(q.Callback)}
		if q.Sticky.Off {
			s.Sticky = -1
		}
		for _, w := range q.Widen {
			s.Widen = append(s.Widen, callqueue.Widening(w))
		}
		if q.Credits != nil {
			s.Credits = maps.Clone(callqueue.DefaultCredits)
			maps.Copy(s.Credits, q.Credits)
		}
		if q.Hours != nil {
			s.Hours = q.Hours.Stretch
		}
		queues = append(queues, s)
	}
	return queues
}

// policy is an exit of the flow as the line knows it.
func policy(e ivr.Exit) callqueue.Policy {
	switch {
	case e.Node != "":
		return callqueue.Policy{Do: callqueue.Menu, To: e.Node}
	case e.Queue != "":
		return callqueue.Policy{Do: callqueue.Overflow, To: e.Queue}
	case e.Callback:
		return callqueue.Policy{Do: callqueue.Callback}
	}
	return callqueue.Policy{}
}

func callbackSettings(c ivr.Callbacks) callqueue.CallbackSettings {
	return callqueue.CallbackSettings{Off: c.Off, After: c.After, Long: c.Long, Again: c.Every, Ring: c.Ring,
		Gaps: c.Pauses, Keep: c.Expires, Later: c.Later, CustomerFirst: c.CustomerFirst, From: c.From, Until: c.Until}
}
