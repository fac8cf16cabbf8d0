package web_test

import (
	"net/http"
	"testing"

	"presszero/web"
)

func (h *sources) Stopped() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.outgoingOff
}

func (h *sources) SetStopped(stopped bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.outgoingOff = stopped
	return nil
}

// TestOutgoingSwitch: supervisors switch outgoing calls off and on.
func TestOutgoingSwitch(t *testing.T) {
	t.Parallel()
	d := newTestServer(t)
	v := d.as("supervisor")
	for _, stopped := range []bool{true, false} {
		if got := d.do(v, "PUT", "/api/v1/outgoing", map[string]bool{"stopped": stopped}); got.status != http.StatusNoContent {
			t.Errorf("%+v", got)
		}
		if got := get[struct{ Trunk, Stopped bool }](d, v, "/api/v1/outgoing"); !got.Trunk || got.Stopped != stopped {
			t.Errorf("%+v", got)
		}
	}
	if got := d.do(v, "PUT", "/api/v1/outgoing", map[string]string{}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("%+v", got)
	}
	none := newTestServer(t, func(c *web.Config) { c.Outgoing = nil })
	if got := get[struct{ Trunk, Stopped bool }](none, none.as("supervisor"), "/api/v1/outgoing"); got.Trunk {
		t.Errorf("%+v", got)
	}
}
