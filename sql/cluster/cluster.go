// Package cluster runs a private Postgres beside the program, so that a
// newcomer needs no database and a test has a real one.
//
//	STATE_DIR/postgres/        0700
//	    data/                  made by initdb on first use
//	    socket/                the only way in: a Unix socket, no TCP, no password
//	    log                    what Postgres says
//	    lock                   held by the process that owns it
//
// A user who may enter the folder may enter the database; nobody else can. When
// the folder's path is too long for a socket (107 bytes), the socket lies in a
// 0700 folder under the system's temporary folder instead.
//
// The server dies with the process that started it, even by kill -9, and
// recovers when started again on the same folder.
package cluster

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"sync"
	"syscall"
	"time"

	"github.com/lib/pq"
)

// Name of the database and of the role that owns it.
const Name = "presszero"

// Config says where the cluster lives.
type Config struct {
	Dir      string            // is made when missing
	Log      *slog.Logger      // default: slog.Default
	Settings map[string]string // of Postgres, over ours
	Output   io.Writer         // what Postgres says; default: the file log in Dir
	Volatile bool              // for tests: nothing is synced, a power cut may lose all
}

// Cluster is a running private Postgres.
type Cluster struct {
	cfg    Config
	bin    string // folder of the programs
	data   string
	socket string
	user   user
	lock   *os.File
	server *process
	stop   sync.Once
}

// startWithin bounds a start, which after a crash includes the recovery.
const startWithin = 2 * time.Minute

// Start starts Postgres on cfg.Dir and returns when it takes connections. ctx
// bounds the start, not the life of the server.
func Start(ctx context.Context, cfg Config) (_ *Cluster, err error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	c := &Cluster{cfg: cfg}
	defer func() {
		if err != nil {
			c.close()
			err = fmt.Errorf("private postgres in %s: %w", cfg.Dir, err)
		}
	}()
	if err := c.enter(); err != nil {
		return nil, err
	}
	if err := waitUnused(ctx, c.data); err != nil {
		return nil, err
	}
	if err := c.initialise(ctx); err != nil {
		return nil, err
	}
	if c.socket, err = socketDir(filepath.Dir(c.data), c.user.uid); err != nil {
		return nil, err
	}
	if err := c.user.takeOwnership(c.socket); err != nil {
		return nil, err
	}
	forgetStale(filepath.Join(c.data, "postmaster.pid"))
	forgetStale(filepath.Join(c.socket, ".s.PGSQL.5432.lock"))
	if c.server, err = c.serve(); err != nil {
		return nil, err
	}
	return c, c.ready(ctx)
}

// enter makes the folder, locks it and finds the programs.
func (c *Cluster) enter() (err error) {
	if c.cfg.Dir, err = filepath.Abs(c.cfg.Dir); err != nil {
		return err
	}
	if err := os.MkdirAll(c.cfg.Dir, 0o700); err != nil {
		return err
	}
	if c.cfg.Dir, err = filepath.EvalSymlinks(c.cfg.Dir); err != nil {
		return err
	}
	if c.lock, err = os.OpenFile(filepath.Join(c.cfg.Dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(c.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.New("another process runs it; stop that one first or use another folder")
	}
	c.data = filepath.Join(c.cfg.Dir, "data")
	if c.bin, err = programs(c.data); err != nil {
		return err
	}
	if c.user, err = chooseUser(c.bin); err != nil {
		return err
	}
	if c.data, err = c.user.place(c.data); err != nil {
		return err
	}
	return nil
}

// initialise makes the data folder on first use. It is made beside and then
// renamed, so that an interrupted initdb is simply done again.
func (c *Cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.data, "PG_VERSION")); err == nil {
		return c.user.takeOwnership(c.data)
	}
	c.cfg.Log.Info("making the private postgres", "folder", c.data)
	fresh := c.data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	if err := c.user.takeOwnership(fresh); err != nil {
		return err
	}
	args := []string{"-D", fresh, "-U", Name, "--auth-local=trust", "--auth-host=reject", "--encoding=UTF8", "--no-locale"}
	if c.cfg.Volatile {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, "initdb"), args...)
	cmd.Dir = fresh
	if out, err := c.user.runToEnd(cmd); err != nil {
		return fmt.Errorf("initdb failed: %w: %s", err, lastLines(out))
	}
	return os.Rename(fresh, c.data)
}

