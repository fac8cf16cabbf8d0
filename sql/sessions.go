package sql

import (
	"context"
	"crypto/sha256"
	stdsql "database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// SessionStore keeps the sessions of users who are signed in, for alexedwards/scs (its Store and
// CtxStore). All sessions are in memory, in Postgres, and in a file: Postgres
// being down signs no user out, a restart of the controller neither, nor both at
// once. What Postgres could not take is written later by Run. Tokens are kept
// as SHA-256 only.
//
// The memory is believed before Postgres, so one process serves the pages.
type SessionStore struct {
	db   *DB
	path string
	log  *slog.Logger

	saving sync.Mutex // one writes the file at a time

	mu       sync.Mutex
	sessions map[[32]byte]*session
	complete bool // all that Postgres has is in memory
	copied   bool // all that was in memory before the restart is
	dirty    bool // the file has yet to be written
	failing  bool
}

// session is immutable but for unwritten; a new commit makes a new one.
type session struct {
	data      []byte
	expires   time.Time
	deleted   bool
	unwritten bool
}

// sessionTimeout is how long a page waits for Postgres before going on without.
const sessionTimeout = time.Second

// NewSessionStore returns the sessions of db; Run keeps them. path is the copy
// for a restart while Postgres is down; it is made with mode 0600. "" means none.
func NewSessionStore(db *DB, path string) *SessionStore {
	s := &SessionStore{db: db, path: path, log: db.cfg.Log, sessions: map[[32]byte]*session{}}
	if err := s.restore(); err != nil {
		s.log.Error("the copy of the sessions cannot be read; people have to sign in again while postgres is down", "file", path, "err", err)
	}
	return s
}

// savedSession is a session as the file has it, under the hash of its token.
type savedSession struct {
	Data      []byte    `json:"data,omitempty"`
	Expires   time.Time `json:"expires"`
	Deleted   bool      `json:"deleted,omitempty"`   // to be deleted in Postgres
	Unwritten bool      `json:"unwritten,omitempty"` // to be written there
}

// restore reads the file.
func (s *SessionStore) restore() error {
	if s.path == "" {
		return nil
	}
	b, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var saved map[string]savedSession
	if err == nil {
		err = json.Unmarshal(b, &saved)
	}
	if err != nil {
		return err
	}
	for text, v := range saved {
		var hash [32]byte
		if n, err := hex.Decode(hash[:], []byte(text)); err != nil || n != len(hash) {
			return fmt.Errorf("%q is no hash", text)
		}
		s.sessions[hash] = &session{data: v.Data, expires: v.Expires, deleted: v.Deleted, unwritten: v.Unwritten}
	}
	s.copied = true
	return nil
}

// writeCopy writes the file, if anything has changed.
func (s *SessionStore) writeCopy() {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	if !s.dirty || s.path == "" {
		s.mu.Unlock()
		return
	}
	s.dirty = false
	saved := make(map[string]savedSession, len(s.sessions))
	for hash, v := range s.sessions {
		saved[hex.EncodeToString(hash[:])] = savedSession{v.data, v.expires, v.deleted, v.unwritten}
	}
	s.mu.Unlock()
	if err := writeFile(s.path, saved); err != nil {
		s.log.Error("the copy of the sessions cannot be written", "file", s.path, "err", err)
	}
}

// Run reads the sessions of before, then writes what Postgres could not take
// and drops what has expired, until ctx is over.
func (s *SessionStore) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	defer s.writeCopy()
	loaded, swept := false, time.Now()
	for {
		if !loaded {
			loaded = s.loadAll(ctx) == nil
		}
		s.flush(ctx)
		s.writeCopy()
		if time.Since(swept) > time.Minute {
			swept = time.Now()
			s.sweep(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// loadAll takes the sessions that Postgres has into memory.
func (s *SessionStore) loadAll(ctx context.Context) error {
	var rows []struct {
		Hash    []byte    `db:"token_hash"`
		Data    []byte    `db:"data"`
		Expires time.Time `db:"expires_at"`
	}
	if err := s.db.reports.SelectContext(ctx, &rows, `SELECT token_hash, data, expires_at FROM session WHERE expires_at > now()`); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rows {
		var hash [32]byte
		if copy(hash[:], r.Hash); s.sessions[hash] == nil {
			s.sessions[hash] = &session{data: r.Data, expires: r.Expires}
		}
	}
	s.complete, s.dirty = true, true
	return nil
}

// EndSessions signs everybody out in the database: after a restore, since users who have
// signed out after the backup would be signed in again. No controller runs meanwhile.
func (db *DB) EndSessions(ctx context.Context) (err error) {
	defer wrapError(&err, "EndSessions")
	_, err = db.writer.ExecContext(ctx, `DELETE FROM session`)
	return err
}

// CommitCtx keeps a session until its expiry. It never fails: when Postgres is
// away, the session is in memory and written later.
func (s *SessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	s.putSession(ctx, token, &session{data: append([]byte(nil), data...), expires: expiry, unwritten: true})
	s.writeCopy()
	return nil
}

// DeleteCtx ends a session. While Postgres is away it is remembered as ended
// and deleted there later.
func (s *SessionStore) DeleteCtx(ctx context.Context, token string) error {
	s.putSession(ctx, token, &session{deleted: true, unwritten: true, expires: time.Now().Add(24 * time.Hour)})
	s.writeCopy() // a crash must not sign in a user who has signed out
	return nil
}

// FindCtx returns a session's data. It fails only when the session is not in
// memory, nor was in the file, and Postgres cannot be asked.
func (s *SessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	hash := sha256.Sum256([]byte(token))
	s.mu.Lock()
	v, complete, copied, failing := s.sessions[hash], s.complete, s.copied, s.failing
	s.mu.Unlock()
	if v != nil {
		return v.data, !v.deleted && time.Now().Before(v.expires), nil
	}
	if complete || copied && failing {
		return nil, false, nil
	}
	err := within(ctx, sessionTimeout, func(ctx context.Context) error { return s.loadOne(ctx, hash) })
	if errors.Is(err, stdsql.ErrNoRows) {
		return nil, false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(err, context.DeadlineExceeded) {
		s.fails(err)
	}
	if err != nil && copied {
		return nil, false, nil
	}
	if err != nil {
		wrapError(&err, "find session")
		return nil, false, err
	}
	if v = s.sessions[hash]; v == nil {
		return nil, false, nil
	}
	return v.data, !v.deleted && time.Now().Before(v.expires), nil
}

// loadOne takes a session that Postgres has into memory. The error is
// ErrNoRows when there is none.
func (s *SessionStore) loadOne(ctx context.Context, hash [32]byte) error {
	var row struct {
		Data    []byte    `db:"data"`
		Expires time.Time `db:"expires_at"`
	}
	err := s.db.reports.GetContext(ctx, &row, `SELECT data, expires_at FROM session WHERE token_hash = $1 AND expires_at > now()`, hash[:])
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[hash] == nil {
		s.sessions[hash] = &session{data: row.Data, expires: row.Expires}
	}
	return nil
}

// within runs f beside and waits for it at most so long. A statement that is
// cancelled while Postgres hangs ends only when its connection does.
func within(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel() // not by f's goroutine: done and ctx.Done would be ready at once
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Commit, Delete and Find are the same without a context.
func (s *SessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete ends a session.
func (s *SessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// Find returns a session's data.
func (s *SessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s *SessionStore) putSession(ctx context.Context, token string, v *session) {
	hash := sha256.Sum256([]byte(token))
	s.mu.Lock()
	s.sessions[hash], s.dirty = v, true
	failing := s.failing
	s.mu.Unlock()
	if failing { // while Postgres is known to be away, no request waits for it
		return
	}
	err := within(context.WithoutCancel(ctx), sessionTimeout, func(ctx context.Context) error {
		s.write(ctx, hash, v)
		return nil
	})
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fails(err)
	}
}

// fails notes that Postgres did not answer; s.mu is held.
func (s *SessionStore) fails(err error) {
	if !s.failing {
		s.failing = true
		s.log.Warn("sessions wait in memory until postgres answers", "err", err)
	}
}

// write takes one session to Postgres.
func (s *SessionStore) write(ctx context.Context, hash [32]byte, v *session) bool {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sessionTimeout)
	defer cancel()
	var err error
	if v.deleted {
		_, err = s.db.reports.ExecContext(ctx, `DELETE FROM session WHERE token_hash = $1`, hash[:])
	} else {
		_, err = s.db.reports.ExecContext(ctx, `INSERT INTO session (token_hash, data, expires_at) VALUES ($1, $2, $3)
			ON CONFLICT (token_hash) DO UPDATE SET data = EXCLUDED.data, expires_at = EXCLUDED.expires_at`, hash[:], v.data, v.expires)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.fails(err)
		return false
	}
	s.failing, v.unwritten, s.dirty = false, false, true
	if now := s.sessions[hash]; now != v && now != nil {
		now.unwritten = true // overtaken: the newer one may have been written first
	}
	return true
}

// flush writes what Postgres does not have yet.
func (s *SessionStore) flush(ctx context.Context) {
	waiting := map[[32]byte]*session{}
	s.mu.Lock()
	for hash, v := range s.sessions {
		if v.unwritten {
			waiting[hash] = v
		}
	}
	s.mu.Unlock()
	for hash, v := range waiting {
		if !s.write(ctx, hash, v) {
			return
		}
	}
}

// sweep drops what has expired.
func (s *SessionStore) sweep(ctx context.Context) {
	now := time.Now()
	s.mu.Lock()
	for hash, v := range s.sessions {
		if now.After(v.expires) || v.deleted && !v.unwritten {
			delete(s.sessions, hash)
			s.dirty = true
		}
	}
	s.mu.Unlock()
	_, _ = s.db.reports.ExecContext(ctx, `DELETE FROM session WHERE expires_at < now()`) // next minute again
}
