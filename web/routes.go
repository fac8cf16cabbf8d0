package web

import (
	"context"
	"net/http"
	"slices"

	"presszero/call"
	"presszero/report"
)

// access is a set of roles; anonymous and local stand beside them.
type access uint8

const (
	anonymous access = 1 << iota
	agents
	supervisors
	admins
	screen // on the wall, signed in by its own token
	local  // programs on this machine, signed in or not; and those with the metrics' token

	everyone = anonymous | agents | supervisors | admins
	signedIn = agents | supervisors | admins
	leaders  = supervisors | admins
)

// accessOf is the access of a role.
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

// handler serves a request. Its error, if any, becomes the answer.
type handler func(http.ResponseWriter, *http.Request) error

// route is one thing that is served, and to whom.
type route struct {
	pattern string
	to      access
	serve   handler
}

// pages are the addresses at which a user, not a program, is refused: she is
// sent to where she may go. All of them serve the one HTML file.
var pages = map[string]access{
	"/agent":      signedIn,
	"/supervisor": leaders,
	"/history":    leaders,
	"/wall":       everyone,
	"/walls":      leaders,
	"/messages":   leaders,
	"/callers":    leaders,
	"/recordings": signedIn,
	"/trunks":     leaders,
	"/archive":    admins,
	"/notices":    leaders,
	"/flow":       admins,
	"/people":     admins,
	"/audit":      admins,
	passwordPage:  signedIn,
}

// moved are the addresses of pages that are parts of another one now.
var moved = map[string]string{"/menus": "/history?show=menus", "/talks": "/history?show=agents"}

// routes is all that is served. Nothing is registered anywhere else, so this
// table and pages hold the rights of every role in full.
func (s *Server) routes() []route {
	return slices.Concat(s.site.routes(), s.signInRoutes(), s.userRoutes(), s.reportRoutes(), s.talkRoutes(), s.callRoutes(),
		s.supervisionRoutes(), s.messageRoutes(), s.wallRoutes(), s.noticeRoutes(), s.tokenRoutes(), s.personRoutes(), s.trunkRoutes(), s.flowRoutes(), s.promptRoutes(), s.heardRoutes(), s.recordingRoutes(), s.archiveRoutes(), s.machineRoutes(),
		[]route{{"/", everyone, nothingHere}})
}

// configured are the routes of an area of which Config need not have the
// source. Without one they say so.
func configured(given bool, list []route) []route {
	if !given {
		for i := range list {
			list[i].serve = func(http.ResponseWriter, *http.Request) error { return errNotConfigured }
		}
	}
	return list
}

func (s *site) routes() []route {
	list := []route{
		{"GET /{$}", everyone, s.redirectHome},
		{"GET /sign-in", everyone, s.servePage},
		{"GET /assets/{file}", everyone, s.asset},
	}
	for path, to := range pages {
		list = append(list, route{"GET " + path, to, s.servePage})
	}
	for path, to := range moved {
		list = append(list, route{"GET " + path, everyone, func(w http.ResponseWriter, r *http.Request) error {
			http.Redirect(w, r, to, http.StatusMovedPermanently)
			return nil
		}})
	}
	return list
}

func (s *Server) signInRoutes() []route {
	return []route{
		{"GET /desk", signedIn, s.desks.serve}, // the agent's desk
		{"GET /listen", leaders, s.desks.serveListener},
		{"POST /api/v1/session", everyone, s.signIns.signIn},
		{"DELETE /api/v1/session", everyone, s.signIns.signOut},
		{"GET /api/v1/me", signedIn, s.signIns.tellSelf},
		{"PUT /api/v1/me/password", signedIn, s.signIns.changePassword},
	}
}

func (s *Server) userRoutes() []route {
	return append([]route{
		{"GET /api/v1/users", admins, s.users.listUsers},
		{"POST /api/v1/users", admins, s.users.createUser},
		{"PUT /api/v1/users/{name}/password", admins, s.users.setPassword},
		{"PUT /api/v1/users/{name}/disabled", admins, s.users.setDisabled},
		{"PUT /api/v1/users/{name}/role", admins, s.users.setRole},
		{"PUT /api/v1/users/{name}/work", admins, s.users.setWork},
	}, configured(s.audit.audit != nil, []route{{"GET /api/v1/audit", admins, s.audit.listActs}})...)
}

