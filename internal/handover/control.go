package handover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"
)

// Request is what the tools tell a running `up`, as one line of JSON over the
// Unix socket STATE_DIR/control.
type Request struct {
	Upgrade string `json:"upgrade"`         // the program to run from now on
	Media   bool   `json:"media,omitempty"` // also for the voice
}

// Reply is each line that `up` answers.
type Reply struct {
	Say   string `json:"say,omitempty"`   // how far it is
	Done  bool   `json:"done,omitempty"`  // the last
	Error string `json:"error,omitempty"` // why it was not done; the last
}

// Ask has the `up` that listens at the socket carry a request out. say is
// told how far it is.
func Ask(ctx context.Context, socket string, r Request, say func(string)) error {
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("nothing runs in %s; start it with `make run`, or set PRESSZERO_STATE_DIR: %w", filepath.Dir(socket), err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return fmt.Errorf("the running program does not take the order: %w", err)
	}
	for replies := json.NewDecoder(conn); ; {
		var r Reply
		if err := replies.Decode(&r); err != nil {
			return fmt.Errorf("the running program does not tell what came of it; look at what it printed: %w", err)
		}
		switch {
		case r.Error != "":
			return errors.New(r.Error)
		case r.Done:
			return nil
		}
		say(r.Say)
	}
}

// ReadRequest reads the request that a tool has sent, within five seconds.
func ReadRequest(conn net.Conn) (r Request, err error) {
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	if err := json.NewDecoder(io.LimitReader(conn, 10_000)).Decode(&r); err != nil || r.Upgrade == "" {
		return r, errors.New("this program does not understand the order; it is older than the one that gives it")
	}
	return r, nil
}

// Answer sends a reply. A tool that has gone misses it.
func (r Reply) Answer(conn net.Conn) {
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_ = json.NewEncoder(conn).Encode(r)
}
