package sql

import (
	"context"
	stdsql "database/sql"
	"errors"

	"github.com/lib/pq"

	"presszero/report"
)

// ErrNoToken says that there is no such token, or that it holds no more.
var ErrNoToken = errors.New("there is no such token")

type tokenRow struct {
	report.Token
	Scopes pq.StringArray `db:"scopes"`
	Queues pq.StringArray `db:"queues"`
}

func (r tokenRow) token() report.Token {
	t := r.Token
	t.Scopes, t.Queues = r.Scopes, r.Queues
	return t
}

const tokenColumns = `id, name, owner, scopes, queues, created_at, expires_at, revoked_at, used_at`

// Tokens lists the tokens of an owner, "" of all, the newest first.
func (db *DB) Tokens(ctx context.Context, owner string) (list []report.Token, err error) {
	defer wrapError(&err, "Tokens")
	var rows []tokenRow
	err = db.notices.SelectContext(ctx, &rows, `SELECT `+tokenColumns+` FROM api_token WHERE $1 = '' OR owner = $1 ORDER BY created_at DESC, id`, owner)
	list = []report.Token{}
	for _, r := range rows {
		list = append(list, r.token())
	}
	return list, err
}

// AddToken keeps a token by the SHA-256 of its text.
func (db *DB) AddToken(ctx context.Context, t report.Token, hash []byte) (err error) {
	defer wrapError(&err, "AddToken(%q)", t.ID)
	_, err = db.notices.ExecContext(ctx, `INSERT INTO api_token (id, hash, name, owner, scopes, queues, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.ID, hash, t.Name, t.Owner, pq.StringArray(t.Scopes), pq.StringArray(append([]string{}, t.Queues...)), t.ExpiresAt)
	return err
}

// RevokeToken ends a token of an owner, "" of any; ErrNoToken.
func (db *DB) RevokeToken(ctx context.Context, id, owner string) (err error) {
	defer wrapError(&err, "RevokeToken(%q)", id)
	done, err := db.notices.ExecContext(ctx, `UPDATE api_token SET revoked_at = clock_timestamp() WHERE id = $1 AND ($2 = '' OR owner = $2) AND revoked_at IS NULL`, id, owner)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNoToken)
	}
	return nil
}

// UseToken returns the token of this SHA-256 and notes, to a minute, that it was used.
// One that was revoked or has expired is none: ErrNoToken.
func (db *DB) UseToken(ctx context.Context, hash []byte) (_ report.Token, err error) {
	defer wrapError(&err, "UseToken")
	var r tokenRow
	err = db.notices.GetContext(ctx, &r, `WITH used AS (UPDATE api_token SET used_at = clock_timestamp()
			WHERE hash = $1 AND revoked_at IS NULL AND expires_at > now() AND coalesce(used_at, '-infinity') < now() - interval '1 minute')
		SELECT `+tokenColumns+` FROM api_token WHERE hash = $1 AND revoked_at IS NULL AND expires_at > now()`, hash)
	if errors.Is(err, stdsql.ErrNoRows) {
		err = ErrNoToken
	}
	return r.token(), err
}
