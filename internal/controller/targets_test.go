package controller

import (
	"reflect"
	"testing"

	"presszero/call"
	"presszero/callqueue"
	"presszero/ivr"
	"presszero/web"
)

// TestTargets: what an agent can hand a caller over to is told without any caller.
func TestTargets(t *testing.T) {
	flow := &ivr.Flow{Language: "en", Breaks: []ivr.Break{{ID: "prayer", Title: call.Label{"": "Prayer", "ko": "기도"}}},
		Queues: []ivr.Queue{
			{QueueSettings: call.QueueSettings{Name: "billing", Favourites: []call.Favourite{{Name: call.Label{"": "Bank"}, Number: "+34910000001"}}}},
			{QueueSettings: call.QueueSettings{Name: "sales", Favourites: []call.Favourite{{Name: call.Label{"": "Shop"}, Number: "+34910000002"}}}},
		}}
	snap := callqueue.Snapshot{
		Queues: []call.QueueNow{{Name: "billing", Open: true, Waiting: []call.CallerNow{{Number: "+34600000001", Name: "Ana"}, {}}}, {Name: "sales"}},
		Agents: []call.AgentNow{
			{Agent: "ana", Name: "Ana", Queues: []string{"billing"}, Presence: call.Available, State: call.Idle, Media: true},
			{Agent: "bea", Name: "Bea", Presence: call.Available, State: call.Idle, Media: true},
			{Agent: "cho", Name: "Cho", Queues: []string{"sales"}, Presence: call.Away, State: call.Talking, Media: true},
			{Agent: "dan", Name: "Dan", Queues: []string{"sales"}, Presence: call.Away, State: call.Idle, Media: true},
			{Agent: "eva", Name: "Eva", Queues: []string{"sales"}, Presence: call.Available, State: call.Idle},
		}}
	got := targets(flow, snap, web.User{Name: "ana", Queues: []string{"billing"}}, "ko")
	want := web.Targets{
		Queues:     []web.TargetQueue{{Name: "billing", Open: true, Waiting: 2, Free: 2}, {Name: "sales", Free: 1}},
		Colleagues: []web.Colleague{{Agent: "bea", Name: "Bea", State: "idle"}, {Agent: "cho", Name: "Cho", State: "talking"}, {Agent: "dan", Name: "Dan", State: "away"}, {Agent: "eva", Name: "Eva", State: "idle"}},
		Numbers:    []web.TargetNumber{{Name: "Bank", Number: "+34910000001", Queue: "billing"}},
		Breaks:     []web.Break{{ID: "prayer", Title: "기도"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
