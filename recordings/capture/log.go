package capture

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Head is the first record of each part: whose talk it is, for whoever finds nothing but
// the file.
type Head struct {
	Recording string `json:"recording"` // names the files; letters, digits and ._- only
	Leg       string `json:"leg,omitempty"`
	Agent     string `json:"agent,omitempty"`

	// Create sets these: when the part was begun, by the wall clock and, in nanoseconds,
	// by the boot clock of that start of the machine.
	Wall   time.Time `json:"wall"`
	Boot   int64     `json:"boot"`
	BootID string    `json:"boot_id"`
}

// ringSize bounds what waits for the disk: four seconds of a leg.
const ringSize = 4 * 2 * 50 * (headerSize + 160)

// Log is one part of a recording while it is written. Its methods may be called from any
// goroutine, and none of them waits for the disk.
type Log struct {
	clock clock

	mu          sync.Mutex
	ring        []byte // records that wait for the writer
	paused      bool
	ended       bool
	dropped     uint32 // packets that had no room, since the last that had
	droppedFrom int64
	droppedTo   int64
	begun       bool  // something is on the disk
	trouble     error // of the last attempt to write

	over chan struct{} // closed by End
	done chan struct{} // closed when all is on the disk
}

var validID = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$`)

// Create begins a part of the recording that head names, in the folder dir, which is made
// if it is missing. The file is made in the background: whether it was, Trouble tells.
// It fails when the name of the recording cannot be that of a file.
func Create(dir string, head Head) (*Log, error) {
	return create(dir, head, openPart)
}

func create(dir string, head Head, open func(dir, recording string) (file, error)) (*Log, error) {
	if !validID.MatchString(head.Recording) {
		return nil, fmt.Errorf("capture: %q cannot name the files of a recording", head.Recording)
	}
	c, err := startClock()
	if err != nil {
		return nil, err
	}
	head.Wall, head.Boot, head.BootID = c.origin.Round(0).UTC(), c.boot, bootID()
	text, err := json.Marshal(head)
	if err != nil || len(text) > mostHead {
		return nil, fmt.Errorf("capture: the head of recording %s cannot be written: %w", head.Recording, errors.Join(err, errTooLong))
	}
	l := &Log{clock: c, over: make(chan struct{}), done: make(chan struct{})}
	l.put(record{kind: kindHead, at: head.Boot, payload: text})
	go l.write(func() (file, error) { return open(dir, head.Recording) })
	return l, nil
}

var errTooLong = errors.New("it is too long")

// Packet keeps a packet that came at that time. It copies the payload, which is mu-law.
// During a pause and after the end it keeps nothing.
func (l *Log) Packet(side Side, h Header, payload []byte, at time.Time) {
	if len(payload) > mostVoice {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.paused && !l.ended {
		l.put(record{kindPacket, side, h, l.clock.at(at), payload})
	}
}

// Pause has nothing kept, of either side, until Resume: when it returns, it is so.
func (l *Log) Pause() { l.setPaused(true) }

// Resume ends a pause.
func (l *Log) Resume() { l.setPaused(false) }

func (l *Log) setPaused(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.paused == on || l.ended {
		return
	}
	l.paused = on
	k := kindResume
	if on {
		k = kindPause
	}
	l.put(record{kind: k, at: l.clock.at(time.Now())})
}

// End ends the part. What it returns is closed when all is on the disk, or has been tried
// for endWithin. It may be repeated.
func (l *Log) End() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended = true
		l.put(record{kind: kindEnd, at: l.clock.at(time.Now())})
		close(l.over)
	}
	return l.done
}

// put adds a record to the ring. Packets for which there is no room are counted; there
// always is room for the others, which are few. It expects l.mu.
func (l *Log) put(r record) {
	if r.kind == kindPacket && len(l.ring)+2*headerSize+8+len(r.payload) > ringSize {
		if l.dropped == 0 {
			l.droppedFrom = r.at
		}
		l.dropped++
		l.droppedTo = r.at
		return
	}
	l.putGap()
	l.ring = appendRecord(l.ring, r)
}

// putGap says what had no room, if something had none. It expects l.mu.
func (l *Log) putGap() {
	if l.dropped == 0 {
		return
	}
	gap := record{kind: kindGap, at: l.droppedFrom, payload: binary.LittleEndian.AppendUint64(nil, uint64(l.droppedTo))}
	gap.Timestamp = l.dropped
	l.ring = appendRecord(l.ring, gap)
	l.dropped = 0
}

// ErrSlow is what Trouble tells of a disk that takes the packets slower than they come.
var ErrSlow = errors.New("capture: the disk is too slow")

// Trouble tells why the recording is not being kept at the moment; nil: it is, or it has
// just begun.
func (l *Log) Trouble() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.trouble == nil && l.dropped > 0 {
		return ErrSlow
	}
	return l.trouble
}

// Elsewhere reports whether another file might be taken where this one is not: the disk is
// neither full nor slow, but this file is broken, or of a disk that has been taken away.
func Elsewhere(trouble error) bool {
	return trouble != nil && !errors.Is(trouble, ErrSlow) && !errors.Is(trouble, unix.ENOSPC) && !errors.Is(trouble, unix.EDQUOT)
}

// Begun reports whether the disk has taken something of it.
func (l *Log) Begun() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.begun
}