// reportRoutes: the floor now, and the reports.
func (s *Server) reportRoutes() []route {
	return []route{
		{"GET /api/v1/live", leaders, s.live.floorNow},
		{"GET /api/v1/live/events", leaders, s.live.events},
		{"GET /api/v1/reports/summary", leaders, s.reports.summary},
		{"GET /api/v1/reports/calls", leaders, s.reports.calls},
		{"GET /api/v1/reports/abandonment", leaders, s.reports.abandonment},
		{"GET /api/v1/reports/menus", leaders, periodReport(&s.reports, "menus", "nodes", report.MenuNodeColumns, menuNodes)},
		{"GET /api/v1/reports/compliance", leaders, s.reports.compliance},
		{"GET /api/v1/reports/codes", leaders, periodReport(&s.reports, "codes", "codes", report.CodeCountColumns, report.CodeCounts.CodeCounts)},
		{"GET /api/v1/reports/waits", leaders, periodReport(&s.reports, "waits", "queues", report.WaitAccuracyColumns, report.WaitAccuracies.WaitAccuracy)},
		{"GET /api/v1/reports/promises", leaders, periodReport(&s.reports, "promises", "promises", report.PromisesColumns, report.PromiseBooks.Promises)},
		{"GET /api/v1/reports/talks", leaders, s.reports.talksReport()},
		{"GET /api/v1/reports/handovers", leaders, periodReport(&s.reports, "handovers", "handovers", report.HandoversColumns, report.TalkBooks.Handovers)},
		{"GET /api/v1/reports/consults", leaders, periodReport(&s.reports, "consults", "consults", report.ConsultsColumns, report.TalkBooks.Consults)},
		{"GET /api/v1/reports/compare", leaders, s.reports.compare},
		{"GET /api/v1/reports/distribution", leaders, questionReport(&s.reports, "distribution", report.WaitSpreadColumns, spreads)},
		{"GET /api/v1/reports/ends", leaders, questionReport(&s.reports, "ends", report.BalanceColumns, balances)},
		{"GET /api/v1/reports/told", leaders, questionReport(&s.reports, "told", report.ToldColumns, told)},
		{"GET /api/v1/reports/patience", leaders, questionReport(&s.reports, "patience", report.PatienceColumns, patienceOf)},
		{"GET /api/v1/reports/people", leaders, questionReport(&s.reports, "people", report.PeopleColumns, people)},
		{"GET /api/v1/reports/callbacks", leaders, questionReport(&s.reports, "callbacks", report.CallbackColumns, callbackCounts)},
		{"GET /api/v1/reports/messages", leaders, questionReport(&s.reports, "messages", report.MessageCountColumns, messageCounts)},
		{"GET /api/v1/reports/agents", leaders, questionReport(&s.reports, "agents", report.AgentTimeColumns, agentTimes)},
		{"GET /api/v1/reports/staffing", leaders, s.reports.staffing},
		{"GET /api/v1/reports/staffing/plan", leaders, s.reports.dayPlan},
		{"GET /api/v1/calls/{id}", leaders, s.reports.ofOwnQueues(s.reports.timeline)},
	}
}

// talkRoutes: what agents know and write beside the voice.
func (s *Server) talkRoutes() []route {
	return configured(s.talks.talks != nil, []route{
		{"GET /api/v1/desk/targets", signedIn, s.talks.targets},
		{"GET /api/v1/desk/card", signedIn, s.talks.card},
		{"POST /api/v1/desk/more", signedIn, s.talks.moreTime},
		{"PUT /api/v1/desk/talks/{id}/caller", signedIn, s.talks.noteCaller},
		{"PUT /api/v1/desk/talks/{id}/disposition", signedIn, s.talks.dispose},
		{"PUT /api/v1/desk/talks/{id}/callback", signedIn, s.talks.bookCallback},
		{"PUT /api/v1/desk/talks/{id}/complaint", signedIn, s.talks.complain},
	})
}

