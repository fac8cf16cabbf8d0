package chaos

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"text/template"
	"time"

	"presszero/internal/audio"
	"presszero/internal/customer"
	"presszero/internal/nemesis"
)

// The tones of the speakers, in Hz.
const (
	menuTone   = 640  // the menu's words; between two notes, so that no music has it
	callerTone = 440  // every customer
	agentTone  = 1000 // every agent,
	expertTone = 1300 // but those whom agents ask
)

//go:embed flow.yaml
var flowText string

var flowFile = template.Must(template.New("flow").Parse(flowText))

// Ground is the surroundings of the program under test: its files and services.
type Ground struct {
	Flow    string // settings: the flow file,
	Prompts string // the folder of its recorded words,
	Trunks  string // the file of trunks,
	Country string // and where it is

	own     string        // our number
	numbers func() string // a number that no caller had before
	trunk   *trunk
	service *service
	unmount func()
}

// NewGround makes ready for the modes in an empty folder, which is to be the
// program's state folder.
func NewGround(dir string, modes []Mode) (*Ground, error) {
	g := &Ground{Flow: filepath.Join(dir, "flow.yaml"), Prompts: filepath.Join(dir, "words"), Trunks: filepath.Join(dir, "trunks.yaml"), unmount: func() {}}
	var err error
	if slices.ContainsFunc(modes, func(m Mode) bool { return m.ownDisk && m.Unfit() == "" }) {
		if g.unmount, err = ownDisk(dir); err != nil {
			return nil, err
		}
	}
	if g.Country, g.own, g.numbers, err = awake(time.Now()); err == nil {
		g.service, err = newService()
	}
	if err == nil {
		g.trunk, err = newTrunk()
	}
	if err == nil {
		err = errors.Join(g.writeFlow(), g.writeTrunks(g.ownTrunkAlone()), g.record("main", menuTone, 24*time.Second),
			g.record("message", menuTone, 300*time.Millisecond), g.record("sent", menuTone, time.Second))
	}
	if err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// Close lets go of what NewGround holds.
func (g *Ground) Close() {
	if g.service != nil {
		g.service.close()
	}
	if g.trunk != nil {
		g.trunk.phone.Close()
	}
	g.unmount()
}

func (g *Ground) writeFlow() error {
	var text bytes.Buffer
	if err := flowFile.Execute(&text, struct{ Service, Own string }{g.service.url, g.own}); err != nil {
		return err
	}
	return os.WriteFile(g.Flow, text.Bytes(), 0o600)
}

func (g *Ground) record(prompt string, hz float64, long time.Duration) error {
	if err := os.MkdirAll(g.Prompts, 0o700); err != nil {
		return err
	}
	samples := make([]int16, long/time.Millisecond*8)
	audio.NewTone(hz, 8000).Fill(samples)
	f, err := os.Create(filepath.Join(g.Prompts, prompt+".wav"))
	if err != nil {
		return err
	}
	return errors.Join(audio.WriteWAV(f, samples), f.Close())
}

// awake finds a country where people may be called at this hour. It returns the
// country, our own number there, and a source of callers' numbers.
func awake(now time.Time) (country, own string, numbers func() string, err error) {
	for _, place := range []struct{ country, zone, prefix string }{
		{"ES", "Europe/Madrid", "+34911"},
		{"JP", "Asia/Tokyo", "+81312"},
		{"US", "America/Los_Angeles", "+12133"},
	} {
		zone, err := time.LoadLocation(place.zone)
		if err != nil {
			return "", "", nil, fmt.Errorf("the time zones of the world are not installed; install tzdata: %w", err)
		}
		there := now.In(zone)
		if later := there.Add(30 * time.Minute); there.Hour() >= 9 && later.Hour() < 21 && later.Day() == there.Day() {
			var last atomic.Int64
			return place.country, place.prefix + "730000", func() string { return fmt.Sprintf("%s%06d", place.prefix, 730000+last.Add(1)) }, nil
		}
	}
	return "", "", nil, errors.New("nobody is awake anywhere; try again in half an hour")
}

// trunk is the telephone network into which the program calls.
type trunk struct {
	phone *customer.Phone

	mu     sync.Mutex
	refuse bool           // all lines are busy
	tried  int            // how often we were rung
	rings  map[string]int // and at which number
	talks  map[*customer.Call]bool
}

func newTrunk() (*trunk, error) {
	phone, err := customer.NewPhone(context.Background(), "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &trunk{phone: phone, rings: map[string]int{}, talks: map[*customer.Call]bool{}}
	phone.OnCall(t.takeCall)
	return t, nil
}

// takeCall answers a callback and talks until the other side hangs up.
func (t *trunk) takeCall(r *customer.Ring) {
	t.mu.Lock()
	t.tried++
	refuse := t.refuse
	if !refuse {
		t.rings[r.To]++
	}
	t.mu.Unlock()
	if refuse {
		_ = r.Refuse(503, "Service Unavailable")
		return
	}
	c, err := r.Answer(hello())
	if err != nil {
		return
	}
	t.holdCall(c)
}

// hello is the sound of a person who takes a call: a word, and then a pause. A
// voice without pauses is taken for an answering machine.
func hello() customer.Sound {
	word := make([]int16, 600*8) // 600 ms
	audio.NewTone(callerTone, 8000).Fill(word)
	return customer.Sound{Voice: word, Loop: true, Pause: 2 * time.Second}
}

// holdCall keeps a call in mind until it is over.
func (t *trunk) holdCall(c *customer.Call) {
	t.setTalking(c, true)
	<-c.Done()
	t.setTalking(c, false)
}

func (t *trunk) setTalking(c *customer.Call, on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if on {
		t.talks[c] = true
	} else {
		delete(t.talks, c)
	}
}

// hangUpAll hangs up on everybody who has called.
func (t *trunk) hangUpAll() {
	t.mu.Lock()
	talks := slices.Collect(maps.Keys(t.talks))
	t.mu.Unlock()
	for _, c := range talks {
		_ = c.Hangup()
	}
}

func (t *trunk) setRefusing(yes bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refuse = yes
}

func (t *trunk) callCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tried
}

// ringsByNumber is how often the telephone of each number has rung.
func (t *trunk) ringsByNumber() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.rings)
}

// service is the company's computer, which the flow asks about orders.
type service struct {
	url  string
	wire *nemesis.Proxy // so that it can stall
	http *http.Server
	done chan struct{}
}

func newService() (*service, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &service{done: make(chan struct{})}
	if s.wire, err = nemesis.New(l.Addr().String()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	s.url = "http://" + s.wire.Addr()
	s.http = &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"sent"}`))
	})}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l)
	}()
	return s, nil
}

func (s *service) close() {
	_ = s.http.Close()
	s.wire.Close()
	<-s.done
}
