package asterisk_test

import (
	"fmt"
	"math"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"

	"presszero/asterisk"
	"presszero/asterisk/private"
	"presszero/call"
	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/trunk"
)

// Offers of sound that networks and telephones make (RFC 3264).
const (
	head      = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	mulaw     = "m=audio PORT RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
	fax       = "m=image 40002 udptl t38\r\na=T38FaxVersion:0\r\na=T38FaxRateManagement:transferredTCF\r\n"
	video     = "m=video 40010 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
	multipart = "multipart" // µ-law, and what the telephone network adds (ISUP)
	savp      = "m=audio PORT RTP/SAVP 0\r\na=rtpmap:0 PCMU/8000\r\n" + encrypt
	encrypt   = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
)

// TestHowCallsArrive: the many ways in which networks state the number dialled,
// the caller's number, and the codecs.
func TestHowCallsArrive(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	told := make(chan call.Event, 1000)
	s := asterisk.New(r.config(), func(e call.Event) { told <- e })
	ran := make(chan error, 1)
	go func() { ran <- s.Run(t.Context(), nil) }()
	defer func() { s.Close(); <-ran }()
	ready(t, s)
	const to, from = "<sip:acct7@carrier.example>", "<sip:+12015550123@127.0.0.1>"
	for _, c := range []struct {
		name     string
		user     string // of the Request-URI
		to, from string
		headers  []string
		offer    string

		wantTo   string
		wantAlso []string
		wantFrom string
		sound    int // the payload type that is sent; 488: the call is refused
	}{
		{name: "a number", user: "+12015550100@", wantTo: "+12015550100"},
		{name: "ported", user: "+12015550100;npdi;rn=+12015559999@", wantTo: "+12015550100"},
		{name: "with a context", user: "030999;phone-context=+49@", wantTo: "030999"},
		{name: "escaped", user: "%2B12015550100@", wantTo: "+12015550100"},
		{name: "an account, the number in To", user: "acct7@", to: `"Ann: X" <sip:+12015550100@carrier.example;user=phone>`, wantTo: "acct7", wantAlso: []string{"+12015550100"}},
		{name: "To as tel", user: "acct7@", to: "<tel:+12015550100;phone-context=x>", wantTo: "acct7", wantAlso: []string{"+12015550100"}},
		{name: "P-Called-Party-ID before To", user: "acct7@", headers: []string{"P-Called-Party-ID: <sip:+12015550100@x>"}, wantTo: "acct7", wantAlso: []string{"+12015550100", "acct7"}},
		{name: "no user", user: "", wantTo: "acct7", wantAlso: []string{}},
		{name: "a word that the dialplan uses", user: "T@", wantTo: "T"},
		{name: "a word of ours", user: "dialled@", wantTo: "dialled"},
		{name: "a list of words of ours", user: "1,dialled,again@", wantTo: "1dialledagain"},

		{name: "withheld, but asserted", user: "100@", from: `"Anonymous" <sip:anonymous@anonymous.invalid>`, headers: []string{"P-Asserted-Identity: <sip:+12015550104@x>", "Privacy: id"}, wantTo: "100", wantFrom: "none"},
		{name: "withheld, number in From", user: "100@", headers: []string{"Privacy: USER;critical"}, wantTo: "100", wantFrom: "none"},
		{name: "withheld by Remote-Party-ID", user: "100@", headers: []string{"Remote-Party-ID: <sip:+12015550104@x>;party=calling;privacy=full"}, wantTo: "100", wantFrom: "none"},
		{name: "asserted and shown", user: "100@", headers: []string{"P-Asserted-Identity: <sip:+12015550104@x>", "Privacy: none"}, wantTo: "100", wantFrom: "+12015550104"},
		{name: "asserted twice in one header", user: "100@", headers: []string{"P-Asserted-Identity: <tel:+12015550104>, <sip:+12015550105@x>"}, wantTo: "100", wantFrom: "+12015550104"},

		{name: "A-law only", user: "100@", offer: "m=audio PORT RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n", wantTo: "100", sound: 8},
		{name: "G.722 only", user: "100@", offer: "m=audio PORT RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n", wantTo: "100", sound: 9},
		{name: "Opus only", user: "100@", offer: "m=audio PORT RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n", wantTo: "100", sound: 111},
		{name: "no rtpmap", user: "100@", offer: "m=audio PORT RTP/AVP 0 8\r\n", wantTo: "100"},
		{name: "another ptime", user: "100@", offer: mulaw + "a=ptime:30\r\na=maxptime:150\r\n", wantTo: "100"},
		{name: "events", user: "100@", offer: strings.Replace(mulaw, "AVP 0", "AVP 0 101", 1) + "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n", wantTo: "100"},
		{name: "audio and text", user: "100@", offer: mulaw + "m=text 40020 RTP/AVP 98\r\na=rtpmap:98 t140/1000\r\n", wantTo: "100"},
		{name: "sound in a body of several parts", user: "100@", offer: multipart, wantTo: "100"},
		{name: "audio and fax", user: "100@", offer: mulaw + fax, wantTo: "100"},
		{name: "fax and audio", user: "100@", offer: fax + mulaw, wantTo: "100"},
		{name: "audio and video", user: "100@", offer: mulaw + video, wantTo: "100"},
		{name: "encrypted if we can", user: "100@", offer: mulaw + encrypt, wantTo: "100"},
		{name: "encrypted only", user: "100@", offer: savp, sound: 488},
		{name: "offer in the answer's confirmation", user: "100@", offer: "late", wantTo: "100"},
		{name: "nothing that we take", user: "100@", offer: "m=audio PORT RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n", sound: 488},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := newNetwork(t, r.pbx.Config().SIPAddr)
			or(&c.to, to)
			or(&c.from, from)
			or(&c.offer, mulaw)
			or(&c.wantFrom, "+12015550123")
			u.invite(c.user, c.to, c.from, c.offer, c.headers)
			if c.sound == 488 {
				if got := u.status(); got != 488 {
					t.Errorf("the answer is %d, want 488", got)
				}
				return
			}
			a := await[call.Arrived](t, told)
			if c.wantFrom == "none" {
				c.wantFrom = ""
			}
			if c.wantAlso == nil {
				c.wantAlso = []string{"acct7"}
			}
			if a.To != c.wantTo || a.From != c.wantFrom || !slices.Equal(a.Also, c.wantAlso) {
				t.Errorf("arrived to %q, also %q, from %q; want %q, %q, %q", a.To, a.Also, a.From, c.wantTo, c.wantAlso, c.wantFrom)
			}
			s.Do(call.Answer{Call: a.Call})
			s.Do(call.Music{Call: a.Call})
			if got := u.status(); got != 200 {
				t.Fatalf("the answer is %d", got)
			}
			if got := u.hears(); got != c.sound {
				t.Errorf("the payload type of the music is %d, want %d", got, c.sound)
			}
			u.request("BYE", 2, "")
			await[call.HungUp](t, told)
		})
	}
}

