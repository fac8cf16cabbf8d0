package asterisktest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// handler is ARI as far as a Switch uses it. Each request is taken with f.mu
// held; one that must wait for the channel gives it up meanwhile.
func (f *Fake) handler() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /ari/events", f.events)
	on := func(pattern string, h func(w http.ResponseWriter, r *http.Request, b body)) {
		m.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			var b body
			_ = json.NewDecoder(r.Body).Decode(&b)
			carry := func(w http.ResponseWriter) {
				f.mu.Lock()
				defer f.mu.Unlock()
				f.requests = append(f.requests, r.Method+" "+r.URL.Path)
				h(w, r, b)
			}
			if !f.misbehave(w, r, carry) {
				carry(w)
			}
		})
	}
	f.asteriskRoutes(on)
	f.applicationRoutes(on)
	f.channelRoutes(on)
	f.bridgeRoutes(on)
	f.recordingRoutes(on)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, pass, ok := r.BasicAuth(); !ok || name != user || pass != password {
			refuse(w, 401, "Authentication required")
			return
		}
		m.ServeHTTP(w, r)
	})
}

func (f *Fake) asteriskRoutes(on router) {
	on("GET /ari/asterisk/info", func(w http.ResponseWriter, _ *http.Request, _ body) {
		at := f.started.Format("2006-01-02T15:04:05.000-0700")
		reply(w, 200, map[string]any{"status": map[string]string{"startup_time": at, "last_reload_time": at}})
	})
	on("POST /ari/asterisk/variable", func(w http.ResponseWriter, r *http.Request, b body) {
		if name := r.URL.Query().Get("variable"); name != "" {
			b.Variable, b.Value = name, r.URL.Query().Get("value")
		}
		f.setGlobal(b.Variable, b.Value)
		reply(w, 204, nil)
	})
	on("GET /ari/asterisk/variable", func(w http.ResponseWriter, r *http.Request, _ body) {
		reply(w, 200, map[string]string{"value": f.globals[r.URL.Query().Get("variable")]})
	})
}

// setGlobal sets a global variable or, through EXPORT(channel,name), at once
// one of a channel, whatever that is busy with. As in Asterisk, a channel that
// does not exist is passed over.
func (f *Fake) setGlobal(name, value string) {
	of, exported := strings.CutPrefix(name, "EXPORT(")
	if !exported {
		f.globals[name] = value
		return
	}
	channel, name, _ := strings.Cut(strings.TrimSuffix(of, ")"), ",")
	for id, ch := range f.channels { // by its name, or by its id
		if id == channel || ch.name() == channel {
			ch.setVariable(name, value)
			return
		}
	}
}

func (f *Fake) applicationRoutes(on router) {
	on("POST /ari/events/user/{name}", func(w http.ResponseWriter, r *http.Request, _ body) {
		if f.out == nil {
			refuse(w, 404, "Application not found")
			return
		}
		f.sendEvent("ChannelUserevent", map[string]any{"eventname": r.PathValue("name"), "userevent": map[string]any{}})
		reply(w, 204, nil)
	})
	on("GET /ari/applications/{app}", f.application)
	on("PUT /ari/applications/{app}/eventFilter", func(w http.ResponseWriter, r *http.Request, b body) {
		f.allowed = nil
		for _, a := range b.Allowed {
			f.allowed = append(f.allowed, a.Type)
		}
		f.application(w, r, b)
	})
	on("POST /ari/applications/{app}/subscription", func(w http.ResponseWriter, r *http.Request, b body) {
		if ch := f.channels[strings.TrimPrefix(r.URL.Query().Get("eventSource"), "channel:")]; ch != nil {
			ch.heard = true
			f.application(w, r, b)
			return
		}
		refuse(w, 422, "Event source does not exist")
	})
}

func (f *Fake) application(w http.ResponseWriter, _ *http.Request, _ body) {
	channels, bridges := append([]string{}, f.leaving...), []string{}
	for _, ch := range f.channels {
		if ch.heard {
			channels = append(channels, ch.id)
		}
	}
	for id := range f.bridges {
		bridges = append(bridges, id)
	}
	reply(w, 200, map[string]any{"name": app, "channel_ids": channels, "bridge_ids": bridges})
}

