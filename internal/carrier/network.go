package carrier

import (
	"context"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"presszero/internal/customer"
)

// Received is one call from us, as the carrier received it.
type Received struct {
	At        time.Time
	Number    string // dialled: the user of the Request-URI
	URI       string // the Request-URI, with its parameters
	Transport string // udp, tcp or tls
	CallID    string
	SDP       string
	Encrypted bool // SRTP was offered, and nothing else (RTP/SAVP)

	// Outcome is a SIP status; 200: the call was answered; 0: there was no
	// answer; 487: the call was given up before the answer.
	Outcome int
	// Call is the network's side of it; nil if it was not answered.
	Call *customer.Call

	headers map[string][]string
}

// recorded are the headers that are kept.
var recorded = []string{"From", "To", "Contact", "Via", "P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID",
	"Privacy", "Diversion", "History-Info", "P-Charge-Info", "X-Telnyx-Token", "Supported", "Require", "Security-Client",
	"Proxy-Require", "Session-Expires", "User-Agent", "Allow"}

// Header returns the values of a header, top first. Those that say who calls,
// whom, and how are kept, such as From, P-Asserted-Identity, Privacy, Diversion,
// Contact and Via; others are not.
func (r Received) Header(name string) []string {
	return r.headers[textproto.CanonicalMIMEHeaderKey(name)]
}

// Shown is the number that the person called would see: that of
// P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID or From, the first
// that there is; "" if it is to be withheld.
func (r Received) Shown() string {
	for _, value := range r.Header("Privacy") {
		if strings.Contains(value, "id") || strings.Contains(value, "user") || strings.Contains(value, "header") {
			return ""
		}
	}
	for _, name := range []string{"P-Asserted-Identity", "P-Preferred-Identity", "Remote-Party-ID", "From"} {
		for _, value := range r.Header(name) {
			if name == "Remote-Party-ID" && strings.Contains(value, "privacy=full") {
				return ""
			}
			_, after, _ := strings.Cut(value, "sip")
			_, uri, _ := strings.Cut(after, ":")
			user, _, found := strings.Cut(uri, "@")
			if found && !strings.EqualFold(user, "anonymous") {
				return user
			}
		}
	}
	return ""
}

// newReceived reads what a call brought.
func newReceived(uri sip.Uri, header func(string) []string, sdp string) Received {
	r := Received{At: time.Now(), Number: uri.User, URI: uri.String(), SDP: sdp,
		Encrypted: strings.Contains(sdp, " RTP/SAVP "), headers: map[string][]string{}}
	for _, name := range recorded {
		if values := header(name); len(values) > 0 {
			r.headers[textproto.CanonicalMIMEHeaderKey(name)] = values
		}
	}
	if id := header("Call-ID"); len(id) > 0 {
		r.CallID = id[0]
	}
	if via := r.Header("Via"); len(via) > 0 { // the last is ours: nobody stands before us
		all := strings.Split(via[len(via)-1], ",")
		words := strings.Split(strings.TrimSpace(all[len(all)-1]), "/")
		if len(words) > 2 {
			transport, _, _ := strings.Cut(words[2], " ")
			r.Transport = strings.ToLower(transport)
		}
	}
	return r
}

// kept is how many calls are remembered.
const kept = 1000

// Calls are the last 1000 calls from us in the order in which it was decided what became
// of them; those that are still ringing are not among them. Calls that were
// challenged or had wrong credentials are not either.
func (c *Carrier) Calls() []Received {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Received(nil), c.calls...)
}

