package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"presszero/internal/figures"
)

// Wall is a screen on the wall, which shows queues in figures to whoever comes by. It has a
// sign-in of its own: a token, which is told once and of which SHA-256 alone is kept.
type Wall struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Queues []string  `json:"queues"` // none: all
	By     string    `json:"by"`     // who has added it
	Made   time.Time `json:"made"`
	Ends   time.Time `json:"ends"` // its sign-in
}

// Walls keeps the screens whose sign-in has not ended.
type Walls interface {
	Walls(ctx context.Context) ([]Wall, error)
	// AddWall keeps a screen under the SHA-256 of its token, and gives it an id.
	AddWall(ctx context.Context, w Wall, hash [32]byte) (Wall, error)
	EndWall(ctx context.Context, id, by string) error // ErrNotFound
	// WallOf returns the screen of a token. It answers while the database is away, since a
	// screen asks all day. ErrNotFound.
	WallOf(ctx context.Context, hash [32]byte) (Wall, error)
}

// asUser is a screen as somebody who may see its queues.
func (w Wall) asUser() User { return User{Role: RoleSupervisor, Queues: w.Queues} }

// WallNow is what a screen shows.
type WallNow struct {
	Now    time.Time       `json:"now"`
	Name   string          `json:"name"`
	Queues []figures.Queue `json:"queues"`
}

// wall takes from the floor, as its viewer sees it, what a screen shows.
func (l Live) wall(name string) WallNow {
	queues := slices.Clone(l.Figures)
	for i := range queues {
		queues[i].Agents.Reasons = map[string]int{} // why somebody is away is for who leads
	}
	return WallNow{l.Now, name, queues}
}

const (
	longestWall = 2 * 366 * 24 * time.Hour
	mostWalls   = 200
)

// wallHandlers sign screens in, and show them the queues.
type wallHandlers struct {
	walls  Walls // nil: there are no screens
	live   *liveHandlers
	cookie http.Cookie // without a value
	log    *slog.Logger
}

func newWallHandlers(walls Walls, live *liveHandlers, secure bool, log *slog.Logger) wallHandlers {
	name := "presszero-wall"
	if secure {
		name = "__Host-" + name
	}
	return wallHandlers{walls, live, http.Cookie{Name: name, Path: "/", Secure: secure, HttpOnly: true, SameSite: http.SameSiteStrictMode}, log}
}

type wallKey struct{}

// asker is the screen that asks; ok is false where none does, or its sign-in has ended.
func (h *wallHandlers) asker(r *http.Request) (w Wall, ok bool, err error) {
	c, err := r.Cookie(h.cookie.Name)
	if err != nil || h.walls == nil {
		return Wall{}, false, nil
	}
	return h.ofToken(r.Context(), c.Value)
}

func (h *wallHandlers) ofToken(ctx context.Context, token string) (w Wall, ok bool, err error) {
	w, err = h.walls.WallOf(ctx, sha256.Sum256([]byte(token)))
	if errors.Is(err, ErrNotFound) {
		return Wall{}, false, nil
	}
	return w, err == nil && time.Now().Before(w.Ends), err
}

// signIn changes the token of a screen for a cookie.
func (h *wallHandlers) signIn(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Token string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	screen, ok, err := h.ofToken(r.Context(), in.Token)
	if err != nil {
		return err
	}
	if !ok {
		return refuse(http.StatusUnauthorized, "This screen is not signed in, or not any more. Add it on the page of screens.")
	}
	c := h.cookie
	c.Value, c.Expires = in.Token, screen.Ends
	http.SetCookie(w, &c)
	h.log.Info("a screen has signed in", "screen", screen.Name, "id", screen.ID)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// viewer is who looks at the wall: a screen, or a leader, who sees her queues.
func viewer(r *http.Request) (u User, name string) {
	if w, is := r.Context().Value(wallKey{}).(Wall); is {
		return w.asUser(), w.Name
	}
	return userOf(r), ""
}

// now is the wall, once.
func (h *wallHandlers) now(w http.ResponseWriter, r *http.Request) error {
	l, err := h.live.floor.Now(r.Context())
	if err != nil {
		return err
	}
	u, name := viewer(r)
	writeJSON(w, http.StatusOK, l.whole().of(u).wall(name))
	return nil
}

// events is the wall as it changes.
func (h *wallHandlers) events(w http.ResponseWriter, r *http.Request) error {
	u, name := viewer(r)
	still := func() bool { return h.live.stillLeads(r) }
	if screen, is := r.Context().Value(wallKey{}).(Wall); is {
		still = func() bool {
			now, ok, err := h.asker(r)
			return err != nil || ok && now.ID == screen.ID
		}
	}
	return h.live.stream(w, r, audience{user: u, wall: true, screen: name}, still)
}

// list lists the screens that show nothing but the user's queues.
func (h *wallHandlers) list(w http.ResponseWriter, r *http.Request) error {
	list, err := h.mine(r)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]any{"walls": append([]Wall{}, list...)})
	return nil
}

