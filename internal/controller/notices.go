package controller

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"presszero/notify"
	"presszero/report"
	"presszero/sql"
	"presszero/web"
)

// houseTypes are what the addresses in MAIL_TO get: the day, and what needs somebody.
var houseTypes = []string{report.NoticeDay, report.NoticeMessageOverdue, report.NoticeCallbackBroken, report.NoticeLimitCrossed, report.NoticeLimitOver, report.NoticeWebhookDisabled}

const noticeLook = 15 * time.Second // between two looks at what has become overdue

// sendNotices lets what leaves the page leave, until ctx ends. The loop that decides
// knows nothing of it: all of it is read from the database.
func (c *Controller) sendNotices(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { c.notices.Run(ctx) })
	days := days{db: c.db, house: c.houseDay, behind: func() bool { n, _ := c.shipper.Lag(); return n > 0 }}
	tick := time.NewTicker(noticeLook)
	defer tick.Stop()
	for house := false; ; {
		if !house {
			house = c.noted(ctx, "the addresses of MAIL_TO cannot be kept", c.db.KeepHouse(ctx, c.MailTo, houseTypes, cmp.Or(c.MailLanguage, "en")))
		}
		if _, simulated, err := c.db.Demo(ctx); err == nil && !simulated { // a past that was not tells nobody anything
			c.noted(ctx, "what is overdue cannot be told", c.db.PublishOverdue(ctx))
			c.noted(ctx, "the day's report cannot be made", days.tell(ctx, time.Now()))
		}
		c.noted(ctx, "old notices cannot be dropped", c.db.DropNotices(ctx))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// noted reports whether something was done; if not, it is tried again.
func (c *Controller) noted(ctx context.Context, what string, err error) bool {
	if err != nil && ctx.Err() == nil {
		c.log.Warn(what+"; tried again", "err", err)
	}
	return err == nil
}

// houseDay is the zone of the house's days, and by what each queue is measured.
func (c *Controller) houseDay() (string, []report.Thresholds) {
	flow := c.flows.current().flow
	return flow.Zone, thresholds(flow)
}

// openNotices makes what sends notices.
func (c *Controller) openNotices() error {
	c.webhookKeys = notify.Keys(c.keys.WebhookKey())
	cfg := notify.Config{Store: c.db, Webhook: notify.NewWebhooks(c.webhookKeys, c.WebhookNetworks(), nil), Claims: c.Path("notices.claims"), Logger: c.log}
	if server := c.MailServer(); server != nil {
		var err error
		if cfg.Mail, err = notify.NewMailer(notify.MailConfig{Server: server, From: c.MailFrom, Site: c.BrowserURL(),
			Zone: func() string { return c.flows.current().flow.Zone }}); err != nil {
			return err
		}
	}
	c.notices = notify.New(cfg)
	return nil
}

// notices shows and changes what leaves the page.
type notices struct {
	*sql.DB
	keys notify.Keys
	mail bool
}

// Mail implements web.Notices.
func (n notices) Mail() bool { return n.mail }

// AddSubscription implements web.Notices.
func (n notices) AddSubscription(ctx context.Context, s report.Subscription) (id, key string, err error) {
	s.ID = rand.Text()
	if err := fit(s); err != nil {
		return "", "", err
	}
	s.Language = cmp.Or(s.Language, "en")
	if err := n.DB.AddSubscription(ctx, s); err != nil {
		return "", "", err
	}
	if s.Kind == report.Webhook {
		key = notify.Written(n.keys.Key(s.ID, 1))
	}
	return s.ID, key, nil
}

// fit says what is wrong with a subscription.
func fit(s report.Subscription) error {
	wrong := ""
	switch s.Kind {
	case report.Webhook:
		wrong = notify.CheckURL(s.Address)
	case report.Mail:
		wrong = notify.CheckAddress(s.Address)
	default:
		return web.Unfit("A subscription is of the kind mail or webhook.")
	}
	if wrong != "" {
		return web.Unfit(wrong)
	}
	if s.Language != "" && !slices.Contains(notify.Languages(), s.Language) {
		return web.Unfit("There are no mails in this language.")
	}
	if s.Kind == report.Webhook && slices.Contains(s.Types, report.NoticeWebhookDisabled) {
		return web.Unfit("That a webhook was switched off is told by mail only.")
	}
	return nil
}

// ChangeSubscription implements web.Notices.
func (n notices) ChangeSubscription(ctx context.Context, s report.Subscription) error {
	was, err := n.Subscription(ctx, s.ID)
	if err != nil {
		return orThere(err)
	}
	if s.Kind != was.Kind {
		return web.Unfit("A mail does not become a webhook, nor the other way round; make a new one.")
	}
	if err := fit(s); err != nil {
		return err
	}
	s.Language = cmp.Or(s.Language, was.Language)
	return orThere(n.DB.ChangeSubscription(ctx, s))
}

// RemoveSubscription implements web.Notices.
func (n notices) RemoveSubscription(ctx context.Context, id string) error {
	return orThere(n.DB.RemoveSubscription(ctx, id))
}

// DisableSubscription implements web.Notices.
func (n notices) DisableSubscription(ctx context.Context, id, why string) error {
	return orThere(n.DB.DisableSubscription(ctx, id, why))
}

// RotateKey implements web.Notices.
func (n notices) RotateKey(ctx context.Context, id string, until time.Time) (string, error) {
	nth, err := n.DB.RotateKey(ctx, id, until)
	if err != nil {
		return "", orThere(err)
	}
	return notify.Written(n.keys.Key(id, nth)), nil
}

// SendTest implements web.Notices.
func (n notices) SendTest(ctx context.Context, id, by string) error {
	return orThere(n.Test(ctx, id, "test-"+rand.Text(), by))
}

// ResendOne implements web.Notices.
func (n notices) ResendOne(ctx context.Context, id string, seq int64) error {
	return orThere(n.DB.ResendOne(ctx, id, seq))
}

// orThere tells the pages that something is not there.
func orThere(err error) error {
	if errors.Is(err, sql.ErrNoSubscription) || errors.Is(err, sql.ErrNoDelivery) || errors.Is(err, sql.ErrNoToken) {
		return web.ErrNotFound
	}
	return err
}

// tokens are what programs read with.
type tokens struct{ *sql.DB }

// RevokeToken implements web.Tokens.
func (t tokens) RevokeToken(ctx context.Context, id, owner string) error {
	return orThere(t.DB.RevokeToken(ctx, id, owner))
}

// UseToken implements web.Tokens.
func (t tokens) UseToken(ctx context.Context, hash []byte) (report.Token, error) {
	token, err := t.DB.UseToken(ctx, hash)
	return token, orThere(err)
}
