package media_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"presszero/internal/headless"
	"presszero/internal/mediatest"
	"presszero/softphone/media"
)

// In the environment, they make the test binary another process: the media
// process on the socket that is named, or a crowd that uses the media there.
const (
	asMediaProcess = "PRESSZERO_TEST_MEDIA_SOCKET"
	asCrowd        = "PRESSZERO_TEST_CROWD_SOCKET"
	asIdleCrowd    = "PRESSZERO_TEST_IDLE_SOCKET"
	keepAwake      = "PRESSZERO_TEST_AWAKE"
	talksFolder    = "PRESSZERO_TEST_TALKS" // where a media process records
)

func TestMain(m *testing.M) {
	for variable, run := range map[string]func(string) error{asMediaProcess: mediaProcess, asCrowd: crowd, asIdleCrowd: idleCrowd} {
		if path := os.Getenv(variable); path != "" {
			if err := run(path); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			return
		}
	}
	goleak.VerifyTestMain(m)
}

func mediaProcess(path string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	engine, err := media.New(media.Config{MediaAddr: "127.0.0.1:0", Talks: os.Getenv(talksFolder)})
	if err != nil {
		return err
	}
	return errors.Join(media.Serve(ctx, path, engine), engine.Shutdown())
}

// serve runs Serve until the returned function is called.
func serve(t *testing.T, path string, engine *media.Local) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- media.Serve(ctx, path, engine) }()
	stop = func() {
		cancel()
		if err, ok := <-ended; ok && err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
	return stop
}

func dialServer(t *testing.T, path string, onEvent func(media.Event)) *media.Client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client, err := media.Dial(ctx, path, onEvent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Shutdown() })
	return client
}

func TestBehindSocket(t *testing.T) {
	t.Parallel()
	mediatest.Exercise(t, func(t *testing.T, onEvent func(media.Event)) media.Engine {
		dir, err := os.MkdirTemp("", "pz") // t.TempDir's names are too long for Unix sockets
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		path := filepath.Join(dir, "media.sock")
		t.Cleanup(serve(t, path, newLocal(t, nil)))
		return dialServer(t, path, onEvent)
	})
}

// A process that neither dies nor answers is told from one that lives, and
// asking disturbs nobody.
func TestAlive(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "media.sock")
	stop := serve(t, path, newLocal(t, nil))
	dialServer(t, path, func(media.Event) {}) // it serves now
	alive := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		return media.Alive(ctx, path)
	}
	if err := alive(); err != nil {
		t.Error(err)
	}
	stop()
	if alive() == nil {
		t.Error("alive after its end")
	}
	silent, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	if err := alive(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one that takes connections and says nothing: %v", err)
	}
}

// A conversation outlives its controller, and the next controller finds it.
// The media run in a process of their own here.
func TestControllerDies(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "run", "media.sock")
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), asMediaProcess+"="+path)
	process.Stderr = t.Output()
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGTERM)
		if err := process.Wait(); err != nil {
			t.Errorf("media process: %v", err)
		}
	})

	first := dialServer(t, path, nil)
	phone, answer := mediatest.Page(t, first, "ana", headless.Options{
		Tone: mediatest.Agent, Listen: []float64{mediatest.Caller},
	})
	peer := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller, mediatest.Agent)
	if err := first.TalkTo("ana", "leg1", peer.Addr()); err != nil {
		t.Fatal(err)
	}
	awaitTone(t, phone.Ear, mediatest.Caller)
	awaitTone(t, peer.Ear, mediatest.Agent)

	_ = first.Shutdown()
	phone.Forget()
	peer.Forget()
	awaitTone(t, phone.Ear, mediatest.Caller)
	awaitTone(t, peer.Ear, mediatest.Agent)

	second := dialServer(t, path, nil)
	seats, err := second.Seats()
	want := media.Seat{Name: "ana", Connected: true, RTPAddr: answer.RTPAddr, Address: answer.Address, Leg: "leg1", Remote: peer.Addr()}
	if err != nil || len(seats) != 1 || !reflect.DeepEqual(seats[0], want) {
		t.Fatalf("the next controller finds %+v, %v; want %+v", seats, err, want)
	}
	second.Hush("ana", "leg1")
	mediatest.Until(t, "the next controller has ended the leg", func() bool {
		return phone.Level(mediatest.Caller) == 0 && peer.Level(mediatest.Agent) == 0
	})
	if gaps := phone.Gaps(); gaps.Lost != 0 {
		t.Errorf("the agent lost %d packets while controllers changed", gaps.Lost)
	}
}

