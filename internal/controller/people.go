package controller

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"

	"presszero/call"
	"presszero/callqueue"
	"presszero/internal/settings"
	"presszero/softphone"
	"presszero/sql"
	"presszero/web"
)

// People are the users and their sessions, as the pages and the command `user` ask for
// them.
type People struct {
	store  *sql.UserStore
	signed *sql.SessionStore
	some   atomic.Bool         // somebody can sign in
	making map[web.Role]string // passwords of the first users, while they are being made
}

// NewPeople returns the people of a database, with the copies of them that the state
// folder keeps for when the database is away.
func NewPeople(db *sql.DB, s settings.Settings) *People {
	return &People{store: sql.NewUserStore(db, s.Path("users.json")), signed: sql.NewSessionStore(db, s.Path("sessions.json"))}
}

// run keeps users and sessions fresh until ctx ends.
func (p *People) run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { p.store.Run(ctx) })
	both.Go(func() { p.signed.Run(ctx) })
	both.Wait()
}

func (p *People) sessions() scs.Store { return p.signed }

// known reports whether people can sign in.
func (p *People) known() bool { return p.some.Load() }

// remembered counts the copy of the users on disk as enough to sign in with,
// while the database cannot be reached.
func (p *People) remembered(ctx context.Context) {
	if n, err := p.store.Count(ctx); err == nil && n > 0 && p.making == nil {
		p.some.Store(true)
	}
}

// User implements web.Users.
func (p *People) User(ctx context.Context, name string) (web.User, error) {
	u, err := p.store.Get(ctx, name)
	if errors.Is(err, sql.ErrNoUser) {
		return web.User{}, web.ErrNotFound
	}
	return webUser(u), err
}

// Users implements web.Users.
func (p *People) Users(ctx context.Context) ([]web.User, error) {
	list, err := p.store.List(ctx)
	users := make([]web.User, len(list))
	for i, u := range list {
		users[i] = webUser(u)
	}
	return users, err
}

// CreateUser implements web.Users.
func (p *People) CreateUser(ctx context.Context, u web.User) error {
	err := p.store.Create(ctx, sql.User{Name: u.Name, DisplayName: u.Name, Role: string(u.Role), Queues: u.Queues, PasswordHash: u.Hash,
		FirstPassword: u.FirstPassword, Skills: u.Skills, Weights: u.Weights})
	if errors.Is(err, sql.ErrUserExists) {
		return web.ErrTaken
	}
	return err
}

// SetUserHash implements web.Users.
func (p *People) SetUserHash(ctx context.Context, name, hash string, first bool) error {
	return orNotFound(p.store.SetPassword(ctx, name, hash, first))
}

// SetUserRole implements web.Users.
func (p *People) SetUserRole(ctx context.Context, name string, role web.Role) error {
	return orNotFound(p.store.SetRole(ctx, name, string(role)))
}

// SetUserWork implements web.Users.
func (p *People) SetUserWork(ctx context.Context, u web.User) error {
	return orNotFound(p.store.SetWork(ctx, u.Name, u.Queues, u.Skills, u.Weights))
}

// SetUserDisabled implements web.Users.
func (p *People) SetUserDisabled(ctx context.Context, name string, disabled bool) error {
	return orNotFound(p.store.Disable(ctx, name, disabled))
}

func orNotFound(err error) error {
	if errors.Is(err, sql.ErrNoUser) {
		return web.ErrNotFound
	}
	return err
}

func webUser(u sql.User) web.User {
	return web.User{Name: u.Name, Role: web.Role(u.Role), Queues: u.Queues, Disabled: u.Disabled, Hash: u.PasswordHash,
		FirstPassword: u.FirstPassword, Epoch: u.SessionEpoch, Skills: u.Skills, Weights: u.Weights}
}

// first makes one user for each role where there is none at all. Their
// passwords are in a file for the operator before anybody can sign in. It may
// be called again after an error and goes on where it was.
func (p *People) first(ctx context.Context, file string) error {
	if p.making == nil {
		if err := p.store.Refresh(ctx); err != nil {
			return err
		}
		n, err := p.store.Count(ctx)
		if err != nil {
			return err
		}
		if n > 0 {
			p.some.Store(true)
			return nil
		}
		p.making = map[web.Role]string{}
		text := ""
		for _, role := range []web.Role{web.RoleAgent, web.RoleSupervisor, web.RoleAdmin} {
			p.making[role] = settings.RandomPassword(12)
			text += fmt.Sprintf("%s %s\n", role, p.making[role])
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return err
		}
	}
	for role, word := range p.making {
		hash, err := web.HashPassword(word)
		if err != nil {
			return err
		}
		err = p.CreateUser(ctx, web.User{Name: string(role), Role: role, Hash: hash, FirstPassword: true})
		if err != nil && !errors.Is(err, web.ErrTaken) {
			return err
		}
	}
	p.some.Store(true)
	return nil
}

// desks opens the agents' desks to the pages.
type desks struct{ hub *softphone.Hub }

// Serve implements web.Desk.
func (d desks) Serve(w http.ResponseWriter, r *http.Request, a web.Agent) {
	d.hub.ServeWS(w, r, softphone.Agent{ID: call.AgentID(a.Name), Name: a.Name, Still: a.Still,
		Work: work(a.Queues, a.Skills, a.Weights)})
}

// ServeListener implements web.Desk.
func (d desks) ServeListener(w http.ResponseWriter, r *http.Request, l web.Listener) {
	d.hub.ServeListener(w, r, softphone.Listener{Name: call.AgentID(l.Name), Queues: l.Queues, Still: l.Still})
}

// work is what a user serves and can do, as the line knows it: the weight of a
// queue is a head start over her other ones.
func work(queues []string, skills, weights map[string]int) softphone.Work {
	w := softphone.Work{Queues: queues, Skills: skills}
	for queue, weight := range weights {
		if w.Head == nil {
			w.Head = map[string]time.Duration{}
		}
		w.Head[queue] = callqueue.HeadStart(weight)
	}
	return w
}

// changed tells the desk of a user that she serves or can do something else,
// or may no longer be there, whoever has changed it: the pages, or another
// process.
func (c *Controller) changed(u sql.User) {
	c.pages.Changed(u.Name)
	c.hub.Assign(call.AgentID(u.Name), work(u.Queues, u.Skills, u.Weights))
}

// Dismiss implements web.Desk.
func (d desks) Dismiss(name string) { d.hub.Dismiss(call.AgentID(name)) }
