package web

import (
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
)

// userName is the form of a sign-in name: it also appears in addresses, logs
// and SQL.
var userName = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]{0,39}$`)

// CheckUser says what is wrong with a new user or her password, in a sentence.
func CheckUser(u User, password string) error {
	if !userName.MatchString(u.Name) {
		return refuse(http.StatusUnprocessableEntity, "A name has 1 to 40 letters, digits, dots, hyphens or underscores.")
	}
	if err := CheckRole(u.Role); err != nil {
		return err
	}
	if err := CheckWork(u); err != nil {
		return err
	}
	return checkPasswordLength(password)
}

// wordName is the form of the name of a queue or a skill, as in a flow file.
var wordName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// CheckWork says what is wrong with a user's queues, skills or weights.
func CheckWork(u User) error {
	names := slices.Concat(u.Queues, slices.Sorted(maps.Keys(u.Skills)), slices.Sorted(maps.Keys(u.Weights)))
	for _, name := range names {
		if !wordName.MatchString(name) {
			return refuse(http.StatusUnprocessableEntity, "%q cannot be the name of a queue or a skill; use small letters, digits, hyphens and underscores.", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(u.Skills)) {
		if level := u.Skills[name]; level < 1 || level > 10 {
			return refuse(http.StatusUnprocessableEntity, "The level of %s must be from 1 to 10, the best the highest.", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(u.Weights)) {
		if weight := u.Weights[name]; weight < 1 || weight > 10 {
			return refuse(http.StatusUnprocessableEntity, "The weight of %s must be from 1 to 10; each step above 1 is half a minute's head start.", name)
		}
		if len(u.Queues) > 0 && !slices.Contains(u.Queues, name) {
			return refuse(http.StatusUnprocessableEntity, "%s has a weight but is not among her queues; add it, or remove the weight.", name)
		}
	}
	return nil
}

// userHandlers are what admins do with users.
type userHandlers struct {
	users Users
	desk  Desk
	log   *slog.Logger
}

func (h *userHandlers) listUsers(w http.ResponseWriter, r *http.Request) error {
	users, err := h.users.Users(r.Context())
	if err != nil {
		return err
	}
	for i := range users {
		users[i] = shownUser(users[i])
	}
	writeJSON(w, http.StatusOK, map[string]any{"users": append([]User{}, users...)})
	return nil
}

func (h *userHandlers) createUser(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name, Password string
		Generate       bool
		Role           Role
		Queues         []string
		Skills         map[string]int
		Weights        map[string]int
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	u := shownUser(User{Name: in.Name, Role: in.Role, Queues: in.Queues, Skills: in.Skills, Weights: in.Weights, FirstPassword: in.Generate})
	password, err := passwordToSet(in.Password, in.Generate)
	if err != nil {
		return err
	}
	if err := CheckUser(u, password); err != nil {
		return err
	}
	if u.Hash, err = HashPassword(password); err != nil {
		return err
	}
	err = h.users.CreateUser(r.Context(), u)
	if errors.Is(err, ErrTaken) {
		return refuse(http.StatusConflict, "There is already a user called %s.", in.Name)
	}
	if err != nil {
		return err
	}
	h.log.Info("user created", "by", userOf(r).Name, "name", u.Name, "role", u.Role)
	tellCreated(w, r, u, password)
	return nil
}

// tellCreated answers with the new user, and with a password that was generated.
func tellCreated(w http.ResponseWriter, r *http.Request, u User, password string) {
	noteAct(r, "name", u.Name)
	noteAct(r, "role", u.Role)
	noteWork(r, u)
	made := struct {
		User
		Password string `json:"password,omitempty"`
	}{User: u}
	if u.FirstPassword {
		noteAct(r, "generated", true)
		made.Password = password
	}
	writeJSON(w, http.StatusCreated, made)
}

// passwordToSet is the password that an admin has chosen, or one that is made
// for her.
func passwordToSet(chosen string, generate bool) (string, error) {
	if generate && chosen != "" {
		return "", refuse(http.StatusUnprocessableEntity, "Either choose a password or have one generated, not both.")
	}
	if generate {
		return GeneratePassword(), nil
	}
	return chosen, checkPasswordLength(chosen)
}

// setPassword sets a password that an admin has chosen, or with generate one
// that is made, told once, and to be changed by its owner.
func (h *userHandlers) setPassword(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Password string
		Generate bool
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	password, err := passwordToSet(in.Password, in.Generate)
	if err != nil {
		return err
	}
	hash, err := HashPassword(password)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	if err := h.users.SetUserHash(r.Context(), name, hash, in.Generate); err != nil {
		return noSuchUser(err, name)
	}
	h.changedRights(r, name, "password set")
	if in.Generate {
		noteAct(r, "generated", true)
		writeJSON(w, http.StatusOK, map[string]string{"password": password})
		return nil
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// setRole changes what a user may do. Her sessions end.
func (h *userHandlers) setRole(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Role Role }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := CheckRole(in.Role); err != nil {
		return err
	}
	name := r.PathValue("name")
	if name == userOf(r).Name {
		return refuse(http.StatusUnprocessableEntity, "You cannot change your own role; another admin can.")
	}
	was, err := h.users.User(r.Context(), name)
	if err == nil {
		err = h.users.SetUserRole(r.Context(), name, in.Role)
	}
	if err != nil {
		return noSuchUser(err, name)
	}
	noteAct(r, "before", was.Role)
	noteAct(r, "role", in.Role)
	if was.Role != in.Role {
		h.changedRights(r, name, "role set")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// CheckRole says what is wrong with a role, in a sentence.
func CheckRole(role Role) error {
	if accessOf(role) == 0 {
		return refuse(http.StatusUnprocessableEntity, "The role must be agent, supervisor or admin, not %q.", role)
	}
	return nil
}

// shownUser has empty lists where there are none, for the pages.
func shownUser(u User) User {
	u.Queues = append([]string{}, u.Queues...)
	for _, m := range []*map[string]int{&u.Skills, &u.Weights} {
		if *m == nil {
			*m = map[string]int{}
		}
	}
	return u
}

// setWork changes which queues a user serves and what she can do. It counts at
// once, also for one who is signed in.
func (h *userHandlers) setWork(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Queues  []string
		Skills  map[string]int
		Weights map[string]int
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	u := User{Name: r.PathValue("name"), Queues: in.Queues, Skills: in.Skills, Weights: in.Weights}
	if err := CheckWork(u); err != nil {
		return err
	}
	if err := h.users.SetUserWork(r.Context(), u); err != nil {
		return noSuchUser(err, u.Name)
	}
	h.log.Info("queues and skills set", "by", userOf(r).Name, "name", u.Name)
	noteWork(r, u)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func noteWork(r *http.Request, u User) {
	noteAct(r, "queues", u.Queues)
	noteAct(r, "skills", u.Skills)
	noteAct(r, "weights", u.Weights)
}

func (h *userHandlers) setDisabled(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Disabled bool }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	name := r.PathValue("name")
	if in.Disabled && name == userOf(r).Name {
		return refuse(http.StatusUnprocessableEntity, "You cannot disable yourself; another admin can.")
	}
	was, err := h.users.User(r.Context(), name)
	if err == nil {
		err = h.users.SetUserDisabled(r.Context(), name, in.Disabled)
	}
	if err != nil {
		return noSuchUser(err, name)
	}
	if was.Disabled != in.Disabled {
		h.changedRights(r, name, "disabled set")
	}
	noteAct(r, "disabled", in.Disabled)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// changedRights ends the desk of a user whose sessions have just become void.
func (h *userHandlers) changedRights(r *http.Request, name, what string) {
	h.desk.Dismiss(name)
	h.log.Info(what, "by", userOf(r).Name, "name", name)
}

func noSuchUser(err error, name string) error {
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no user called %s.", name)
	}
	return err
}
