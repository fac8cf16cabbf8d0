package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Serve lets controllers use engine over the Unix socket at path, until ctx
// ends; then it returns nil and leaves the engine as it is. A controller that
// goes away changes nothing either: seats and legs go on.
//
// Only this machine's user can reach the socket (mode 0600; its directory is
// made with 0700 if missing). Serve fails when another process serves there.
func Serve(ctx context.Context, path string, engine *Local) error {
	listener, err := listenUnix(path)
	if err != nil {
		return err
	}
	var controllers sync.WaitGroup
	defer controllers.Wait()
	defer os.Remove(path)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			if conn != nil {
				_ = conn.Close()
			}
			return nil
		}
		if err != nil {
			_ = listener.Close()
			return fmt.Errorf("media: the socket %s takes no more controllers: %w", path, err)
		}
		controllers.Go(func() {
			defer engine.survive("controller")
			newController(engine, conn).serve(ctx)
		})
	}
}

// listenUnix puts the socket in place only when its mode is right, so that
// there is no moment in which another user could connect. Renaming it over
// what a killed process has left behind also needs no clean-up.
func listenUnix(path string) (*net.UnixListener, error) {
	fail := func(err error) error {
		return fmt.Errorf("media: cannot serve controllers at %s: %w", path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fail(err)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		_ = conn.Close()
		return nil, fail(errors.New("another media process serves there; end it first or choose another STATE_DIR"))
	}
	fresh := path + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fail(err)
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"})
	if err != nil {
		return nil, fail(err)
	}
	listener.SetUnlinkOnClose(false) // it knows the old name only
	if err := errors.Join(os.Chmod(fresh, 0o600), os.Rename(fresh, path)); err != nil {
		return nil, fail(errors.Join(err, listener.Close()))
	}
	return listener, nil
}

// backlog is how many messages may wait for a controller. A controller that lets
// so many wait is stuck: it is cut off, and asks for the seats when it is back.
const backlog = 4096

// controller is a connected controller.
type controller struct {
	engine *Local
	lines  *lines
	out    chan message
	gone   context.CancelFunc
}

func newController(engine *Local, conn net.Conn) *controller {
	return &controller{engine: engine, lines: newLines(conn), out: make(chan message, backlog)}
}

func (c *controller) serve(ctx context.Context) {
	ctx, c.gone = context.WithCancel(ctx)
	defer c.gone()
	stop := context.AfterFunc(ctx, func() { _ = c.lines.conn.Close() })
	defer stop()
	if c.lines.write(greeting{wireVersion, MaxLines, true}) != nil {
		return
	}
	deaf := c.engine.mail.listen(func(e Event) { c.enqueue(message{Event: &e}) })
	defer deaf()
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer c.gone()
	tasks.Go(func() {
		defer c.engine.survive("controller's writer")
		c.write(ctx)
	})
	for {
		var r request
		if err := c.lines.readValue(&r, 0); err != nil {
			c.engine.log.Debug("media: a controller has gone", "err", err)
			return
		}
		if r.Do == doConnect {
			tasks.Go(func() {
				defer c.engine.survive("controller's connect")
				c.enqueue(c.carryOut(r))
			})
			continue
		}
		c.enqueue(c.carryOut(r))
	}
}

// enqueue never blocks.
func (c *controller) enqueue(m message) {
	select {
	case c.out <- m:
	default:
		c.engine.log.Warn("media: a controller does not read its messages and is cut off")
		c.gone()
	}
}

func (c *controller) write(ctx context.Context) {
	for {
		select {
		case m := <-c.out:
			if c.lines.write(m) != nil {
				c.gone()
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// carryOut carries a request out. A connect goes on when its controller is gone:
// the page may have our answer already.
func (c *controller) carryOut(r request) message {
	m := message{ID: r.ID}
	switch r.Do {
	case doConnect:
		within := time.Duration(cmp.Or(r.Within, requestWithin.Milliseconds())) * time.Millisecond
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		answer, err := c.engine.Connect(ctx, r.Seat, r.Offer)
		m.Answer = &answer
		m.failed(err)
	case doTalk:
		m.failed(c.engine.TalkTo(r.Seat, r.Leg, r.Remote))
	case doHush:
		c.engine.Hush(r.Seat, r.Leg)
	case doListen:
		m.failed(c.engine.Listen(r.Seat, r.Of, r.Leg))
	case doWhisper:
		m.failed(c.engine.Whisper(r.Seat, r.Voice))
	case doStopListening:
		c.engine.StopListening(r.Seat)
	case doRecord:
		m.failed(c.engine.Record(r.Seat, r.Leg, r.Recording, 0))
	case doRecordPaused:
		m.failed(c.engine.Record(r.Seat, r.Leg, r.Recording, max(r.limit(), time.Millisecond)))
	case doPause:
		m.failed(c.engine.PauseRecording(r.Seat, r.Leg, r.limit()))
	case doResume:
		m.failed(c.engine.ResumeRecording(r.Seat, r.Leg))
	case doStop:
		m.failed(c.engine.StopRecording(r.Seat, r.Leg))
	case doExpect:
		c.engine.Expect(r.Seat, r.Voice)
	case doEcho:
		m.failed(c.engine.Echo(r.Seat, r.Voice))
	case doClose:
		c.engine.Close(r.Seat)
	case doSeats:
		seats, err := c.engine.Seats()
		m.Seats = seats
		m.failed(err)
	case doStats:
		stats, err := c.engine.Stats(r.Seat)
		m.Stats = &stats
		m.failed(err)
	case doPing:
	default:
		m.failed(fmt.Errorf("media: this media process does not know the request %.20q: %w", r.Do, ErrOld))
	}
	return m
}
