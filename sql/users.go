package sql

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"reflect"
	"sort"
	"sync"
	"time"

	"github.com/lib/pq"

	"presszero/internal/atomicfile"
)

// User is a person who may sign in.
type User struct {
	Name         string         `db:"name" json:"name"`
	DisplayName  string         `db:"display_name" json:"display_name"`
	Role         string         `db:"role" json:"role"`     // agent, supervisor, admin
	Queues       pq.StringArray `db:"queues" json:"queues"` // empty: all
	PasswordHash string         `db:"password_hash" json:"password_hash"`
	Disabled     bool           `db:"disabled" json:"disabled"`
	Skills       Levels         `db:"skills" json:"skills,omitempty"`   // how well, 1 to 10
	Weights      Levels         `db:"weights" json:"weights,omitempty"` // of queues, 1 to 10; none: the queue's own
	// FirstPassword: the password was made for her, and she should choose her own.
	FirstPassword bool `db:"first_password" json:"first_password,omitempty"`
	// SessionEpoch grows whenever role, password or Disabled change; sessions of
	// an earlier epoch have ended. The database counts it.
	SessionEpoch int       `db:"session_epoch" json:"session_epoch,omitempty"`
	CreatedAt    time.Time `db:"created_at" json:"created_at"`
	ChangedAt    time.Time `db:"changed_at" json:"changed_at"`
}

// Levels are numbers by name, stored as jsonb.
type Levels map[string]int

// Value implements driver.Valuer.
func (l Levels) Value() (driver.Value, error) {
	if l == nil {
		return "{}", nil
	}
	b, err := json.Marshal(map[string]int(l))
	return string(b), err
}

// Scan implements sql.Scanner. No names are a nil map.
func (l *Levels) Scan(from any) error {
	b, ok := from.([]byte)
	if !ok {
		return fmt.Errorf("levels are stored as jsonb, not as %T", from)
	}
	var read map[string]int
	if err := json.Unmarshal(b, &read); err != nil {
		return err
	}
	*l = nil
	if len(read) > 0 {
		*l = read
	}
	return nil
}

// What can be wrong with a user.
var (
	ErrNoUser     = errors.New("there is no such user")
	ErrUserExists = errors.New("there is already a user of this name")
)

// UserStore keeps the users in Postgres, and all of them in memory and in a
// file, so that signing in works while Postgres is down.
type UserStore struct {
	db   *DB
	path string
	log  *slog.Logger

	mu      sync.Mutex
	users   map[string]User // nil: never read
	read    time.Time       // when last read from Postgres
	running bool            // Run reads them; no other call needs to

	telling  sync.Mutex // one change is told after another, the latest last
	told     map[string]User
	onChange func(User)
}

// columns are those that this version reads; an older or newer schema may have
// others beside them.
const columns = `name, display_name, role, queues, password_hash, disabled, created_at, changed_at, skills, weights, session_epoch, first_password`

// OnChange has f called with every user who has been changed or added since
// the last call, by this process or another, soon after. It must be called before Run.
func (s *UserStore) OnChange(f func(User)) { s.onChange = f }

