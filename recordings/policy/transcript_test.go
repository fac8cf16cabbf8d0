package policy_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/internal/calltest"
	"presszero/ivr"
	"presszero/recordings/policy"
)

const recordedFlow = `version: 1
language: en
person: support
queues: {support: {}, bank: {recording: {consent: opt_in, notice: may-we, key: "1", keep: 7}}, quiet: {recording: {talks: off}}}
numbers: {"100": support, "200": out}
nodes: {support: {queue: support}, bank: {queue: bank}, quiet: {queue: quiet}, out: {transfer: "+34600000007"}}
prompts:
  told: We record. If you do not want that, press 9.
  may-we: May we record? If so, press 1.
recording: {talks: all, notice: told, key: "9", keep: 30}
`

// anyNumber lets every number be called at any time.
type anyNumber struct{}

func (anyNumber) Check(number string) (string, error) {
	if !strings.HasPrefix(number, "+") {
		return "", errors.New("refused")
	}
	return number, nil
}
func (anyNumber) Permit(time.Time, string, call.AgentID) error                { return nil }
func (anyNumber) Uncount(string)                                              {}
func (anyNumber) Emergency(number string) (string, bool)                      { return number, number == "112" }
func (anyNumber) Free(now time.Time, _ string) (time.Time, bool)              { return now, true }
func (anyNumber) AgentFree(now time.Time, _ call.AgentID) time.Time           { return now }
func (anyNumber) Awake(now time.Time, _ string, _, _ time.Duration) time.Time { return now }

// TestTranscripts: whole calls through the menus, the line and the stage.
func TestTranscripts(t *testing.T) {
	flow, err := ivr.Parse("flow.yaml", []byte(recordedFlow))
	if err != nil {
		t.Fatal(err)
	}
	flow.Version = "v"
	calltest.Run(t, "testdata/*-*.txt", func() []call.Machine {
		line, recorded := callqueue.New(callqueue.Settings{Name: "support"}, callqueue.Settings{Name: "bank"}, callqueue.Settings{Name: "quiet"}), policy.New()
		line.Outbound = anyNumber{}
		line.Record(flow.RecordingPlan(nil))
		recorded.Record(flow.RecordingPlan(nil))
		return []call.Machine{ivr.New(flow, "e", func(string) time.Duration { return 5 * time.Second }), line, recorded, call.NewRegister()}
	})
}
