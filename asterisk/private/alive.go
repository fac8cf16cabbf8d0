package private

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Alive returns why this Asterisk takes no calls any more; nil: it does. A
// wedged one often still answers some: so SIP is asked, and ARI, and a call
// goes from Asterisk to itself through channels and dialplan. It should have
// been ready before, and ctx should leave it some seconds.
func (p *Process) Alive(ctx context.Context) error {
	var sip error
	for range 3 { // UDP may lose one
		if sip = p.pingSIP(ctx); sip == nil {
			break
		}
	}
	return errors.Join(sip, p.callItself(ctx))
}

// callItself has both ends of a local channel run the context [alive], which
// writes down the id of the call.
func (p *Process) callItself(ctx context.Context) error {
	id := newEntityID()
	err := p.requestARI(ctx, http.MethodPost, "/channels", map[string]any{
		"endpoint": "Local/s@alive/n", "context": "alive", "extension": "s", "priority": 1, "timeout": 3,
		"variables": map[string]string{"__PZ_ALIVE_ID": id},
	}, nil)
	if err != nil {
		return fmt.Errorf("ARI makes no call: %w", err)
	}
	for {
		var proof struct{ Value string }
		err := p.requestARI(ctx, http.MethodGet, "/asterisk/variable?variable="+url.QueryEscape("PZ_ALIVE"), nil, &proof)
		if err == nil && proof.Value == id {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("a call inside Asterisk does not get through: %w", errors.Join(ctx.Err(), err))
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// requestARI sends one ARI request.
func (p *Process) requestARI(ctx context.Context, method, path string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, p.ARIURL()+path, &body)
	if err != nil {
		return err
	}
	req.SetBasicAuth(p.config.ARIUser, p.config.ARIPassword)
	req.Header.Set("Content-Type", "application/json")
	req.Close = true // asked a few times only; keep no connection
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, resp.Status)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}
