package asterisktest

import (
	"net/http"
	"time"
)

// recording is a message that is being recorded. Fake callers are never silent.
type recording struct {
	name  string
	on    *channel
	began time.Time // zero: it waits for a prompt's end
	stop  string    // the key that ends it
	muted bool      // nothing of the caller is in it
	timer *time.Timer
}

// All methods here are called with f.mu held.

func (r *recording) asJSON() map[string]any {
	state := "queued"
	if !r.began.IsZero() {
		state = "recording"
	}
	return map[string]any{"name": r.name, "format": "wav", "state": state, "target_uri": "channel:" + r.on.id}
}

// begin begins it. Like Asterisk's, it ends when the clock's whole seconds have
// gone on by more than seconds: up to one second later than it was asked.
func (r *recording) begin(seconds int) {
	f := r.on.f
	r.began, r.muted, r.on.recording = time.Now(), r.on.muted, r
	if seconds == 0 { // no limit
		return
	}
	end := r.began.Truncate(time.Second).Add(time.Duration(seconds+1) * time.Second)
	r.timer = time.AfterFunc(time.Until(end), func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if r.on.recording == r && f.live[r.name] == r {
			r.conclude(true)
		}
	})
}

// conclude ends it, and keeps it or not. Asterisk counts whole seconds.
func (r *recording) conclude(keep bool) {
	f := r.on.f
	if r.timer != nil {
		r.timer.Stop()
	}
	r.on.recording, r.on.recordedAt = nil, time.Now()
	if f.live[r.name] == r {
		delete(f.live, r.name)
	}
	f.stored[r.name], f.voiced[r.name] = keep, !r.muted
	if r.on.heard {
		said := r.asJSON()
		said["state"], said["duration"] = "done", int(time.Since(r.began).Seconds())
		f.sendEvent("RecordingFinished", map[string]any{"recording": said})
	}
	r.on.drain()
}

func (f *Fake) recordingRoutes(on router) {
	on("POST /ari/channels/{id}/record", f.onChannel(func(w http.ResponseWriter, ch *channel, _ *http.Request, b body) {
		switch {
		case f.live[b.Name] != nil:
			refuse(w, 409, "Recording already in progress")
			return
		case ch.bridge != nil:
			refuse(w, 409, "Cannot record channel while in bridge")
			return
		}
		r := &recording{name: b.Name, on: ch, stop: b.Stop}
		f.live[r.name] = r
		reply(w, 201, r.asJSON())
		ch.whenIdle(func() { r.begin(b.Max) })
	}, false))
	on("GET /ari/recordings/live/{name}", f.recorded(func(w http.ResponseWriter, r *recording) { reply(w, 200, r.asJSON()) }))
	on("POST /ari/recordings/live/{name}/stop", f.recorded(func(w http.ResponseWriter, r *recording) { r.orderEnd(w, true) }))
	on("DELETE /ari/recordings/live/{name}", f.recorded(func(w http.ResponseWriter, r *recording) { r.orderEnd(w, false) }))
	on("GET /ari/recordings/stored/{name}", func(w http.ResponseWriter, r *http.Request, _ body) {
		if !f.stored[r.PathValue("name")] {
			refuse(w, 404, "Recording not found")
			return
		}
		reply(w, 200, map[string]string{"name": r.PathValue("name"), "format": "wav"})
	})
	on("DELETE /ari/recordings/stored/{name}", func(w http.ResponseWriter, r *http.Request, _ body) {
		if !f.stored[r.PathValue("name")] {
			refuse(w, 404, "Recording not found")
			return
		}
		delete(f.stored, r.PathValue("name"))
		reply(w, 204, nil)
	})
}

func (f *Fake) recorded(h func(http.ResponseWriter, *recording)) route {
	return func(w http.ResponseWriter, r *http.Request, _ body) {
		if live := f.live[r.PathValue("name")]; live != nil {
			h(w, live)
			return
		}
		refuse(w, 404, "Recording not found")
	}
}

// orderEnd is a request to end it.
func (r *recording) orderEnd(w http.ResponseWriter, keep bool) {
	reply(w, 204, nil)
	if !r.began.IsZero() { // else it is forgotten, and it records all the same
		r.conclude(keep)
	}
}
