package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
)

// Server is the door. It is an http.Handler; Serve puts it on a listener.
type Server struct {
	Config
	log     *slog.Logger
	secure  bool // browsers reach us by HTTPS
	cookies *scs.SessionManager
	devices *devices
	tries   *tries
	failed  *fewLines // sign-ins that failed
	desks   openDesks
	testing sync.Mutex // held while there is a test call
	strange sync.Once  // the log has told of a proxy that is not configured
	board   *board
	site    *site
	handler http.Handler
}

// New returns a server; Close ends what it runs beside requests.
func New(c Config) (*Server, error) {
	if c.Users == nil || c.Sessions == nil || c.Floor == nil || c.Reports == nil || c.Desk == nil {
		return nil, errors.New("web: Users, Sessions, Floor, Reports and Desk must all be given")
	}
	s := &Server{Config: c, log: cmp.Or(c.Logger, slog.Default()).With("part", "web")}
	var err error
	if s.site, err = loadSite(); err != nil {
		return nil, err
	}
	s.secure = c.Secure || c.PublicURL != nil && c.PublicURL.Scheme == "https"
	s.cookies = newSessions(c.Sessions, s.secure)
	s.devices = newDevices(c.DeviceKey, s.secure)
	s.tries = newTries()
	s.failed = newFewLines(s.log)
	s.board = newBoard(c.Floor, s.log)
	s.handler, err = s.build()
	return s, err
}

func (s *Server) build() (http.Handler, error) {
	mux := http.NewServeMux()
	for _, rt := range routes {
		mux.Handle(rt.pattern, s.guard(rt))
	}
	// Refuses requests that a browser makes for a page of somebody else.
	cross := http.NewCrossOriginProtection()
	if s.PublicURL != nil {
		if err := cross.AddTrustedOrigin(s.origin()); err != nil {
			return nil, fmt.Errorf("web: the public address: %w", err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, refuse(http.StatusForbidden, "Requests from other sites' pages are refused."))
	}))
	return s.headers(cross.Handler(mux)), nil
}

// origin is that of pages at the public address.
func (s *Server) origin() string { return s.PublicURL.Scheme + "://" + s.PublicURL.Host }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends the live events of all pages. Serve calls it; who uses the
// handler alone does so.
func (s *Server) Close() { s.board.close() }

// Serve serves on l, which may be a TLS listener, until ctx ends. It then lets
// requests in progress finish for up to 5 s. The desks are the softphone's:
// whoever ends it says good-bye to the agents' pages first.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      60 * time.Second, // live events set their own
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		s.Close()
		return err
	case <-ctx.Done():
	}
	s.Close()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := h.Shutdown(ending)
	if err != nil {
		_ = h.Close()
	}
	<-failed
	return err
}

// headers sets what tells browsers to be strict. No page has inline code or
// anything from elsewhere, so injected text stays text.
func (s *Server) headers(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
		"img-src 'self' data:; media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
