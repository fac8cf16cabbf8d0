package carrier

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Mood is how the carrier treats our requests of one kind. Without one it
// treats them well.
type Mood struct {
	// Method is REGISTER, INVITE or OPTIONS.
	Method string
	// Number has the mood for calls to this number alone, as the Request-URI
	// writes it, with or without its plus; it goes before the mood of all calls.
	// Empty: all requests.
	Number string

	// The answer, one of four. When none is set, the request is treated well,
	// even while a mood for all numbers refuses it.

	Status   int  // refused with this SIP status, 300 to 699
	Silence  bool // no answer
	Ringing  bool // INVITE: 180 and then nothing, until the call is given up
	Progress bool // INVITE: 183 and then nothing, until the call is given up

	// RetryAfter is the header of that name, with Status; in whole seconds, 0: none.
	RetryAfter time.Duration
	// Contact is the SIP URI that a 3xx names; empty: none.
	Contact string
}

// ParseMood reads a mood as people write it:
//
//	METHOD [NUMBER] ANSWER
//
// METHOD is register, invite or options; ANSWER is good, silence, ringing,
// progress, or a status, which "retry SECONDS" or, for 3xx, "contact URI" may
// follow: "register 503 retry 30", "invite +4930123 486".
func ParseMood(words ...string) (Mood, error) {
	var m Mood
	if len(words) < 2 {
		return m, errors.New("a mood is register, invite or options, and then an answer, as 503 or silence")
	}
	m.Method = strings.ToUpper(words[0])
	words = words[1:]
	if status, err := strconv.Atoi(words[0]); m.Method == "INVITE" && len(words) > 1 &&
		words[1] != "retry" && words[1] != "contact" && !(err == nil && 300 <= status && status < 700) {
		m.Number, words = words[0], words[1:]
	}
	switch words[0] {
	case "good":
	case "silence":
		m.Silence = true
	case "ringing":
		m.Ringing = true
	case "progress":
		m.Progress = true
	default:
		status, err := strconv.Atoi(words[0])
		if err != nil {
			return m, fmt.Errorf("%q is no answer: good, silence, ringing, progress, or a status from 300 to 699", words[0])
		}
		m.Status = status
	}
	if err := m.readOptions(words[1:]); err != nil {
		return m, err
	}
	return m, m.check()
}

// readOptions reads what may follow a status: "retry SECONDS", "contact URI".
func (m *Mood) readOptions(rest []string) error {
	for ; len(rest) > 0; rest = rest[2:] {
		switch {
		case len(rest) > 1 && rest[0] == "retry":
			seconds, err := strconv.Atoi(rest[1])
			if err != nil {
				return fmt.Errorf("%q is no number of seconds", rest[1])
			}
			m.RetryAfter = time.Duration(seconds) * time.Second
		case len(rest) > 1 && rest[0] == "contact":
			m.Contact = rest[1]
		default:
			return fmt.Errorf("%q is not understood: retry SECONDS, or contact URI", strings.Join(rest, " "))
		}
	}
	return nil
}

// String is the mood as ParseMood reads it.
func (m Mood) String() string {
	words := []string{strings.ToLower(m.Method)}
	if m.Number != "" {
		words = append(words, m.Number)
	}
	words = append(words, m.answer())
	if m.RetryAfter > 0 {
		words = append(words, "retry", strconv.Itoa(int(m.RetryAfter/time.Second)))
	}
	if m.Contact != "" {
		words = append(words, "contact", m.Contact)
	}
	return strings.Join(words, " ")
}

func (m Mood) answer() string {
	switch {
	case m.Silence:
		return "silence"
	case m.Ringing:
		return "ringing"
	case m.Progress:
		return "progress"
	case m.Status != 0:
		return strconv.Itoa(m.Status)
	}
	return "good"
}

