package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"presszero/call"
)

// maxReason is how long the reason of a break may be, in letters.
const maxReason = 40

// setAway sets an agent away.
func (h *supervisionHandlers) setAway(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Reason string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	in.Reason = strings.TrimSpace(in.Reason)
	if utf8.RuneCountInString(in.Reason) > maxReason {
		return refuse(http.StatusBadRequest, "A reason has at most %d letters.", maxReason)
	}
	u, err := h.mayAgent(r)
	if err != nil {
		return err
	}
	noteAct(r, "reason", in.Reason)
	return h.direct(w, r, call.Directive{What: call.AwayDirective, Agent: call.AgentID(u.Name), Reason: in.Reason})
}

// leave has an agent signed out after her talk.
func (h *supervisionHandlers) leave(w http.ResponseWriter, r *http.Request) error {
	u, err := h.mayAgent(r)
	if err != nil {
		return err
	}
	return h.direct(w, r, call.Directive{What: call.LeavingDirective, Agent: call.AgentID(u.Name)})
}

// assignToday gives an agent other queues or skills for today. What is left out stays
// as the agent is set up.
func (h *supervisionHandlers) assignToday(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Queues *[]string
		Skills *map[string]int
	}
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	u, err := h.mayAgent(r)
	if err != nil {
		return err
	}
	today := User{Queues: u.Queues, Skills: u.Skills} // weights stay as they are
	if in.Queues != nil {
		today.Queues = *in.Queues
	}
	if in.Skills != nil {
		today.Skills = *in.Skills
	}
	if err := CheckWork(today); err != nil {
		return refuse(http.StatusBadRequest, "%s", problemOf(err).text)
	}
	if today.Queues, err = h.assignable(r, u, today.Queues); err != nil {
		return err
	}
	noteAct(r, "queues", today.Queues)
	noteAct(r, "skills", today.Skills)
	return h.direct(w, r, call.Directive{What: call.TodayDirective, Agent: call.AgentID(u.Name), Queues: today.Queues, Skills: today.Skills})
}

// assignable is what an agent serves once the asker has chosen queues: of the asker's own
// those, and of the others what the agent serves now. No queues are all. Queues that there
// are not, and others' that the agent does not serve, are refused.
func (h *supervisionHandlers) assignable(r *http.Request, u User, chosen []string) ([]string, error) {
	live, err := h.floor.Now(r.Context())
	if err != nil {
		return nil, err
	}
	now := live.queuesOf(u)
	serves := func(list []string, queue string) bool { return len(list) == 0 || slices.Contains(list, queue) }
	mine := userOf(r).May
	all, there := []string{}, slices.Clone(u.Queues)
	for _, q := range live.Queues {
		if mine(q.Name) || serves(now, q.Name) {
			there = append(there, q.Name)
		}
		if mine(q.Name) && serves(chosen, q.Name) || !mine(q.Name) && serves(now, q.Name) {
			all = append(all, q.Name)
		}
	}
	switch i := slices.IndexFunc(chosen, func(q string) bool { return !slices.Contains(there, q) }); {
	case i >= 0:
		return nil, refuse(http.StatusBadRequest, "There is no queue %s.", chosen[i])
	case len(chosen) == 0 && (len(userOf(r).Scope()) == 0 || len(now) == 0):
		return nil, nil
	case len(all) == 0: // none would be all
		return nil, refuse(http.StatusBadRequest, "An agent serves one queue at least.")
	}
	return all, nil
}

// queuesOf is what an agent serves now, today's queues included; none: all.
func (l Live) queuesOf(u User) []string {
	if i := slices.IndexFunc(l.Agents, func(a call.AgentNow) bool { return string(a.Agent) == u.Name }); i >= 0 {
		return l.Agents[i].Queues
	}
	return u.Queues
}

// liftAgent returns a handler that takes an order about an agent back.
func (h *supervisionHandlers) liftAgent(what call.DirectiveKind) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		u, err := h.mayAgent(r)
		if err != nil {
			return err
		}
		return h.lift(w, r, call.Directive{What: what, Agent: call.AgentID(u.Name)})
	}
}

// answerHelp: a supervisor is with the agent.
func (h *supervisionHandlers) answerHelp(w http.ResponseWriter, r *http.Request) error {
	u, err := h.mayAgent(r)
	if err != nil {
		return err
	}
	if err := h.orders.AnswerHelp(r.Context(), call.AgentID(u.Name), userOf(r).Name); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// mayAgent returns the user in the path, and refuses one who shares no queue with the
// asker, neither as usual nor today.
func (h *supervisionHandlers) mayAgent(r *http.Request) (User, error) {
	u, err := h.users.User(r.Context(), r.PathValue("name"))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return u, err
	}
	const none = "There is no agent called %s."
	if err != nil || u.Disabled {
		return u, refuse(http.StatusNotFound, none, r.PathValue("name"))
	}
	foreigner := func(queues []string) bool {
		return len(queues) > 0 && len(userOf(r).Scope()) > 0 && !slices.ContainsFunc(queues, userOf(r).May)
	}
	if !foreigner(u.Queues) {
		return u, nil
	}
	live, err := h.floor.Now(r.Context())
	if err == nil && foreigner(live.queuesOf(u)) {
		err = foreign(none, r.PathValue("name"))
	}
	return u, err
}