// WaitCall waits until a call from us to that number, as its Request-URI writes
// it, is decided, and returns it; "": the first to any number. Calls before
// after do not count.
func (c *Carrier) WaitCall(ctx context.Context, number string, after time.Time) (Received, error) {
	for {
		for _, r := range c.Calls() {
			if r.At.After(after) && (number == "" || r.Number == number) {
				return r, nil
			}
		}
		select {
		case <-ctx.Done():
			return Received{}, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (c *Carrier) decided(r Received) {
	c.mu.Lock()
	c.calls = append(c.calls, r)
	if len(c.calls) > kept {
		c.calls = slices.Delete(c.calls, 0, len(c.calls)-kept)
	}
	c.mu.Unlock()
	if c.config.OnCall != nil {
		c.config.OnCall(r)
	}
}

// takeCall takes a call from us that Kamailio has let through.
func (c *Carrier) takeCall(ring *customer.Ring) {
	var uri sip.Uri
	_ = sip.ParseUri(ring.URI(), &uri)
	r := newReceived(uri, ring.Header, ring.SDP())
	r.Outcome, r.Call = c.treat(ring, r)
	c.decided(r)
}

// treat does with a call what the moods and demands say.
func (c *Carrier) treat(ring *customer.Ring, r Received) (int, *customer.Call) {
	if c.config.Demand.SRTP && !r.Encrypted || c.config.Demand.Plain && r.Encrypted {
		_ = ring.Refuse(sip.StatusNotAcceptableHere, "Not Acceptable Here")
		return sip.StatusNotAcceptableHere, nil
	}
	if mood := ring.Header("X-Carrier-Mood"); len(mood) > 0 {
		if mood[0] == "progress" {
			_ = ring.Progress(c.config.Sound)
		} else {
			_ = ring.Ringing()
		}
		<-ring.GivenUp()
		return sip.StatusRequestTerminated, nil
	}
	_ = ring.Ringing()
	timer := time.NewTimer(c.config.Ring)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ring.GivenUp():
		return sip.StatusRequestTerminated, nil
	}
	call, err := ring.Answer(c.config.Sound)
	if err != nil {
		c.config.Log(err.Error())
		return sip.StatusRequestTerminated, nil
	}
	return sip.StatusOK, call
}

// takeNotices takes copies of requests that Kamailio has refused, or left
// without an answer.
func (c *Carrier) takeNotices() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := c.notices.Read(buffer)
		if err != nil {
			return // closed
		}
		message, err := sip.ParseMessage(append([]byte(nil), buffer[:n]...))
		request, isRequest := message.(*sip.Request)
		if err != nil || !isRequest || request.Method != sip.INVITE {
			continue
		}
		header := func(name string) (values []string) {
			for _, h := range request.GetHeaders(name) {
				values = append(values, h.Value())
			}
			return values
		}
		r := newReceived(request.Recipient, header, string(request.Body()))
		c.mu.Lock()
		again := c.seen[r.CallID]
		if len(c.seen) > kept {
			clear(c.seen)
		}
		c.seen[r.CallID] = true
		mood, of := c.moods[Mood{Method: "INVITE", Number: r.Number}.tableKey()]
		if !of {
			mood = c.moods["INVITE"]
		}
		c.mu.Unlock()
		if !again {
			r.Outcome = mood.Status
			c.decided(r)
		}
	}
}

// CallOptions are the caller's number, headers and sound of a call to us.
type CallOptions struct {
	From    string // the caller's number; "": anonymous
	Name    string
	Headers []string // further ones, as "Privacy: id"
	Encrypt bool     // offer SRTP and nothing else, also where Demand.SRTP is not set
	Sound   customer.Sound
}

// Call has a telephone of the network call a number of ours, and returns once
// we have answered. The call comes as calls to a registered account come: the
// Request-URI is our contact, and the number is in To and P-Called-Party-ID; or
// at Config.Peer. When we refuse it, or nobody is registered (480), the error is
// a *customer.Refused. When ctx ends before the answer, the call is given up.
func (c *Carrier) Call(ctx context.Context, number string, o CallOptions) (*customer.Call, error) {
	return c.phone.Dial(ctx, customer.Options{
		To: number, Server: c.addrs[inside], From: o.From, Name: o.Name, Domain: c.config.Account.Domain, Headers: o.Headers,
		Encrypt: o.Encrypt || c.config.Demand.SRTP,
		Voice:   o.Sound.Voice, Loop: o.Sound.Loop, Pause: o.Sound.Pause, Tone: o.Sound.Tone,
	})
}
