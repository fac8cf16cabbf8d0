package media_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"presszero/internal/headless"

	"presszero/internal/mediatest"
	"presszero/softphone/media"
)

func newLocal(t testing.TB, onEvent func(media.Event)) *media.Local {
	t.Helper()
	engine, err := media.New(media.Config{
		MediaAddr: "127.0.0.1:0",
		OnEvent:   onEvent,
		Logger:    slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Shutdown(); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return engine
}

func TestLocal(t *testing.T) {
	t.Parallel()
	mediatest.Exercise(t, func(t *testing.T, onEvent func(media.Event)) media.Engine {
		return newLocal(t, onEvent)
	})
}

// talkOverTCP has ana connect over TCP, and talk with a caller.
func talkOverTCP(t *testing.T, engine *media.Local) (*headless.Phone, *mediatest.Peer) {
	t.Helper()
	phone, answer := mediatest.Page(t, engine, "ana", headless.Options{
		Tone: mediatest.Agent, Listen: []float64{mediatest.Caller}, TCP: true,
	})
	peer := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller, mediatest.Agent)
	if err := engine.TalkTo("ana", "leg1", peer.Addr()); err != nil {
		t.Fatal(err)
	}
	awaitTone(t, phone.Ear, mediatest.Caller)
	awaitTone(t, peer.Ear, mediatest.Agent)
	return phone, peer
}

// A network that lets no UDP out still lets an agent work.
func TestTCP(t *testing.T) {
	t.Parallel()
	engine := newLocal(t, nil)
	talkOverTCP(t, engine)
}

// TestTCPBesideIdle: an agent whose network lets no UDP out connects and talks while
// another address keeps all the TCP connections that it may have, and says nothing on
// them. When her own address does so too, her talk goes on, and a colleague connects.
func TestTCPBesideIdle(t *testing.T) {
	t.Parallel()
	engine := newLocal(t, nil)
	fillTCP(t, engine.Port(), "127.0.0.2")
	began := time.Now()
	phone, peer := talkOverTCP(t, engine)
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the agent and the caller hear each other after %v", took)
	}

	fillTCP(t, engine.Port(), "127.0.0.1")
	phone.Forget()
	peer.Forget()
	awaitTone(t, phone.Ear, mediatest.Caller)
	awaitTone(t, peer.Ear, mediatest.Agent)
	mediatest.Page(t, engine, "leo", headless.Options{TCP: true})
}

// fillTCP opens TCP connections to the port from this address until one is too many,
// and keeps opening them until the test is over. Nothing is said on them.
func fillTCP(t *testing.T, port int, from string) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	to := fmt.Sprintf("127.0.0.1:%d", port)
	ctx, over := context.WithCancel(context.Background())
	var all sync.WaitGroup
	t.Cleanup(func() { over(); all.Wait() })
	full := make(chan struct{})
	isFull := sync.OnceFunc(func() { close(full) })
	for range 1100 { // some more than may be
		all.Go(func() {
			for ctx.Err() == nil {
				conn, err := dialer.DialContext(ctx, "tcp4", to)
				if err != nil {
					continue
				}
				began := time.Now()
				stop := context.AfterFunc(ctx, func() { conn.Close() })
				_, _ = conn.Read(make([]byte, 1)) // until it is closed
				stop()
				conn.Close()
				if ctx.Err() == nil && time.Since(began) < 3*time.Second { // before it is thrown out for its silence
					isFull()
				}
				select {
				case <-time.After(500 * time.Millisecond):
				case <-ctx.Done():
				}
			}
		})
	}
	select {
	case <-full:
	case <-time.After(10 * time.Second):
		t.Fatalf("the TCP connections of %s never were too many", from)
	}
}

// On all addresses, with a public one told beside them.
func TestEverywhere(t *testing.T) {
	t.Parallel()
	engine, err := media.New(media.Config{
		MediaAddr: "0.0.0.0:0", PublicIP: "203.0.113.7", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Shutdown() }()
	phone, answer := mediatest.Page(t, engine, "ana", headless.Options{})
	phone.Close()
	for _, want := range []string{
		"a=ice-lite",
		fmt.Sprintf(" 127.0.0.1 %d typ host", engine.Port()),
		fmt.Sprintf(" 203.0.113.7 %d typ host", engine.Port()),
		"a=rtpmap:0 PCMU/8000",
	} {
		if !strings.Contains(answer.SDP, want) {
			t.Errorf("the answer lacks %q:\n%s", want, answer.SDP)
		}
	}
	if strings.Count(answer.SDP, "a=rtpmap") != 1 || strings.Contains(answer.SDP, "a=extmap:") {
		t.Errorf("the answer has more than PCMU:\n%s", answer.SDP)
	}
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, config := range map[string]media.Config{
		"MEDIA_ADDR": {MediaAddr: taken.LocalAddr().String()},
		"a name":     {MediaAddr: "localhost:0"},
		"ip:port":    {MediaAddr: "127.0.0.1"},
		"RTPHost":    {MediaAddr: "127.0.0.1:0", RTPHost: "here"},
		"one IP":     {MediaAddr: "127.0.0.1:0", RTPHost: "0.0.0.0"},
		"PUBLIC_IP":  {MediaAddr: "127.0.0.1:0", PublicIP: "there"},
	} {
		if engine, err := media.New(config); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: engine %v, error %v; want one about %s", config, engine, err, name)
		}
	}
}

