package web

import (
	"net/http"

	"presszero/call"
)

// Targets are what an agent can hand a caller over to, and the breaks that she
// can take. The lists are those of this moment, and name no caller.
type Targets struct {
	Queues     []TargetQueue  `json:"queues"`
	Colleagues []Colleague    `json:"colleagues"` // signed in; without the one who asks
	Numbers    []TargetNumber `json:"numbers"`
	Breaks     []Break        `json:"breaks"` // none: those of the page
}

// TargetQueue is a queue to which a caller can be handed over.
type TargetQueue struct {
	Name    string `json:"name"`
	Open    bool   `json:"open"`
	Waiting int    `json:"waiting"` // callers who have no agent yet
	Free    int    `json:"free"`    // agents who would be offered the caller at once
}

// Colleague is another agent who is signed in.
type Colleague struct {
	Agent call.AgentID `json:"agent"`
	Name  string       `json:"name"`
	State string       `json:"state"` // idle, ringing, connecting, talking, wrap_up, away
}

// TargetNumber is a number outside, one of the favourites of a queue.
type TargetNumber struct {
	Name   string `json:"name"`
	Number string `json:"number"`
	Queue  string `json:"queue"`
}

// Break is a reason for which an agent takes no calls for a while.
type Break struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// targets tells what the user can hand callers over to.
func (h *talkHandlers) targets(w http.ResponseWriter, r *http.Request) error {
	language, err := languageOf(r)
	if err != nil {
		return err
	}
	list, err := h.talks.Targets(r.Context(), userOf(r), language)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, list)
	return nil
}

// languageOf reads the language of the page that asks; "" if it says none.
func languageOf(r *http.Request) (string, error) {
	language := r.URL.Query().Get("language")
	if !languageTag.MatchString(language) {
		return "", refuse(http.StatusBadRequest, "A language is written like es or pt-BR, not %q.", language)
	}
	return language, nil
}