// onChannel finds the channel of a request. One that is in the dialplan is not ours
// to command, but can be hung up and asked about.
func (f *Fake) onChannel(h func(w http.ResponseWriter, ch *channel, r *http.Request, b body), anywhere bool) route {
	return func(w http.ResponseWriter, r *http.Request, b body) {
		ch := f.channels[r.PathValue("id")]
		switch {
		case ch == nil:
			refuse(w, 404, "Channel not found")
		case !ch.stasis && !anywhere:
			refuse(w, 409, "Channel not in Stasis application")
		default:
			h(w, ch, r, b)
		}
	}
}

func (f *Fake) channelRoutes(on router) {
	on("GET /ari/channels", func(w http.ResponseWriter, _ *http.Request, _ body) {
		all := []any{}
		for _, ch := range f.channels {
			all = append(all, ch.asJSON())
		}
		reply(w, 200, all)
	})
	on("POST /ari/channels", f.originate)
	on("POST /ari/channels/externalMedia", f.externalMedia)
	on("GET /ari/channels/{id}", f.onChannel(func(w http.ResponseWriter, ch *channel, _ *http.Request, _ body) {
		reply(w, 200, ch.asJSON())
	}, true))
	on("DELETE /ari/channels/{id}", f.onChannel(func(w http.ResponseWriter, ch *channel, _ *http.Request, _ body) {
		reply(w, 204, nil)
		ch.hangUp(32, true)
	}, true))
	on("POST /ari/channels/{id}/answer", f.onChannel(func(w http.ResponseWriter, ch *channel, r *http.Request, _ body) {
		ch.doWait(r.Context(), ch.pickUp)
		reply(w, 204, nil)
	}, false))
	on("POST /ari/channels/{id}/continue", f.onChannel(func(w http.ResponseWriter, ch *channel, _ *http.Request, b body) {
		reply(w, 204, nil)
		if b.Context == "listen" {
			ch.whenIdle(ch.toListen)
		} else {
			ch.whenIdle(ch.toFallback)
		}
	}, false))
	f.soundRoutes(on)
	f.holdRoutes(on)
	on("POST /ari/channels/{id}/snoop/{spy}", f.onChannel(f.snoop, true))
	f.variableRoutes(on)
}

// variableRoutes are about the variables of a channel.
func (f *Fake) variableRoutes(on router) {
	on("POST /ari/channels/{id}/variable", f.onChannel(func(w http.ResponseWriter, ch *channel, r *http.Request, b body) {
		ch.doWait(r.Context(), func() { ch.setVariable(b.Variable, b.Value) }) // done even if the client gives up
		reply(w, 204, nil)
	}, false))
	on("GET /ari/channels/{id}/variable", f.onChannel(func(w http.ResponseWriter, ch *channel, r *http.Request, _ body) {
		value, set := ch.vars[r.URL.Query().Get("variable")]
		if !set {
			refuse(w, 404, "Provided variable was not found")
			return
		}
		reply(w, 200, map[string]string{"value": value})
	}, true))
}

// soundRoutes are about what a channel plays.
func (f *Fake) soundRoutes(on router) {
	on("POST /ari/channels/{id}/play/{play}", f.onChannel(func(w http.ResponseWriter, ch *channel, r *http.Request, b body) {
		var media []string
		if json.Unmarshal(b.Media, &media) != nil {
			media = []string{strings.Trim(string(b.Media), `"`)}
		}
		reply(w, 201, f.speak(ch, r.PathValue("play"), media).asJSON())
	}, false))
	on("GET /ari/playbacks/{id}", func(w http.ResponseWriter, r *http.Request, _ body) {
		if p := f.playbacks[r.PathValue("id")]; p != nil {
			reply(w, 200, p.asJSON())
			return
		}
		refuse(w, 404, "Playback not found")
	})
	on("DELETE /ari/playbacks/{id}", func(w http.ResponseWriter, r *http.Request, _ body) {
		p := f.playbacks[r.PathValue("id")]
		if p == nil {
			refuse(w, 404, "Playback not found")
			return
		}
		reply(w, 204, nil)
		p.conclude("done")
	})
}

