// Package versitytest gives tests a real service of S3 on loopback: a versitygw, which
// `make soak` builds, on a folder.
package versitytest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Program is the versitygw that PRESSZERO_VERSITYGW names; "": there is none.
func Program() string { return os.Getenv("PRESSZERO_VERSITYGW") }

// Service is a service with a bucket named voices, whose key is key and whose secret s/cret.
type Service struct {
	Address string // host:port
	Dir     string // the bodies, as files
	cmd     *exec.Cmd
}

// Start starts a service, which is stopped after the test.
func Start(t testing.TB) *Service {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{Address: l.Addr().String(), Dir: t.TempDir()}
	l.Close()
	if err := os.Mkdir(filepath.Join(s.Dir, "voices"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.Again(t)
	t.Cleanup(s.Stop)
	return s
}

// URL is the bucket's address for PRESSZERO_ARCHIVE_BUCKET.
func (s *Service) URL() string {
	return "http://key:s%2Fcret@" + s.Address + "/voices/house?region=eu-south-2"
}

// Stop kills it; nobody listens there from now on.
func (s *Service) Stop() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// Again starts it where it was, with the bodies that it had.
func (s *Service) Again(t testing.TB) {
	t.Helper()
	s.cmd = exec.Command(Program(), "--access", "key", "--secret", "s/cret", "--region", "eu-south-2", "--port", s.Address, "--quiet", "posix", s.Dir)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ; {
		if c, err := net.Dial("tcp", s.Address); err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatal("versitygw does not answer")
		}
		time.Sleep(20 * time.Millisecond) // a process that has begun to listen tells nobody
	}
}
