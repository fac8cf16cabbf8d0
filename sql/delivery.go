package sql

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

// Due lists the subscriptions of some kinds for which a delivery is due now.
func (db *DB) Due(ctx context.Context, kinds ...string) (list []report.Subscription, err error) {
	defer wrapError(&err, "Due")
	var rows []subscriptionRow
	err = db.notices.SelectContext(ctx, &rows, `SELECT `+subscriptionColumns+` FROM subscription s
		WHERE s.disabled_at IS NULL AND s.kind = ANY ($1) AND coalesce(s.pause_until, now()) <= now()
		  AND EXISTS (SELECT FROM delivery d WHERE d.subscription = s.id AND d.next_at <= now())`, pq.StringArray(kinds))
	for _, r := range rows {
		list = append(list, r.subscription())
	}
	return list, err
}

const deliveryColumns = `o.seq, o.id, o.type, coalesce(o.queue, '') AS queue, o.at, o.data, d.subscription, d.tries, o.written_at AS first_at,
	d.next_at, d.tried_at, d.sent_at, coalesce(d.status, 0) AS status, coalesce(d.error, '') AS error`

// Claim takes up to n deliveries that are due, the oldest first, and counts a try of
// each. Nobody else is given them within lease: until then the try must have ended in
// Sent or Failed. Whoever dies before lets them be tried again, with the same id.
func (db *DB) Claim(ctx context.Context, subscription string, n int, lease time.Duration) (list []report.Delivery, err error) {
	defer wrapError(&err, "Claim(%q)", subscription)
	err = db.notices.SelectContext(ctx, &list, `WITH mine AS (
			UPDATE delivery SET tries = tries + 1, tried_at = clock_timestamp(), next_at = clock_timestamp() + make_interval(secs => $3)
			WHERE (subscription, seq) IN (SELECT d.subscription, d.seq FROM delivery d JOIN subscription s ON s.id = d.subscription
				WHERE s.id = $1 AND d.next_at <= clock_timestamp() AND s.disabled_at IS NULL AND coalesce(s.pause_until, now()) <= now()
				ORDER BY d.next_at, d.seq LIMIT $2 FOR UPDATE OF d SKIP LOCKED)
			RETURNING *)
		SELECT `+deliveryColumns+` FROM mine d JOIN outbox o USING (seq) ORDER BY o.seq`, subscription, n, lease.Seconds())
	return list, err
}

// GiveBack lets a delivery be tried at once whose lease ends at that moment. One whose try
// has ended, or that was claimed anew, has another, and is left alone.
func (db *DB) GiveBack(ctx context.Context, subscription string, seq int64, until time.Time) (err error) {
	defer wrapError(&err, "GiveBack(%d to %q)", seq, subscription)
	_, err = db.notices.ExecContext(ctx, `UPDATE delivery SET next_at = clock_timestamp()
		WHERE subscription = $1 AND seq = $2 AND next_at = $3 AND sent_at IS NULL`, subscription, seq, until)
	return err
}

// Sent notes that a delivery was taken.
func (db *DB) Sent(ctx context.Context, d report.Delivery, status int) (err error) {
	defer wrapError(&err, "Sent(%d to %q)", d.Seq, d.Subscription)
	_, err = db.notices.ExecContext(ctx, `UPDATE delivery SET sent_at = clock_timestamp(), next_at = NULL, status = $3, error = NULL
		WHERE subscription = $1 AND seq = $2`, d.Subscription, d.Seq, status)
	return err
}