// A page that is answered and never comes is given up and said to be gone.
func TestPageNeverComes(t *testing.T) {
	t.Parallel()
	diary := mediatest.NewDiary()
	engine := newLocal(t, diary.Write)
	if _, err := engine.Connect(t.Context(), "ana", mediatest.Offer(t)); err != nil {
		t.Fatal(err)
	}
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Disconnected})
}

// A connection that stands proves nothing about voice: a page from which no
// packet comes is never announced as connected, though it hears ours and both
// sides keep the connection alive, and is given up in time.
func TestPageWithoutVoice(t *testing.T) {
	t.Parallel()
	diary := mediatest.NewDiary()
	engine := newLocal(t, diary.Write)
	var heard atomic.Int64
	count := func(headless.Packet) { heard.Add(1) }
	mediatest.Page(t, engine, "dumb", headless.Options{Dumb: true, OnPacket: count})
	mediatest.Until(t, "the page has heard the greeting", func() bool { return heard.Load() > 0 })
	began := time.Now()
	diary.Wait(t, media.Event{Seat: "dumb", Kind: media.Disconnected})
	if took := time.Since(began); took < 5*time.Second {
		t.Errorf("given up after %v", took)
	}
	if n := diary.Count(media.Event{Seat: "dumb", Kind: media.Connected}); n != 0 {
		t.Error("a page without voice was announced as connected")
	}
}

// Whoever answers in the page's place, with another certificate than the page's offer
// names, is not connected.
func TestWrongCertificate(t *testing.T) {
	t.Parallel()
	diary := mediatest.NewDiary()
	engine := newLocal(t, diary.Write)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	named := regexp.MustCompile("a=fingerprint:sha-256 ..:..").FindString(mediatest.Offer(t))
	phone, err := headless.Dial(ctx, func(offer string) (string, error) {
		offer = regexp.MustCompile("a=fingerprint:sha-256 ..:..").ReplaceAllString(offer, named)
		answer, err := engine.Connect(ctx, "ana", offer)
		return answer.SDP, err
	}, headless.Options{LocalIP: "127.0.0.1"})
	if err == nil {
		phone.Close()
		t.Error("the phone believes that it is connected")
	}
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Disconnected})
	if n := diary.Count(media.Event{Seat: "ana", Kind: media.Connected}); n != 0 {
		t.Error("it was announced as connected")
	}
}

// Voice has gone to the page, too, when it is announced, without a caller.
func TestGreeting(t *testing.T) {
	t.Parallel()
	diary := mediatest.NewDiary()
	engine := newLocal(t, diary.Write)
	var heard atomic.Int64
	mediatest.Page(t, engine, "ana", headless.Options{OnPacket: func(headless.Packet) { heard.Add(1) }})
	diary.Wait(t, media.Event{Seat: "ana", Kind: media.Connected})
	mediatest.Until(t, "the page has heard the greeting", func() bool { return heard.Load() > 0 })
	if s, err := engine.Stats("ana"); err != nil || !s.Connected || s.Mic == 0 {
		t.Errorf("announced: %+v, %v", s, err)
	}
}

// Pages that stand still with their lines up (a machine that sleeps), or that
// die without a farewell (kill -9, a cut cable), are announced after a second;
// the seats stay for their return.
func TestPagesDie(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "media.sock")
	diary := mediatest.NewDiary()
	engine := newLocal(t, diary.Write)
	t.Cleanup(serve(t, path, engine))
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), asCrowd+"="+path)
	in, err := process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	mediatest.Until(t, "the crowd talks", func() bool {
		s, err := engine.Stats("agent19")
		return err == nil && s.FromAgent.Sent > 10
	})
	all := func(kind media.Kind, times int) {
		t.Helper()
		for i := range crowdSize {
			e := media.Event{Seat: fmt.Sprintf("agent%02d", i), Kind: kind}
			mediatest.Until(t, fmt.Sprintf("%v has come %d times", e, times), func() bool { return diary.Count(e) == times })
		}
	}
	all(media.Connected, 1)
	_ = process.Process.Signal(syscall.SIGSTOP)
	all(media.Disconnected, 1)
	_ = process.Process.Signal(syscall.SIGCONT)
	all(media.Connected, 2)
	died := time.Now()
	_ = process.Process.Kill()
	_ = process.Wait()
	all(media.Disconnected, 2)
	if took := time.Since(died); took < 500*time.Millisecond || took > 5*time.Second {
		t.Errorf("it took %v to notice", took)
	}
	if seats, _ := engine.Seats(); len(seats) != crowdSize || seats[0].Connected || seats[0].Leg != "leg" {
		t.Errorf("seats after their pages died: %+v", seats)
	}
}
