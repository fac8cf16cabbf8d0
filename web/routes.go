package web

import (
	"context"
	"net/http"
)

// access is a set of those who may have something.
type access uint8

const (
	anonymous access = 1 << iota
	agents
	supervisors
	admins
	local // programs on this machine, signed in or not; and those with the metrics' token

	everyone = anonymous | agents | supervisors | admins
	signedIn = agents | supervisors | admins
	leaders  = supervisors | admins
)

// accessOf is what a role counts as.
func accessOf(r Role) access {
	switch r {
	case RoleAgent:
		return agents
	case RoleSupervisor:
		return supervisors
	case RoleAdmin:
		return admins
	}
	return 0 // an unknown role may do nothing
}

// route is one thing that is served, and to whom.
type route struct {
	pattern string
	to      access
	serve   func(*Server, http.ResponseWriter, *http.Request) error
}

// routes is all that is served. Nothing is registered anywhere else, so this
// is also the whole answer to who may do what.
var routes = []route{
	// Pages.
	{"GET /{$}", everyone, (*Server).home},
	{"GET /sign-in", everyone, (*Server).page},
	{"GET /agent", signedIn, (*Server).page},
	{"GET /supervisor", leaders, (*Server).page},
	{"GET /messages", leaders, (*Server).page},
	{"GET /menus", leaders, (*Server).page},
	{"GET /callers", leaders, (*Server).page},
	{"GET /trunks", leaders, (*Server).trunksPage},
	{"GET /flow", admins, (*Server).page},
	{"GET /people", admins, (*Server).page},
	{"GET /audit", admins, (*Server).page},
	{"GET /password", signedIn, (*Server).page},
	{"GET /assets/{file}", everyone, (*Server).asset},

	// The agent's desk.
	{"GET /desk", signedIn, (*Server).desk},

	// Sign-in.
	{"POST /api/v1/session", everyone, (*Server).signIn},
	{"DELETE /api/v1/session", everyone, (*Server).signOut},
	{"GET /api/v1/me", signedIn, (*Server).me},
	{"PUT /api/v1/me/password", signedIn, (*Server).changePassword},

	// Users.
	{"GET /api/v1/users", admins, (*Server).listUsers},
	{"POST /api/v1/users", admins, (*Server).createUser},
	{"PUT /api/v1/users/{name}/password", admins, (*Server).setPassword},
	{"PUT /api/v1/users/{name}/disabled", admins, (*Server).setDisabled},
	{"PUT /api/v1/users/{name}/role", admins, (*Server).setRole},
	{"PUT /api/v1/users/{name}/work", admins, (*Server).setWork},
	{"GET /api/v1/audit", admins, (*Server).listActs},

	// What goes on, and what went on.
	{"GET /api/v1/live", leaders, (*Server).live},
	{"GET /api/v1/live/events", leaders, (*Server).liveEvents},
	{"GET /api/v1/reports/summary", leaders, (*Server).summary},
	{"GET /api/v1/reports/calls", leaders, (*Server).calls},
	{"GET /api/v1/reports/abandonment", leaders, (*Server).abandonment},
	{"GET /api/v1/reports/menus", leaders, (*Server).menuNodes},
	{"GET /api/v1/reports/compliance", leaders, (*Server).compliance},
	{"GET /api/v1/reports/waits", leaders, (*Server).waitAccuracy},
	{"GET /api/v1/calls/{id}", leaders, (*Server).timeline},

	// Who calls, and what they said.
	{"GET /api/v1/callers", leaders, (*Server).listCallers},
	{"PUT /api/v1/callers/{key}", leaders, (*Server).editCaller},
	{"GET /api/v1/callbacks", leaders, (*Server).listCallbacks},
	{"DELETE /api/v1/callbacks/{id}", leaders, (*Server).cancelCallback},
	{"GET /api/v1/outgoing", leaders, (*Server).outgoing},
	{"PUT /api/v1/outgoing", leaders, (*Server).switchOutgoing},
	{"GET /api/v1/messages", leaders, (*Server).listMessages},
	{"GET /api/v1/messages/{id}/audio", leaders, (*Server).messageAudio},
	{"POST /api/v1/messages/{id}/take", leaders, (*Server).takeMessage},
	{"POST /api/v1/messages/{id}/callback", leaders, (*Server).callBack},
	{"POST /api/v1/messages/{id}/done", leaders, (*Server).finishMessage},
	{"PUT /api/v1/messages/{id}/hold", leaders, (*Server).holdMessage},
	{"DELETE /api/v1/messages/{id}/hold", admins, (*Server).releaseMessage},

	// The carriers and telephone systems. A test call may cost money.
	{"GET /api/v1/trunks", leaders, (*Server).listTrunks},
	{"POST /api/v1/trunks/reload", admins, (*Server).reloadTrunks},
	{"POST /api/v1/trunks/test", admins, (*Server).testCall},

	// The flow and what it says. Its file may hold keys of services.
	{"GET /api/v1/flow", leaders, (*Server).flowNow},
	{"GET /api/v1/flow/picture.svg", leaders, (*Server).flowPicture},
	{"PUT /api/v1/flow", admins, (*Server).publishFlow},
	{"POST /api/v1/flow/check", admins, (*Server).checkFlow},
	{"GET /api/v1/flow/versions", admins, (*Server).flowVersions},
	{"GET /api/v1/flow/versions/{version}", admins, (*Server).flowText},
	{"GET /api/v1/prompts", leaders, (*Server).listPrompts},
	{"GET /api/v1/prompts/{language}/{name}", leaders, (*Server).promptAudio},
	{"PUT /api/v1/prompts/{language}/{name}", admins, (*Server).recordPrompt},
	{"DELETE /api/v1/prompts/{language}/{name}", admins, (*Server).unrecordPrompt},

	// For machines.
	{"GET /api/v1/openapi.yaml", everyone, (*Server).openAPI},
	{"GET /healthz", everyone, (*Server).healthz},
	{"GET /readyz", everyone, (*Server).readyz},
	{"GET /metrics", admins | local, (*Server).metrics},

	{"/", everyone, (*Server).nothing},
}

