package chaos

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Mode is one way to fail.
type Mode struct {
	Name   string
	Deed   string // what is done, in a sentence
	Bounds Bounds
	Crowd  int           // callers unless told otherwise; 0: as many as the scene needs
	Rounds int           // of the deed, unless told otherwise
	Unfit  func() string // why it cannot be done on this machine; nil: it can

	ownDisk bool // the journal needs a disk of its own
	play    func(*scene)
}

// Options say how much is done. Zero values take the mode's own.
type Options struct {
	Seed    uint64
	Callers int
	Rounds  int
}

// Run plays one mode and returns its row, which says what is red. It returns an
// error only if the mode could not be played.
func Run(ctx context.Context, g *Ground, stack *Stack, m Mode, o Options) (Row, error) {
	if err := stack.openDatabase(); err != nil {
		return Row{}, err
	}
	o.Callers, o.Rounds = cmp.Or(o.Callers, m.Crowd), cmp.Or(o.Rounds, m.Rounds, 1)
	s := newScene(ctx, g, stack, m, o)
	inspect := &inspection{scene: s, before: s.logSizes()}
	late := watch()
	// A part that gives up ends its goroutine; clearUp runs all the same.
	s.runPart(func() { m.play(s) })
	s.runPart(s.clearUp)
	s.row.Stall = Millis(late())
	if ctx.Err() != nil {
		return *s.row, ctx.Err()
	}
	s.runPart(inspect.judgeCalls)
	s.runPart(inspect.checkBooks)
	s.runPart(inspect.readLogs)
	s.row.Seconds = time.Since(s.began).Round(100 * time.Millisecond).Seconds()
	s.row.judge(m.Bounds)
	return *s.row, nil
}

// clearUp ends what was begun, the last first, and leaves a program that works
// for the next mode.
func (s *scene) clearUp() {
	s.undoAll()
	s.Wire.Mend()
	s.Wire.Thaw()
	s.waitReady(time.Now())
	s.noMoreCallbacks()
}

func (s *Stack) openDatabase() (err error) {
	if s.db == nil {
		s.db, err = sql.Open("postgres", s.Database)
	}
	return err
}

// Close lets go of what Run has opened.
func (s *Stack) Close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

// watch measures how late this machine's timers are. A busy machine delays
// listeners as well as speakers, and the mode is not to blame for that.
func watch() (late func() time.Duration) {
	const every = 10 * time.Millisecond
	stop, most := make(chan struct{}), make(chan time.Duration)
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		var longest time.Duration
		for last := time.Now(); ; {
			select {
			case now := <-tick.C:
				longest = max(longest, time.Since(last)-every)
				last = now
			case <-stop:
				most <- longest
				return
			}
		}
	}()
	return func() time.Duration {
		close(stop)
		return <-most
	}
}

// Find returns the mode of that name.
func Find(name string) (Mode, error) {
	for _, m := range Modes() {
		if m.Name == name {
			return m, nil
		}
	}
	return Mode{}, fmt.Errorf("there is no mode %q; `presszero chaos --list` names them", name)
}

// ErrRed says that a mode did not keep what is promised.
var ErrRed = errors.New("not all is green")
