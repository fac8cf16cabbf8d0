package figures

import (
	"reflect"
	"testing"

	"presszero/call"
)

func TestCount(t *testing.T) {
	t.Parallel()
	back := func(until int, onPhone bool) *call.CallbackNow {
		return &call.CallbackNow{Until: *at(until), OnPhone: onPhone}
	}
	q := call.QueueNow{Name: "support", Open: true, Peak: &call.PeakNow{}, Waiting: []call.CallerNow{
		{State: "waiting", Since: *at(50)},
		{State: "ringing", Since: *at(40)},
		{State: "waiting", Since: *at(0), Callback: back(90, false)}, // does not wait on the phone
		{State: "parked", Since: *at(0), Callback: back(80, false)},
		{State: "waiting", Since: *at(0), Callback: back(200, false)},
		{State: "waiting", Since: *at(60), Callback: back(10, true)},
	}}
	who := func(state call.AgentState, presence call.Presence, reason string, media bool, queues ...string) call.AgentNow {
		return call.AgentNow{State: state, Presence: presence, Reason: reason, Media: media, Queues: queues}
	}
	n := Count(q, []call.AgentNow{
		who(call.Idle, call.Available, "", true, "support", "sales"),
		who(call.Idle, call.Available, "", true), // serves all
		who(call.Idle, call.Available, "", true, "sales"),
		who(call.Idle, call.Available, "", false, "support"),
		who(call.Ringing, call.Available, "", true, "support"),
		who(call.Connecting, call.Available, "", true, "support"),
		who(call.Talking, call.Away, "lunch", true, "support"), // a break that begins after the talk
		who(call.WrapUp, call.Available, "", true, "support"),
		who(call.Idle, call.Away, "lunch", true, "support"),
		who(call.Idle, call.Away, "", false, "support"),
		who(call.Idle, call.SignedOut, "", true, "support"),
	}, *at(100))
	if !n.Open || !n.Peak || n.Waiting != 3 || !n.Oldest.Equal(*at(40)) || n.Callbacks != 3 || !n.Late.Equal(*at(80)) {
		t.Errorf("the line is %+v", n)
	}
	if want := (Agents{Free: 2, Ringing: 1, Talking: 2, WrapUp: 1, Away: 2, CannotRing: 1, Reasons: map[string]int{"lunch": 1, "": 1}}); !reflect.DeepEqual(n.Agents, want) {
		t.Errorf("agents are %+v, want %+v", n.Agents, want)
	}
	if n.Agents.AtWork() != 6 {
		t.Errorf("%d at work", n.Agents.AtWork())
	}
}