// Failed notes that a try has failed, and what follows from it. A subscription that is
// disabled by it is told of by mail.
func (db *DB) Failed(ctx context.Context, d report.Delivery, f report.Failure) (err error) {
	defer wrapError(&err, "Failed(%d to %q)", d.Seq, d.Subscription)
	return transact(ctx, db.notices, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE delivery SET next_at = $3, status = nullif($4, 0), error = $5
			WHERE subscription = $1 AND seq = $2 AND sent_at IS NULL`, d.Subscription, d.Seq, orNull(f.Next), f.Status, f.Error); err != nil {
			return err
		}
		if !f.Pause.IsZero() {
			if _, err := tx.ExecContext(ctx, `UPDATE subscription SET pause_until = greatest(pause_until, $2) WHERE id = $1`, d.Subscription, f.Pause); err != nil {
				return err
			}
		}
		if f.Disable == "" {
			return nil
		}
		done, err := tx.ExecContext(ctx, `UPDATE subscription SET disabled_at = clock_timestamp(), disabled_why = $2
			WHERE id = $1 AND disabled_at IS NULL`, d.Subscription, f.Disable)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, addressed(`SELECT 'disabled-' || id || '-' || $2::bigint, 'webhook.disabled', NULL::text, disabled_at,
			jsonb_build_object('subscription', id, 'address', address, 'why', disabled_why) FROM subscription WHERE id = $1 AND kind = 'webhook'`),
			d.Subscription, d.Seq)
		return err
	})
}

// Takes reports whether a subscription has taken anything since a moment.
func (db *DB) Takes(ctx context.Context, subscription string, since time.Time) (yes bool, err error) {
	defer wrapError(&err, "Takes(%q)", subscription)
	err = db.notices.GetContext(ctx, &yes, `SELECT EXISTS (SELECT FROM delivery WHERE subscription = $1 AND sent_at >= $2)`, subscription, since)
	return yes, err
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Deliveries lists what went, or is to go, to a subscription, the newest first; with
// failing only what has failed at least once and was not taken.
func (db *DB) Deliveries(ctx context.Context, subscription string, failing bool, limit int) (list []report.Delivery, err error) {
	defer wrapError(&err, "Deliveries(%q)", subscription)
	list = []report.Delivery{}
	err = db.notices.SelectContext(ctx, &list, `SELECT `+deliveryColumns+` FROM delivery d JOIN outbox o USING (seq)
		WHERE d.subscription = $1 AND (NOT $2 OR d.sent_at IS NULL AND d.error IS NOT NULL) ORDER BY d.seq DESC LIMIT $3`, subscription, failing, limit)
	return list, err
}

// Resend sends what is kept after the cursor, up to a moment, to a subscription once
// more, if it is of its types and queues. It returns how much that is.
func (db *DB) Resend(ctx context.Context, subscription string, after int64, until time.Time) (n int64, err error) {
	defer wrapError(&err, "Resend(%q)", subscription)
	return db.again(ctx, `o.seq > $2 AND o.written_at <= $3 AND `+wanted, subscription, after, until)
}

// ResendOne sends one notice once more; ErrNoDelivery.
func (db *DB) ResendOne(ctx context.Context, subscription string, seq int64) (err error) {
	defer wrapError(&err, "ResendOne(%q, %d)", subscription, seq)
	n, err := db.again(ctx, `o.seq = $2 AND EXISTS (SELECT FROM delivery d WHERE d.subscription = $1 AND d.seq = $2)`, subscription, seq)
	if err == nil && n == 0 {
		err = ErrNoDelivery
	}
	return err
}

func (db *DB) again(ctx context.Context, which string, args ...any) (int64, error) {
	done, err := db.notices.ExecContext(ctx, `INSERT INTO delivery (subscription, seq)
		SELECT s.id, o.seq FROM outbox o JOIN subscription s ON s.id = $1 WHERE `+which+` ORDER BY o.seq
		ON CONFLICT (subscription, seq) DO UPDATE SET tries = 0, next_at = clock_timestamp(), sent_at = NULL, status = NULL, error = NULL`, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// Test sends a notice that says nothing to one subscription. ErrNoSubscription.
func (db *DB) Test(ctx context.Context, subscription, id, by string) (err error) {
	defer wrapError(&err, "Test(%q)", subscription)
	done, err := db.notices.ExecContext(ctx, `WITH new AS (
			INSERT INTO outbox (id, type, at, data) SELECT $2, 'test', clock_timestamp(), jsonb_build_object('by', $3::text)
			WHERE EXISTS (SELECT FROM subscription WHERE id = $1) RETURNING seq)
		INSERT INTO delivery (subscription, seq) SELECT $1, seq FROM new`, subscription, id, by)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNoSubscription)
	}
	return nil
}
