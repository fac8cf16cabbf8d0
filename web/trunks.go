package web

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Trunks is the source of the page of trunks. All of its methods may be
// called by many goroutines.
type Trunks interface {
	// Trunks tells how the carriers and telephone systems are now. It waits for
	// nothing.
	Trunks() TrunkPage
	// ReloadTrunks takes the file of trunks again. by is the user who asked. What is wrong
	// with the file is an Unfit, a sentence for the page; nothing has changed then.
	ReloadTrunks(ctx context.Context, by string) error
	// TestCall calls a number over the trunks, as a callback would be, and hangs
	// up a moment after somebody answers. by is the user who asked. It waits for the end, at
	// most 45 s, or until ctx is cancelled. A number that must not be called is an
	// Unfit, a sentence for the page. Other errors do not hold the number, since
	// the audit keeps them.
	TestCall(ctx context.Context, number, by string) (TestCall, error)
}

// TrunkPage is all that the page of trunks shows.
type TrunkPage struct {
	File    string    `json:"file"`    // that says which trunks there are; "": PRESSZERO_TRUNK does, or there are none
	Trouble string    `json:"trouble"` // why the file is not in force, with file:line; "": it is
	Trunks  []Trunk   `json:"trunks"`
	Unnamed []Unnamed `json:"unnamed"` // numbers that callers dialled and no flow names, the latest first
}

// Trunk is one carrier or telephone system.
type Trunk struct {
	Name      string   `json:"name"`
	Server    string   `json:"server"`  // "": calls come in only
	SignIn    string   `json:"sign_in"` // register, digest, address
	Transport string   `json:"transport"`
	Media     string   `json:"media"`   // plain, prefer, encrypt
	Numbers   []string `json:"numbers"` // ours there, as +4930555 or +49305550-+49305559

	// State is good; bad: there is a trouble; or unknown: it is not registered
	// with, nor asked whether it is there, and has carried no call yet.
	State        string  `json:"state"`
	Registration string  `json:"registration"` // Registered, Rejected, Unregistered, expired…; "": it is not registered with
	Reach        string  `json:"reach"`        // reachable, unreachable; "": it is not asked
	RoundTripMS  float64 `json:"round_trip_ms"`

	Up       int            `json:"up"`       // calls now, both ways
	Channels int            `json:"channels"` // that the contract allows; 0: no limit
	Answers  map[string]int `json:"answers"`  // to our calls in the last 15 minutes: answered, busy, no_answer, declined, invalid, trunk, failed
	LastIn   *time.Time     `json:"last_in"`  // the last call that came in; nil: none since the start
	LastOut  *time.Time     `json:"last_out"` // the last call of ours that was carried; nil: none since the start
	Skipped  bool           `json:"skipped"`  // passed over for half a minute, since it has failed
	Trouble  []string       `json:"trouble"`  // sentences: what is wrong, and what to do
}

// Unnamed is a number that callers dialled and no flow names.
type Unnamed struct {
	Number string    `json:"number"`
	Calls  int       `json:"calls"`
	Last   time.Time `json:"last"`
}

// TestCall is the result of a test call.
type TestCall struct {
	How     string  `json:"how"`   // answered, busy, no_answer, declined, invalid, trunk, failed
	Trunk   string  `json:"trunk"` // that carried it, or was asked last; "": none could be asked
	Shown   string  `json:"shown"` // the number of ours that was shown; "": none
	SIP     int     `json:"sip"`   // the final answer; 0: none
	Seconds float64 `json:"seconds"`
	Text    string  `json:"text"` // one sentence: what happened, and what to do
}

// trunkHandlers show the trunks and test them.
type trunkHandlers struct {
	trunks Trunks
	log    *slog.Logger

	testing sync.Mutex // held while there is a test call
}

// listTrunks tells how the trunks are.
func (h *trunkHandlers) listTrunks(w http.ResponseWriter, r *http.Request) error {
	writeJSON(w, http.StatusOK, struct {
		TrunkPage
		Now time.Time `json:"now"` // by which the page tells how long ago something was
	}{h.trunks.Trunks().whole(), time.Now().UTC()})
	return nil
}

// whole replaces missing lists by empty ones, so that pages need not ask.
func (p TrunkPage) whole() TrunkPage {
	p.Trunks = append([]Trunk{}, p.Trunks...)
	for i := range p.Trunks {
		t := &p.Trunks[i]
		t.Numbers = append([]string{}, t.Numbers...)
		t.Trouble = append([]string{}, t.Trouble...)
		if t.Answers == nil {
			t.Answers = map[string]int{}
		}
	}
	p.Unnamed = append([]Unnamed{}, p.Unnamed...)
	return p
}

// reload takes the file of trunks again.
func (h *trunkHandlers) reload(w http.ResponseWriter, r *http.Request) error {
	if err := h.trunks.ReloadTrunks(r.Context(), userOf(r).Name); err != nil {
		return err
	}
	h.log.Info("trunks reloaded", "by", userOf(r).Name)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

const (
	// testCallWithin is a little more than the longest test call.
	testCallWithin = 50 * time.Second
	// maxDialed is the most that can be typed as a number, signs included.
	maxDialed = 40
)

// testCall calls a number over the trunks and tells what came of it. There is
// one test call at a time. Leaving the page ends it.
func (h *trunkHandlers) testCall(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Number string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	number := strings.TrimSpace(in.Number)
	if number == "" || utf8.RuneCountInString(number) > maxDialed {
		return refuse(http.StatusUnprocessableEntity, "Write the number to be called, as +34 911 23 45 67.")
	}
	if !h.testing.TryLock() {
		return refuse(http.StatusConflict, "Another test call is under way; try again when it is over, in less than a minute.")
	}
	defer h.testing.Unlock()
	// The answer comes later than those for which the server's own limit is meant.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(testCallWithin + 10*time.Second))
	ctx, cancel := context.WithTimeout(r.Context(), testCallWithin)
	defer cancel()
	noteAct(r, "number", withoutEnd(number))
	call, err := h.trunks.TestCall(ctx, number, userOf(r).Name)
	if err != nil {
		return err
	}
	noteAct(r, "how", call.How)
	noteAct(r, "trunk", call.Trunk)
	h.log.Info("test call", "by", userOf(r).Name, "number", withoutEnd(number), "how", call.How, "trunk", call.Trunk, "sip", call.SIP)
	writeJSON(w, http.StatusOK, call)
	return nil
}

// withoutEnd hides the last four digits of a number, and letters like digits:
// +34 911 23 •• ••.
func withoutEnd(number string) string {
	signs := []rune(number)
	for i, hidden := len(signs)-1, 0; i >= 0 && hidden < 4; i-- {
		if unicode.IsDigit(signs[i]) || unicode.IsLetter(signs[i]) {
			signs[i] = '•'
			hidden++
		}
	}
	return string(signs)
}
