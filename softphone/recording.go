package softphone

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"presszero/call"
	"presszero/softphone/media"
)

// recording is how a leg is to be recorded, as ordered last. What is ordered while the
// media process cannot be reached is done when it is back.
type recording struct {
	call.RecordTalk
	wish   string    // of the words of RecordingTold: started, paused, resumed, stopped
	paused time.Time // when a pause ends by itself
	kept   bool      // the loop was told that it is kept
	failed bool      // or, last, that it is not at the moment
}

// record carries out an order about a recording. A controller that has just started may
// be given any of them first.
func (h *Hub) record(order call.Command) {
	r := recording{}
	switch o := order.(type) {
	case call.RecordTalk:
		r.RecordTalk, r.wish = o, media.RecordingStarted
	case call.PauseRecording:
		r.RecordTalk = call.RecordTalk{Call: o.Call, Agent: o.Agent, Leg: o.Leg, Recording: o.Recording}
		r.wish, r.paused = media.RecordingPaused, time.Now().Add(o.Limit)
	case call.ResumeRecording:
		r.RecordTalk, r.wish = call.RecordTalk(o), media.RecordingResumed
	case call.StopRecording:
		r.RecordTalk, r.wish = call.RecordTalk(o), media.RecordingStopped
	}
	h.mu.Lock()
	before := h.recordings[r.Leg]
	r.kept, r.failed = before.kept, before.failed
	h.recordings[r.Leg] = r
	h.mu.Unlock()
	if h.orderRecording(r) && r.wish == media.RecordingStarted {
		h.tellStanding(r)
	}
}

// orderRecording has the media process do what is wished, tells the loop, and reports
// whether it was done. What cannot be done ends the recording: no page may say that
// nothing is kept while it is. A recording has not started before something is kept,
// which is told by recordingHeard.
func (h *Hub) orderRecording(r recording) bool {
	err := h.orderMedia(r)
	switch {
	case err == nil:
		if r.wish != media.RecordingStarted {
			h.tellRecording(r, r.wish, "", "")
		}
		if r.wish == media.RecordingStopped {
			h.forgetRecording(r.Leg)
		}
		return true
	case errors.Is(err, media.ErrLost), errors.Is(err, context.DeadlineExceeded):
		h.Logger.Warn("an order about a recording waits for the media process", "agent", r.Agent, "recording", r.Recording, "order", r.wish)
	case errors.Is(err, media.ErrNoSeat), errors.Is(err, media.ErrNoLeg):
		h.Logger.Warn("a recording has ended with its leg, which the media process does not have any more; a talk that goes on is recorded anew, on another",
			"agent", r.Agent, "recording", r.Recording)
		h.tellRecording(r, media.RecordingFailed, "", media.RecordingFailed)
		h.forgetRecording(r.Leg)
	default:
		h.Logger.Error("a talk cannot be recorded", "agent", r.Agent, "recording", r.Recording, "order", r.wish, "err", err)
		_ = h.Engine.StopRecording(string(r.Agent), r.Leg)
		why := media.RecordingFailed
		if errors.Is(err, media.ErrOld) {
			why = "media"
		}
		h.tellRecording(r, media.RecordingFailed, "", why)
		h.forgetRecording(r.Leg)
	}
	return false
}

func (h *Hub) orderMedia(r recording) error {
	seat := string(r.Agent)
	switch r.wish {
	case media.RecordingStarted:
		return h.Engine.Record(seat, r.Leg, r.Recording, 0)
	case media.RecordingPaused:
		rest := max(time.Until(r.paused), time.Millisecond)
		err := h.Engine.PauseRecording(seat, r.Leg, rest)
		if errors.Is(err, media.ErrNotRecorded) { // it begins with the pause, or anew in it
			err = h.Engine.Record(seat, r.Leg, r.Recording, rest)
		}
		return err
	case media.RecordingResumed:
		return h.Engine.ResumeRecording(seat, r.Leg)
	}
	err := h.Engine.StopRecording(seat, r.Leg)
	if errors.Is(err, media.ErrNoSeat) || errors.Is(err, media.ErrNoLeg) {
		return nil // nothing of it is recorded
	}
	return err
}

// tellRecording tells the loop what has become of a recording.
func (h *Hub) tellRecording(r recording, what, by, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now, is := h.recordings[r.Leg]; is {
		switch what {
		case media.RecordingStarted:
			now.kept, now.failed = true, false
		case media.RecordingFailed, media.RecordingStopped:
			now.kept, now.failed = false, what == media.RecordingFailed
		}
		h.recordings[r.Leg] = now
	}
	h.Post(call.RecordingTold{Call: r.Call, Agent: r.Agent, Leg: r.Leg, Recording: r.Recording, What: what, By: by, Why: why})
}

