package asterisktest

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// channel is a caller's or a leg's. As in Asterisk, one thing happens on it at
// a time: what is asked for while a prompt is spoken waits for its end.
type channel struct {
	f         *Fake
	id        string
	tech      string
	state     string // Ring, Up
	to, from  string
	stasis    bool // in the application
	heard     bool // the application is sent its events
	again     bool
	callee    *FakePerson // whom we call on it
	techCause int         // the SIP answer that ended such a call
	args      []string    // of the application, then
	recording *recording
	fallback  bool      // in the dialplan's safety net
	pressed   time.Time // the last key
	listening bool      // an outgoing call in the dialplan, where AMD runs
	vars      map[string]string
	music     string
	muted     bool   // nobody hears what comes in on it
	stream    uint32 // SSRC of what comes in
	// untranslated: what comes in is another stream than the translator for a bridge of three
	// was made for, and is thrown away.
	untranslated bool
	keys         string // that we have pressed towards it
	pressing     bool   // keys are being pressed
	speaking     *playback
	queue        []func() // waiting for the prompt's end
	bridge       *bridge
	thrownOut    time.Time // of a bridge that was deleted
	// recordedAt is when its last recording ended; the channel may not enter a
	// bridge for a moment after that has been told.
	recordedAt time.Time
	deadline   *time.Timer
	born       time.Time
	gone       chan struct{}
	leg        legMedia  // of an agent's leg
	spies      *channel  // it hears what comes in on that channel
	said       Sound     // what came in on an agent's leg
	saidAt     time.Time // last
}

// All methods here are called with f.mu held.

func (f *Fake) newChannel(id, tech string) *channel {
	ch := &channel{f: f, id: id, tech: tech, state: "Ring", vars: map[string]string{}, stream: 1, born: time.Now(), gone: make(chan struct{})}
	f.channels[id] = ch
	return ch
}

// name is the channel's own, in which Asterisk tells the endpoint.
func (ch *channel) name() string {
	serial := strings.ReplaceAll(ch.id, "-", "")
	switch {
	case ch.callee != nil:
		return ch.tech + "/trunk-" + serial
	case ch.leg != nil:
		return ch.tech + "/agent_leg-" + serial
	}
	return ch.tech + "/" + ch.id
}

// asJSON is the channel as ARI tells it.
func (ch *channel) asJSON() map[string]any {
	plan := map[string]any{"context": "from-trunk", "exten": ch.to, "priority": 6, "app_name": "Stasis", "app_data": app}
	switch {
	case ch.fallback:
		plan["context"], plan["app_name"], plan["app_data"] = "fallback", "Playback", "sorry"
	case ch.listening:
		plan["context"], plan["app_name"], plan["app_data"] = "listen", "AMD", ""
	case ch.madeByUs() && !ch.stasis:
		plan["app_name"], plan["app_data"] = "AppDial2", "(Outgoing Line)"
	case ch.callee != nil, ch.leg != nil && ch.args != nil:
		plan["app_data"] = strings.Join(append([]string{app}, ch.args...), ",")
	case ch.leg == nil:
		plan["app_data"] = app + "," + ch.to
		if ch.again {
			plan["app_data"] = app + "," + ch.to + ",again"
		}
	}
	return map[string]any{"id": ch.id, "name": ch.name(), "state": ch.state,
		"caller": map[string]string{"name": "", "number": ch.from}, "connected": map[string]string{"name": "", "number": ""},
		"accountcode": "", "dialplan": plan, "creationtime": ch.born.Format("2006-01-02T15:04:05.000-0700"),
		"language": "en", "channelvars": map[string]string{"PZ_CALL": ch.vars["PZ_CALL"]}}
}

func (ch *channel) sendEvent(kind string, more map[string]any) {
	if !ch.heard {
		return
	}
	e := map[string]any{"channel": ch.asJSON()}
	for k, v := range more {
		e[k] = v
	}
	ch.f.sendEvent(kind, e)
}

// enter puts the channel into the application.
func (ch *channel) enter() {
	ch.stasis, ch.heard, ch.fallback, ch.listening = true, true, false, false
	args := []string{}
	switch {
	case ch.callee != nil && !ch.again, ch.leg != nil && ch.args != nil:
		args = ch.args
	case ch.leg == nil:
		args = append(args, ch.to)
		if ch.again {
			args = append(args, "again")
		}
	}
	ch.sendEvent("StasisStart", map[string]any{"args": args})
}

// madeByUs reports whether the controller has made the channel. Of such a one the
// application hears to its end.
func (ch *channel) madeByUs() bool {
	return ch.leg != nil || ch.spies != nil || ch.callee != nil && !ch.again
}

// isBusy reports whether the channel speaks, records or is sent keys.
func (ch *channel) isBusy() bool { return ch.speaking != nil || ch.recording != nil || ch.pressing }

// whenIdle runs what happens on the channel, after what is being spoken or recorded.
func (ch *channel) whenIdle(what func()) {
	if ch.isBusy() {
		ch.queue = append(ch.queue, what)
		return
	}
	what()
}

// doWait is do for a request that is answered only when it is done. f.mu is
// given up meanwhile.
func (ch *channel) doWait(ctx context.Context, what func()) {
	done := make(chan struct{})
	ch.whenIdle(func() { what(); close(done) })
	ch.f.mu.Unlock()
	defer ch.f.mu.Lock()
	select {
	case <-done:
	case <-ch.gone:
	case <-ctx.Done():
	}
}

