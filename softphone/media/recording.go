package media

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"presszero/recordings/capture"
)

// What a Recording event tells.
const (
	// RecordingStarted: the recording is being kept. It comes anew when it is again, after
	// RecordingFailed.
	RecordingStarted = "started"
	RecordingPaused  = "paused"
	// RecordingResumed: a pause has ended; Why is WhyLimit if nobody asked for it.
	RecordingResumed = "resumed"
	// RecordingStopped: it has ended; Why is WhyLeg if it did because its leg has.
	RecordingStopped = "stopped"
	// RecordingFailed: it is not being kept at the moment, because the disk is full, too slow
	// or cannot be written (WhyDisk). The talk goes on, and the engine tries again by itself.
	RecordingFailed = "failed"

	WhyLimit = "limit"
	WhyLeg   = "leg"
	WhyDisk  = "disk"
)

// Recorded is the standing of one recording.
type Recorded struct {
	Leg       string `json:"leg"`
	Recording string `json:"recording"`
	Kept      bool   `json:"kept"` // the last event, of a pause apart, was RecordingStarted
	Paused    bool   `json:"paused,omitempty"`
}

// recording is the tap of a leg that is recorded.
//
//	Asterisk ── leg ── seat ══ page          while the leg is live
//	             │ copies
//	             └──> capture.Log ──> Config.Talks/RECORDING.1.pkt
//
// It belongs to the leg, so it goes on over a page's refresh, over turns of other legs
// (of which nothing is in it) and over a controller that dies. When this process dies, the
// file stays, and the next process that is told to record the leg begins another part.
type recording struct {
	id   string
	seat *seat
	leg  string
	log  *capture.Log

	// The seat's mu guards these.
	begun  bool      // it has been told that it is kept
	failed bool      // it has been told that it is not
	until  time.Time // when a pause ends; zero: there is none
}

func (r *recording) fromCaller(in packet, voice []byte, now time.Time) {
	r.log.Packet(capture.Left, capture.Header{Seq: in.seq, Timestamp: in.timestamp, SSRC: in.ssrc}, voice, now)
}

func (r *recording) fromAgent(in packet, voice []byte, now time.Time) {
	r.log.Packet(capture.Right, capture.Header{Seq: in.seq, Timestamp: in.timestamp, SSRC: in.ssrc}, voice, now)
}

var (
	errNoFolder  = errors.New("media: this media process has no folder for recordings")
	errRecorded  = errors.New("media: the leg is recorded under another name")
	errPauseNone = errors.New("media: a pause needs a limit")
)

// record begins the recording of a leg.
func (s *seat) record(id, recorded string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	leg, err := s.legOf(id)
	if err != nil {
		return err
	}
	if r := leg.recording; r != nil {
		if r.id != recorded {
			return fmt.Errorf("%w: %s, not %s", errRecorded, r.id, recorded)
		}
		return nil
	}
	if s.engine.talks == "" {
		return errNoFolder
	}
	log, err := capture.Create(s.engine.talks, capture.Head{Recording: recorded, Leg: id, Agent: s.name})
	if err != nil {
		return err
	}
	leg.setRecording(&recording{id: recorded, seat: s, leg: id, log: log})
	return nil
}

// pauseRecording has nothing of the leg kept until then, at the latest.
func (s *seat) pauseRecording(id string, limit time.Duration) error {
	if limit <= 0 {
		return errPauseNone
	}
	return s.withRecording(id, func(_ *leg, r *recording) {
		paused := !r.until.IsZero()
		r.log.Pause()
		if r.until = time.Now().Add(limit); !paused {
			r.tell(RecordingPaused, "")
		}
	})
}

func (s *seat) resumeRecording(id string) error {
	return s.withRecording(id, func(_ *leg, r *recording) { r.resume("") })
}

func (s *seat) stopRecording(id string) error {
	err := s.withRecording(id, func(g *leg, _ *recording) { g.endRecording("") })
	if errors.Is(err, ErrNotRecorded) {
		return nil
	}
	return err
}

// withRecording does something with the recording of the leg of that id.
func (s *seat) withRecording(id string, do func(*leg, *recording)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	leg, err := s.legOf(id)
	if err != nil {
		return err
	}
	if leg.recording == nil {
		return fmt.Errorf("media: seat %q, leg %q: %w", s.name, id, ErrNotRecorded)
	}
	do(leg, leg.recording)
	return nil
}

// setRecording has the leg copied to the recording. It expects the seat's mu.
func (g *leg) setRecording(r *recording) {
	g.recording = r
	taps := append(slices.Clone(g.tapped()), tap(r))
	g.taps.Store(&taps)
}

// endRecording ends the recording of the leg, if there is one. It expects the seat's mu.
func (g *leg) endRecording(why string) {
	r := g.recording
	if r == nil {
		return
	}
	g.recording = nil
	g.removeTap(r)
	done := r.log.End()
	r.seat.engine.spawn("recording", func() { <-done }) // Shutdown waits for the disk
	r.tell(RecordingStopped, why)
}

// watchRecordings tells what has become of the recordings, and ends pauses that are due.
func (s *seat) watchRecordings(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, leg := range *s.legs.Load() {
		if leg.recording != nil {
			leg.recording.watch(now)
		}
	}
}

// watch expects the seat's mu.
func (r *recording) watch(now time.Time) {
	if !r.until.IsZero() && now.After(r.until) {
		r.resume(WhyLimit)
	}
	switch trouble := r.log.Trouble(); {
	case trouble != nil && !r.failed:
		r.failed = true
		r.seat.engine.log.Error("media: a talk is not being recorded", "recording", r.id, "err", trouble)
		r.tell(RecordingFailed, WhyDisk)
	case trouble == nil && r.log.Begun() && (r.failed || !r.begun):
		r.begun, r.failed = true, false
		r.tell(RecordingStarted, "")
	}
}

// resume ends a pause, if there is one. It expects the seat's mu.
func (r *recording) resume(why string) {
	if r.until.IsZero() {
		return
	}
	r.until = time.Time{}
	r.log.Resume()
	r.tell(RecordingResumed, why)
}

func (r *recording) tell(what, why string) {
	r.seat.engine.mail.enqueue(Event{Seat: r.seat.name, Kind: Recording, Leg: r.leg, Recording: r.id, What: what, Why: why})
}

// recorded lists what is recorded of the seat.
func (s *seat) recorded() (all []Recorded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, leg := range *s.legs.Load() {
		if r := leg.recording; r != nil {
			all = append(all, Recorded{Leg: leg.id, Recording: r.id, Kept: r.begun && !r.failed, Paused: !r.until.IsZero()})
		}
	}
	return all
}
