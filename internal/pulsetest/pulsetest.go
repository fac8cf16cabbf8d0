// Package pulsetest gives a test loudspeakers and microphones that it may plug and pull: a
// PulseAudio of the test's own, whose loudspeakers nobody hears.
//
//	p := pulsetest.Start(t)
//	p.Loudspeaker("Room")
//	tab := browsertest.Open(t, chromedp.Env(p.Env()), …)
//	… p.Sounds("Room")
package pulsetest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a running PulseAudio.
type Server struct {
	t       testing.TB
	dir     string
	modules map[string][]string // of each device, by its name
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "pulse") // t.TempDir's names are too long for Unix sockets
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, dir: dir, modules: map[string][]string{}}
	c := exec.Command("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes", "--realtime=no", "--high-priority=no",
		"-L", "module-native-protocol-unix auth-anonymous=1 socket="+s.socket())
	c.Env = append(os.Environ(), "HOME="+dir, "XDG_RUNTIME_DIR="+dir, "PULSE_RUNTIME_PATH="+dir, "PULSE_STATE_PATH="+dir)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatalf("no PulseAudio; apt-get install pulseaudio: %v", err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = c.Wait()
	}()
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		select {
		case <-over:
		case <-time.After(5 * time.Second):
			_ = c.Process.Kill()
			<-over
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := s.run("info"); err == nil {
			return s
		}
		select {
		case <-over:
			t.Fatalf("PulseAudio ended at once; it said:\n%s", said.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatal("PulseAudio does not answer")
		}
	}
}

func (s *Server) socket() string { return filepath.Join(s.dir, "native") }

// Env is what a program must have in its environment to use the server.
func (s *Server) Env() string { return "PULSE_SERVER=unix:" + s.socket() }

// Loudspeaker plugs in a loudspeaker.
func (s *Server) Loudspeaker(name string) {
	s.t.Helper()
	s.load(name, "module-null-sink", "sink_name="+name, "sink_properties=device.description="+name)
}

// Microphone plugs in a microphone that hears a steady tone. A loop that asks for it every
// 20 ms keeps it at work: else its sound would come in pieces of up to two seconds.
func (s *Server) Microphone(name string) {
	s.t.Helper()
	for _, sink := range []string{"in_" + name, "waste_" + name} {
		s.load(name, "module-null-sink", "sink_name="+sink, "sink_properties=device.description="+sink)
	}
	s.load(name, "module-sine", "sink=in_"+name, "frequency=440")
	s.load(name, "module-loopback", "source=in_"+name+".monitor", "sink=waste_"+name, "latency_msec=20")
	s.load(name, "module-remap-source", "master=in_"+name+".monitor", "source_name="+name, "source_properties=device.description="+name)
}

// Pull pulls a device out.
func (s *Server) Pull(name string) {
	s.t.Helper()
	for _, module := range slices.Backward(s.modules[name]) {
		if _, err := s.run("unload-module", module); err != nil {
			s.t.Fatalf("pulling %s: %v", name, err)
		}
	}
	delete(s.modules, name)
}

func (s *Server) load(name, module string, arguments ...string) {
	s.t.Helper()
	index, err := s.run(append([]string{"load-module", module}, arguments...)...)
	if err != nil {
		s.t.Fatalf("plugging in %s: %v", name, err)
	}
	s.modules[name] = append(s.modules[name], strings.TrimSpace(index))
}

// heardFor is how long Sounds listens.
const heardFor = 300 * time.Millisecond

// Sounds reports whether a loudspeaker gives a sound at this moment: a stream of silence
// is none.
func (s *Server) Sounds(loudspeaker string) bool {
	s.t.Helper()
	const rate = 8000
	c := exec.Command("parec", "--device="+loudspeaker+".monitor", "--raw", "--format=s16le", "--channels=1", fmt.Sprint("--rate=", rate), "--latency-msec=20")
	c.Env = append(os.Environ(), s.Env(), "HOME="+s.dir)
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		s.t.Fatalf("listening to %s: %v", loudspeaker, err)
	}
	samples := make([]int16, int(heardFor.Seconds()*rate))
	err = binary.Read(out, binary.LittleEndian, samples)
	_ = c.Process.Kill()
	_ = c.Wait()
	if err != nil {
		s.t.Fatalf("listening to %s: %v", loudspeaker, err)
	}
	return slices.Max(samples) > loud
}

// loud is a peak that is no rounding of silence.
const loud = 100

// Recording counts those that record from a microphone at this moment.
func (s *Server) Recording(microphone string) (n int) {
	s.t.Helper()
	var sources []struct {
		Index int    `json:"index"`
		Name  string `json:"name"`
	}
	var flowing []struct {
		Source int  `json:"source"`
		Corked bool `json:"corked"`
	}
	s.list("sources", &sources)
	s.list("source-outputs", &flowing)
	for _, source := range sources {
		for _, f := range flowing {
			if source.Name == microphone && source.Index == f.Source && !f.Corked {
				n++
			}
		}
	}
	return n
}

func (s *Server) list(what string, into any) {
	s.t.Helper()
	text, err := s.run("--format=json", "list", what)
	if err == nil {
		err = json.Unmarshal([]byte(text), into)
	}
	if err != nil {
		s.t.Fatalf("listing %s: %v", what, err)
	}
}

func (s *Server) run(arguments ...string) (string, error) {
	c := exec.Command("pactl", arguments...)
	c.Env = append(os.Environ(), s.Env(), "HOME="+s.dir, "LC_ALL=C")
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		err = fmt.Errorf("pactl %s: %w: %s", strings.Join(arguments, " "), err, said.String())
	}
	return string(out), err
}