// The client comes back by itself, says so, and does what it was told
// meanwhile.
func TestLostAndBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "media.sock")
	engine := newLocal(t, nil)
	stop := serve(t, path, engine)
	diary := mediatest.NewDiary()
	client := dialServer(t, path, diary.Write)
	phone, answer := mediatest.Page(t, client, "ana", headless.Options{
		Tone: mediatest.Agent, Listen: []float64{mediatest.Caller},
	})
	peer := mediatest.NewPeer(t, answer.RTPAddr, mediatest.Caller, mediatest.Agent)
	if err := client.TalkTo("ana", "leg1", peer.Addr()); err != nil {
		t.Fatal(err)
	}
	awaitTone(t, phone.Ear, mediatest.Caller)

	stop()
	diary.Wait(t, media.Event{Kind: media.Lost})
	if _, err := client.Seats(); !errors.Is(err, media.ErrLost) {
		t.Errorf("Seats while lost: %v", err)
	}
	if err := client.TalkTo("ana", "leg2", peer.Addr()); !errors.Is(err, media.ErrLost) {
		t.Errorf("TalkTo while lost: %v", err)
	}
	client.Hush("ana", "leg1")
	if s, err := engine.Stats("ana"); err != nil || s.Leg != "leg1" {
		t.Errorf("the engine, left alone: %+v, %v", s.Seat, err)
	}

	t.Cleanup(serve(t, path, engine))
	diary.Wait(t, media.Event{Kind: media.Back})
	mediatest.Until(t, "the hush ordered while lost is done", func() bool {
		s, err := client.Stats("ana")
		return err == nil && s.Leg == "" && s.Connected
	})
}

// A hush or a close whose connection breaks before the reply is ordered again.
func TestEndsAreRepeated(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "media.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	heard := make(chan string, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "{\"presszero_media\":1}\n")
			for in := bufio.NewScanner(conn); in.Scan(); {
				var request struct{ Do, Seat, Leg string }
				if _ = json.Unmarshal(in.Bytes(), &request); request.Do != "ping" {
					heard <- strings.TrimSpace(request.Do + " " + request.Seat + " " + request.Leg)
					break
				}
			}
			_ = conn.Close()
		}
	}()
	client := dialServer(t, path, nil)
	client.Hush("ana", "leg1")
	client.Close("leo")
	for n := range 3 { // each connection takes one request, and does not answer it
		select {
		case got := <-heard:
			if got != "hush ana leg1" {
				t.Errorf("connection %d was asked for %q first", n+1, got)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("connection %d was asked for nothing", n+1)
		}
	}
}

// A media process that stands still has its socket open and says nothing.
func TestStandsStill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "media.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			_, _ = io.WriteString(conn, "{\"presszero_media\":1}\n")
		}
	}()
	diary := mediatest.NewDiary()
	dialServer(t, path, diary.Write)
	diary.Wait(t, media.Event{Kind: media.Lost})
}

func TestSocketIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "state", "media.sock")
	engine := newLocal(t, nil)
	stop := serve(t, path, engine)
	dialServer(t, path, nil)
	for name, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want mode %v", name, info.Mode(), err, mode)
		}
	}
	if err := media.Serve(t.Context(), path, engine); err == nil || !strings.Contains(err.Error(), "another media process") {
		t.Errorf("a second Serve on the same socket: %v", err)
	}
	stop()
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

// A stale socket of a killed process is no obstacle.
func TestStaleSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "media.sock")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	_ = stale.Close()
	t.Cleanup(serve(t, path, newLocal(t, nil)))
	if _, err := dialServer(t, path, nil).Seats(); err != nil {
		t.Error(err)
	}
}

func TestOtherVersion(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "media.sock")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		if conn, err := listener.Accept(); err == nil {
			_, _ = conn.Write([]byte(`{"presszero_media":99}` + "\n"))
			_ = conn.Close()
		}
	}()
	if _, err := media.Dial(t.Context(), path, nil); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("Dial to version 99: %v", err)
	}
}

// A controller that talks nonsense is cut off; others are not disturbed.
func TestNonsense(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "media.sock")
	t.Cleanup(serve(t, path, newLocal(t, nil)))
	good := dialServer(t, path, nil)
	for _, line := range []string{"GET / HTTP/1.1\r\n\r\n", "{}{}\n", strings.Repeat("x", 1<<20)} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = conn.Write([]byte(line))
		in := bufio.NewReader(conn)
		for err == nil {
			_, err = in.ReadString('\n')
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%.20q was not cut off", line)
		}
		_ = conn.Close()
	}
	if _, err := good.Seats(); err != nil {
		t.Error(err)
	}
}

func awaitTone(t *testing.T, ear *headless.Ear, hz float64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	if _, err := ear.WaitTone(ctx, hz); err != nil {
		t.Fatal(err)
	}
}