// TestEncryptionOfCallers: what callers beside the trunks may offer is a setting.
func TestEncryptionOfCallers(t *testing.T) {
	t.Parallel()
	for media, want := range map[trunk.Media]map[string]string{
		trunk.MediaPrefer:  {mulaw: "RTP/AVP", mulaw + encrypt: "a=crypto", savp: "RTP/SAVP"},
		trunk.MediaEncrypt: {mulaw: "", savp: "RTP/SAVP"},
	} {
		p := newPlays(t, func(c *private.Config) { c.CallersFrom, c.CallersMedia = []string{"127.0.0.1"}, media }, nil)
		for offer, wanted := range want {
			u := newNetwork(t, p.pbx.Config().SIPAddr)
			u.invite("100@", "<sip:100@x>", "<sip:+12015550123@127.0.0.1>", offer, nil)
			if wanted == "" {
				if got := u.status(); got != 488 {
					t.Errorf("%s: the answer to %q is %d, want 488", media, offer, got)
				}
				continue
			}
			p.sw.Do(call.Answer{Call: await[call.Arrived](t, p.told).Call})
			if got := u.status(); got != 200 || !strings.Contains(u.answer, wanted) {
				t.Errorf("%s: the answer to %q is %d without %s: %s", media, offer, got, wanted, u.answer)
			}
			u.request("BYE", 2, "")
			await[call.HungUp](t, p.told)
		}
	}
}

