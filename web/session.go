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

// stampOf changes with all that a session's rights rest on. The epoch makes it
// never return to what it was. A user of epoch 0 has the stamp of versions that
// knew none, so that an upgrade ends nobody's session.
func stampOf(u User) string {
	text := fmt.Appendf(nil, "%q %q %q", u.Name, u.Role, u.Hash)
	if u.Epoch != 0 {
		text = fmt.Appendf(text, " %d", u.Epoch)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// whoami is what a page is told of its user.
type whoami struct {
	Name   string   `json:"name"`
	Role   Role     `json:"role"`
	Queues []string `json:"queues"`
	Home   string   `json:"home"`
	// FirstPassword: the page asks her to choose a password of her own;
	// MayWait: she may do so later.
	FirstPassword bool `json:"first_password,omitempty"`
	MayWait       bool `json:"may_wait,omitempty"`
}

func (s *Server) tellUser(r *http.Request, u User) whoami {
	me := whoami{Name: u.Name, Role: u.Role, Queues: append([]string{}, u.Queues...), Home: homeOf(u)}
	if u.FirstPassword {
		me.FirstPassword, me.MayWait = true, s.isLocal(r)
		if !me.MayWait {
			me.Home = passwordPage
		}
	}
	return me
}

func (s *Server) me(w http.ResponseWriter, r *http.Request) error {
	writeJSON(w, http.StatusOK, s.tellUser(r, userOf(r)))
	return nil
}

// maxSignIn is the size of a sign-in, or of a change of one's password: more
// than the longest name and passwords take.
const maxSignIn = 8 << 10

// signIn checks name and password. Whether the name is unknown, the password
// wrong or the user disabled, it takes as long and says the same.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Name, Password string }
	r.Body = http.MaxBytesReader(w, r.Body, maxSignIn)
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	from := s.clientOf(r)
	turn, err := s.tries.begin(r.Context(), attempt{in.Name, counted(from), s.deviceOf(r, in.Name)})
	if err != nil {
		s.failed.warn("too many failed sign-ins", "name", shownName(in.Name), "from", from)
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
		s.failed.warn("a sign-in failed", "name", shownName(in.Name), "from", from)
		return refuse(http.StatusUnauthorized, "The name or the password is not right.")
	}
	s.devices.remember(w, r, u.Name) // before the session's: simple clients keep the last cookie only
	if err := s.openSession(w, r, u); err != nil {
		return err
	}
	s.log.Info("signed in", "name", u.Name, "role", u.Role, "from", from)
	writeJSON(w, http.StatusOK, s.tellUser(r, u))
	return nil
}

// deviceOf is what identifies a device on which name has signed in before, or
// is signed in; "": it is not known.
func (s *Server) deviceOf(r *http.Request, name string) string {
	if d := s.devices.known(r, name); d != "" {
		return d
	}
	c, err := r.Cookie(s.cookies.Cookie.Name)
	if err != nil {
		return ""
	}
	if u, err := s.who(r); err != nil || u.Name == "" || u.Name != name {
		return ""
	}
	return "session " + c.Value
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
	s.desks.move(u.Name, old, token)
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
		// An ended session is remembered for a while; what is none is not.
		if s.cookies.GetString(ctx, "name") != "" {
			if err := s.cookies.Destroy(ctx); err != nil {
				return err
			}
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
