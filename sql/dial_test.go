package sql_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"presszero/internal/sqltest"
	"presszero/sql"
)

// doors listens on TCP and hands each connection to f.
func doors(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f(c)
		}
	}()
	return l.Addr().String()
}

func TestOverTCP(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(sqltest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	socket := u.Query().Get("host") + "/.s.PGSQL.5432"
	addr := doors(t, func(c net.Conn) {
		defer c.Close()
		pg, err := net.Dial("unix", socket)
		if err != nil {
			return
		}
		defer pg.Close()
		go func() { io.Copy(pg, c); pg.Close() }()
		io.Copy(c, pg)
	})
	db, err := sql.Open(context.Background(), sql.Config{URL: "postgres://presszero@" + addr + u.Path + "?sslmode=disable", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Menus(soon(t), during(noon, noon.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
}

// TestASilentServerIsGivenUp: it takes the connection and never says a word.
func TestASilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	held := make(chan net.Conn, 10)
	addr := doors(t, func(c net.Conn) { held <- c })
	db, err := sql.Open(context.Background(), sql.Config{URL: "postgres://x@" + addr + "/x?sslmode=disable", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	began := time.Now()
	if err := db.Ping(soon(t)); err == nil {
		t.Fatal("a silent server answers")
	}
	if took := time.Since(began); took > 14*time.Second {
		t.Errorf("given up after %s", took)
	}
}
