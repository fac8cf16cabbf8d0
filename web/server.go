package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Server serves the pages and the API. It is an http.Handler; Serve puts it on
// a listener. Each area has handlers that own what the area needs; routes.go
// tells what is served by which.
type Server struct {
	log      *slog.Logger
	secure   bool // browsers reach us by HTTPS
	clients  *clients
	sessions *sessions
	site     *site
	handler  http.Handler

	signIns   signInHandlers
	desks     *deskHandlers
	users     userHandlers
	audit     auditHandlers
	live      liveHandlers
	limits    limitHandlers
	walls     wallHandlers
	reports   reportHandlers
	talks     talkHandlers
	callers   callerHandlers
	callbacks callbackHandlers
	lost      lostHandlers
	rehearsed rehearsalHandlers
	outgoing  outgoingHandlers

	supervision supervisionHandlers

	recordings recordingHandlers

	messages messageHandlers
	notices  noticeHandlers
	tokens   tokenHandlers
	persons  personHandlers
	trunks   trunkHandlers
	archive  archiveHandlers
	flow     flowHandlers
	prompts  promptHandlers
	heard    heardHandlers
	health   healthHandlers
}

// New returns a server; Close ends what it runs beside requests.
func New(c Config) (*Server, error) {
	if c.Users == nil || c.Sessions == nil || c.Floor == nil || c.Reports == nil || c.Desk == nil {
		return nil, errors.New("web: Users, Sessions, Floor, Reports and Desk must all be given")
	}
	log := cmp.Or(c.Logger, slog.Default()).With("part", "web")
	secure := c.Secure || c.PublicURL != nil && c.PublicURL.Scheme == "https"
	site, err := loadSite()
	if err != nil {
		return nil, err
	}
	site.absent = map[string]bool{"/trunks": c.Trunks == nil, "/notices": c.Notices == nil, "/recordings": c.Recordings == nil, "/archive": c.Archive == nil}
	s := &Server{
		log: log, secure: secure, site: site,
		clients:   &clients{publicURL: c.PublicURL, trusted: c.TrustedProxies, log: log},
		sessions:  &sessions{newCookies(c.Sessions, secure), c.Users},
		users:     userHandlers{c.Users, c.Desk, log},
		audit:     auditHandlers{c.Audit},
		reports:   reportHandlers{c.Reports},
		talks:     talkHandlers{c.Talks, log},
		callbacks: callbackHandlers{c.Callbacks, log},
		lost:      lostHandlers{&reportHandlers{c.Reports}, c.Lost, log},
		rehearsed: rehearsalHandlers{&reportHandlers{c.Reports}, c.Rehearsals, log},
		outgoing:  outgoingHandlers{c.Outgoing, log},

		supervision: supervisionHandlers{c.Supervision, c.Floor, c.Users, log},

		messages: messageHandlers{c.Messages, log},
		notices:  noticeHandlers{c.Notices, log},
		tokens:   tokenHandlers{c.Tokens, c.Users, log},
		persons:  personHandlers{c.Persons, c.Keeping, log},
		trunks:   trunkHandlers{trunks: c.Trunks, log: log},
		archive:  archiveHandlers{c.Archive},
		flow:     flowHandlers{c.Flow, &reportHandlers{c.Reports}, log},
		prompts:  promptHandlers{c.Prompts, log},
		heard:    heardHandlers{c.Hearings},
		health:   healthHandlers{c.Alive, c.Ready, c.Warn, c.Metrics, c.MetricsToken},
	}
	found := newSearches(c.CallerKey)
	s.callers = callerHandlers{c.Callers, found, log}
	s.recordings = recordingHandlers{c.Recordings, c.Reports, s.sessions, newPlays(), found, log}
	s.desks = &deskHandlers{desk: c.Desk, sessions: s.sessions, clients: s.clients}
	s.signIns = signInHandlers{s.sessions, s.clients, s.desks, newDevices(c.DeviceKey, secure), newTries(), newFewLines(log), c.Demo, log}
	s.live = liveHandlers{c.Floor, newBoard(c.Floor, log), s.sessions}
	s.walls = newWallHandlers(c.Walls, &s.live, secure, log)
	s.limits = limitHandlers{c.Limits, &s.reports}
	s.handler, err = s.build()
	return s, err
}

// build returns the handler of all routes.
func (s *Server) build() (http.Handler, error) {
	mux := http.NewServeMux()
	for _, rt := range s.routes() {
		mux.Handle(rt.pattern, s.guard(rt))
	}
	// Refuses requests that a browser makes for a page of another site.
	cross := http.NewCrossOriginProtection()
	if s.clients.publicURL != nil {
		if err := cross.AddTrustedOrigin(s.clients.origin()); err != nil {
			return nil, fmt.Errorf("web: the public address: %w", err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, refuse(http.StatusForbidden, "Requests from other sites' pages are refused."))
	}))
	return s.headers(cross.Handler(mux)), nil
}

// Changed tells the server that a user has been changed, by any program: a
// desk that was opened with a sign-in that no longer holds is closed.
func (s *Server) Changed(name string) { s.desks.changed(name) }

// Health serves /healthz and /readyz alone, for the watchdog, which has a
// listener of its own.
func (s *Server) Health() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range []route{{"GET /healthz", everyone, s.health.healthz}, {"GET /readyz", everyone, s.health.readyz}} {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, rt.serve(w, r)) })
	}
	return mux
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends the live events of all pages. Serve calls it; a caller that uses
// the handler without Serve must call it.
func (s *Server) Close() { s.live.board.close() }

// Serve serves on l, which may be a TLS listener, until ctx ends. It then lets
// requests in progress finish for up to 5 s. The desks are the softphone's,
// which must be ended first, so that it says good-bye to the agents' pages.
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

// headers sets the headers that make browsers strict. No page has inline code or
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
		// A window that the agent's page opens (pop) is used again for the next caller,
		// so its page is not cut off from ours; a page that opens ours is.
		h.Set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