// callRoutes: callers, callbacks and outgoing calls.
func (s *Server) callRoutes() []route {
	return slices.Concat(
		configured(s.callers.callers != nil, []route{
			{"GET /api/v1/callers", leaders, s.callers.listCallers},
			{"PUT /api/v1/callers/{key}", leaders, s.callers.editCaller},
		}),
		configured(s.callbacks.callbacks != nil, []route{
			{"GET /api/v1/callbacks", leaders, s.callbacks.listCallbacks},
			{"DELETE /api/v1/callbacks/{id}", leaders, s.callbacks.cancelCallback},
		}),
		configured(s.rehearsed.rehearsals != nil, []route{
			{"POST /api/v1/rehearsals", leaders, s.rehearsed.begin},
			{"GET /api/v1/rehearsals/{id}", leaders, s.rehearsed.state},
		}),
		configured(s.lost.lost != nil, []route{
			{"GET /api/v1/people/lost", leaders, s.lost.list},
			{"POST /api/v1/people/lost/{key}/callback", leaders, s.lost.callBack},
		}),
		[]route{{"GET /api/v1/outgoing", leaders, s.outgoing.state}},
		configured(s.outgoing.outgoing != nil, []route{{"PUT /api/v1/outgoing", leaders, s.outgoing.setStopped}}))
}

// supervisionRoutes: what supervisors order on the floor.
func (s *Server) supervisionRoutes() []route {
	return configured(s.supervision.orders != nil, []route{
		{"PUT /api/v1/queues/{queue}/door", leaders, s.supervision.switchDoor},
		{"DELETE /api/v1/queues/{queue}/door", leaders, s.supervision.leaveDoor},
		{"PUT /api/v1/queues/{queue}/peak", leaders, s.supervision.orderPeak},
		{"DELETE /api/v1/queues/{queue}/peak", leaders, s.supervision.endPeak},
		{"GET /api/v1/emergency", leaders, s.supervision.emergency},
		{"PUT /api/v1/emergency", leaders, s.supervision.announce},
		{"PUT /api/v1/emergency/audio", leaders, s.supervision.announceSound},
		{"DELETE /api/v1/emergency", leaders, s.supervision.endEmergency},
		{"PUT /api/v1/waiting/{call}/next", leaders, s.supervision.place(true)},
		{"DELETE /api/v1/waiting/{call}/next", leaders, s.supervision.place(false)},
		{"PUT /api/v1/waiting/{call}/queue", leaders, s.supervision.move},
		{"PUT /api/v1/agents/{name}/away", leaders, s.supervision.setAway},
		{"DELETE /api/v1/agents/{name}/away", leaders, s.supervision.liftAgent(call.AwayDirective)},
		{"PUT /api/v1/agents/{name}/leaving", leaders, s.supervision.leave},
		{"DELETE /api/v1/agents/{name}/leaving", leaders, s.supervision.liftAgent(call.LeavingDirective)},
		{"PUT /api/v1/agents/{name}/today", leaders, s.supervision.assignToday},
		{"DELETE /api/v1/agents/{name}/today", leaders, s.supervision.liftAgent(call.TodayDirective)},
		{"DELETE /api/v1/agents/{name}/help", leaders, s.supervision.answerHelp},
	})
}

func (s *Server) messageRoutes() []route {
	return configured(s.messages.messages != nil, []route{
		{"GET /api/v1/messages", signedIn, s.messages.listMessages},
		{"GET /api/v1/messages/{id}/audio", signedIn, s.messages.forOwn(s.messages.audio)},
		{"POST /api/v1/messages/{id}/take", signedIn, s.messages.forOwn(s.messages.takeMessage)},
		{"POST /api/v1/messages/{id}/callback", signedIn, s.messages.forOwn(s.messages.callBack)},
		{"POST /api/v1/messages/{id}/done", signedIn, s.messages.forOwn(s.messages.finishMessage)},
		{"PUT /api/v1/messages/{id}/hold", leaders, s.messages.forOwn(s.messages.holdMessage)},
		{"DELETE /api/v1/messages/{id}/hold", admins, s.messages.releaseMessage},
	})
}

// recordingRoutes: recordings, found and heard by whom the flow lets.
func (s *Server) recordingRoutes() []route {
	h := &s.recordings
	return configured(h.recordings != nil, []route{
		{"GET /api/v1/recordings", signedIn, h.list},
		{"GET /api/v1/recordings/{id}", signedIn, h.forOwn(h.tell)},
		{"GET /api/v1/recordings/{id}/peaks", signedIn, h.forOwn(h.peaks)},
		{"POST /api/v1/recordings/{id}/play", signedIn, h.forOwn(h.play)},
		{"GET /api/v1/recordings/{id}/sound", signedIn, h.forOwn(h.sound)},
		{"POST /api/v1/recordings/{id}/plays/{play}/heard", signedIn, h.forOwn(h.heard)},
		{"POST /api/v1/recordings/{id}/comments", signedIn, h.forOwn(h.comment)},
		{"GET /api/v1/recordings/{id}/download", signedIn, h.forOwn(h.download)},
	})
}

