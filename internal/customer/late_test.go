package customer

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// clumsy is a peer that answers after it was told to stop, and refuses to be
// told: the race that every real switch loses now and then.
type clumsy struct {
	t      *testing.T
	socket net.PacketConn
	us     net.Addr
}

// expect reads until a request with the method arrives, and returns it.
func (p *clumsy) expect(method string) string {
	p.t.Helper()
	buffer := make([]byte, 4096)
	for {
		if err := p.socket.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			p.t.Fatal(err)
		}
		n, from, err := p.socket.ReadFrom(buffer)
		if err != nil {
			p.t.Fatalf("the peer waits for %s: %v", method, err)
		}
		if message := string(buffer[:n]); strings.HasPrefix(message, method+" ") {
			p.us = from
			return message
		}
	}
}

// reply answers a request.
func (p *clumsy) reply(request, status, body string) {
	p.t.Helper()
	lines := []string{"SIP/2.0 " + status}
	for line := range strings.SplitSeq(request, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch name {
		case "To":
			if !strings.Contains(line, "tag=") {
				line += ";tag=clumsy"
			}
			lines = append(lines, line)
		case "Via", "From", "Call-ID", "CSeq":
			lines = append(lines, line)
		}
	}
	lines = append(lines, "Contact: <sip:clumsy@"+p.socket.LocalAddr().String()+">", "", body)
	if _, err := p.socket.WriteTo([]byte(strings.Join(lines, "\r\n")), p.us); err != nil {
		p.t.Fatal(err)
	}
}

func TestAnswerAfterCancel(t *testing.T) {
	for _, c := range []struct {
		what   string
		cancel string // the reply to CANCEL; none: the answer comes instead
	}{
		{"crossing", "200 OK"},
		{"too late to cancel", "481 Call/Transaction Does Not Exist"},
	} {
		t.Run(c.what, func(t *testing.T) {
			socket, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = socket.Close() }()
			p := &clumsy{t: t, socket: socket}
			us := phone(t)
			ctx, cancel := context.WithCancel(deadlineSoon(t))
			result := make(chan error, 1)
			go func() {
				_, err := us.Dial(ctx, Options{To: "100", Server: socket.LocalAddr().String()})
				result <- err
			}()
			invite := p.expect("INVITE")
			p.reply(invite, "180 Ringing", "")
			cancel()
			p.reply(p.expect("CANCEL"), c.cancel, "")
			if strings.HasPrefix(c.cancel, "481") {
				if err := <-result; !errors.Is(err, context.Canceled) {
					t.Errorf("dialling: %v", err)
				}
			}
			p.reply(invite, "200 OK", "")
			p.expect("ACK")
			p.reply(p.expect("BYE"), "200 OK", "")
			if c.cancel == "200 OK" {
				if err := <-result; !errors.Is(err, context.Canceled) {
					t.Errorf("dialling: %v", err)
				}
			}
		})
	}
}

func TestAnswerWithoutSound(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	p := &clumsy{t: t, socket: socket}
	us := phone(t)
	result := make(chan error, 1)
	go func() {
		_, err := us.Dial(deadlineSoon(t), Options{To: "100", Server: socket.LocalAddr().String()})
		result <- err
	}()
	p.reply(p.expect("INVITE"), "200 OK", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 9\r\n")
	p.expect("ACK")
	p.reply(p.expect("BYE"), "200 OK", "")
	if err := <-result; err == nil || !strings.Contains(err.Error(), "neither PCMU nor PCMA") {
		t.Errorf("dialling: %v", err)
	}
}
