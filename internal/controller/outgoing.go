package controller

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"presszero/call"
	"presszero/internal/atomicfile"
	"presszero/internal/settings"
	"presszero/outbound"
	"presszero/trunk"
)

// outgoing is the one policy for all calls that we make; nil where none leave.
func outgoing(s settings.Settings, book *trunk.Book, owns func(e164 string) bool) (*outbound.Policy, error) {
	if !settings.CallsLeave(book) {
		return nil, nil
	}
	if s.Country == "" {
		return nil, errors.New("calls may leave over a trunk; say with PRESSZERO_COUNTRY (as ES), or with country in trunks.yaml, in which country we are, so that only sensible numbers are called")
	}
	return outbound.New(outbound.Config{Home: s.Country, Countries: s.CallTo, Own: s.OwnNumbers, Owns: owns, Emergency: book.Emergency != "",
		PerDay: s.CallsPerDay, PerHour: s.CallsPerHour, PerAgent: s.CallsByAgent, PerNumber: s.CallsToPerson, Zone: s.Zone})
}

// transfer carries a transfer out, if the policy allows the number.
func (c *Controller) transfer(t call.TransferOut) {
	why := "refused"
	if c.outgoing != nil {
		number, err := c.outgoing.Check(t.Number)
		if err == nil && t.By == "" { // else it is counted already
			err = c.outgoing.PermitNamed(time.Now(), number)
		}
		if err == nil {
			t.Number = number
			if t.Notice.Prompt != "" {
				t.Notice.Prompt = pinSounds(call.Play{Prompts: []string{t.Notice.Prompt}, Flow: t.Notice.Flow}).Prompts[0]
			}
			c.sw.Do(t)
			return
		}
		c.log.Warn("a transfer is refused", "call", t.Call, "err", err)
	} else {
		c.log.Warn("a transfer is refused: no trunk carries outgoing calls; set PRESSZERO_TRUNK or PRESSZERO_TRUNKS", "call", t.Call)
	}
	c.runner.Post(call.TransferEnded{Call: t.Call, Transfer: t.Transfer, Why: why})
}

// outgoingFiles keeps over a restart what outgoing calls were counted, and
// whether they are switched off.
type outgoingFiles struct {
	policy *outbound.Policy
	dir    string
	log    *slog.Logger

	mu    sync.Mutex
	calls *os.File // one line a call, the oldest first
}

// openOutgoing reads what was kept, and keeps on. What cannot be read is
// passed over: a call that is not counted costs less than a controller that
// does not start.
func openOutgoing(policy *outbound.Policy, dir string, log *slog.Logger) (*outgoingFiles, error) {
	o := &outgoingFiles{policy: policy, dir: dir, log: log}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if _, err := os.Stat(o.switchFile()); err == nil {
		policy.Stop()
	}
	before, err := os.ReadFile(o.callsFile())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		log.Warn("the file of counted outgoing calls cannot be read; limits count from zero", "err", err)
	}
	var calls []outbound.Call
	var kept []byte
	for line := range bytes.Lines(before) {
		var c outbound.Call
		if json.Unmarshal(line, &c) != nil || !c.Uncounted && time.Since(c.At) >= 24*time.Hour {
			continue
		}
		calls = append(calls, c)
		kept = append(append(kept, bytes.TrimSpace(line)...), '\n')
	}
	if err := atomicfile.WriteVolatile(o.callsFile(), kept, 0o600); err != nil {
		return nil, err
	}
	if o.calls, err = os.OpenFile(o.callsFile(), os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	policy.Restore(calls, o.keep)
	return o, nil
}

func (o *outgoingFiles) callsFile() string  { return filepath.Join(o.dir, "calls.jsonl") }
func (o *outgoingFiles) switchFile() string { return filepath.Join(o.dir, "stopped") }

// keep writes a call down. It waits for no disk: a program that dies loses
// nothing, a machine that dies a few calls.
func (o *outgoingFiles) keep(c outbound.Call) {
	line, err := json.Marshal(c)
	if err == nil {
		_, err = o.calls.Write(append(line, '\n'))
	}
	if err != nil {
		o.log.Warn("an outgoing call cannot be written down; limits forget it at the next restart; look whether the disk is full", "err", err)
	}
}

// Stopped implements web.Outgoing.
func (o *outgoingFiles) Stopped() bool { return o.policy.Stopped() }

// SetStopped implements web.Outgoing.
func (o *outgoingFiles) SetStopped(stopped bool) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !stopped {
		if err := os.Remove(o.switchFile()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		o.policy.Start()
		return nil
	}
	o.policy.Stop() // also where it cannot be kept
	return os.WriteFile(o.switchFile(), nil, 0o600)
}
