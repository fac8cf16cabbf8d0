package callqueue

import (
	"slices"

	"presszero/call"
	"presszero/callqueue/estimate"
)

// Hearing tells what the line said to a caller who waited, and what sounds beneath the
// words, from the facts of the call. It is what the machine orders, read backwards.
//
// The facts do not tell all. The keys of the dialog about a callback are in none, so of
// that dialog there is its beginning, if it began without an offer, and its end; and a
// caller who is told to be next while something else is said hears it behind that.
type Hearing struct {
	music  func(queue string) string
	number string // the caller's
	held   bool
	class  string // of the music of the queue
}

// NewHearing begins with a call. music tells the class of music of a queue.
func NewHearing(music func(queue string) string) *Hearing { return &Hearing{music: music} }

// What is heard while nothing is said.
const (
	HeardSilence = "silence"
	HeardMusic   = "music"
	HeardTalk    = "talk"
	HeardRing    = "ring" // a number outside is called
)

// Words are what a fact changes of what a caller hears.
type Words struct {
	Says    []string // prompts without a language
	Cut     bool     // what was said before is over
	Beneath string   // what is heard from now on while nothing is said; "": as before
	Class   string   // of HeardMusic
}

// Take takes the next fact of the call.
func (h *Hearing) Take(f call.Fact) Words {
	w := h.waiting(f)
	if w.Beneath == "" && len(w.Says) == 0 && !w.Cut {
		w = h.talking(f)
	}
	if w.Beneath == HeardMusic {
		w.Class = h.class
	}
	return w
}

// waiting takes the facts of the line.
func (h *Hearing) waiting(f call.Fact) Words {
	switch f := f.(type) {
	case call.QueueEntered:
		h.class, h.number = h.music(f.Queue), f.From
		return Words{Beneath: HeardMusic}
	case call.WaitAnnounced:
		if f.Grown {
			return Words{Says: []string{"wait-longer", f.Phrase}}
		}
		return Words{Says: []string{f.Phrase}}
	case call.PromiseBroken:
		if f.Told {
			return Words{Says: []string{"promise-broken"}, Cut: true}
		}
	case call.QueuePlaced:
		if f.Next {
			return Words{Says: []string{"wait-next"}}
		}
	case call.CallbackOffered:
		return h.offered(f.Why)
	case call.CallbackRefused:
		if call.Withheld(h.number) {
			return Words{Says: []string{"callback-enter"}, Cut: true}
		}
		return Words{Says: []string{"callback-refused"}, Cut: true}
	case call.CallbackAccepted:
		return Words{Says: farewell(f), Cut: true, Beneath: HeardSilence}
	case call.QueueLeft:
		if f.Outcome != call.Answered {
			return Words{Cut: true, Beneath: HeardSilence}
		}
	}
	return Words{}
}

// offered is how a caller hears of a callback: behind what else there is to say, or, who
// has asked for one, as a question about the number.
func (h *Hearing) offered(why string) Words {
	switch why {
	case "on_hold":
		return Words{Says: []string{"hold-choice"}}
	case "asked":
		says := []string{"callback-number"}
		for _, r := range h.number {
			if r >= '0' && r <= '9' {
				says = append(says, digit(r))
			}
		}
		return Words{Says: append(says, "callback-confirm"), Cut: true}
	}
	return Words{Says: []string{"callback-offer"}}
}

// farewell is what was promised. The window says which phrase it was; a later time that
// the caller has chosen has none.
func farewell(f call.CallbackAccepted) []string {
	says := []string{"callback-promise"}
	if f.Merged {
		says = []string{"callback-merged"}
	}
	phrases := estimate.Phrases()
	i := slices.IndexFunc(phrases, func(p estimate.Phrase) bool {
		return f.Low == 60*float64(p.Low) && f.High == 60*float64(max(p.High, 2*p.Low))
	})
	if i >= 0 {
		says = append(says, phrases[i].Name)
	}
	return append(says, "goodbye")
}

// talking takes the facts of talks: of what is said there nothing is kept.
func (h *Hearing) talking(f call.Fact) Words {
	switch f := f.(type) {
	case call.OfferEnded:
		return Words{Cut: f.How == "accepted"}
	case call.BridgeJoined, call.TransferJoined:
		h.held = false
		return Words{Cut: true, Beneath: HeardTalk}
	case call.BridgeFailed:
		return Words{Cut: true, Beneath: HeardMusic}
	case call.BridgeHeld:
		h.held = true
		return Words{Cut: true, Beneath: HeardMusic}
	case call.BridgeResumed:
		h.held = false
		return Words{Cut: true, Beneath: HeardTalk}
	case call.BridgeGap:
		return Words{Says: []string{"talk-lost"}, Cut: true, Beneath: HeardMusic}
	case call.BridgeRejoined:
		if !h.held {
			return Words{Cut: true, Beneath: HeardTalk}
		}
	case call.TransferStarted:
		return Words{Cut: true, Beneath: HeardRing}
	case call.BridgeLeft, call.TransferOver:
		h.held = false
		return Words{Cut: true, Beneath: HeardSilence}
	}
	return Words{}
}