// pagePaths are those where a person, not a program, is refused: she is sent
// to where she may go.
var pagePaths = map[string]bool{"/agent": true, "/supervisor": true, "/messages": true, "/menus": true, "/callers": true, "/trunks": true, "/flow": true, "/people": true,
	"/audit": true, passwordPage: true}

type userKey struct{}

// userOf is who asks; the zero User before sign-in.
func userOf(r *http.Request) User {
	u, _ := r.Context().Value(userKey{}).(User)
	return u
}

// guard serves the route to those who may have it and nobody else.
func (s *Server) guard(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, err := s.who(r)
		if err != nil {
			s.answer(w, r, err)
			return
		}
		is := anonymous
		if u.Name != "" {
			is = accessOf(u.Role)
			r = r.WithContext(context.WithValue(r.Context(), userKey{}, u))
		}
		if s.isLocal(r) || s.hasMetricsToken(r) {
			is |= local
		}
		switch {
		case rt.to&is != 0 && s.mustChoose(r, rt, u) && pagePaths[r.URL.Path]:
			http.Redirect(w, r, passwordPage, http.StatusSeeOther)
		case rt.to&is != 0 && s.mustChoose(r, rt, u):
			s.answer(w, r, errFirstPassword)
		case rt.to&is != 0:
			s.answer(w, r, s.audited(rt, w, r))
		case pagePaths[r.URL.Path]:
			http.Redirect(w, r, homeOf(u), http.StatusSeeOther)
		case u.Name == "":
			s.answer(w, r, errSignIn)
		default:
			s.log.Warn("a request was refused to this role", "user", u.Name, "role", u.Role, "method", r.Method, "path", r.URL.Path)
			s.answer(w, r, errForbidden)
		}
	})
}

// homeOf is the page on which a user begins.
func homeOf(u User) string {
	switch {
	case u.Name == "":
		return "/sign-in"
	case accessOf(u.Role)&leaders != 0:
		return "/supervisor"
	case accessOf(u.Role) == agents:
		return "/agent"
	}
	return "/sign-in"
}

func (s *Server) nothing(http.ResponseWriter, *http.Request) error {
	return refuse(http.StatusNotFound, "There is nothing at this address.")
}
