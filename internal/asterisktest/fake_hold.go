package asterisktest

import (
	"net/http"
	"time"
)

// A channel that is muted sends nothing to others; one with music, or to which words are
// spoken, hears nothing of them. All of it is the channel's own, in a bridge or not.

// holdRoutes are about music and mute.
func (f *Fake) holdRoutes(on router) {
	on("POST /ari/channels/{id}/moh", f.onChannel(func(w http.ResponseWriter, ch *channel, _ *http.Request, b body) {
		ch.whenIdle(func() { ch.music = "music " + b.Class })
		reply(w, 204, nil)
	}, false))
	on("DELETE /ari/channels/{id}/moh", f.onChannel(func(w http.ResponseWriter, ch *channel, _ *http.Request, _ body) {
		ch.whenIdle(func() { ch.music = "" })
		reply(w, 204, nil)
	}, false))
	on("POST /ari/channels/{id}/mute", f.onChannel(func(w http.ResponseWriter, ch *channel, _ *http.Request, b body) {
		ch.mute(w, b.Direction, true)
	}, false))
	on("DELETE /ari/channels/{id}/mute", f.onChannel(func(w http.ResponseWriter, ch *channel, r *http.Request, _ body) {
		ch.mute(w, r.URL.Query().Get("direction"), false)
	}, false))
	on("POST /ari/channels/{id}/dtmf", f.onChannel(func(w http.ResponseWriter, ch *channel, r *http.Request, b body) {
		switch {
		case r.URL.RawQuery != "":
			ch.f.tb.Errorf("keys are in the address of a request")
		case b.Keys == "":
			refuse(w, 400, "DTMF is required")
		default:
			reply(w, 204, nil)
			ch.whenIdle(func() { ch.pressKeys(b) })
		}
	}, false))
}

// mute has what comes from the channel be passed on, or not.
func (ch *channel) mute(w http.ResponseWriter, direction string, muted bool) {
	if direction != "in" {
		refuse(w, 400, "Invalid direction specified")
		return
	}
	ch.whenIdle(func() { ch.muted = muted })
	reply(w, 204, nil)
}

// pressKeys presses keys towards the far end, one after another. Nothing else happens on
// the channel meanwhile.
func (ch *channel) pressKeys(b body) {
	down, pause := time.Duration(b.Duration)*time.Millisecond, time.Duration(b.Between)*time.Millisecond
	ch.pressing = true
	var next func(keys string)
	after := func(wait time.Duration, keys string) {
		time.AfterFunc(wait, func() {
			ch.f.mu.Lock()
			defer ch.f.mu.Unlock()
			next(keys)
		})
	}
	next = func(keys string) {
		switch {
		case ch.f.channels[ch.id] != ch:
		case keys == "":
			ch.pressing = false
			ch.drain()
		default:
			ch.keys += keys[:1]
			after(down+pause, keys[1:])
		}
	}
	after(100*time.Millisecond, b.Keys)
}

// isHeard reports whether the others in the bridge hear the channel.
func (ch *channel) isHeard() bool { return !ch.muted && !ch.untranslated && ch.speaking == nil }

// technology is how Asterisk joins two channels: packet by packet, as they come, if nothing
// has to be put between.
func (b *bridge) technology() string {
	for _, m := range b.members {
		if m.tech != "PJSIP" || !m.isHeard() || m.music != "" {
			return "simple_bridge"
		}
	}
	if len(b.members) == 2 {
		return "native_rtp"
	}
	return "simple_bridge"
}
