package controller

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"presszero/asterisk"
	"presszero/asterisk/private"
	"presszero/call"
	"presszero/call/number"
	"presszero/internal/atomicfile"
	"presszero/internal/settings"
	"presszero/outbound"
	"presszero/trunk"
)

// trunks are the carriers at work: which there are, how they are, and their change
// while calls go on.
type trunks struct {
	settings settings.Settings
	password string
	log      *slog.Logger

	carriers *outbound.Carriers
	policy   *outbound.Policy // nil: no calls leave
	now      func() time.Time

	changing sync.Mutex // one change at a time

	mu        sync.Mutex
	reader    number.Reader
	standings map[string]private.TrunkStanding
	seen      time.Time // when these were asked for; zero: not yet
	trouble   error     // why the file is not in force; nil: it is
}

// openTrunks reads the trunks. policy is set by the caller.
func openTrunks(s settings.Settings, password string, log *slog.Logger) (*trunks, error) {
	book, trouble, err := s.GoodBook()
	if err != nil {
		return nil, err
	}
	if trouble != nil {
		log.Error("the file of trunks has errors; the last good trunks stay in force; correct the file and send SIGHUP", "err", trouble)
	}
	return &trunks{settings: s, password: password, log: log, carriers: outbound.NewCarriers(book), now: time.Now,
		reader: s.NumberReader(book), trouble: trouble}, nil
}

// ownsNumber reports whether a number in E.164 is ours.
func (t *trunks) ownsNumber(e164 string) bool { return t.carriers.Book().Owns(e164) }

// number reads a number as the trunk writes it, over which it has come.
func (t *trunks) number(over, written string) string {
	t.mu.Lock()
	reader := t.reader
	t.mu.Unlock()
	if c := t.carriers.Book().Trunk(over); c != nil {
		switch c.Writes.In {
		case trunk.FormInternational:
			return reader.International(written)
		case trunk.FormNational:
			return reader.National(written)
		}
	}
	return reader.One(written)
}

// Ways implements asterisk.Carriers.
func (t *trunks) Ways(to string, about call.Purpose) []call.Way {
	if t.policy != nil {
		if emergency, may := t.policy.Emergency(to); may {
			if w, ok := t.carriers.Emergency(emergency); ok {
				return []call.Way{w}
			}
		}
	}
	about.Dialed = t.number("", about.Dialed)
	return t.carriers.Ways(t.now(), to, about)
}

// Began implements asterisk.Carriers.
func (t *trunks) Began(name string, inbound bool) { t.carriers.Began(t.now(), name, inbound) }

// Ended implements asterisk.Carriers.
func (t *trunks) Ended(name string) { t.carriers.Ended(name) }

// Told implements asterisk.Carriers.
func (t *trunks) Told(name string, a call.CarrierAnswer) {
	t.carriers.Told(t.now(), name, a)
}

// In implements asterisk.Carriers.
func (t *trunks) In(name string) asterisk.Inbound {
	c := t.carriers.Book().Trunk(name)
	if c == nil {
		return asterisk.Inbound{Trust: true}
	}
	leadIn := c.LeadIn
	if leadIn == 0 {
		leadIn = -1 // none; 0 would be the switch's own
	}
	return asterisk.Inbound{LeadIn: leadIn, DialledIn: c.DialledIn, Trust: c.Trust}
}

// reload takes a file of trunks that has changed, while calls go on. A file that
// must not be used changes nothing. changed reports whether there was a change.
func (t *trunks) reload(ctx context.Context) (changed bool, err error) {
	t.changing.Lock()
	defer t.changing.Unlock()
	if t.settings.Trunks == "" {
		return false, nil
	}
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.trouble = err
	}()
	book, text, err := t.settings.ReadBook()
	if err != nil {
		return false, err
	}
	if settings.CallsLeave(book) != (t.policy != nil) {
		return false, errors.New("with this file calls would begin to leave, or cease to; that needs a restart")
	}
	before, _ := os.ReadFile(t.settings.LastGoodTrunks())
	if t.settings.ARIURL != "" && t.isPrivate() {
		if err := private.Reload(ctx, t.settings.PrivateAsterisk(book, t.password), t.reloadModule); err != nil {
			// Asterisk goes on with what it has of before; the file that it had is
			// written again, so that its next start is a good one.
			if old, bad := t.settings.ParseBook(before); bad == nil {
				err = errors.Join(err, private.Reload(ctx, t.settings.PrivateAsterisk(old, t.password), t.reloadModule))
			}
			return false, err
		}
	}
	t.carriers.Use(book)
	t.mu.Lock()
	t.reader = t.settings.NumberReader(book)
	t.mu.Unlock()
	return string(before) != string(text), atomicfile.Write(t.settings.LastGoodTrunks(), text)
}

// isPrivate reports whether the Asterisk is the one that `presszero up` has started.
func (t *trunks) isPrivate() bool { return t.settings.Has("asterisk", "run", "asterisk.ctl") }

// reloadModule has Asterisk read the settings of a module again.
func (t *trunks) reloadModule(ctx context.Context, module string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, t.settings.ARIURL+"/asterisk/modules/"+url.PathEscape(module), nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(t.settings.ARIUser, t.password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("ARI answers %s", resp.Status)
	}
	return nil
}

// reloadTrunks takes a changed file of trunks.
func (c *Controller) reloadTrunks(ctx context.Context) (changed bool, err error) {
	changed, err = c.trunks.reload(ctx)
	switch {
	case err != nil:
		c.log.Error("the file of trunks has errors; the last good trunks stay in force; correct the file and send SIGHUP", "err", err)
	case changed:
		c.log.Info("trunks reloaded", "file", c.Trunks)
	}
	return changed, err
}