// notifyChanges calls onChange for what is new.
func (s *UserStore) notifyChanges() {
	if s.onChange == nil {
		return
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	s.mu.Lock()
	users := s.users
	s.mu.Unlock()
	for name, u := range users {
		if s.told != nil && !reflect.DeepEqual(u, s.told[name]) {
			s.onChange(u)
		}
	}
	s.told = users
}

// userRefresh is how often the users are read: how long a user who was
// disabled by another process can still sign in.
const userRefresh = 3 * time.Second

// NewUserStore returns the users of db. path is the snapshot file, for use
// while Postgres is down; it is made with mode 0600. "" means none.
func NewUserStore(db *DB, path string) *UserStore {
	s := &UserStore{db: db, path: path, log: db.cfg.Log}
	if path == "" {
		return s
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return s
	}
	var users map[string]User
	if err == nil {
		err = json.Unmarshal(b, &users)
	}
	if err != nil {
		s.log.Error("the copy of the users cannot be read; nobody can sign in while postgres is down", "file", path, "err", err)
		return s
	}
	s.users = users
	return s
}

// Run reads the users every few seconds until ctx is over. From then on Get,
// List and Count answer from memory and never wait for Postgres.
func (s *UserStore) Run(ctx context.Context) {
	s.mu.Lock()
	s.running = true
	s.mu.Unlock()
	for tick := time.NewTicker(userRefresh); ; {
		_ = s.Refresh(ctx) // while Postgres is away we go on with what we have
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

// Refresh reads all users from Postgres, and tells OnChange which have changed.
func (s *UserStore) Refresh(ctx context.Context) error {
	err := s.reread(ctx)
	if err == nil {
		s.notifyChanges()
	}
	return err
}

// reread reads all users and renews the snapshot when they have changed.
func (s *UserStore) reread(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	asked := time.Now()
	var list []User
	if err := s.db.reports.SelectContext(ctx, &list, `SELECT `+columns+` FROM users`); err != nil {
		return err
	}
	users := make(map[string]User, len(list))
	for _, u := range list {
		users[u.Name] = u
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if asked.Before(s.read) {
		return nil // another goroutine has read meanwhile
	}
	changed := !reflect.DeepEqual(users, s.users)
	s.users, s.read = users, asked
	if !changed || s.path == "" {
		return nil
	}
	if err := writeFile(s.path, users); err != nil {
		s.log.Error("the copy of the users cannot be written; signing in may fail while postgres is down", "file", s.path, "err", err)
	}
	return nil
}

// writeFile replaces a file by v as JSON, whole or not at all.
func writeFile(path string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, b)
}

// errUsersUnread says that the users were not read since the start, and that there
// is no copy.
var errUsersUnread = errors.New("the users have not been read yet")

// allUsers returns the users as last read. Where Run does not read them, as in a
// command, they are read when that is long ago.
func (s *UserStore) allUsers(ctx context.Context) (map[string]User, error) {
	s.mu.Lock()
	users, old, running := s.users, time.Since(s.read) > 2*userRefresh, s.running
	s.mu.Unlock()
	switch {
	case running && users == nil:
		return nil, errUsersUnread
	case running || !old:
		return users, nil
	}
	err := s.Refresh(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.users == nil {
		return nil, fmt.Errorf("postgres does not answer and there is no copy of the users: %w", err)
	}
	return s.users, nil
}

// Get returns a user, disabled or not, or ErrNoUser.
func (s *UserStore) Get(ctx context.Context, name string) (_ User, err error) {
	defer wrapError(&err, "user %q", name)
	users, err := s.allUsers(ctx)
	if err != nil {
		return User{}, err
	}
	u, ok := users[name]
	if !ok {
		return User{}, ErrNoUser
	}
	return u, nil
}

// List returns all users by name.
func (s *UserStore) List(ctx context.Context) (_ []User, err error) {
	defer wrapError(&err, "users")
	users, err := s.allUsers(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]User, 0, len(users))
	for _, u := range users {
		list = append(list, u)
	}
	sort.Slice(list, func(a, b int) bool { return list[a].Name < list[b].Name })
	return list, nil
}

// Count returns how many users there are.
func (s *UserStore) Count(ctx context.Context) (int, error) {
	list, err := s.List(ctx)
	return len(list), err
}

// Create adds a user. PasswordHash is made by the caller.
func (s *UserStore) Create(ctx context.Context, u User) (err error) {
	defer wrapError(&err, "create user %q", u.Name)
	if u.Queues == nil {
		u.Queues = pq.StringArray{}
	}
	_, err = s.change(ctx, `INSERT INTO users (name, display_name, role, queues, password_hash, disabled, skills, weights, first_password) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		u.Name, u.DisplayName, u.Role, u.Queues, u.PasswordHash, u.Disabled, u.Skills, u.Weights, u.FirstPassword)
	if codeOf(err) == "23505" {
		return ErrUserExists
	}
	return err
}

// Update sets the display name, role and queues of a user.
func (s *UserStore) Update(ctx context.Context, u User) error {
	if u.Queues == nil {
		u.Queues = pq.StringArray{}
	}
	return s.updateUser(ctx, u.Name, `display_name = $2, role = $3, queues = $4`, u.DisplayName, u.Role, u.Queues)
}

// SetWork sets which queues a user serves, how much each weighs, and what she
// can do.
func (s *UserStore) SetWork(ctx context.Context, name string, queues []string, skills, weights Levels) error {
	return s.updateUser(ctx, name, `queues = $2, skills = $3, weights = $4`, append(pq.StringArray{}, queues...), skills, weights)
}

// SetRole sets what a user may do.
func (s *UserStore) SetRole(ctx context.Context, name, role string) error {
	return s.updateUser(ctx, name, `role = $2`, role)
}

// SetPassword sets the password's hash. first: it was made for her.
func (s *UserStore) SetPassword(ctx context.Context, name, hash string, first bool) error {
	return s.updateUser(ctx, name, `password_hash = $2, first_password = $3`, hash, first)
}

// Disable keeps a user from signing in, or lets her again.
func (s *UserStore) Disable(ctx context.Context, name string, disabled bool) error {
	return s.updateUser(ctx, name, `disabled = $2`, disabled)
}

func (s *UserStore) updateUser(ctx context.Context, name, what string, args ...any) (err error) {
	defer wrapError(&err, "change user %q", name)
	n, err := s.change(ctx, `UPDATE users SET `+what+`, changed_at = now() WHERE name = $1`, append([]any{name}, args...)...)
	if err == nil && n == 0 {
		return ErrNoUser
	}
	return err
}

// changeTimeout is how long a person who changes a user waits for Postgres.
const changeTimeout = 2 * writeTimeout

// change writes and then reads again, so that the person who changed a user sees it.
func (s *UserStore) change(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	err := within(ctx, changeTimeout, func(ctx context.Context) error {
		done, err := s.db.writer.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if err := s.Refresh(ctx); err != nil {
			return fmt.Errorf("it was written, but cannot be read back: %w", err)
		}
		n, err = done.RowsAffected()
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
