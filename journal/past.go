package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"presszero/call"
)

// Past is what a journal tells of calls that have not ended, or only just. It
// can be read ahead, while another process still writes the journal, so that
// the next controller has only the last moments left to read.
type Past struct {
	recent time.Duration

	at   Offset // read up to here
	open map[call.ID][]pastRecord
	read int // records so far
}

// pastRecord is one record of an open call.
type pastRecord struct {
	n       int
	payload []byte
}

// agentState is the kind of an agent's states.
var agentState = call.AgentChanged{}.Kind()

// wrapsUp is in the state of an agent who does after-call work.
var wrapsUp = []byte(`"state":"wrap_up"`)

func newPast(opt Options) *Past {
	return &Past{recent: opt.Recent, open: map[call.ID][]pastRecord{}}
}

// Ahead reads the journal in dir without opening it. What it returns is meant
// for Options.Past of the Open that follows.
func Ahead(ctx context.Context, dir string, opt Options) (*Past, error) {
	opt = opt.withDefaults()
	p := newPast(opt)
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	return p, p.follow(ctx, &folder{dir: dir, log: opt.Log})
}

// follow reads on from where p stands to the end of what is written.
func (p *Past) follow(ctx context.Context, files *folder) error {
	segs, err := files.segments()
	if err != nil {
		return err
	}
	for _, s := range segs {
		if s.n < p.at.Segment {
			continue
		}
		if s.n > p.at.Segment {
			p.at = Offset{s.n, 0}
		}
		if err := p.followOne(ctx, files, s.size); err != nil {
			return fmt.Errorf("journal: the open calls cannot be read: %w", err)
		}
	}
	return nil
}

// followOne stops behind the last whole record: the next may be being written.
func (p *Past) followOne(ctx context.Context, files *folder, size int64) error {
	f, err := os.Open(files.segmentPath(p.at.Segment))
	if errors.Is(err, os.ErrNotExist) {
		return nil // pruned meanwhile
	}
	if err != nil { // the other segments tell of other callers
		files.log.Error("journal: a segment cannot be read; the open calls that it tells of are not restored", "segment", files.segmentPath(p.at.Segment), "err", err)
		files.damaged.Add(1)
		return nil
	}
	defer f.Close()
	r := newReader(f, p.at.Byte, size)
	for {
		payload, err := r.nextRecord()
		if err == io.EOF {
			if end, err := endOfData(f, r.good, size); err != nil || end > r.good { // else: a reserve in use
				files.reportDamage(p.at.Segment, r.damaged)
			}
			p.at.Byte = r.good
			return nil
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		p.keepIfOpen(payload, files.decode)
	}
}

// keepIfOpen keeps a record as long as the call or callback it tells of is open, or
// has only just ended. Of an agent it keeps since when she does after-call work, if she does.
func (p *Past) keepIfOpen(payload []byte, decode func([]byte) (call.Entry, bool)) {
	p.read++
	id, kind := callAndKind(payload)
	if kind == agentState {
		id = agentOf(payload) // over all her shifts: each restart begins another
	}
	_, known := p.open[id]
	switch {
	case call.Closes(kind):
		if !known || time.Since(decidedAt(payload)) > p.recent {
			delete(p.open, id)
			return
		}
	case kind == agentState:
		if !bytes.Contains(payload, wrapsUp) {
			delete(p.open, id)
			return
		}
		if known {
			return
		}
	case known:
	case call.Opens(kind):
		if e, ok := decode(payload); !ok || time.Since(e.At) > openCallLimit {
			return
		}
	default:
		return
	}
	p.open[id] = append(p.open[id], pastRecord{p.read, bytes.Clone(payload)})
}

// agentOf is the key of an agent's states; no call has it.
func agentOf(payload []byte) call.ID {
	_, rest, _ := bytes.Cut(payload, []byte(`"data":{"agent":`))
	name, _, _ := bytes.Cut(rest, []byte(`,"presence"`))
	return call.ID("agent " + string(name))
}

// Entries returns what has not ended, as Unfinished does.
func (p *Past) Entries() []call.Entry {
	return p.entries(func(payload []byte) (call.Entry, bool) {
		e, err := decode(payload)
		return e, err == nil
	})
}

// entries are the records kept, in the order in which they were written; one
// that was written twice is there once.
func (p *Past) entries(decode func([]byte) (call.Entry, bool)) []call.Entry {
	var all []pastRecord
	for _, lines := range p.open {
		all = append(all, lines...)
	}
	slices.SortFunc(all, func(a, b pastRecord) int { return a.n - b.n })
	type place struct {
		of  call.ID
		seq int
	}
	var entries []call.Entry
	known := map[place]bool{}
	for _, l := range all {
		e, ok := decode(l.payload)
		at := place{e.Call, e.Seq}
		if ok && !known[at] {
			known[at] = true
			entries = append(entries, e)
		}
	}
	inOrder(entries)
	return entries
}

// inOrder puts each call's entries in the order of their numbers. They are not
// where a full disk held some of them back; then all go by their times.
func inOrder(entries []call.Entry) {
	last, ordered := map[call.ID]int{}, true
	for _, e := range entries {
		ordered = ordered && e.Seq > last[e.Call]
		last[e.Call] = e.Seq
	}
	if ordered {
		return
	}
	slices.SortStableFunc(entries, func(a, b call.Entry) int { return a.At.Compare(b.At) })
	of := map[call.ID][]call.Entry{}
	for _, e := range entries {
		of[e.Call] = append(of[e.Call], e)
	}
	for _, list := range of {
		slices.SortFunc(list, func(a, b call.Entry) int { return a.Seq - b.Seq })
	}
	for i, e := range entries {
		entries[i], of[e.Call] = of[e.Call][0], of[e.Call][1:]
	}
}
