package web

import (
	"errors"
	"net/http"
	"regexp"
)

// userName is what a sign-in name may be: it also appears in addresses, logs
// and SQL.
var userName = regexp.MustCompile(`^[\pL\pN][\pL\pN._-]{0,39}$`)

// CheckUser says what is wrong with a new user or her password, in a sentence.
func CheckUser(u User, password string) error {
	if !userName.MatchString(u.Name) {
		return refuse(http.StatusUnprocessableEntity, "A name has 1 to 40 letters, digits, dots, hyphens or underscores.")
	}
	if accessOf(u.Role) == 0 {
		return refuse(http.StatusUnprocessableEntity, "The role must be agent, supervisor or admin, not %q.", u.Role)
	}
	return checkPasswordLength(password)
}

func (s *Server) listUsers(w http.ResponseWriter, r *http.Request) error {
	users, err := s.Users.Users(r.Context())
	if err != nil {
		return err
	}
	for i := range users {
		users[i].Queues = append([]string{}, users[i].Queues...)
	}
	writeJSON(w, http.StatusOK, map[string]any{"users": append([]User{}, users...)})
	return nil
}

func (s *Server) createUser(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name, Password string
		Role           Role
		Queues         []string
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	u := User{Name: in.Name, Role: in.Role, Queues: append([]string{}, in.Queues...)}
	err := CheckUser(u, in.Password)
	if err != nil {
		return err
	}
	if u.Hash, err = HashPassword(in.Password); err != nil {
		return err
	}
	err = s.Users.CreateUser(r.Context(), u)
	if errors.Is(err, ErrTaken) {
		return refuse(http.StatusConflict, "There is already a user called %s.", in.Name)
	}
	if err != nil {
		return err
	}
	s.log.Info("user created", "by", userOf(r).Name, "name", u.Name, "role", u.Role)
	writeJSON(w, http.StatusCreated, u)
	return nil
}

func (s *Server) setPassword(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Password string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := checkPasswordLength(in.Password); err != nil {
		return err
	}
	hash, err := HashPassword(in.Password)
	if err != nil {
		return err
	}
	name := r.PathValue("name")
	if err := s.Users.SetUserHash(r.Context(), name, hash); err != nil {
		return noSuchUser(err, name)
	}
	s.changedRights(r, name, "password set")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) setDisabled(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Disabled bool }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	name := r.PathValue("name")
	if in.Disabled && name == userOf(r).Name {
		return refuse(http.StatusUnprocessableEntity, "You cannot disable yourself; another admin can.")
	}
	if err := s.Users.SetUserDisabled(r.Context(), name, in.Disabled); err != nil {
		return noSuchUser(err, name)
	}
	s.changedRights(r, name, "disabled set")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// changedRights ends the desk of a user whose sessions have just become void.
func (s *Server) changedRights(r *http.Request, name, what string) {
	s.Desk.Dismiss(name)
	s.log.Info(what, "by", userOf(r).Name, "name", name)
}

func noSuchUser(err error, name string) error {
	if errors.Is(err, ErrNotFound) {
		return refuse(http.StatusNotFound, "There is no user called %s.", name)
	}
	return err
}