// wallRoutes: the screens on the wall, and the limits that colour them.
func (s *Server) wallRoutes() []route {
	return slices.Concat(
		[]route{
			{"GET /api/v1/wall", screen | leaders, s.walls.now},
			{"GET /api/v1/wall/events", screen | leaders, s.walls.events},
		},
		configured(s.walls.walls != nil, []route{
			{"PUT /api/v1/wall/session", everyone, s.walls.signIn},
			{"GET /api/v1/walls", leaders, s.walls.list},
			{"POST /api/v1/walls", leaders, s.walls.add},
			{"DELETE /api/v1/walls/{id}", leaders, s.walls.end},
		}),
		configured(s.limits.limits != nil, []route{{"GET /api/v1/limits", leaders, s.limits.crossed}}))
}

// noticeRoutes: what leaves the page, and to whom.
func (s *Server) noticeRoutes() []route {
	return configured(s.notices.notices != nil, []route{
		{"GET /api/v1/notices", leaders, s.notices.listNotices},
		{"GET /api/v1/subscriptions", leaders, forHouse(s.notices.listSubscriptions)},
		{"POST /api/v1/subscriptions", leaders, forHouse(s.notices.addSubscription)},
		{"PUT /api/v1/subscriptions/{id}", leaders, forHouse(s.notices.changeSubscription)},
		{"DELETE /api/v1/subscriptions/{id}", leaders, forHouse(s.notices.removeSubscription)},
		{"PUT /api/v1/subscriptions/{id}/disabled", leaders, forHouse(s.notices.disableSubscription)},
		{"POST /api/v1/subscriptions/{id}/key", leaders, forHouse(s.notices.rotateKey)},
		{"POST /api/v1/subscriptions/{id}/test", leaders, forHouse(s.notices.sendTest)},
		{"POST /api/v1/subscriptions/{id}/again", leaders, forHouse(s.notices.sendAgain)},
		{"GET /api/v1/subscriptions/{id}/deliveries", leaders, forHouse(s.notices.listDeliveries)},
	})
}

// tokenRoutes: with what programs read. scopeOf (tokens.go) tells which routes those are.
func (s *Server) tokenRoutes() []route {
	return configured(s.tokens.tokens != nil, []route{
		{"GET /api/v1/tokens", leaders, s.tokens.listTokens},
		{"POST /api/v1/tokens", leaders, s.tokens.createToken},
		{"DELETE /api/v1/tokens/{id}", leaders, s.tokens.revokeToken},
	})
}

// archiveRoutes: where recordings and messages are kept.
func (s *Server) archiveRoutes() []route {
	return configured(s.archive.archive != nil, []route{
		{"GET /api/v1/archive", admins, s.archive.show},
	})
}

// personRoutes: what is kept of persons, for how long, and what is forgotten.
func (s *Server) personRoutes() []route {
	return slices.Concat(
		configured(s.persons.persons != nil, []route{
			{"POST /api/v1/persons/find", admins, s.persons.find},
			{"POST /api/v1/persons/export", admins, s.persons.export},
			{"POST /api/v1/persons/forget", admins, s.persons.forget},
			{"GET /api/v1/persons/forget", admins, s.persons.forgetting},
		}),
		configured(s.persons.keeping != nil, []route{
			{"GET /api/v1/retention", admins, s.persons.kept},
			{"GET /api/v1/holds", admins, s.persons.holds},
			{"POST /api/v1/holds", admins, s.persons.hold},
			{"DELETE /api/v1/holds/{id}", admins, s.persons.release},
		}))
}

// trunkRoutes: the carriers and telephone systems. A test call may cost money.
func (s *Server) trunkRoutes() []route {
	return configured(s.trunks.trunks != nil, []route{
		{"GET /api/v1/trunks", leaders, s.trunks.listTrunks},
		{"POST /api/v1/trunks/reload", admins, s.trunks.reload},
		{"POST /api/v1/trunks/test", admins, s.trunks.testCall},
	})
}

