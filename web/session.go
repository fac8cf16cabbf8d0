package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// A session outlasts any shift, also one with overtime: nobody is signed out
// in the middle of a talk.
const sessionLifetime = 16 * time.Hour

// newSessions returns the sessions. The __Host- prefix makes a browser refuse
// the cookie from any other host or without HTTPS; on loopback, without TLS,
// that name is not to be had.
func newSessions(store scs.Store, secure bool) *scs.SessionManager {
	name := "presszero"
	if secure {
		name = "__Host-presszero"
	}
	// Not scs.New, which starts a store in memory that would never end.
	return &scs.SessionManager{
		Store:    store,
		Codec:    scs.GobCodec{},
		Lifetime: sessionLifetime,
		Cookie: scs.SessionCookie{Name: name, Path: "/", Secure: secure, HttpOnly: true,
			SameSite: http.SameSiteLaxMode, Persist: true},
	}
}

// who is the user who asks, or the zero User. The session names the user and
// carries her stamp; whatever changes her rights changes the stamp and so ends
// every session she has.
func (s *Server) who(r *http.Request) (User, error) {
	c, err := r.Cookie(s.cookies.Cookie.Name)
	if err != nil || c.Value == "" {
		return User{}, nil
	}
	return s.whoHas(r.Context(), c.Value)
}

func (s *Server) whoHas(ctx context.Context, token string) (User, error) {
	ctx, err := s.cookies.Load(ctx, token)
	if err != nil {
		return User{}, fmt.Errorf("sessions: %w", err)
	}
	name := s.cookies.GetString(ctx, "name")
	if name == "" {
		return User{}, nil
	}
	u, err := s.Users.User(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return User{}, nil
	}
	if err != nil {
		return User{}, fmt.Errorf("users: %w", err)
	}
	if u.Disabled || s.cookies.GetString(ctx, "stamp") != stampOf(u) {
		return User{}, nil
	}
	return u, nil
}

// stampOf changes with all that a session's rights rest on.
func stampOf(u User) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %q %q", u.Name, u.Role, u.Hash))
	return hex.EncodeToString(sum[:16])
}

// whoami is what a page is told of its user.
type whoami struct {
	Name   string   `json:"name"`
	Role   Role     `json:"role"`
	Queues []string `json:"queues"`
	Home   string   `json:"home"`
}

func tellUser(u User) whoami {
	return whoami{Name: u.Name, Role: u.Role, Queues: append([]string{}, u.Queues...), Home: homeOf(u)}
}

func (s *Server) me(w http.ResponseWriter, r *http.Request) error {
	writeJSON(w, http.StatusOK, tellUser(userOf(r)))
	return nil
}

// signIn checks name and password. Whether the name is unknown, the password
// wrong or the user disabled, it takes as long and says the same.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Name, Password string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	address := addressOf(r).String()
	turn, err := s.tries.begin(r.Context(), in.Name, address)
	if err != nil {
		s.log.Warn("too many failed sign-ins", "name", in.Name, "from", address)
		return err
	}
	u, err := s.Users.User(r.Context(), in.Name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		turn.end(true)
		return err
	}
	right := checkPassword(in.Password, u.Hash) && !u.Disabled && accessOf(u.Role) != 0
	turn.end(right)
	if !right {
		s.log.Warn("a sign-in failed", "name", in.Name, "from", address)
		return refuse(http.StatusUnauthorized, "The name or the password is not right.")
	}
	if err := s.openSession(w, r, u); err != nil {
		return err
	}
	s.log.Info("signed in", "name", u.Name, "role", u.Role, "from", address)
	writeJSON(w, http.StatusOK, tellUser(u))
	return nil
}

// openSession begins a session under a fresh token; the one before, if any,
// ends, so nobody can plant a token and wait for its owner to sign in.
func (s *Server) openSession(w http.ResponseWriter, r *http.Request, u User) error {
	var old string
	if c, err := r.Cookie(s.cookies.Cookie.Name); err == nil {
		old = c.Value
	}
	ctx, err := s.cookies.Load(r.Context(), old)
	if err != nil {
		return err
	}
	if err := s.cookies.RenewToken(ctx); err != nil {
		return err
	}
	s.cookies.Put(ctx, "name", u.Name)
	s.cookies.Put(ctx, "stamp", stampOf(u))
	token, until, err := s.cookies.Commit(ctx)
	if err != nil {
		return err
	}
	s.cookies.WriteSessionCookie(ctx, w, token, until)
	return nil
}

// signOut ends the session, and with it the agent's page.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request) error {
	if c, err := r.Cookie(s.cookies.Cookie.Name); err == nil {
		ctx, err := s.cookies.Load(r.Context(), c.Value)
		if err != nil {
			return err
		}
		if err := s.cookies.Destroy(ctx); err != nil {
			return err
		}
		s.cookies.WriteSessionCookie(ctx, w, "", time.Time{})
		if u := userOf(r); u.Name != "" {
			s.Desk.Dismiss(u.Name)
			s.log.Info("signed out", "name", u.Name)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// desk hands the agent's websocket to the softphone.
func (s *Server) desk(w http.ResponseWriter, r *http.Request) error {
	u := userOf(r)
	c, err := r.Cookie(s.cookies.Cookie.Name)
	if err != nil {
		return errSignIn
	}
	still := func(ctx context.Context) bool {
		now, err := s.whoHas(ctx, c.Value)
		// A database that is away is no reason to cut a talk off.
		return err != nil || now.Name == u.Name && now.Role == u.Role
	}
	s.Desk.Serve(w, r, Agent{Name: u.Name, Queues: u.Queues, Skills: u.Skills, Weights: u.Weights, Still: still})
	return nil
}