func (h *wallHandlers) mine(r *http.Request) ([]Wall, error) {
	list, err := h.walls.Walls(r.Context())
	u := userOf(r)
	return slices.DeleteFunc(list, func(w Wall) bool { return !mayAll(u, w.Queues) }), err
}

// mayAll reports whether a user may see all of some queues; none stands for every queue.
func mayAll(u User, queues []string) bool {
	if len(queues) == 0 {
		return len(u.Scope()) == 0
	}
	return !slices.ContainsFunc(queues, func(q string) bool { return !u.May(q) })
}

// add adds a screen, and tells its token this once.
func (h *wallHandlers) add(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name   string
		Queues []string
		Ends   time.Time
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	u := userOf(r)
	screen := Wall{Name: strings.TrimSpace(in.Name), Queues: slices.Compact(slices.Sorted(slices.Values(in.Queues))), By: u.Name, Ends: in.Ends.UTC()}
	if len(screen.Queues) == 0 {
		screen.Queues = append([]string{}, u.Scope()...)
	}
	if err := h.check(r, screen); err != nil {
		return err
	}
	token := rand.Text()
	made, err := h.walls.AddWall(r.Context(), screen, sha256.Sum256([]byte(token)))
	if err != nil {
		return err
	}
	h.log.Info("a screen was added", "by", u.Name, "screen", made.Name, "id", made.ID, "ends", made.Ends)
	writeJSON(w, http.StatusCreated, struct {
		Wall
		Token string `json:"token"`
	}{made, token})
	return nil
}

// check says what is wrong with a new screen.
func (h *wallHandlers) check(r *http.Request, screen Wall) error {
	live, err := h.live.floor.Now(r.Context())
	if err != nil {
		return err
	}
	if n := utf8.RuneCountInString(screen.Name); n < 1 || n > 60 {
		return refuse(http.StatusUnprocessableEntity, "A screen has a name of 1 to 60 letters, like the place where it hangs.")
	}
	for _, name := range screen.Queues {
		if !userOf(r).May(name) || !slices.ContainsFunc(live.Figures, func(q figures.Queue) bool { return q.Name == name }) {
			return refuse(http.StatusUnprocessableEntity, "There is no queue called %q.", name)
		}
	}
	if left := time.Until(screen.Ends); left <= 0 || left > longestWall {
		return refuse(http.StatusUnprocessableEntity, "The sign-in of a screen ends within two years; choose a day ahead.")
	}
	list, err := h.walls.Walls(r.Context())
	if err == nil && len(list) >= mostWalls {
		err = refuse(http.StatusUnprocessableEntity, "There are %d screens; remove those that are not used.", mostWalls)
	}
	return err
}

// end signs a screen out, for good.
func (h *wallHandlers) end(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	list, err := h.mine(r)
	if err == nil && !slices.ContainsFunc(list, func(w Wall) bool { return w.ID == id }) {
		err = ErrNotFound
	}
	if err == nil {
		err = h.walls.EndWall(r.Context(), id, userOf(r).Name)
	}
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no such screen.")
	}
	if err != nil {
		return err
	}
	h.live.board.floorChanged() // the screen's stream ends with the next event
	w.WriteHeader(http.StatusNoContent)
	return nil
}
