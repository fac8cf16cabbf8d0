package web

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"presszero/call"
)

// maxEmergency is how long an emergency text may be, in letters: half a minute.
const maxEmergency = 500

// emergency is what callers hear before everything else, if anything is.
func (h *supervisionHandlers) emergency(w http.ResponseWriter, r *http.Request) error {
	live, err := h.floor.Now(r.Context())
	if err != nil {
		return err
	}
	answer := map[string]any{}
	if live.Emergency != nil {
		answer["emergency"] = live.Emergency
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// announce has every caller hear a text before everything else.
func (h *supervisionHandlers) announce(w http.ResponseWriter, r *http.Request) error {
	var in struct{ Text, Until string }
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := mayHouse(r); err != nil {
		return err
	}
	in.Text = strings.Join(strings.Fields(in.Text), " ")
	if n := utf8.RuneCountInString(in.Text); n == 0 || n > maxEmergency {
		return refuse(http.StatusBadRequest, "Write what callers are to hear, in at most %d letters.", maxEmergency)
	}
	until, err := untilWithin(in.Until, longestEmergency)
	if err != nil {
		return err
	}
	noteAct(r, "text", in.Text)
	return h.direct(w, r, call.Directive{What: call.EmergencyDirective, Text: in.Text, Until: until})
}

// announceSound has every caller hear the recording in the form field sound.
func (h *supervisionHandlers) announceSound(w http.ResponseWriter, r *http.Request) error {
	if err := mayHouse(r); err != nil {
		return err
	}
	until, err := untilWithin(r.URL.Query().Get("until"), longestEmergency)
	if err != nil {
		return err
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadTime)) // not every writer has one
	r.Body = http.MaxBytesReader(w, r.Body, maxSound+64<<10)                      // and what is around it
	sound, err := soundOf(r)
	if err != nil {
		return tooLarge(err)
	}
	defer sound.Close()
	d := call.Directive{What: call.EmergencyDirective, Until: until, By: userOf(r).Name}
	noteAct(r, "until", until)
	if err := h.orders.DirectSound(r.Context(), d, sound); err != nil {
		return cannotBe(tooLarge(err))
	}
	h.log.Info("a supervisor orders", "by", d.By, "what", d.What, "until", d.Until)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// endEmergency has callers hear nothing before everything else any more.
func (h *supervisionHandlers) endEmergency(w http.ResponseWriter, r *http.Request) error {
	if err := mayHouse(r); err != nil {
		return err
	}
	return h.lift(w, r, call.Directive{What: call.EmergencyDirective})
}

// mayHouse refuses who does not see all queues.
func mayHouse(r *http.Request) error {
	if len(userOf(r).Scope()) > 0 {
		return refuse(http.StatusForbidden, "This is about the whole house, so it is for those who see all queues.")
	}
	return nil
}
