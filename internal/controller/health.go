package controller

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"presszero/internal/settings"
)

// The controller answers for its health at a Unix socket in the state folder,
// beside the pages: whether it lives must depend neither on certificates, nor
// on addresses and firewalls, nor on how many browsers stand at the door.

// serveHealth answers until ctx ends. A controller that takes over from another
// takes the socket's name over.
func serveHealth(ctx context.Context, s settings.Settings, h http.Handler) error {
	path := s.HealthSocket()
	fresh := path + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: fresh, Net: "unix"}) // in a folder of mode 0700
	if err != nil {
		return fmt.Errorf("nobody can ask the controller whether it lives: %w", err)
	}
	l.SetUnlinkOnClose(false) // by then the name may be another's
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket == 0 {
		_ = os.RemoveAll(path) // no rename replaces a folder
	}
	if err := os.Rename(fresh, path); err != nil {
		return errors.Join(fmt.Errorf("nobody can ask the controller whether it lives: %w", err), l.Close())
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