// setVariable sets a variable or writes to a function of the dialplan.
func (ch *channel) setVariable(name, value string) {
	switch {
	case name == "TIMEOUT(absolute)":
		seconds, _ := strconv.ParseFloat(value, 64)
		ch.armDeadMan(time.Duration(seconds * float64(time.Second)))
	case name == "TALK_DETECT(set)" && ch.callee != nil && ch.callee.does == Machine:
		ch.greeted()
	}
	ch.vars[name] = value
}

// drain runs what has waited.
func (ch *channel) drain() {
	for !ch.isBusy() && len(ch.queue) > 0 {
		next := ch.queue[0]
		ch.queue = ch.queue[1:]
		next()
	}
}

func (ch *channel) pickUp() {
	if ch.state != "Up" {
		ch.state = "Up"
		ch.sendEvent("ChannelStateChange", nil)
	}
}

// hangUp ends the channel in Asterisk's order: request, StasisEnd, and for a
// leg ChannelDestroyed. (Of a caller the application hears no more then.)
func (ch *channel) hangUp(cause int, soft bool) {
	if ch.f.channels[ch.id] != ch {
		return
	}
	more := map[string]any{"cause": cause}
	if soft {
		more["soft"] = true
	}
	ch.sendEvent("ChannelHangupRequest", more)
	ch.destroy(16)
}

// destroy ends the channel without a request to.
func (ch *channel) destroy(cause int) {
	ch.queue = nil
	if p := ch.speaking; p != nil {
		p.conclude("done")
	}
	if r := ch.recording; r != nil {
		r.conclude(true)
	}
	ch.leave()
	if ch.madeByUs() {
		ch.sendEvent("ChannelDestroyed", map[string]any{"cause": cause, "cause_txt": "as the number says", "tech_cause": ch.techCause})
		ch.f.unsubscribe(ch.id)
	}
	ch.vanish()
}

// leave takes the channel out of bridge and application.
func (ch *channel) leave() {
	ch.unbridge()
	ch.queue = nil
	if ch.stasis {
		ch.stasis = false
		ch.sendEvent("StasisEnd", nil)
		ch.heard = ch.madeByUs()
	}
}

// toFallback is what the dialplan does with a caller who left the application
// and is not done with. When the controller is well, it gets the caller back.
func (ch *channel) toFallback() {
	ch.queue = nil
	if ch.speaking != nil {
		ch.speaking.conclude("done")
	}
	if ch.recording != nil {
		ch.recording.conclude(true)
	}
	if ch.vars["PZ_EXTEN"] != "" {
		ch.to = ch.vars["PZ_EXTEN"]
	}
	ch.leave()
	ch.fallback, ch.music = true, ""
	ch.muted = ch.muted && ch.f.EarlierSettings
	ch.disarmDeadMan()
	ch.state = "Up"
	ch.comeBack()
}

// comeBack asks again and again whether the controller is well, as the dialplan
// does between two pieces of music, though sooner.
func (ch *channel) comeBack() {
	time.AfterFunc(300*time.Millisecond, func() {
		ch.f.mu.Lock()
		defer ch.f.mu.Unlock()
		if ch.f.channels[ch.id] != ch || !ch.fallback {
			return
		}
		if !ch.f.fresh() {
			ch.comeBack()
			return
		}
		ch.again = true
		ch.enter()
	})
}

// toListen is what the dialplan does with a call of ours that was taken: it
// listens, and the controller has it back.
func (ch *channel) toListen() {
	ch.queue = nil
	ch.leave()
	ch.listening, ch.music = true, ""
	takes := 50 * time.Millisecond
	if ch.callee.does == Mute {
		takes = 2 * time.Second // AMD waits longer for a person who is silent
	}
	time.AfterFunc(takes, func() {
		ch.f.mu.Lock()
		defer ch.f.mu.Unlock()
		if ch.f.channels[ch.id] == ch && ch.listening {
			ch.args = append(ch.args, "heard", ch.callee.does.status(), ch.callee.does.cause())
			ch.enter()
		}
	})
}

// vanish forgets the channel without a word.
func (ch *channel) vanish() {
	if ch.f.channels[ch.id] != ch {
		return
	}
	ch.unbridge()
	ch.disarmDeadMan()
	if ch.speaking != nil {
		ch.speaking.timer.Stop()
	}
	for name, r := range ch.f.live {
		if r.on == ch {
			delete(ch.f.live, name)
			ch.f.stored[name] = !r.began.IsZero()
		}
	}
	if ch.leg != nil {
		ch.leg.close()
	}
	for _, other := range ch.f.channels {
		if other.spies == ch && other != ch {
			defer other.destroy(16)
		}
	}
	delete(ch.f.channels, ch.id)
	for id, p := range ch.f.playbacks {
		if p.on == ch {
			delete(ch.f.playbacks, id)
		}
	}
	close(ch.gone)
}

// armDeadMan sets the dead-man.
func (ch *channel) armDeadMan(after time.Duration) {
	ch.disarmDeadMan()
	if after <= 0 {
		return
	}
	ch.deadline = time.AfterFunc(after, func() {
		ch.f.mu.Lock()
		defer ch.f.mu.Unlock()
		switch {
		case ch.f.channels[ch.id] != ch || !ch.stasis:
		case ch.madeByUs():
			ch.hangUp(16, true) // the dialplan's context "nowhere"
		default:
			ch.toFallback()
		}
	})
}

func (ch *channel) disarmDeadMan() {
	if ch.deadline != nil {
		ch.deadline.Stop()
	}
}

// fresh is the dialplan's check: is the application connected, and the heartbeat recent?
func (f *Fake) fresh() bool {
	beat, _ := strconv.ParseInt(f.globals["PZ_BEAT"], 10, 64)
	age := time.Now().Unix() - beat
	return f.out != nil && age <= 6 && age >= -6
}
