package asterisktest

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"presszero/internal/customer"
)

// agentPrefix begins the dial string of a call to an agent's media.
const agentPrefix = "PJSIP/agent_leg/sip:"

// callAgent calls an agent's media, by SIP as Asterisk does. The channel exists when
// the request is answered, and is in the application once the media have answered.
func (f *Fake) callAgent(w http.ResponseWriter, b body) {
	if f.EarlierSettings {
		refuse(w, http.StatusInternalServerError, "Allocation failed")
		return
	}
	user, server, _ := strings.Cut(strings.TrimPrefix(b.Endpoint, agentPrefix), "@")
	ch := f.newChannel(b.ChannelID, "PJSIP")
	ch.state, ch.heard = "Down", true
	if b.AppArgs != "" {
		ch.args = strings.Split(b.AppArgs, ",")
	}
	for k, v := range b.Variables {
		ch.vars[k] = v
	}
	leg := new(sipMedia)
	ch.leg = leg
	reply(w, http.StatusOK, ch.asJSON())
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(b.Timeout)*time.Second)
	go func() { // a channel that is gone gives up
		defer cancel()
		select {
		case <-ch.gone:
		case <-ctx.Done():
		}
	}()
	go func() {
		defer cancel()
		call, err := customer.Dial(ctx, customer.Options{To: user, Server: server, LocalIP: "127.0.0.1"})
		f.mu.Lock()
		defer f.mu.Unlock()
		there := f.channels[ch.id] == ch
		switch {
		case there && err == nil:
			leg.call = call
			ch.pickUp()
			ch.enter()
			go leg.carrySound(ch)
		case there:
			ch.destroy(21)
		case err == nil: // the channel has ended while the media answered
			go call.Hangup()
		}
	}()
}

// sipMedia is the sound of a channel that calls an agent's media.
type sipMedia struct{ call *customer.Call } // nil before the answer; the fake's mu guards it

func (m *sipMedia) close() {
	if m.call != nil {
		go m.call.Hangup()
	}
}

// carrySound carries sound both ways until the channel is gone.
func (m *sipMedia) carrySound(ch *channel) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last []Sound
	for {
		select {
		case <-ch.gone:
			return
		case <-m.call.Done():
			ch.f.mu.Lock()
			ch.hangUp(16, false)
			ch.f.mu.Unlock()
			return
		case <-tick.C:
		}
		if heard := ch.heardSounds(); !slices.Equal(heard, last) {
			last = heard
			m.call.Say(customer.Sound{Voice: mix(heard), Loop: true})
		}
		for _, s := range []Sound{Agent, Asked} {
			if m.call.Hears(Tones[s]) {
				ch.says(s)
			}
		}
	}
}