func (f *Fake) bridgeRoutes(on router) {
	on("GET /ari/channels/{id}/rtp_statistics", f.onChannel(func(w http.ResponseWriter, ch *channel, _ *http.Request, _ body) {
		reply(w, 200, map[string]any{"channel_uniqueid": ch.id, "remote_ssrc": ch.stream})
	}, false))
	on("GET /ari/bridges", func(w http.ResponseWriter, _ *http.Request, _ body) {
		all := []any{}
		for _, b := range f.bridges {
			all = append(all, b.asJSON())
		}
		reply(w, 200, all)
	})
	on("GET /ari/bridges/{id}", func(w http.ResponseWriter, r *http.Request, _ body) {
		if b := f.bridges[r.PathValue("id")]; b != nil {
			reply(w, 200, b.asJSON())
			return
		}
		refuse(w, 404, "Bridge not found")
	})
	on("POST /ari/bridges/{id}", func(w http.ResponseWriter, r *http.Request, b body) {
		id := r.PathValue("id")
		if f.bridges[id] != nil {
			refuse(w, 409, "Bridge with id '"+id+"' already exists")
			return
		}
		f.bridges[id] = &bridge{id: id, name: b.Name}
		reply(w, 200, f.bridges[id].asJSON())
	})
	on("DELETE /ari/bridges/{id}", func(w http.ResponseWriter, r *http.Request, _ body) {
		b := f.bridges[r.PathValue("id")]
		if b == nil {
			refuse(w, 404, "Bridge not found")
			return
		}
		for len(b.members) > 0 {
			b.members[0].thrownOut = time.Now()
			b.members[0].unbridge()
		}
		delete(f.bridges, b.id)
		reply(w, 204, nil)
	})
	on("POST /ari/bridges/{id}/removeChannel", f.removeChannel)
	on("POST /ari/bridges/{id}/addChannel", f.addChannel)
}

// removeChannel waits until the channel is free to leave.
func (f *Fake) removeChannel(w http.ResponseWriter, r *http.Request, _ body) {
	b, ch := f.bridges[r.PathValue("id")], f.channels[r.URL.Query().Get("channel")]
	switch {
	case b == nil:
		refuse(w, 404, "Bridge not found")
	case ch == nil:
		refuse(w, 400, "Channel not found")
	case ch.bridge != b:
		refuse(w, 422, "Channel not in this bridge")
	default:
		ch.doWait(r.Context(), ch.unbridge)
		reply(w, 204, nil)
	}
}

// addChannel waits, as Asterisk does, until each channel is free to join.
func (f *Fake) addChannel(w http.ResponseWriter, r *http.Request, _ body) {
	b := f.bridges[r.PathValue("id")]
	if b == nil {
		refuse(w, 404, "Bridge not found")
		return
	}
	var all []*channel
	for id := range strings.SplitSeq(r.URL.Query().Get("channel"), ",") {
		ch := f.channels[id]
		switch {
		case ch == nil:
			refuse(w, 400, "Channel not found")
			return
		case !ch.stasis:
			refuse(w, 422, "Channel not in Stasis application")
			return
		case time.Since(ch.recordedAt) < 10*time.Millisecond:
			refuse(w, 409, "Channel "+id+" currently recording")
			return
		}
		all = append(all, ch)
	}
	for _, ch := range all {
		ch.doWait(r.Context(), func() { b.addMember(ch) })
	}
	reply(w, 204, nil)
}

// snoop makes a channel that hears another, which may be in no application. It
// is in the application a moment after the reply.
func (f *Fake) snoop(w http.ResponseWriter, on *channel, r *http.Request, _ body) {
	if f.channels[r.PathValue("spy")] != nil {
		refuse(w, 500, "Snoop channel could not be created")
		return
	}
	ch := f.newChannel(r.PathValue("spy"), "Snoop")
	ch.state, ch.spies = "Up", on
	reply(w, 200, ch.asJSON())
	time.AfterFunc(time.Millisecond, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.channels[ch.id] == ch {
			ch.heard = true
			ch.enter()
		}
	})
}

// externalMedia makes a leg. It is in the application a moment after the reply.
func (f *Fake) externalMedia(w http.ResponseWriter, _ *http.Request, b body) {
	if f.channels[b.ChannelID] != nil {
		refuse(w, 500, "An internal error prevented this request from being handled")
		return
	}
	media, err := newRTPMedia(b.Host)
	if err != nil {
		refuse(w, 400, err.Error())
		return
	}
	ch := f.newChannel(b.ChannelID, "UnicastRTP")
	ch.leg = media
	for k, v := range b.Variables {
		ch.vars[k] = v
	}
	ch.vars["UNICASTRTP_LOCAL_ADDRESS"] = "127.0.0.1"
	ch.vars["UNICASTRTP_LOCAL_PORT"] = strconv.Itoa(localPort(media.conn))
	go media.carrySound(ch)
	said := ch.asJSON()
	said["state"] = "Down"
	said["channelvars"] = ch.vars
	reply(w, 200, said)
	time.AfterFunc(time.Millisecond, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.channels[ch.id] == ch {
			ch.state, ch.heard = "Up", true
			ch.enter()
		}
	})
}