// TestCodecsOfTalks: an agent's leg is offered the caller's codec first, and G.711 in any
// case: the agent's media speak nothing else.
func TestCodecsOfTalks(t *testing.T) {
	t.Parallel()
	p := newPlays(t, func(c *private.Config) { c.CallersFrom = []string{"127.0.0.1"} }, nil)
	media, err := customer.NewPhone(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer media.Close()
	offered := make(chan string, 1)
	media.OnCall(func(r *customer.Ring) {
		offered <- regexp.MustCompile(`m=audio.*`).FindString(r.SDP())
		if _, err := r.Answer(customer.Sound{}); err != nil {
			t.Error(err)
		}
	})
	for offer, want := range map[string]string{
		mulaw: " 0 8 ",
		"m=audio PORT RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n":        " 8 0 ",
		"m=audio PORT RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n":        " 0 8 ",
		"m=audio PORT RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n": " 0 8 ",
	} {
		u := newNetwork(t, p.pbx.Config().SIPAddr)
		u.invite("100@", "<sip:100@x>", "<sip:+12015550123@127.0.0.1>", offer, nil)
		id := await[call.Arrived](t, p.told).Call
		p.sw.Do(call.Answer{Call: id})
		if got := u.status(); got != 200 {
			t.Fatalf("the answer to %q is %d", offer, got)
		}
		leg := call.LegID(call.OfferID(id, 1))
		p.sw.Do(call.Connect{Call: id, Leg: leg, Address: fmt.Sprintf("sip:secret@%s", media.Addr())})
		await[call.Bridged](t, p.told)
		if got := <-offered; !strings.Contains(got+" ", want) {
			t.Errorf("a caller who offers %q: the agent's media are offered %q, want%s", offer, got, want)
		}
		u.request("BYE", 2, "")
		await[call.HungUp](t, p.told)
	}
}

// TestKeysInEveryForm: a key is taken as an event (RFC 4733), from SIP INFO, and
// from the sound where the telephone offers no events.
func TestKeysInEveryForm(t *testing.T) {
	t.Parallel()
	p := newPlays(t, func(c *private.Config) { c.CallersFrom = []string{"127.0.0.1"} }, nil)
	events := strings.Replace(mulaw, "AVP 0", "AVP 0 101", 1) + "a=rtpmap:101 telephone-event/8000\r\n"
	for _, c := range []struct {
		form, offer string
		press       func(u *network, key rune)
	}{
		{"events", events, (*network).pressEvent},
		{"INFO", mulaw, (*network).pressINFO},
		{"INFO beside events", events, (*network).pressINFO},
		{"sound", mulaw, (*network).pressSound},
	} {
		t.Run(c.form, func(t *testing.T) {
			u := newNetwork(t, p.pbx.Config().SIPAddr)
			u.invite("100@", "<sip:100@x>", "<sip:+12015550123@127.0.0.1>", c.offer, nil)
			a := await[call.Arrived](t, p.told)
			p.sw.Do(call.Answer{Call: a.Call})
			if got := u.status(); got != 200 {
				t.Fatalf("the answer is %d", got)
			}
			for _, key := range "1550#" { // one of them twice
				c.press(u, key)
				if got := await[call.DigitPressed](t, p.told).Digit; got != string(key) {
					t.Errorf("pressed was %c, told was %s", key, got)
				}
				u.speak(make([]int16, 2400)) // a pause, as between two presses
			}
			u.request("BYE", 99, "")
			for e := range p.told {
				if d, is := e.(call.DigitPressed); is {
					t.Errorf("%s was told once more", d.Digit)
				}
				if _, is := e.(call.HungUp); is {
					break
				}
			}
		})
	}
}

// media is where the other side takes sound.
func (n *network) media() net.Addr {
	ip, port := mediaLine.FindStringSubmatch(n.answer), 0
	if ip == nil {
		n.t.Fatalf("the answer has no sound: %s", n.answer)
	}
	port, _ = strconv.Atoi(ip[1])
	return &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
}

var mediaLine = regexp.MustCompile(`(?m)^m=audio (\d+) `)

// speak sends sound at the pace of a telephone.
func (n *network) speak(samples []int16) {
	for len(samples) >= 160 {
		n.packet(rtp.Header{}, audio.AppendUlaw(nil, samples[:160]))
		samples = samples[160:]
	}
}

// packet sends 20 ms of sound or of an event, and takes that long.
func (n *network) packet(h rtp.Header, payload []byte) {
	n.t.Helper()
	n.sent++
	h.Version, h.SSRC, h.SequenceNumber = 2, 99, n.sent
	if h.Timestamp == 0 {
		h.Timestamp = uint32(n.sent) * 160
	}
	data, err := (&rtp.Packet{Header: h, Payload: payload}).Marshal()
	if err == nil {
		_, err = n.rtp.WriteTo(data, n.media())
	}
	if err != nil {
		n.t.Error(err)
	}
	time.Sleep(20 * time.Millisecond) // a telephone sends a packet every 20 ms
}

// pressEvent sends a key of 100 ms, as RFC 4733 has it, its end thrice.
func (n *network) pressEvent(key rune) {
	event, began := byte(strings.IndexRune("0123456789*#", key)), uint32(n.sent+1)*160
	for i := range uint16(8) {
		long, end := min(i+1, 5)*160, byte(0)
		if i >= 5 {
			end = 0x80
		}
		n.packet(rtp.Header{PayloadType: 101, Marker: i == 0, Timestamp: began}, []byte{event, end | 10, byte(long >> 8), byte(long)})
	}
}

func (n *network) pressINFO(key rune) {
	n.seq++
	n.request("INFO", 10+n.seq, fmt.Sprintf("Signal=%c\r\nDuration=160\r\n", key), "Content-Type: application/dtmf-relay")
}

// pressSound says the two tones of a key for 100 ms (ITU-T Q.23).
func (n *network) pressSound(key rune) {
	at := strings.IndexRune("123A456B789C*0#D", key)
	low, high := []float64{697, 770, 852, 941}[at/4], []float64{1209, 1336, 1477, 1633}[at%4]
	samples := make([]int16, 800)
	for i := range samples {
		samples[i] = int16(7000 * (math.Sin(2*math.Pi*low*float64(i)/8000) + math.Sin(2*math.Pi*high*float64(i)/8000)))
	}
	n.speak(samples)
	n.speak(make([]int16, 1600))
}

func or(s *string, otherwise string) {
	if *s == "" {
		*s = otherwise
	}
}

// network is a carrier that calls us, message by message.
type network struct {
	t        *testing.T
	sip, rtp net.PacketConn
	server   net.Addr
	uri      string
	to, from string
	late     bool
	id       int64
	answer   string // the final answer to the INVITE
	sent     uint16 // packets of sound
	seq      int    // of the keys by INFO
}

func newNetwork(t *testing.T, server string) *network {
	open := func() net.PacketConn {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	addr, err := net.ResolveUDPAddr("udp", server)
	if err != nil {
		t.Fatal(err)
	}
	return &network{t: t, sip: open(), rtp: open(), server: addr, id: time.Now().UnixNano()}
}

func port(c net.PacketConn) string { return strconv.Itoa(c.LocalAddr().(*net.UDPAddr).Port) }

func (n *network) invite(user, to, from, offer string, headers []string) {
	n.uri, n.to, n.from, n.late = "sip:"+user+n.server.String(), to, from, offer == "late"
	body := n.offer(offer)
	switch offer {
	case "late":
		body = ""
	case multipart:
		headers = append(slices.Clone(headers), "MIME-Version: 1.0", "Content-Type: multipart/mixed;boundary=part")
		body = "--part\r\nContent-Type: application/sdp\r\n\r\n" + n.offer(mulaw) +
			"\r\n--part\r\nContent-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x00\x49\r\n--part--\r\n"
	}
	n.request("INVITE", 1, body, headers...)
}

func (n *network) offer(lines string) string {
	if lines == "late" {
		lines = mulaw
	}
	return head + strings.ReplaceAll(lines, "PORT", port(n.rtp))
}

func (n *network) request(method string, seq int, body string, headers ...string) {
	n.t.Helper()
	if body != "" && !slices.ContainsFunc(headers, func(h string) bool { return strings.HasPrefix(h, "Content-Type") }) {
		headers = append(slices.Clone(headers), "Content-Type: application/sdp")
	}
	var more string
	for _, h := range headers {
		more += h + "\r\n"
	}
	text := fmt.Sprintf("%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%s;branch=z9hG4bK%d-%s-%d;rport\r\nMax-Forwards: 70\r\n"+
		"From: %s;tag=%d\r\nTo: %s\r\nCall-ID: %d\r\nCSeq: %d %s\r\nContact: <sip:us@127.0.0.1:%s>\r\n%sContent-Length: %d\r\n\r\n%s",
		method, n.uri, port(n.sip), n.id, method, seq, n.from, n.id, n.to, n.id, seq, method, port(n.sip), more, len(body), body)
	if _, err := n.sip.WriteTo([]byte(text), n.server); err != nil {
		n.t.Fatal(err)
	}
}

var (
	statusLine = regexp.MustCompile(`^SIP/2\.0 (\d{3})`)
	toLine     = regexp.MustCompile(`(?mi)^To: (.*?)\r?$`)
	contact    = regexp.MustCompile(`(?mi)^Contact: <([^>]*)>`)
)

// status is the final answer, which is confirmed.
func (n *network) status() int {
	n.t.Helper()
	n.sip.SetReadDeadline(time.Now().Add(5 * time.Second))
	packet := make([]byte, 4000)
	for {
		size, _, err := n.sip.ReadFrom(packet)
		if err != nil {
			n.t.Fatalf("no final answer: %v", err)
		}
		text := string(packet[:size])
		m := statusLine.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		code, _ := strconv.Atoi(m[1])
		if code < 200 {
			continue
		}
		n.answer, n.to = text, toLine.FindStringSubmatch(text)[1]
		if where := contact.FindStringSubmatch(text); where != nil {
			n.uri = where[1]
		}
		var body string
		if n.late {
			body = n.offer("late")
		}
		n.request("ACK", 1, body)
		return code
	}
}

// hears is the payload type of the first packet of sound; -1: there is none.
func (n *network) hears() int {
	n.rtp.SetReadDeadline(time.Now().Add(5 * time.Second))
	packet := make([]byte, 2000)
	for {
		size, _, err := n.rtp.ReadFrom(packet)
		if err != nil {
			return -1
		}
		if size > 12 {
			return int(packet[1] & 0x7f)
		}
	}
}
