package web

import (
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"

	"presszero/report"
)

// searches write to the audit who has looked for whom. Neither number nor name stands there
// as it was typed: a number as the caller's key, which goes with a person who is forgotten,
// and its last digits; a name as its first letter.
type searches struct {
	key func(number string) string // of a caller; nil: there is none
	now func() time.Time

	mu   sync.Mutex
	last map[string]time.Time // when each was made last, by who and what
}

// sameSearch is for how long a search that is made again is the same one: a page asks each
// minute.
const sameSearch = 10 * time.Minute

func newSearches(key func(string) string) *searches {
	return &searches{key: key, now: time.Now, last: map[string]time.Time{}}
}

// note tells the act of r whom the user looks for, by whole numbers, digits of one, or a
// name. Nobody, or the same search again, is no act.
func (s *searches) note(r *http.Request, numbers []string, digits, name string) {
	typed := strings.Join(numbers, "\n") + "\x00" + digits + "\x00" + name
	if typed == "\x00\x00" || !s.fresh(userOf(r).Name+"\x00"+r.Pattern+"\x00"+typed) {
		noAct(r)
		return
	}
	for _, n := range numbers {
		noteAct(r, "number", lastDigits(n))
		if s.key != nil {
			noteAct(r, "caller", s.key(n))
		}
	}
	if digits != "" {
		noteAct(r, "number", lastDigits(digits))
	}
	if name != "" {
		noteAct(r, "name", firstLetter(name))
	}
}

// fresh reports whether this has not been looked for just now.
func (s *searches) fresh(search string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for old, at := range s.last {
		if now.Sub(at) >= sameSearch {
			delete(s.last, old)
		}
	}
	_, again := s.last[search]
	s.last[search] = now
	return !again
}

// noteRecordings is note for a search for recordings; a later page of one is no act.
func (s *searches) noteRecordings(r *http.Request, f report.RecordingFilter) {
	if f.Before != nil {
		noAct(r)
		return
	}
	s.note(r, f.Numbers, f.Digits, f.Name)
}

func lastDigits(number string) string {
	digits := notDigit.ReplaceAllString(number, "")
	return "…" + digits[max(0, len(digits)-leastDigits):]
}

func firstLetter(name string) string {
	for _, letter := range name {
		return string(unicode.ToUpper(letter)) + "…"
	}
	return ""
}
