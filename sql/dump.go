package sql

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lib/pq"
)

// Dump writes the snapshot into to, in the custom format of pg_dump. bin is the folder
// of Postgres's programs of the server's version. Callers and reports go on meanwhile;
// only what changes tables waits (a migration, and the partition of a month).
func (s *Snapshot) Dump(ctx context.Context, bin string, to io.Writer) (err error) {
	defer wrapError(&err, "Dump")
	return client(ctx, s.url, nil, to, filepath.Join(bin, "pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--snapshot="+s.id)
}

// Load takes what Dump has written into the empty database at url, all or nothing.
func Load(ctx context.Context, bin, url string, from io.Reader) (err error) {
	defer wrapError(&err, "Load")
	cfg, err := pq.NewConfig(url)
	if err != nil {
		return err
	}
	return client(ctx, url, from, io.Discard, filepath.Join(bin, "pg_restore"), "--single-transaction", "--no-owner", "--no-privileges", "--no-comments",
		"--dbname="+cfg.Database)
}

// client runs a program of Postgres's. Where the database is, and the password, are in
// its environment: everybody may read its arguments.
func client(ctx context.Context, url string, from io.Reader, to io.Writer, program string, args ...string) error {
	env, err := clientEnvironment(url)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = env
	var said bytes.Buffer
	out := &output{to: to}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = from, out, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), errors.Join(out.err, err), bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

// output remembers why it took no more; exec tells only that the program has failed.
type output struct {
	to  io.Writer
	err error
}

func (o *output) Write(b []byte) (n int, err error) {
	n, err = o.to.Write(b)
	o.err = err
	return n, err
}

// clientEnvironment says to Postgres's own programs what the URL says to us.
func clientEnvironment(url string) ([]string, error) {
	cfg, err := pq.NewConfig(url)
	if err != nil {
		return nil, fmt.Errorf("sql: the database URL cannot be read: %w", err)
	}
	env := []string{"LC_ALL=C"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_ALL=") {
			env = append(env, kv)
		}
	}
	hosts, ports, attrs := []string{cfg.Host}, []string{strconv.Itoa(int(cfg.Port))}, string(cfg.TargetSessionAttrs)
	for _, m := range cfg.Multi {
		hosts, ports = append(hosts, m.Host), append(ports, strconv.Itoa(int(m.Port)))
		attrs = string(pq.TargetSessionAttrsReadWrite) // as openPool has it
	}
	if cfg.Hostaddr.IsValid() {
		env = append(env, "PGHOSTADDR="+cfg.Hostaddr.String())
	}
	for _, v := range []struct{ name, value string }{
		{"PGHOST", strings.Join(hosts, ",")}, {"PGPORT", strings.Join(ports, ",")}, {"PGDATABASE", cfg.Database}, {"PGUSER", cfg.User},
		{"PGPASSWORD", cfg.Password}, {"PGPASSFILE", cfg.Passfile}, {"PGSSLMODE", string(cfg.SSLMode)}, {"PGSSLCERT", cfg.SSLCert},
		{"PGSSLKEY", cfg.SSLKey}, {"PGSSLROOTCERT", cfg.SSLRootCert}, {"PGTARGETSESSIONATTRS", attrs},
	} {
		if v.value != "" {
			env = append(env, v.name+"="+v.value)
		}
	}
	return env, nil
}
