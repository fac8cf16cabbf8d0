package sql

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"presszero/report"
)

// Audit writes down what a user did. detail is anything that has JSON; nil: nothing more to say.
func (db *DB) Audit(ctx context.Context, who, what string, detail any) (err error) {
	defer wrapError(&err, "Audit(%q)", what)
	return audit(ctx, db.writer, who, what, detail)
}

func audit(ctx context.Context, to sqlx.ExecerContext, who, what string, detail any) error {
	a, err := newAct(who, what, detail)
	if err != nil {
		return err
	}
	return a.insert(ctx, to)
}

// pendingAct is an act that is not in the database yet, and so has no Act.ID.
type pendingAct struct {
	Key string `json:"id"` // keeps it from being written twice
	report.Act
}

func newAct(who, what string, detail any) (pendingAct, error) {
	a := pendingAct{rand.Text(), report.Act{At: time.Now(), Who: who, What: what, Detail: json.RawMessage("{}")}}
	if detail == nil {
		return a, nil
	}
	b, err := json.Marshal(detail)
	a.Detail = withoutNUL(b)
	return a, err
}

func (a pendingAct) insert(ctx context.Context, to sqlx.ExecerContext) error {
	_, err := to.ExecContext(ctx, `INSERT INTO audit (act, at, who, what, detail) VALUES ($1, $2, $3, $4, $5::jsonb)
		ON CONFLICT (act) DO NOTHING`, a.Key, a.At, a.Who, a.What, string(a.Detail))
	return err
}

// AuditLog returns the newest rows that match f, the newest first.
func (db *DB) AuditLog(ctx context.Context, f report.ActFilter) (rows []report.Act, err error) {
	defer wrapError(&err, "AuditLog")
	rows = []report.Act{}
	err = db.reports.SelectContext(ctx, &rows, `
		SELECT id, at, who, what, detail FROM audit
		WHERE ($1 = 0 OR id < $1) AND ($2 = '' OR who = $2) AND ($3 = '' OR what = $3 OR starts_with(what, $3 || '.'))
		ORDER BY id DESC LIMIT $4`, f.Before, f.Who, f.What, f.Limit)
	return rows, err
}

// Auditor writes acts down without letting the user wait: into a file at once,
// and from there into Postgres by Run. While Postgres is away they wait, also
// over a restart; none is written twice.
type Auditor struct {
	db   *DB
	path string
	log  *slog.Logger
	wake chan struct{}

	mu      sync.Mutex
	waiting []pendingAct // also in the file
}

// NewAuditor returns an auditor; Run must run. path is the file of what is not
// in Postgres yet, made with mode 0600; "" means none.
func NewAuditor(db *DB, path string) *Auditor {
	a := &Auditor{db: db, path: path, log: db.cfg.Log, wake: make(chan struct{}, 1)}
	if path == "" {
		return a
	}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.log.Error("the acts that wait for the audit cannot be read", "file", path, "err", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Buffer(nil, 1<<20); lines.Scan(); {
		var one pendingAct
		if json.Unmarshal(lines.Bytes(), &one) == nil && one.Key != "" { // the last line may be cut
			a.waiting = append(a.waiting, one)
		}
	}
	return a
}

// Write keeps what a user did. It does not wait for Postgres.
func (a *Auditor) Write(who, what string, detail any) {
	one, err := newAct(who, what, detail)
	if err != nil {
		a.log.Error("the detail of an act is not in the audit", "by", who, "what", what, "err", err)
	}
	a.mu.Lock()
	a.waiting = append(a.waiting, one)
	err = a.append(one)
	a.mu.Unlock()
	if err != nil {
		a.log.Error("an act waits for the audit in memory only", "by", who, "what", what, "err", err)
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// append writes one act to the end of the file. a.mu is held.
func (a *Auditor) append(one pendingAct) error {
	if a.path == "" {
		return nil
	}
	b, err := json.Marshal(one)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(a.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "\n%s\n", b) // begins a line of its own also after one that was cut
	return errors.Join(err, f.Sync(), f.Close())
}

// Run takes what waits to Postgres until ctx is over.
func (a *Auditor) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		a.flush(ctx)
		select {
		case <-tick.C:
		case <-a.wake:
		case <-ctx.Done():
			last, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer done()
			a.flush(last)
			return
		}
	}
}

// flush writes what waits, in order, as far as Postgres takes it.
func (a *Auditor) flush(ctx context.Context) {
	a.mu.Lock()
	waiting := a.waiting
	a.mu.Unlock()
	written := 0
	for _, one := range waiting {
		within, done := context.WithTimeout(ctx, writeTimeout)
		err := one.insert(within, a.db.writer)
		done()
		if code := codeOf(err); err != nil && (len(code) < 2 || code[:2] != "22") {
			break // it is tried again
		} else if err != nil { // data that Postgres never takes
			a.log.Error("an act cannot be in the audit", "by", one.Who, "what", one.What, "detail", string(one.Detail), "err", err)
		}
		written++
	}
	if written == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append([]pendingAct(nil), a.waiting[written:]...)
	if a.path == "" || len(a.waiting) > 0 {
		return
	}
	if err := os.Remove(a.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		a.log.Error("acts that are in the audit stay in the file", "file", a.path, "err", err)
	}
}
