package nemesis

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Faults are chances, 0 to 1, of what can happen to a message.
type Faults struct {
	Lose  float64 // it never comes, and the connection breaks: a stream has no holes
	Twice float64 // it comes twice
	Move  float64 // it comes after the next one that is about another channel
	Late  float64 // it comes up to Most later, and all behind it
	Most  time.Duration
}

// A frame is one message of a websocket with its head as it came, or a piece of
// another stream.
type frame struct {
	raw  []byte
	text []byte // its payload, of a text message that is whole
	at   time.Time
}

const text = 1 // RFC 6455 section 5.2: the opcode of a text message

// relayReplies passes on what the far side says: as it is, or message by message once
// it has agreed to speak by websocket.
func (p *Proxy) relayReplies(to net.Conn, from io.Reader) {
	r := bufio.NewReaderSize(from, 32<<10)
	start, err := r.Peek(len("HTTP/1.1 101"))
	if err != nil || string(start) != "HTTP/1.1 101" {
		p.relayBytes(to, r)
		return
	}
	var head bytes.Buffer
	reply, err := http.ReadResponse(bufio.NewReader(io.TeeReader(onlyHead(r), &head)), nil)
	if err != nil {
		return
	}
	_ = reply.Body.Close()
	p.waitDelay(time.Now())
	if _, err := to.Write(head.Bytes()); err == nil {
		p.messages(&gate{to: to}, r)
	}
}

// onlyHead reads up to the empty line and not a byte more.
func onlyHead(r *bufio.Reader) io.Reader {
	var head bytes.Buffer
	for {
		line, err := r.ReadBytes('\n')
		head.Write(line)
		if err != nil || len(bytes.TrimSpace(line)) == 0 {
			return &head
		}
	}
}

// gate is the way to our side. A message that waits for one of another channel
// to overtake it does not wait for ever.
type gate struct {
	mu     sync.Mutex
	to     net.Conn
	behind *frame
	about  string
	timer  *time.Timer
}

// overtaken is how long a message waits to be overtaken.
const overtaken = 50 * time.Millisecond

func (g *gate) writeFrame(f frame) error {
	_, err := g.to.Write(f.raw)
	return err
}

// release sends the message that was held back.
func (g *gate) release() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.releaseLocked()
}

func (g *gate) releaseLocked() error {
	if g.behind == nil {
		return nil
	}
	f := *g.behind
	g.behind = nil
	g.timer.Stop()
	return g.writeFrame(f)
}

// sendInOrder sends a message, so many times. It does not overtake a held message
// about the same channel, for Asterisk keeps the order within a channel.
func (g *gate) sendInOrder(f frame, times int) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if about := channelOf(f.text); g.behind != nil && (about == "" || about == g.about) {
		if err := g.releaseLocked(); err != nil {
			return err
		}
	}
	for range times {
		if err := g.writeFrame(f); err != nil {
			return err
		}
	}
	return g.releaseLocked()
}

// holdBack keeps a message back until the next, and reports whether it could.
func (g *gate) holdBack(f frame) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	about := channelOf(f.text)
	if about == "" || g.behind != nil {
		return false
	}
	g.behind, g.about = &f, about
	g.timer = time.AfterFunc(overtaken, func() { _ = g.release() })
	return true
}

func (p *Proxy) messages(g *gate, r *bufio.Reader) {
	defer func() { _ = g.release() }()
	p.relayFrames(func() (frame, error) { return readFrame(r) }, func(f frame) error {
		fate := p.decideFate(f)
		if fate.late > 0 {
			time.Sleep(fate.late)
		}
		switch {
		case fate.lose:
			return errLost
		case fate.move && g.holdBack(f):
			return nil
		case fate.twice:
			return g.sendInOrder(f, 2)
		}
		return g.sendInOrder(f, 1)
	})
}

var errLost = errors.New("a message was lost, and the connection with it")

// readFrame takes one frame (RFC 6455 section 5.2). A server does not mask.
func readFrame(r *bufio.Reader) (frame, error) {
	head := make([]byte, 2, 10)
	if _, err := io.ReadFull(r, head); err != nil {
		return frame{}, err
	}
	length, more := uint64(head[1]&0x7f), 0
	switch length {
	case 126:
		more = 2
	case 127:
		more = 8
	}
	if more > 0 {
		head = head[:2+more]
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return frame{}, err
		}
		var long [8]byte
		copy(long[8-more:], head[2:])
		length = binary.BigEndian.Uint64(long[:])
	}
	raw := make([]byte, len(head)+int(length))
	copy(raw, head)
	if _, err := io.ReadFull(r, raw[len(head):]); err != nil {
		return frame{}, err
	}
	f := frame{raw: raw}
	if head[0] == 0x80|text {
		f.text = raw[len(head):]
	}
	return f, nil
}

// fate is what happens to one message.
type fate struct {
	lose, twice, move bool
	late              time.Duration
}

func (p *Proxy) decideFate(f frame) (of fate) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.text == nil || p.chance == nil {
		return of
	}
	hit := func(chance float64, count *int) bool {
		if p.chance.Float64() >= chance {
			return false
		}
		*count++
		return true
	}
	p.done.Passed++
	of.lose = hit(p.faults.Lose, &p.done.Lost)
	of.twice = hit(p.faults.Twice, &p.done.Twice)
	of.move = hit(p.faults.Move, &p.done.Moved)
	if hit(p.faults.Late, &p.done.Late) && p.faults.Most > 0 {
		of.late = time.Duration(p.chance.Int64N(int64(p.faults.Most)))
	}
	return of
}

// channelOf is the channel that an event of Asterisk is about, "" when it
// names none.
func channelOf(event []byte) string {
	var about struct {
		Channel  struct{ ID string }
		Playback struct {
			Target string `json:"target_uri"`
		}
		Recording struct {
			Target string `json:"target_uri"`
		}
	}
	if json.Unmarshal(event, &about) != nil {
		return ""
	}
	for _, target := range []string{about.Playback.Target, about.Recording.Target} {
		if id, ok := strings.CutPrefix(target, "channel:"); ok {
			return id
		}
	}
	return about.Channel.ID
}
