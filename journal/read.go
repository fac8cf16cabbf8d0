package journal

import (
	"context"
	"errors"
	"os"
	"time"

	"presszero/call"
)

// Read returns up to max entries that are on disk, from the offset on, and
// the offset behind them. At the end of the journal it returns none. An
// offset in a segment that is pruned means the oldest one that is left.
func (j *Journal) Read(from Offset, max int) ([]call.Entry, Offset, error) {
	return j.files.readEntries(from, j.End(), max)
}

// readEntries returns up to max entries of those between two offsets, and the offset
// behind them.
func (d *folder) readEntries(from, end Offset, max int) ([]call.Entry, Offset, error) {
	if !from.Before(end) {
		return nil, end, nil
	}
	segs, err := d.segments()
	if err != nil {
		return nil, from, err
	}
	var entries []call.Entry
	for _, s := range segs {
		if s.n < from.Segment || s.n > end.Segment || len(entries) >= max {
			continue
		}
		if s.n > from.Segment {
			from = Offset{s.n, 0}
		}
		limit := s.size
		if s.n == end.Segment {
			limit = end.Byte
		}
		from.Byte, err = d.eachRecord(s.n, from.Byte, limit, func(payload []byte) bool {
			if e, ok := d.decode(payload); ok {
				entries = append(entries, e)
			}
			return len(entries) < max
		})
		if errors.Is(err, os.ErrNotExist) {
			continue // pruned meanwhile
		}
		if err != nil {
			return entries, from, err
		}
	}
	return entries, from, nil
}

// End returns the end of what is on disk.
func (j *Journal) End() Offset {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.durable
}

// Since returns an offset before all that was appended at t or later. It is
// the beginning of a segment, so at most Options.SegmentAge too early.
func (j *Journal) Since(t time.Time) (Offset, error) {
	segs, err := j.files.segments()
	if err != nil {
		return Offset{}, err
	}
	for _, s := range segs {
		if !s.last.Before(t) {
			return Offset{s.n, 0}, nil
		}
	}
	return j.End(), nil
}

// Behind returns how many bytes are on disk after the offset: what a shipper
// has yet to ship.
func (j *Journal) Behind(from Offset) (int64, error) {
	end := j.End()
	segs, err := j.files.segments()
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, s := range segs {
		size := s.size
		if s.n == end.Segment {
			size = end.Byte
		}
		switch {
		case s.n > end.Segment || s.n < from.Segment:
		case s.n == from.Segment:
			sum += max(0, size-from.Byte)
		default:
			sum += size
		}
	}
	return sum, nil
}

// Unfinished returns, in order, the entries of what has not ended: calls and
// callbacks that began within openCallLimit, and agents in after-call work. With them
// come calls that ended within Options.Recent: a caller who was cut off a moment
// ago and calls again is to be known again. It is what a controller replays after a restart, and meant to be called once, before
// anything is appended.
func (j *Journal) Unfinished(ctx context.Context) ([]call.Entry, error) {
	p := j.opt.Past
	if p == nil {
		p = newPast(j.opt)
	}
	if err := p.follow(ctx, j.files); err != nil {
		return nil, err
	}
	return p.entries(j.files.decode), nil
}
