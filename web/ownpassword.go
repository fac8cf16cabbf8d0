package web

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// passwordPage is where a person changes her own password.
const passwordPage = "/password"

// beforeOwnPassword are the routes that a user with a first password may have
// from another machine, besides those for everyone.
var beforeOwnPassword = map[string]bool{
	"GET " + passwordPage: true, "GET /api/v1/me": true, "PUT /api/v1/me/password": true,
}

var errFirstPassword = &problem{status: http.StatusForbidden, text: "Your password was made for you; please choose one of your own first."}

// mustChoose reports whether a user has to choose her own password before she
// may have the route.
func (h *signInHandlers) mustChoose(r *http.Request, rt route, u User) bool {
	return u.FirstPassword && rt.to&anonymous == 0 && !beforeOwnPassword[rt.pattern] && !h.clients.isLocal(r)
}

// changePassword: a person changes her own password. She stays signed in here,
// also at her desk, under a new token; all her other sessions end.
func (h *signInHandlers) changePassword(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Old, New string }
	r.Body = http.MaxBytesReader(w, r.Body, maxSignIn)
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	u := userOf(r)
	c, err := r.Cookie(h.sessions.cookies.Cookie.Name)
	if err != nil {
		return errSignIn
	}
	if err := checkPasswordLength(in.New); err != nil {
		return err
	}
	if in.New == in.Old || strings.EqualFold(in.New, u.Name) {
		return refuse(http.StatusUnprocessableEntity, "Choose a password that is neither your present one nor your name.")
	}
	turn, err := h.tries.begin(r.Context(), attempt{name: u.Name, device: "session " + c.Value})
	if err != nil {
		return err
	}
	right := checkPassword(in.Old, u.Hash)
	turn.finish(right)
	if !right {
		return refuse(http.StatusUnprocessableEntity, "Your present password is not right.")
	}
	if err := h.replacePassword(w, r, u.Name, in.New); err != nil {
		return err
	}
	h.log.Info("password changed by its owner", "name", u.Name)
	noteAct(r, "name", u.Name)
	noteAct(r, "own", true)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// replacePassword sets the password and goes on with a new session.
func (h *signInHandlers) replacePassword(w http.ResponseWriter, r *http.Request, name, password string) error {
	hash, err := HashPassword(password)
	if err != nil {
		return err
	}
	done := h.desks.open.choosing(name)
	defer done()
	if err := h.sessions.users.SetUserHash(r.Context(), name, hash, false); err != nil {
		return err
	}
	u, err := h.sessions.users.User(r.Context(), name)
	if err != nil {
		return err
	}
	if err := h.openSession(w, r, u); err != nil {
		return err
	}
	done()
	h.desks.changed(name)
	return nil
}

// GeneratePassword returns a password of 16 letters and digits, 80 bits.
func GeneratePassword() string { return strings.ToLower(rand.Text()[:16]) }
