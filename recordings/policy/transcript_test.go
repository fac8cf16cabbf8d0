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
services: {allow: ["https://pay.example/"]}
queues: {support: {step: card}, bank: {recording: {consent: opt_in, notice: may-we, key: "1", keep: 7}}, quiet: {recording: {talks: off}}}
numbers: {"100": support, "200": out}
nodes:
  support: {queue: support}
  bank: {queue: bank}
  quiet: {queue: quiet}
  out: {transfer: "+34600000007"}
  card: {input: card-number, as: card, min: 4, max: 4, sensitive: true, then: pay}
  pay: {lookup: "https://pay.example/{card}", field: paid, when: {"yes": paid}, default: card, failed: support}
  paid: {say: thanks, then: support}
prompts:
  card-number: Please type the number of your card, and then the hash key.
  thanks: Thank you. It is paid.
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
		line, recorded := callqueue.New(callqueue.Settings{Name: "support", Step: "card"}, callqueue.Settings{Name: "bank"}, callqueue.Settings{Name: "quiet"}), policy.New()
		line.Outbound = anyNumber{}
		line.Record(flow.RecordingPlan(nil))
		recorded.Record(flow.RecordingPlan(nil))
		return []call.Machine{ivr.New(flow, "e", func(string) time.Duration { return 5 * time.Second }), line, recorded, call.NewRegister()}
	})
}
