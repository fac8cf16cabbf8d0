package media

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// The conversation between a controller and the media process: one JSON value
// a line, over a Unix socket.
//
//	media       {"presszero_media":1,"lines":2}                        greets
//	controller  {"id":7,"do":"talk","seat":"ana","leg":"l1","remote":"127.0.0.1:15002"}
//	media       {"id":7}                                               done
//	media       {"id":8,"code":"no_seat","error":"…"}                  or not
//	media       {"event":{"kind":"connected","seat":"ana"}}            unasked
//
// Requests of one connection are carried out in order; only a connect, which
// takes milliseconds, lets the ones behind it pass.

// wireVersion changes when an older side would misunderstand a newer one;
// fields may be added without. A media process outlives upgrades of the
// controller, so both sides check it.
const wireVersion = 1

// A page's offer may grow sixfold when its bytes are escaped in JSON.
const maxLine = 8 * MaxOffer

type greeting struct {
	Version int `json:"presszero_media"`
	Lines   int `json:"lines,omitempty"` // see Engine; not told by the first versions
	// Records: it knows the requests about recordings; not told by the first versions.
	Records bool `json:"records,omitempty"`
}

// verb is what a request wants done.
type verb string

const (
	doConnect       verb = "connect"
	doTalk          verb = "talk"
	doHush          verb = "hush"
	doExpect        verb = "expect"
	doEcho          verb = "echo"
	doListen        verb = "listen"
	doWhisper       verb = "whisper"
	doStopListening verb = "stop_listening"
	doRecord        verb = "record"
	doRecordPaused  verb = "record_paused" // not a field of record: who does not know it would record
	doPause         verb = "pause_recording"
	doResume        verb = "resume_recording"
	doStop          verb = "stop_recording"
	doClose         verb = "close"
	doSeats         verb = "seats"
	doStats         verb = "stats"
	doPing          verb = "ping"
)

type request struct {
	ID     uint64 `json:"id"`
	Do     verb   `json:"do"`
	Seat   string `json:"seat,omitempty"`
	Of     string `json:"of,omitempty"` // of listen: the seat of the leg
	Leg    string `json:"leg,omitempty"`
	Remote string `json:"remote,omitempty"`
	Offer  string `json:"offer,omitempty"`
	Voice  bool   `json:"voice,omitempty"`     // of an expect: it is due; of an echo: it is to come back; of a whisper: it begins
	Within int64  `json:"within_ms,omitempty"` // when the asker gives up, which matters to a connect

	Recording string `json:"recording,omitempty"` // of a record
	Limit     int64  `json:"limit_ms,omitempty"`  // of a pause, also one in which a recording begins
}

// limit is that of a pause.
func (r request) limit() time.Duration { return time.Duration(r.Limit) * time.Millisecond }

// message is a reply, with the request's id, or an event.
type message struct {
	ID     uint64  `json:"id,omitempty"`
	Code   string  `json:"code,omitempty"`
	Error  string  `json:"error,omitempty"`
	Answer *Answer `json:"answer,omitempty"`
	Seats  []Seat  `json:"seats,omitempty"`
	Stats  *Stats  `json:"stats,omitempty"`
	Event  *Event  `json:"event,omitempty"`
}

// codes are the names under which errors travel.
var codes = map[string]error{
	"offer":        ErrOffer,
	"no_seat":      ErrNoSeat,
	"no_leg":       ErrNoLeg,
	"talking":      ErrTalking,
	"not_recorded": ErrNotRecorded,
	"old":          ErrOld,
	"closed":       ErrClosed,
}

// failed puts an error into the message.
func (m *message) failed(err error) {
	if err == nil {
		return
	}
	m.Code, m.Error = "failed", err.Error()
	for code, known := range codes {
		if errors.Is(err, known) {
			m.Code = code
		}
	}
}

// decodeError returns the error that failed has put in; errors.Is finds the same
// errors in it as on the other side.
func (m *message) decodeError() error {
	if m.Code == "" {
		return nil
	}
	return remoteError{text: m.Error, kind: codes[m.Code]}
}

type remoteError struct {
	text string
	kind error
}

func (e remoteError) Error() string { return e.text }
func (e remoteError) Unwrap() error { return e.kind }

// lines reads and writes the values. One goroutine may read and another write.
type lines struct {
	conn net.Conn
	in   *bufio.Scanner
	out  *json.Encoder
}

func newLines(conn net.Conn) *lines {
	in := bufio.NewScanner(conn)
	in.Buffer(make([]byte, 0, 4096), maxLine)
	return &lines{conn: conn, in: in, out: json.NewEncoder(conn)}
}

// readValue waits for the next value at most so long; 0 is for ever.
func (l *lines) readValue(v any, within time.Duration) error {
	if within > 0 {
		if err := l.conn.SetReadDeadline(time.Now().Add(within)); err != nil {
			return err
		}
	}
	if !l.in.Scan() {
		if err := l.in.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	if err := json.Unmarshal(l.in.Bytes(), v); err != nil {
		return fmt.Errorf("not a line of this protocol: %w", err)
	}
	return nil
}

// writeWithin is how long the other side may leave its socket unread; both
// read all the time, so one that does not is stopped or stuck.
const writeWithin = 5 * time.Second

func (l *lines) write(v any) error {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	return l.out.Encode(v)
}
