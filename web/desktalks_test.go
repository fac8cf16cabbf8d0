package web_test

import (
	"net/http"
	"reflect"
	"testing"

	"presszero/web"
)

// TestTargets: an agent's page learns what a caller can be handed over to, in
// its language.
func TestTargets(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	d.talks.targets = web.Targets{
		Queues:     []web.TargetQueue{{Name: "billing", Open: true, Waiting: 3, Free: 1}, {Name: "sales"}},
		Colleagues: []web.Colleague{{Agent: "bea", Name: "Bea", State: "away"}, {Agent: "cho", Name: "Cho", State: "wrap_up"}},
		Numbers:    []web.TargetNumber{{Name: "창고", Number: "+34911234567", Queue: "billing"}},
		Breaks:     []web.Break{{ID: "prayer", Title: "기도"}},
	}
	agent := d.as("agent")
	if got := get[web.Targets](d, agent, "/api/v1/desk/targets?language=ko-KR"); !reflect.DeepEqual(got, d.talks.targets) || d.talks.language != "ko-KR" {
		t.Errorf("in %q: %+v", d.talks.language, got)
	}
	if got := d.do(agent, "GET", "/api/v1/desk/targets?language=1%202", nil); got.status != http.StatusBadRequest || got.sentence() == "" {
		t.Errorf("a language that is none: %v", got)
	}
}
