package softphone

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"presszero/call"
	"presszero/softphone/media"
)

// Recorder is what of the media engine records legs. Each method may be repeated.
type Recorder interface {
	Record(seat, leg, recording string) error
	PauseRecording(seat, leg string, limit time.Duration) error
	ResumeRecording(seat, leg string) error
	StopRecording(seat, leg string) error
}

var errCannotRecord = errors.New("the media process cannot record")

// recording is how a leg is to be recorded, as ordered last. What is ordered while the
// media process cannot be reached is done when it is back.
type recording struct {
	call.RecordTalk
	wish   string    // started, paused, resumed, stopped
	paused time.Time // when a pause ends by itself
	told   string    // what the loop was told last; "": nothing
}

// record carries out an order about a recording. A controller that has just started may
// be given any of them first.
func (h *Hub) record(order call.Command) {
	r := recording{}
	switch o := order.(type) {
	case call.RecordTalk:
		r.RecordTalk, r.wish = o, "started"
	case call.PauseRecording:
		r.RecordTalk = call.RecordTalk{Call: o.Call, Agent: o.Agent, Leg: o.Leg, Recording: o.Recording}
		r.wish, r.paused = "paused", time.Now().Add(o.Limit)
	case call.ResumeRecording:
		r.RecordTalk, r.wish = call.RecordTalk(o), "resumed"
	case call.StopRecording:
		r.RecordTalk, r.wish = call.RecordTalk(o), "stopped"
	}
	h.mu.Lock()
	h.recordings[r.Leg] = &r
	h.mu.Unlock()
	h.orderRecording(r)
}

// orderRecording has the media process do what is wished, and tells the loop. What it
// cannot do ends the recording: no page may say that nothing is kept while it is.
func (h *Hub) orderRecording(r recording) {
	err := h.orderMedia(r)
	switch {
	case err == nil:
		h.tellRecording(r, r.wish, "", "")
	case errors.Is(err, media.ErrLost), errors.Is(err, context.DeadlineExceeded):
		h.Logger.Warn("an order about a recording waits for the media process", "agent", r.Agent, "recording", r.Recording, "order", r.wish)
	default:
		h.Logger.Error("a talk cannot be recorded", "agent", r.Agent, "recording", r.Recording, "order", r.wish, "err", err)
		stop := r
		stop.wish = "stopped"
		_ = h.orderMedia(stop)
		h.tellRecording(r, "failed", "", whyNotRecorded(err))
	}
}

func (h *Hub) orderMedia(r recording) error {
	if h.Recorder == nil {
		return errCannotRecord
	}
	seat := string(r.Agent)
	switch r.wish {
	case "started":
		return h.Recorder.Record(seat, r.Leg, r.Recording)
	case "paused":
		return h.Recorder.PauseRecording(seat, r.Leg, time.Until(r.paused))
	case "resumed":
		return h.Recorder.ResumeRecording(seat, r.Leg)
	}
	return h.Recorder.StopRecording(seat, r.Leg)
}

// whyNotRecorded is the word for it in the facts.
func whyNotRecorded(err error) string {
	if errors.Is(err, errCannotRecord) {
		return "media"
	}
	return "failed"
}

// tellRecording tells the loop what has become of a recording.
func (h *Hub) tellRecording(r recording, what, by, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.recordings[r.Leg]; now != nil {
		now.told = what
	}
	if what == "stopped" || what == "failed" {
		delete(h.recordings, r.Leg)
	}
	h.Post(call.RecordingTold{Call: r.Call, Agent: r.Agent, Leg: r.Leg, Recording: r.Recording, What: what, By: by, Why: why})
}

// recordingHeard takes what the media process does by itself: it goes on after a pause,
// or cannot go on. What was ordered is told when it is done.
func (h *Hub) recordingHeard(leg, what, why string) {
	h.mu.Lock()
	var r recording
	if known := h.recordings[leg]; known != nil {
		r = *known
	}
	h.mu.Unlock()
	switch {
	case what == "resumed" && r.wish == "paused" && time.Until(r.paused) < limitSlack:
		h.goOnRecording(r)
	case what == "failed" && r.Leg != "":
		h.Logger.Error("a talk is recorded no more", "agent", r.Agent, "recording", r.Recording, "why", why)
		h.tellRecording(r, what, "", cmp.Or(why, "failed"))
	}
}

// limitSlack is by how much the media process may end a pause earlier than we reckon; what
// it tells earlier is of the pause before.
const limitSlack = time.Second

// goOnRecording: a pause has ended by itself.
func (h *Hub) goOnRecording(r recording) {
	h.mu.Lock()
	if now := h.recordings[r.Leg]; now != nil {
		now.wish = "resumed"
	}
	h.mu.Unlock()
	h.tellRecording(r, "resumed", "limit", "")
}

// recordAgain has the media process, which is back, do what it may have missed. A leg that
// it does not have any more is recorded no more.
func (h *Hub) recordAgain() {
	h.mu.Lock()
	var all []recording
	for _, r := range h.recordings {
		all = append(all, *r)
	}
	h.mu.Unlock()
	slices.SortFunc(all, func(a, b recording) int { return cmp.Compare(a.Leg, b.Leg) })
	for _, r := range all {
		if r.wish != "stopped" {
			begin := r
			begin.wish = "started"
			if h.orderMedia(begin) != nil {
				h.orderRecording(begin) // it cannot, and the loop is told why
				continue
			}
		}
		switch {
		case r.wish == "paused" && time.Until(r.paused) <= 0:
			h.goOnRecording(r)
		case r.wish == "paused" || r.wish != r.told:
			h.orderRecording(r)
		}
	}
}

// hushed: the leg is over, and with it its recording.
func (h *Hub) hushed(leg string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.recordings, leg)
}
