package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"time"

	"presszero/internal/handover"
)

// TakeOrders listens for orders until ctx ends.
func (sup *Supervisor) TakeOrders(ctx context.Context) error {
	path := sup.settings.Path("control")
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	l, err := net.Listen("unix", path) // in a folder of mode 0700
	if err != nil {
		return fmt.Errorf("orders cannot be taken at %s: %w", path, err)
	}
	context.AfterFunc(ctx, func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go sup.carryOut(ctx, conn)
		}
	}()
	return nil
}

// carryOut carries out one order. It goes on when the client that gave it has gone.
func (sup *Supervisor) carryOut(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	r, err := handover.ReadRequest(conn)
	if err != nil {
		handover.Reply{Error: err.Error()}.Answer(conn)
		return
	}
	err = sup.upgrade(ctx, r, func(format string, args ...any) {
		sup.say(format, args...)
		handover.Reply{Say: fmt.Sprintf(format, args...)}.Answer(conn)
	})
	if err != nil {
		sup.say("%s", err)
		handover.Reply{Error: err.Error()}.Answer(conn)
		return
	}
	handover.Reply{Done: true}.Answer(conn)
}

// upgrade goes over to another program. After an error all is as before, but
// for a controller that failed when it had taken over: then the old program is
// started again, as after a crash.
func (sup *Supervisor) upgrade(ctx context.Context, o handover.Request, tell func(string, ...any)) error {
	if !sup.upgrading.TryLock() {
		return errors.New("another upgrade is under way; wait for its end")
	}
	defer sup.upgrading.Unlock()
	next, err := sup.programs.open(o.Upgrade)
	if err != nil {
		return err
	}
	tell("the new controller prepares itself")
	fresh, err := sup.standBy(ctx, next, o.Media)
	if err != nil {
		next.close()
		return fmt.Errorf("the new controller cannot serve, and the old one goes on: %w", err)
	}
	tell("the new controller is ready; it takes over")
	old, took, err := sup.swap(ctx, fresh, next)
	if err != nil {
		fresh.Stop()
		next.close()
		return fmt.Errorf("the new controller failed; the old program goes on: %w", err)
	}
	tell("took over %d of %d calls, %d dropped, %d ms without a controller",
		took.Calls-took.Gone, took.Calls, took.Gone, took.Gap.Milliseconds())
	sup.programs.put(next)
	old.Stop()
	tell("the old controller has stopped")
	if o.Media && fresh.ready.NoMedia == "" {
		err = sup.renewMedia(ctx, next)
	}
	if err == nil && o.Media {
		tell("the voice process is the new one; agents' pages connect to it anew by themselves")
	}
	return err
}

// swap has the controller in standby take over from the one that runs, and returns
// that one. A voice process that the new controller cannot use is replaced before.
func (sup *Supervisor) swap(ctx context.Context, fresh *fresh, next *executable) (old process, took handover.Word, err error) {
	unkept := sup.kept("serve").replace(ctx, func(was process) process {
		old = was
		if fresh.ready.NoMedia != "" {
			if err = sup.renewMedia(ctx, next); err != nil {
				return was
			}
		}
		if took, err = fresh.take(was); err != nil {
			return was
		}
		return fresh
	})
	return old, took, errors.Join(unkept, err)
}

// renewMedia puts a media process of the program in the place of the one that
// runs. There is one port, so the old one must end first.
func (sup *Supervisor) renewMedia(ctx context.Context, of *executable) (err error) {
	unkept := sup.kept("media").replace(ctx, func(was process) process {
		was.Stop()
		var fresh *child
		if fresh, err = startChild(of.path, sup.settings, nil, "media"); err != nil {
			return was
		}
		return fresh
	})
	return errors.Join(unkept, err)
}

// fresh is a controller in standby.
type fresh struct {
	*child
	ready handover.Word
	words <-chan handover.Word // closed when it says no more
	log   string               // its log
}

// standBy starts a controller of the program and waits until it is prepared.
func (sup *Supervisor) standBy(ctx context.Context, p *executable, newMedia bool) (*fresh, error) {
	f := &fresh{log: sup.settings.Path("log", "serve.log")}
	hear, words, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	var orders io.Writer
	args := []string{"--standby"}
	if newMedia {
		args = append(args, "--new-media")
	}
	f.child, err = startChild(p.path, sup.settings, func(cmd *exec.Cmd) (err error) {
		cmd.Stdout = words
		orders, err = handover.Pass(cmd, sup.pages)
		return err
	}, "serve", args...)
	_ = words.Close() // the child has its own
	if err != nil {
		_ = hear.Close()
		return nil, fmt.Errorf("%s is no program that runs here: %w", p.name, errors.Unwrap(err))
	}
	f.child.orders, f.child.last = orders, &sup.last
	f.words = handover.Words(hear)
	if f.ready, err = f.hear(ctx, readyLimit); err == nil && !f.ready.Prepared {
		err = errors.New("it does not know how to take over")
	}
	if err != nil {
		f.Stop()
		return nil, err
	}
	return f, nil
}

// hear waits for the controller's next word.
func (f *fresh) hear(ctx context.Context, within time.Duration) (handover.Word, error) {
	select {
	case w, more := <-f.words:
		if !more {
			<-f.Done()
			return w, fmt.Errorf("it ended by itself (%s): %s", f.cmd.ProcessState, f.said.lastWords())
		}
		if w.Refused != "" {
			return w, errors.New(w.Refused)
		}
		return w, nil
	case <-time.After(within):
		return handover.Word{}, fmt.Errorf("nothing was heard of it for %s; look into %s", within, f.log)
	case <-ctx.Done():
		return handover.Word{}, errors.New("all is being stopped")
	}
}

// A controller that has not let go of the journal in spite of the fence is
// stuck; it is killed. It must be so before the new one gives up waiting.
const (
	killAfter = handover.JournalWait * 3 / 4
	takeLimit = 20 * time.Second
)

// take has the controller take over from the old one.
func (f *fresh) take(old process) (handover.Word, error) {
	if err := handover.TakeOver.Give(f.orders); err != nil {
		return handover.Word{}, fmt.Errorf("it takes no order: %w", err)
	}
	killing := time.AfterFunc(killAfter, func() {
		if p, err := os.FindProcess(old.PID()); err == nil && !ended(old) {
			_ = p.Kill()
		}
	})
	defer killing.Stop()
	w, err := f.hear(context.Background(), takeLimit)
	if err == nil && !w.Serving {
		err = errors.New("it does not say that it serves")
	}
	return w, err
}

func ended(p process) bool {
	select {
	case <-p.Done():
		return true
	default:
		return false
	}
}
