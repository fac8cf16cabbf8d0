package sql

import (
	"context"
	stdsql "database/sql"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"presszero/report"
)

// What can be wrong with a subscription or a delivery.
var (
	ErrNoSubscription = errors.New("there is no such subscription")
	ErrNoDelivery     = errors.New("there is no such delivery")
)

// subscriptionRow is a subscription with the columns that Postgres has as arrays.
type subscriptionRow struct {
	report.Subscription
	Types  pq.StringArray `db:"types"`
	Queues pq.StringArray `db:"queues"`
}

func (r subscriptionRow) subscription() report.Subscription {
	s := r.Subscription
	s.Types, s.Queues = r.Types, r.Queues
	return s
}

const subscriptionColumns = `s.id, s.kind, s.address, s.types, s.queues, s.facts, s.language, s.owner, s.key_n, s.old_key_until, s.disabled_at,
	coalesce(s.disabled_why, '') AS disabled_why, s.created_at`

// Subscriptions lists all, with what waits for each and what failed.
func (db *DB) Subscriptions(ctx context.Context) (list []report.Subscription, err error) {
	defer wrapError(&err, "Subscriptions")
	var rows []subscriptionRow
	err = db.notices.SelectContext(ctx, &rows, `SELECT `+subscriptionColumns+`, d.waiting, d.failed, coalesce(d.error, '') AS error,
		       (SELECT max(sent_at) FROM delivery WHERE subscription = s.id AND sent_at IS NOT NULL) AS sent_at
		FROM subscription s LEFT JOIN LATERAL (
			SELECT count(next_at) AS waiting, count(*) FILTER (WHERE next_at IS NULL) AS failed,
			       (array_agg(error ORDER BY tried_at DESC) FILTER (WHERE error IS NOT NULL))[1] AS error
			FROM delivery WHERE subscription = s.id AND sent_at IS NULL) d ON true
		ORDER BY s.created_at, s.id`)
	list = []report.Subscription{}
	for _, r := range rows {
		list = append(list, r.subscription())
	}
	return list, err
}

// Subscription returns one; ErrNoSubscription.
func (db *DB) Subscription(ctx context.Context, id string) (_ report.Subscription, err error) {
	defer wrapError(&err, "Subscription(%q)", id)
	var r subscriptionRow
	err = db.notices.GetContext(ctx, &r, `SELECT `+subscriptionColumns+` FROM subscription s WHERE id = $1`, id)
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoSubscription
	}
	return r.subscription(), err
}

// AddSubscription adds one, with an ID of the caller's making.
func (db *DB) AddSubscription(ctx context.Context, s report.Subscription) (err error) {
	defer wrapError(&err, "AddSubscription(%q)", s.ID)
	_, err = db.notices.ExecContext(ctx, `INSERT INTO subscription (id, kind, address, types, queues, facts, language, owner)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, s.ID, s.Kind, s.Address, pq.StringArray(s.Types), pq.StringArray(append([]string{}, s.Queues...)), s.Facts, s.Language, s.Owner)
	return err
}

// ChangeSubscription sets what one is sent, and where; not what kind it is.
func (db *DB) ChangeSubscription(ctx context.Context, s report.Subscription) (err error) {
	defer wrapError(&err, "ChangeSubscription(%q)", s.ID)
	return db.changeSubscription(ctx, `UPDATE subscription SET address = $2, types = $3, queues = $4, facts = $5, language = $6 WHERE id = $1 AND owner <> ''`,
		s.ID, s.Address, pq.StringArray(s.Types), pq.StringArray(append([]string{}, s.Queues...)), s.Facts, s.Language)
}

// RemoveSubscription removes one, and what waits for it.
func (db *DB) RemoveSubscription(ctx context.Context, id string) (err error) {
	defer wrapError(&err, "RemoveSubscription(%q)", id)
	return db.changeSubscription(ctx, `DELETE FROM subscription WHERE id = $1 AND owner <> ''`, id)
}

// DisableSubscription stops one, with a sentence why; with "" it goes on, and what
// waited for it is tried at once.
func (db *DB) DisableSubscription(ctx context.Context, id, why string) (err error) {
	defer wrapError(&err, "DisableSubscription(%q)", id)
	if why != "" {
		return db.changeSubscription(ctx, `UPDATE subscription SET disabled_at = coalesce(disabled_at, clock_timestamp()), disabled_why = $2 WHERE id = $1`, id, why)
	}
	return db.changeSubscription(ctx, `WITH due AS (UPDATE delivery SET next_at = clock_timestamp(), tries = 0 WHERE subscription = $1 AND next_at IS NOT NULL)
		UPDATE subscription SET disabled_at = NULL, disabled_why = NULL, pause_until = NULL WHERE id = $1`, id)
}

// RotateKey gives one its next key. The one before signs too, until then.
func (db *DB) RotateKey(ctx context.Context, id string, until time.Time) (n int, err error) {
	defer wrapError(&err, "RotateKey(%q)", id)
	err = db.notices.GetContext(ctx, &n, `UPDATE subscription SET key_n = key_n + 1, old_key_until = $2 WHERE id = $1 AND kind = 'webhook' RETURNING key_n`, id, until)
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoSubscription
	}
	return n, err
}

func (db *DB) changeSubscription(ctx context.Context, query string, args ...any) error {
	done, err := db.notices.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNoSubscription)
	}
	return nil
}

// KeepHouse makes the mail subscriptions of the settings those of these addresses.
func (db *DB) KeepHouse(ctx context.Context, addresses, types []string, language string) (err error) {
	defer wrapError(&err, "KeepHouse")
	list := pq.StringArray(append([]string{}, addresses...))
	return transact(ctx, db.notices, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM subscription WHERE owner = '' AND address <> ALL ($1)`, list); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO subscription (id, kind, address, types, language, owner)
			SELECT 'house-' || md5(a), 'mail', a, $2, $3, '' FROM unnest($1::text[]) AS a
			ON CONFLICT (id) DO UPDATE SET types = EXCLUDED.types, language = EXCLUDED.language`, list, pq.StringArray(types), language)
		return err
	})
}
