package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"log/slog"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"presszero/report"
)

// Tokens keeps what programs read with, in place of a session. They are known by the
// SHA-256 of their text, which nobody keeps.
type Tokens interface {
	// Tokens lists those of an owner, "" of all.
	Tokens(ctx context.Context, owner string) ([]report.Token, error)
	AddToken(ctx context.Context, t report.Token, hash []byte) error
	// RevokeToken ends one of an owner, "" of any. ErrNotFound.
	RevokeToken(ctx context.Context, id, owner string) error
	// UseToken returns the one of this hash, unless it was revoked or has expired:
	// ErrNotFound.
	UseToken(ctx context.Context, hash []byte) (report.Token, error)
}

// tokenScopes are what a token can be for.
var tokenScopes = []string{"reports.read", "live.read", "notices.read", "metrics"}

// scopeOf is the scope with which a token may have a route; "": none may.
func scopeOf(pattern string) string {
	switch {
	case strings.HasPrefix(pattern, "GET /api/v1/reports/"), pattern == "GET /api/v1/calls/{id}", pattern == "GET /api/v1/calls/{id}/heard":
		return "reports.read"
	case pattern == "GET /api/v1/live":
		return "live.read"
	case pattern == "GET /api/v1/notices":
		return "notices.read"
	case pattern == "GET /metrics":
		return "metrics"
	}
	return ""
}

const (
	tokenPrefix  = "pz_" // by which people and scanners of sources know one
	tokenSecret  = 43    // characters of 32 random bytes
	tokenLongest = 365   // days
	base62       = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newToken makes the text of a token: the prefix, 32 random bytes and their checksum,
// by which a text with a typing error is known without asking anybody.
func newToken() string {
	var secret [32]byte
	rand.Read(secret[:]) // never fails (crypto/rand)
	text := inBase62(secret[:], tokenSecret)
	return tokenPrefix + text + checksum(text)
}

func checksum(text string) string {
	return inBase62(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(text))), 6)
}

func inBase62(b []byte, length int) string {
	n, rest, of := new(big.Int).SetBytes(b), new(big.Int), big.NewInt(int64(len(base62)))
	text := make([]byte, length)
	for i := length - 1; i >= 0; i-- {
		n.DivMod(n, of, rest)
		text[i] = base62[rest.Int64()]
	}
	return string(text)
}

// hashOf is by what a token is kept; false: the text is none.
func hashOf(text string) ([]byte, bool) {
	inner, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok || len(inner) != tokenSecret+6 || checksum(inner[:tokenSecret]) != inner[tokenSecret:] {
		return nil, false
	}
	sum := sha256.Sum256([]byte(text))
	return sum[:], true
}

// bearer is the token that a request carries; false: it carries none of ours.
func bearer(r *http.Request) (string, bool) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return text, ok && strings.HasPrefix(text, tokenPrefix)
}

var (
	errToken      = &problem{status: http.StatusUnauthorized, text: "This token does not hold: it is unknown, was revoked, or has expired."}
	errTokenScope = &problem{status: http.StatusForbidden, text: "This token is not for this; sign in, or make a token with the scope that it needs."}
)

// tokenHandlers let programs in, and let leaders make and revoke tokens.
type tokenHandlers struct {
	tokens Tokens // nil: there are none
	users  Users
	log    *slog.Logger
}

// asker is the user as whom a program with this token may have the route. What is for
// everyone it gets without. Sessions that come beside a token do not count.
func (h *tokenHandlers) asker(r *http.Request, text string, rt route) (User, error) {
	if rt.to&anonymous != 0 {
		return User{}, nil
	}
	hash, ok := hashOf(text)
	if !ok || h.tokens == nil {
		return User{}, errToken
	}
	t, err := h.tokens.UseToken(r.Context(), hash)
	if errors.Is(err, ErrNotFound) {
		return User{}, errToken
	}
	if err != nil {
		return User{}, err
	}
	u, err := h.users.User(r.Context(), t.Owner)
	if errors.Is(err, ErrNotFound) || err == nil && (u.Disabled || accessOf(u.Role)&leaders == 0) {
		return User{}, errToken
	}
	if err != nil {
		return User{}, err
	}
	if scope := scopeOf(rt.pattern); scope == "" || !slices.Contains(t.Scopes, scope) {
		return User{}, errTokenScope
	}
	return narrowed(u, t)
}

