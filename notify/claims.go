package notify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"presszero/report"
)

// claims is the file in which a worker notes what it is trying. It is locked for as long as
// the worker's process lives, so who gets the lock knows that the one before is dead, and
// gives its claims back at once. Without the file, or while another has it, nothing is noted,
// and what was claimed waits for its lease.
type claims struct {
	path string

	mu   sync.Mutex
	file *os.File // nil: it is not ours yet
	now  map[string][]claim
}

// claim is one delivery that is being tried. Until is the end of its lease, by which it is
// known from a later claim of the same.
type claim struct {
	Subscription string
	Seq          int64
	Until        time.Time
}

// takeOver makes the file ours, unless it is or is another's, and gives back what the
// worker before had claimed.
func (c *claims) takeOver(ctx context.Context, store Store) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.path == "" || c.file != nil {
		return nil
	}
	f, err := os.OpenFile(c.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		err = giveBack(ctx, store, f)
	}
	if err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil // the one before still lives
		}
		return err
	}
	c.file, c.now = f, map[string][]claim{}
	return nil
}

// giveBack gives back what stands in the file. A note that was cut off was of what nobody
// had tried yet.
func giveBack(ctx context.Context, store Store, f io.Reader) error {
	var list []claim
	if err := json.NewDecoder(f).Decode(&list); err != nil {
		return nil
	}
	for _, one := range list {
		if err := store.GiveBack(ctx, one.Subscription, one.Seq, one.Until); err != nil {
			return err
		}
	}
	return nil
}

// note notes what is being tried for a subscription, instead of what was before. What has
// ended may stand there: its lease is over, and so nothing is given back.
func (c *claims) note(subscription string, list []report.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file == nil {
		return nil
	}
	delete(c.now, subscription)
	for _, d := range list {
		if d.NextAt != nil {
			c.now[subscription] = append(c.now[subscription], claim{subscription, d.Seq, *d.NextAt})
		}
	}
	all := []claim{}
	for _, list := range c.now {
		all = append(all, list...)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if _, err := c.file.WriteAt(append(text, '\n'), 0); err != nil {
		return err
	}
	return c.file.Truncate(int64(len(text)) + 1) // who dies before leaves the rest of an older note behind the new one
}

// close lets the next worker have the file.
func (c *claims) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != nil {
		_ = c.file.Close()
		c.file = nil
	}
}