// settings are small and safe; Config.Settings come after them.
func (c *Cluster) settings() map[string]string {
	s := map[string]string{
		"listen_addresses":           "",
		"unix_socket_directories":    c.socket,
		"unix_socket_permissions":    "0700",
		"port":                       "5432",
		"max_connections":            "60",
		"shared_buffers":             "64MB",
		"dynamic_shared_memory_type": "mmap", // in data/, so a kill -9 leaves nothing in /dev/shm
		"track_commit_timestamp":     "on",   // tells when a fact could first be read
		"timezone":                   "UTC",
		"log_timezone":               "UTC",
		"log_destination":            "stderr",
		"logging_collector":          "off",
		"max_wal_size":               "256MB",
		"wal_recycle":                "off", // a file of the log that is over is removed, not kept: see sql.DB.EraseOldBytes
	}
	if c.cfg.Volatile {
		s["fsync"], s["synchronous_commit"], s["full_page_writes"] = "off", "off", "off"
	}
	for k, v := range c.cfg.Settings {
		s[k] = v
	}
	return s
}

// serve starts the server itself.
func (c *Cluster) serve() (*process, error) {
	output := c.cfg.Output
	if output == nil {
		log, err := openLog(filepath.Join(c.cfg.Dir, "log"))
		if err != nil {
			return nil, err
		}
		defer log.Close()
		output = log
	}
	args := []string{"-D", c.data}
	set := c.settings()
	names := make([]string, 0, len(set))
	for k := range set {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		args = append(args, "-c", k+"="+set[k])
	}
	cmd := exec.Command(filepath.Join(c.bin, "postgres"), args...)
	cmd.Dir = c.data
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = time.Second // for processes of its own that still print
	return c.user.start(cmd)
}

// ready waits until the server takes connections, and makes the database.
func (c *Cluster) ready(ctx context.Context) error {
	connector, err := pq.NewConnector(c.urlOf("postgres"))
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	for {
		if err = db.PingContext(ctx); err == nil {
			break
		}
		select {
		case <-c.server.done:
			return fmt.Errorf("postgres ended at once: %s", lastLinesOf(filepath.Join(c.cfg.Dir, "log")))
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", errors.Join(ctx.Err(), err))
		case <-time.After(20 * time.Millisecond): // a process of its own: nothing to wait on but the socket
		}
	}
	var there bool
	if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, Name).Scan(&there); err != nil {
		return err
	}
	if !there {
		_, err = db.ExecContext(ctx, `CREATE DATABASE `+pq.QuoteIdentifier(Name))
	}
	return err
}

// URL is what lib/pq and psql connect to.
func (c *Cluster) URL() string { return c.urlOf(Name) }

func (c *Cluster) urlOf(database string) string {
	q := url.Values{"host": {c.socket}, "port": {"5432"}, "user": {Name}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// Bin is the folder of Postgres's programs (pg_dump, psql).
func (c *Cluster) Bin() string { return c.bin }

// PID is the process id of the server.
func (c *Cluster) PID() int { return c.server.cmd.Process.Pid }

// Done is closed when the server has ended, for whatever reason.
func (c *Cluster) Done() <-chan struct{} { return c.server.done }

// Stop ends the server: connections are cut and all is written; when that
// takes more than 10 s, at once, with recovery at the next start.
func (c *Cluster) Stop() error {
	var err error
	c.stop.Do(func() { err = c.close() })
	return err
}

func (c *Cluster) close() error {
	var err error
	if c.server != nil {
		err = c.server.endWith(
			ending{syscall.SIGINT, 10 * time.Second},  // fast
			ending{syscall.SIGQUIT, 10 * time.Second}, // immediate
			ending{syscall.SIGKILL, 10 * time.Second})
	}
	if c.socket != "" && c.socket != filepath.Join(filepath.Dir(c.data), "socket") {
		err = errors.Join(err, os.RemoveAll(c.socket))
	}
	if c.lock != nil {
		err = errors.Join(err, c.lock.Close())
	}
	return err
}
