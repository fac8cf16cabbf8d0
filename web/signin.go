package web

import (
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// signInHandlers sign users in and out and change their own passwords.
type signInHandlers struct {
	sessions *sessions
	clients  *clients
	desks    *deskHandlers
	devices  *devices
	tries    *tries
	failed   *fewLines // sign-ins that failed
	demo     func() bool
	log      *slog.Logger
}

// whoami tells a page its user.
type whoami struct {
	Name   string   `json:"name"`
	Role   Role     `json:"role"`
	Queues []string `json:"queues"`
	Home   string   `json:"home"`
	// FirstPassword: the page asks her to choose a password of her own;
	// MayWait: she may do so later.
	FirstPassword bool `json:"first_password,omitempty"`
	MayWait       bool `json:"may_wait,omitempty"`
	// Demo: the database holds a simulated past.
	Demo bool `json:"demo,omitempty"`
}

func (h *signInHandlers) tellUser(r *http.Request, u User) whoami {
	me := whoami{Name: u.Name, Role: u.Role, Queues: append([]string{}, u.Queues...), Home: homeOf(u), Demo: h.demo != nil && h.demo()}
	if u.FirstPassword {
		me.FirstPassword, me.MayWait = true, h.clients.isLocal(r)
		if !me.MayWait {
			me.Home = passwordPage
		}
	}
	return me
}

// tellSelf tells a page its user.
func (h *signInHandlers) tellSelf(w http.ResponseWriter, r *http.Request) error {
	writeJSON(w, http.StatusOK, h.tellUser(r, userOf(r)))
	return nil
}

// maxSignIn is the size of a sign-in, or of a change of one's password: more
// than the longest name and passwords take.
const maxSignIn = 8 << 10

// signIn checks name and password. Whether the name is unknown, the password
// wrong or the user disabled, it takes as long and says the same.
func (h *signInHandlers) signIn(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Name, Password string }
	r.Body = http.MaxBytesReader(w, r.Body, maxSignIn)
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	from := h.clients.clientOf(r)
	turn, err := h.tries.begin(r.Context(), attempt{in.Name, countedAddress(from), h.deviceOf(r, in.Name)})
	if err != nil {
		h.failed.warnRarely("too many failed sign-ins", "name", shownName(in.Name), "from", from)
		return err
	}
	u, err := h.sessions.users.User(r.Context(), in.Name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		turn.finish(true)
		return err
	}
	right := checkPassword(in.Password, u.Hash) && !u.Disabled && accessOf(u.Role) != 0
	turn.finish(right)
	if !right {
		h.failed.warnRarely("a sign-in failed", "name", shownName(in.Name), "from", from)
		return refuse(http.StatusUnauthorized, "The name or the password is not right.")
	}
	h.devices.remember(w, r, u.Name) // before the session's: simple clients keep the last cookie only
	if err := h.openSession(w, r, u); err != nil {
		return err
	}
	h.log.Info("signed in", "name", u.Name, "role", u.Role, "from", from)
	writeJSON(w, http.StatusOK, h.tellUser(r, u))
	return nil
}

// deviceOf is what identifies a device on which name has signed in before, or
// is signed in; "": it is not known.
func (h *signInHandlers) deviceOf(r *http.Request, name string) string {
	if d := h.devices.known(r, name); d != "" {
		return d
	}
	c, err := r.Cookie(h.sessions.cookies.Cookie.Name)
	if err != nil {
		return ""
	}
	if u, err := h.sessions.asker(r); err != nil || u.Name == "" || u.Name != name {
		return ""
	}
	return "session " + c.Value
}

// openSession begins a session under a fresh token; the one before, if any,
// ends, so nobody can plant a token and wait for its owner to sign in.
func (h *signInHandlers) openSession(w http.ResponseWriter, r *http.Request, u User) error {
	var old string
	if c, err := r.Cookie(h.sessions.cookies.Cookie.Name); err == nil {
		old = c.Value
	}
	ctx, err := h.sessions.cookies.Load(r.Context(), old)
	if err != nil {
		return err
	}
	if err := h.sessions.cookies.RenewToken(ctx); err != nil {
		return err
	}
	h.sessions.cookies.Put(ctx, "name", u.Name)
	h.sessions.cookies.Put(ctx, "stamp", stampOf(u))
	token, until, err := h.sessions.cookies.Commit(ctx)
	if err != nil {
		return err
	}
	h.desks.open.tokenChanged(u.Name, old, token)
	h.sessions.cookies.WriteSessionCookie(ctx, w, token, until)
	return nil
}

// signOut ends the session, and with it the agent's page that was opened in it. One
// that is open elsewhere, with another sign-in, goes on.
func (h *signInHandlers) signOut(w http.ResponseWriter, r *http.Request) error {
	if c, err := r.Cookie(h.sessions.cookies.Cookie.Name); err == nil {
		ctx, err := h.sessions.cookies.Load(r.Context(), c.Value)
		if err != nil {
			return err
		}
		// The store keeps the tokens of ended sessions for a while. A token that
		// never was a session is not ended, so that strangers cannot fill it.
		if h.sessions.cookies.GetString(ctx, "name") != "" {
			if err := h.sessions.cookies.Destroy(ctx); err != nil {
				return err
			}
		}
		h.sessions.cookies.WriteSessionCookie(ctx, w, "", time.Time{})
		if u := userOf(r); u.Name != "" {
			h.desks.desk.Dismiss(u.Name)
			h.log.Info("signed out", "name", u.Name)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