// narrowed is the owner of a token with its queues only.
func narrowed(u User, t report.Token) (User, error) {
	u.FirstPassword = false
	if len(t.Queues) == 0 {
		return u, nil
	}
	queues := slices.DeleteFunc(slices.Clone(t.Queues), func(q string) bool { return !u.May(q) })
	if len(queues) == 0 { // no queues would be all of them
		return User{}, errTokenScope
	}
	u.Role, u.Queues = RoleSupervisor, queues
	return u, nil
}

// listTokens lists the user's own tokens; an admin's list has those of all.
func (h *tokenHandlers) listTokens(w http.ResponseWriter, r *http.Request) error {
	list, err := h.tokens.Tokens(r.Context(), ownerFor(userOf(r)))
	if err != nil {
		return err
	}
	list = append([]report.Token{}, list...)
	for i := range list {
		list[i].Scopes, list[i].Queues = append([]string{}, list[i].Scopes...), append([]string{}, list[i].Queues...)
	}
	writeJSON(w, http.StatusOK, map[string]any{"tokens": list, "scopes": scopesFor(userOf(r))})
	return nil
}

// ownerFor is whose tokens a user may see and revoke; "": those of all.
func ownerFor(u User) string {
	if u.Role == RoleAdmin {
		return ""
	}
	return u.Name
}

// scopesFor are what a user's tokens can be for: the metrics are of the whole machine.
func scopesFor(u User) []string {
	if u.Role == RoleAdmin {
		return tokenScopes
	}
	return slices.DeleteFunc(slices.Clone(tokenScopes), func(s string) bool { return s == "metrics" })
}

// createToken makes a token of the user's own. Its text is told this once.
func (h *tokenHandlers) createToken(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name   string
		Scopes []string
		Queues []string
		Days   int
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	u := userOf(r)
	foreign := func(q string) bool { return !wordName.MatchString(q) || !u.May(q) }
	unknown := func(s string) bool { return !slices.Contains(scopesFor(u), s) }
	in.Name = strings.TrimSpace(in.Name)
	switch {
	case in.Name == "" || len([]rune(in.Name)) > 60 || strings.ContainsFunc(in.Name, func(c rune) bool { return c < ' ' }):
		return refuse(http.StatusUnprocessableEntity, "A token has a name of 1 to 60 characters, which says what it is for.")
	case len(in.Scopes) == 0 || slices.ContainsFunc(in.Scopes, unknown):
		return refuse(http.StatusUnprocessableEntity, "Say what the token is for: one or more of %s.", strings.Join(scopesFor(u), ", "))
	case slices.ContainsFunc(in.Queues, foreign):
		return refuse(http.StatusUnprocessableEntity, "The queues of a token must be among your own.")
	case slices.Contains(in.Scopes, "metrics") && len(in.Queues) > 0:
		return refuse(http.StatusUnprocessableEntity, "The metrics are of all queues; leave the queues out, or the metrics.")
	case in.Days < 1 || in.Days > tokenLongest:
		return refuse(http.StatusUnprocessableEntity, "A token holds for 1 to %d days.", tokenLongest)
	}
	text := newToken()
	hash, _ := hashOf(text)
	slices.Sort(in.Scopes)
	t := report.Token{ID: rand.Text(), Name: in.Name, Owner: u.Name, Scopes: slices.Compact(in.Scopes), Queues: append([]string{}, in.Queues...),
		CreatedAt: time.Now().UTC(), ExpiresAt: time.Now().UTC().AddDate(0, 0, in.Days).Truncate(time.Second)}
	if err := h.tokens.AddToken(r.Context(), t, hash); err != nil {
		return err
	}
	noteAct(r, "id", t.ID)
	noteAct(r, "name", t.Name)
	noteAct(r, "scopes", t.Scopes)
	noteAct(r, "queues", t.Queues)
	noteAct(r, "expires_at", t.ExpiresAt)
	h.log.Info("token made", "by", u.Name, "name", t.Name, "scopes", t.Scopes)
	writeJSON(w, http.StatusCreated, struct {
		report.Token
		Text string `json:"token"`
	}{t, text})
	return nil
}

// revokeToken ends a token at once.
func (h *tokenHandlers) revokeToken(w http.ResponseWriter, r *http.Request) error {
	if err := h.tokens.RevokeToken(r.Context(), r.PathValue("id"), ownerFor(userOf(r))); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
