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

// newCookies returns the manager of sessions and their cookies. The __Host- prefix makes a browser refuse
// the cookie from any other host or without HTTPS; on loopback, without TLS,
// that name is not to be had.
func newCookies(store scs.Store, secure bool) *scs.SessionManager {
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

// sessions tells which user a request comes from.
type sessions struct {
	cookies *scs.SessionManager
	users   Users
}

// asker is the user who asks, or the zero User. The session names the user and
// carries her stamp; whatever changes her rights changes the stamp and so ends
// every session she has.
func (s *sessions) asker(r *http.Request) (User, error) {
	c, err := r.Cookie(s.cookies.Cookie.Name)
	if err != nil || c.Value == "" {
		return User{}, nil
	}
	return s.withToken(r.Context(), c.Value)
}

// withToken is the user whose session has this token, or the zero User.
func (s *sessions) withToken(ctx context.Context, token string) (User, error) {
	ctx, err := s.cookies.Load(ctx, token)
	if err != nil {
		return User{}, fmt.Errorf("sessions: %w", err)
	}
	name := s.cookies.GetString(ctx, "name")
	if name == "" {
		return User{}, nil
	}
	u, err := s.users.User(ctx, name)
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

// stampOf is a hash of a user's name, role, password and epoch. A session whose stamp
// is not the user's present one is void. The epoch only grows, so that an earlier role
// does not bring old sessions back. Epoch 0 gives the stamp of versions without epochs,
// so that an upgrade ends no sessions.
func stampOf(u User) string {
	text := fmt.Appendf(nil, "%q %q %q", u.Name, u.Role, u.Hash)
	if u.Epoch != 0 {
		text = fmt.Appendf(text, " %d", u.Epoch)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}
