package media

import (
	"context"
	"fmt"
	"time"
)

// The requests about recordings, here and over the socket.

// Record implements Engine.
func (l *Local) Record(name, leg, recording string, pause time.Duration) error {
	return l.onSeat(name, func(s *seat) error { return s.record(leg, recording, pause) })
}

// PauseRecording implements Engine.
func (l *Local) PauseRecording(name, leg string, limit time.Duration) error {
	return l.onSeat(name, func(s *seat) error { return s.pauseRecording(leg, limit) })
}

// ResumeRecording implements Engine.
func (l *Local) ResumeRecording(name, leg string) error {
	return l.onSeat(name, func(s *seat) error { return s.resumeRecording(leg) })
}

// StopRecording implements Engine.
func (l *Local) StopRecording(name, leg string) error {
	return l.onSeat(name, func(s *seat) error { return s.stopRecording(leg) })
}

// onSeat does something with the seat.
func (l *Local) onSeat(name string, do func(*seat) error) error {
	seat, err := l.findSeat(name)
	if err != nil {
		return err
	}
	return do(seat)
}

// Record implements Engine.
func (c *Client) Record(seat, leg, recording string, pause time.Duration) error {
	r := request{Do: doRecord, Seat: seat, Leg: leg, Recording: recording}
	if pause > 0 {
		r.Do, r.Limit = doRecordPaused, pause.Milliseconds()
	}
	return c.aboutRecording(r)
}

// PauseRecording implements Engine.
func (c *Client) PauseRecording(seat, leg string, limit time.Duration) error {
	return c.aboutRecording(request{Do: doPause, Seat: seat, Leg: leg, Limit: limit.Milliseconds()})
}

// ResumeRecording implements Engine.
func (c *Client) ResumeRecording(seat, leg string) error {
	return c.aboutRecording(request{Do: doResume, Seat: seat, Leg: leg})
}

// StopRecording implements Engine.
func (c *Client) StopRecording(seat, leg string) error {
	return c.aboutRecording(request{Do: doStop, Seat: seat, Leg: leg})
}

// aboutRecording asks for what a media process of an earlier version does not know.
func (c *Client) aboutRecording(r request) error {
	if !c.records.Load() {
		return fmt.Errorf("media: cannot %s of seat %q: %w", r.Do, r.Seat, ErrOld)
	}
	_, err := c.roundTrip(context.Background(), r)
	return err
}