// flowRoutes: the flow, whose file may hold keys of services.
func (s *Server) flowRoutes() []route {
	return configured(s.flow.flow != nil, []route{
		{"GET /api/v1/flow", leaders, s.flow.inForce},
		{"GET /api/v1/flow/picture.svg", leaders, s.flow.picture},
		{"PUT /api/v1/flow", admins, s.flow.publish},
		{"POST /api/v1/flow/check", admins, s.flow.check},
		{"GET /api/v1/flow/versions", admins, s.flow.versions},
		{"GET /api/v1/flow/versions/{version}", admins, s.flow.versionText},
	})
}

// promptRoutes: the sounds of the flow.
func (s *Server) promptRoutes() []route {
	return configured(s.prompts.prompts != nil, []route{
		{"GET /api/v1/prompts", leaders, s.prompts.listPrompts},
		{"GET /api/v1/prompts/{language}/{name}", leaders, s.prompts.audio},
		{"PUT /api/v1/prompts/{language}/{name}", admins, s.prompts.record},
		{"DELETE /api/v1/prompts/{language}/{name}", admins, s.prompts.unrecord},
	})
}

// heardRoutes: what a caller heard, and its sounds.
func (s *Server) heardRoutes() []route {
	return configured(s.heard.hearings != nil, []route{
		{"GET /api/v1/calls/{id}/heard", leaders, s.reports.ofOwnQueues(s.heard.heard)},
		{"GET /api/v1/sounds/{key}", leaders, s.heard.sound},
		{"GET /api/v1/music/{class}", leaders, s.heard.music},
	})
}

func (s *Server) machineRoutes() []route {
	return []route{
		{"GET /api/v1/openapi.yaml", everyone, s.site.description},
		{"GET /healthz", everyone, s.health.healthz},
		{"GET /readyz", everyone, s.health.readyz},
		{"GET /metrics", admins | local, s.health.figures},
	}
}

func nothingHere(http.ResponseWriter, *http.Request) error {
	return refuse(http.StatusNotFound, "There is nothing at this address.")
}

type userKey struct{}

// userOf is the user who asks; the zero User before sign-in.
func userOf(r *http.Request) User {
	u, _ := r.Context().Value(userKey{}).(User)
	return u
}

// guard serves the route to the roles that may have it and refuses all others.
func (s *Server) guard(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u, err := s.asker(r, rt)
		if err != nil {
			s.answer(w, r, err)
			return
		}
		_, isPage := pages[r.URL.Path]
		has := anonymous
		if u.Name != "" {
			has = accessOf(u.Role)
			r = r.WithContext(context.WithValue(r.Context(), userKey{}, u))
		}
		if rt.to&screen != 0 {
			onWall, ok, err := s.walls.asker(r)
			if ok && has&leaders == 0 {
				has |= screen
				r = r.WithContext(context.WithValue(r.Context(), wallKey{}, onWall))
			} else if err != nil {
				s.log.Warn("the screens cannot be read", "err", err)
			}
		}
		if s.clients.isLocal(r) || s.health.hasToken(r) {
			has |= local
		}
		switch {
		case rt.to&has != 0 && s.signIns.mustChoose(r, rt, u) && isPage:
			http.Redirect(w, r, passwordPage, http.StatusSeeOther)
		case rt.to&has != 0 && s.signIns.mustChoose(r, rt, u):
			s.answer(w, r, errFirstPassword)
		case rt.to&has != 0:
			s.answer(w, r, s.audit.serve(rt, w, r))
		case isPage:
			http.Redirect(w, r, homeOf(u), http.StatusSeeOther)
		case u.Name == "":
			s.answer(w, r, errSignIn)
		default:
			s.log.Warn("a request was refused to this role", "name", u.Name, "role", u.Role, "method", r.Method, "path", r.URL.Path)
			s.answer(w, r, errForbidden)
		}
	})
}

// asker is the user who asks: with a token, where the route is for programs, or with a
// session.
func (s *Server) asker(r *http.Request, rt route) (User, error) {
	if text, ok := bearer(r); ok {
		return s.tokens.asker(r, text, rt)
	}
	return s.sessions.asker(r)
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