// tellStanding tells of a recording that there was before it was ordered: by a controller
// before us, or while the media process could not be reached.
func (h *Hub) tellStanding(r recording) {
	seats, err := h.Engine.Seats()
	if is := recordedOf(seats, r); err == nil && is != nil && is.Kept {
		h.tellRecording(r, media.RecordingStarted, "", "")
	} else if err == nil && is != nil && is.Failed {
		h.tellRecording(r, media.RecordingFailed, "", media.WhyDisk)
	}
}

// Unkept is how many talks are to be recorded of which nothing can be kept at the moment.
func (h *Hub) Unkept() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.recordings {
		if r.failed {
			n++
		}
	}
	return n
}

// recordedOf finds the standing of a recording; nil: there is none.
func recordedOf(seats []media.Seat, r recording) *media.Recorded {
	for _, s := range seats {
		if s.Name != string(r.Agent) {
			continue
		}
		if i := slices.IndexFunc(s.Recordings, func(is media.Recorded) bool { return is.Leg == r.Leg }); i >= 0 {
			return &s.Recordings[i]
		}
	}
	return nil
}

// limitSlack is by how much the media process may end a pause earlier than we reckon; what
// it tells earlier is of the pause before.
const limitSlack = time.Second

// recordingHeard takes what the media process does by itself; what was ordered is told when
// it is done. A recording that ends with its leg ends with the talk, and the loop knows why.
func (h *Hub) recordingHeard(e media.Event) {
	h.mu.Lock()
	r, known := h.recordings[e.Leg]
	h.mu.Unlock()
	switch {
	case !known:
	case e.What == media.RecordingStarted:
		h.tellRecording(r, e.What, "", "")
	case e.What == media.RecordingFailed:
		h.Logger.Error("a talk is not recorded at the moment; it is tried again", "agent", r.Agent, "recording", r.Recording, "why", e.Why)
		h.tellRecording(r, e.What, "", e.Why)
	case e.What == media.RecordingResumed && e.Why == media.WhyLimit && r.wish == media.RecordingPaused && time.Until(r.paused) < limitSlack:
		h.goOnRecording(r)
	}
}

// goOnRecording: a pause has ended by itself.
func (h *Hub) goOnRecording(r recording) {
	h.mu.Lock()
	if now, is := h.recordings[r.Leg]; is {
		now.wish = media.RecordingResumed
		h.recordings[r.Leg] = now
	}
	h.mu.Unlock()
	h.tellRecording(r, media.RecordingResumed, media.WhyLimit, "")
}

// compareRecordings has the media process, which is back, do what it may have missed, and
// tells what we may have. A leg that it does not have any more is recorded no more.
func (h *Hub) compareRecordings(seats []media.Seat) {
	h.mu.Lock()
	all := slices.SortedFunc(maps.Values(h.recordings), func(a, b recording) int { return cmp.Compare(a.Leg, b.Leg) })
	h.mu.Unlock()
	for _, r := range all {
		is := recordedOf(seats, r)
		paused := r.wish == media.RecordingPaused && time.Until(r.paused) > 0
		switch begin := r; {
		case r.wish == media.RecordingStopped:
			h.orderRecording(r)
			continue
		case is == nil && paused: // it begins anew in the pause, below
		case is == nil:
			begin.wish = media.RecordingStarted
			if !h.orderRecording(begin) {
				continue
			}
		case is.Kept && !r.kept:
			h.tellRecording(r, media.RecordingStarted, "", "")
		case !is.Kept && r.kept, is.Failed && !r.failed: // the first, of a media process of before
			h.tellRecording(r, media.RecordingFailed, "", media.WhyDisk)
		}
		switch {
		case r.wish != media.RecordingPaused && is != nil && is.Paused:
			r.wish = media.RecordingResumed
			h.orderRecording(r)
		case paused:
			h.orderRecording(r)
		case r.wish == media.RecordingPaused:
			h.goOnRecording(r)
		}
	}
}

// strays is an order of the hub itself: of recordings in these seats that a controller
// before us has ordered, end those that nobody wants now.
type strays []media.Seat

func (h *Hub) stopStrays(seats strays) {
	for _, s := range seats {
		for _, is := range s.Recordings {
			h.mu.Lock()
			_, wanted := h.recordings[is.Leg]
			h.mu.Unlock()
			if !wanted {
				h.Logger.Warn("a recording is ended that nobody has ordered", "agent", s.Name, "recording", is.Recording)
				_ = h.Engine.StopRecording(s.Name, is.Leg)
			}
		}
	}
}

// forgetRecording: the leg is over, or recorded no more.
func (h *Hub) forgetRecording(leg string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.recordings, leg)
}