func (m Mood) check() error {
	kinds := 0
	for _, is := range []bool{m.Status != 0, m.Silence, m.Ringing, m.Progress} {
		if is {
			kinds++
		}
	}
	invite := m.Method == "INVITE"
	switch {
	case !invite && m.Method != "REGISTER" && m.Method != "OPTIONS":
		return fmt.Errorf("carrier: a mood for %q: only REGISTER, INVITE and OPTIONS have moods", m.Method)
	case kinds > 1:
		return errors.New("carrier: a mood has one answer")
	case !invite && (m.Number != "" || m.Ringing || m.Progress):
		return fmt.Errorf("carrier: only calls have numbers and ring, not %s", m.Method)
	case m.Status != 0 && (m.Status < 300 || m.Status > 699):
		return fmt.Errorf("carrier: status %d: a refusal is from 300 to 699", m.Status)
	case m.Status == 0 && (m.RetryAfter != 0 || m.Contact != ""):
		return errors.New("carrier: Retry-After and Contact belong to a refusal")
	case m.RetryAfter < 0 || m.RetryAfter%time.Second != 0:
		return fmt.Errorf("carrier: Retry-After %v is not in whole seconds", m.RetryAfter)
	case strings.ContainsFunc(m.Number, func(r rune) bool { return !strings.ContainsRune(numberRunes, r) }):
		return fmt.Errorf("carrier: the number %q has characters that no number has", m.Number)
	case strings.ContainsAny(m.Contact, "<>\r\n\""):
		return fmt.Errorf("carrier: %q is no SIP URI", m.Contact)
	}
	return nil
}

const numberRunes = "0123456789+*#._-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// reasons are the usual words for the statuses.
var reasons = map[int]string{
	300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 400: "Bad Request", 401: "Unauthorized",
	402: "Payment Required", 403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required",
	408: "Request Timeout", 410: "Gone", 480: "Temporarily Unavailable", 483: "Too Many Hops",
	484: "Address Incomplete", 486: "Busy Here", 488: "Not Acceptable Here", 500: "Server Internal Error",
	502: "Bad Gateway", 503: "Service Unavailable", 504: "Server Time-out", 600: "Busy Everywhere",
	603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted", 608: "Rejected",
}

// tableKey is the mood's place in Kamailio's table.
func (m Mood) tableKey() string {
	if m.Number != "" {
		return m.Method + "/" + strings.TrimPrefix(m.Number, "+")
	}
	return m.Method
}

// tableRows are the rows of Kamailio's table; an empty value: no such row.
func (m Mood) tableRows() [][2]string {
	key := m.tableKey()
	reason, retry := "", ""
	if m.Status != 0 {
		if reason = reasons[m.Status]; reason == "" {
			reason = "Refused"
		}
	}
	if m.RetryAfter > 0 {
		retry = strconv.Itoa(int(m.RetryAfter / time.Second))
	}
	// The answer comes last: nobody must see it without the rest.
	return [][2]string{
		{key + "/Reason", reason}, {key + "/Retry-After", retry}, {key + "/Contact", m.Contact}, {key, m.answer()},
	}
}

// Mood changes how the carrier treats our requests from now on.
func (c *Carrier) Mood(m Mood) error {
	if err := m.check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.stopped {
		return errStopped
	}
	for _, row := range m.tableRows() {
		var err error
		if row[1] == "" {
			// A row that is absent is refused, which is as good.
			var refused *rpcError
			if err = c.process.callProcedure("htable.delete", nil, "mood", row[0]); errors.As(err, &refused) {
				err = nil
			}
		} else {
			err = c.process.callProcedure("htable.sets", nil, "mood", row[0], row[1])
		}
		if err != nil {
			return err
		}
	}
	moods := map[string]Mood{m.tableKey(): m}
	for key, m := range c.moods {
		if _, changed := moods[key]; !changed {
			moods[key] = m
		}
	}
	c.moods = moods
	return nil
}

// Good ends all moods: our requests are treated well.
func (c *Carrier) Good() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process == nil || c.stopped {
		return errStopped
	}
	c.moods = map[string]Mood{}
	return c.process.callProcedure("htable.flush", nil, "mood")
}
