package media

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
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
	Kept      bool   `json:"kept"`             // the last event, of a pause apart, was RecordingStarted
	Failed    bool   `json:"failed,omitempty"` // it was RecordingFailed; not told by the first versions
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
// file stays, and the next process that is told to record the leg begins another part. So
// does this process when it cannot write to its file any more.
type recording struct {
	id   string
	seat *seat
	leg  string
	log  atomic.Pointer[capture.Log] // the part that is being written

	// The seat's mu guards these.
	begun   bool          // it has been told that it is kept
	failed  bool          // it has been told that it is not
	trouble time.Time     // when there was trouble last
	anew    time.Time     // when another part is begun, if this one cannot be written
	pace    time.Duration // from that to the next
	until   time.Time     // when a pause ends; zero: there is none
}

// A part that cannot be written though the disk is not full, since its file is broken or its
// disk was taken away, is followed by another after firstAnew, and then less and less often.
// The one before is tried for as long as capture tries; what is missing of it is a hole.
const (
	firstAnew = 2 * time.Second
	lastAnew  = time.Minute
)

// calmFor is for how long all must be kept until it is told that it is kept again: a disk
// that comes and goes is not told of each time.
const calmFor = time.Second

func (r *recording) fromCaller(in packet, voice []byte, now time.Time) {
	r.log.Load().Packet(capture.Left, capture.Header{Seq: in.seq, Timestamp: in.timestamp, SSRC: in.ssrc}, voice, now)
}

func (r *recording) fromAgent(in packet, voice []byte, now time.Time) {
	r.log.Load().Packet(capture.Right, capture.Header{Seq: in.seq, Timestamp: in.timestamp, SSRC: in.ssrc}, voice, now)
}

var (
	errNoFolder  = errors.New("media: this media process has no folder for recordings")
	errRecorded  = errors.New("media: the leg is recorded under another name")
	errPauseNone = errors.New("media: a pause needs a limit")
)

// record begins the recording of a leg, in a pause if that is not 0.
func (s *seat) record(id, recorded string, pause time.Duration) error {
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
		r.pause(pause)
		return nil
	}
	if s.engine.talks == "" {
		return errNoFolder
	}
	r := &recording{id: recorded, seat: s, leg: id}
	if err := r.begin(); err != nil {
		return err
	}
	r.pause(pause)
	leg.setRecording(r)
	return nil
}

// begin begins the next part. It expects the seat's mu.
func (r *recording) begin() error {
	log, err := capture.Create(r.seat.engine.talks, capture.Head{Recording: r.id, Leg: r.leg, Agent: r.seat.name})
	if err != nil {
		return err
	}
	if !r.until.IsZero() {
		log.Pause()
	}
	before := r.log.Swap(log)
	r.end(before)
	return nil
}

// end ends a part; Shutdown waits for the disk.
func (r *recording) end(part *capture.Log) {
	if part != nil {
		done := part.End()
		r.seat.engine.spawn("recording", func() { <-done })
	}
}

// pauseRecording has nothing of the leg kept until then, at the latest.
func (s *seat) pauseRecording(id string, limit time.Duration) error {
	if limit <= 0 {
		return errPauseNone
	}
	return s.withRecording(id, func(_ *leg, r *recording) { r.pause(limit) })
}

// pause begins a pause, or sets the limit of the one that there is. It expects the seat's mu.
func (r *recording) pause(limit time.Duration) {
	if limit <= 0 {
		return
	}
	paused := !r.until.IsZero()
	r.log.Load().Pause()
	if r.until = time.Now().Add(limit); !paused {
		r.tell(RecordingPaused, "")
	}
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
	r.end(r.log.Load())
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
	log := r.log.Load()
	trouble := log.Trouble()
	if trouble != nil {
		r.trouble = now
	}
	switch {
	case trouble != nil && !r.failed:
		r.failed, r.pace, r.anew = true, firstAnew, now.Add(firstAnew)
		r.seat.engine.log.Error("media: a talk is not being recorded", "recording", r.id, "err", trouble)
		r.tell(RecordingFailed, WhyDisk)
	case trouble == nil && log.Begun() && (r.failed && now.Sub(r.trouble) > calmFor || !r.failed && !r.begun):
		r.begun, r.failed = true, false
		r.tell(RecordingStarted, "")
	case capture.Elsewhere(trouble) && log.Begun() && now.After(r.anew):
		r.pace = min(2*r.pace, lastAnew)
		r.anew = now.Add(r.pace)
		if err := r.begin(); err != nil {
			r.seat.engine.log.Error("media: another part of a recording cannot be begun", "recording", r.id, "err", err)
		}
	}
}

// resume ends a pause, if there is one. It expects the seat's mu.
func (r *recording) resume(why string) {
	if r.until.IsZero() {
		return
	}
	r.until = time.Time{}
	r.log.Load().Resume()
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
			all = append(all, Recorded{Leg: leg.id, Recording: r.id, Kept: r.begun && !r.failed, Failed: r.failed, Paused: !r.until.IsZero()})
		}
	}
	return all
}
