package controller

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/goccy/go-yaml"

	"presszero/call"
	"presszero/ivr"
	"presszero/web"
)

const (
	rehearsalLimit = 10 * time.Minute // of one
	rehearsalsKept = 20
)

// rehearsals plays days in a process of its own, the least of all to the kernel and on
// one core, so that no caller is decided about later because of one.
type rehearsals struct {
	program []string // and its arguments; the rehearsal's come after
	flow    string   // the flow file; "": none
	queue   func(name string) (ivr.Queue, bool)
	log     *slog.Logger

	mu   sync.Mutex
	list []*web.Rehearsal // the newest last
}

// newRehearsals are those of the controller's program and flow, at the lowest priority, which
// is as far below ours as 39 at most.
func newRehearsals(c *Controller) *rehearsals {
	return &rehearsals{program: []string{"nice", "-n", "39", fmt.Sprintf("/proc/%d/exe", os.Getpid()), "rehearse"}, flow: c.Settings.Flow, log: c.log,
		queue: func(name string) (ivr.Queue, bool) { return queueOf(c.flows.current().flow, name) }}
}

// Begin implements web.Rehearsals.
func (r *rehearsals) Begin(_ context.Context, d web.RehearsalDay) (web.Rehearsal, error) {
	day, err := r.dayFile(d)
	if err != nil {
		return web.Rehearsal{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.list); n > 0 && r.list[n-1].State == "running" {
		return web.Rehearsal{}, web.ErrTaken
	}
	made := &web.Rehearsal{ID: string(newID()), Queue: d.Queue, State: "running", Began: time.Now().UTC()}
	r.list = append(r.list, made)
	r.list = r.list[max(0, len(r.list)-rehearsalsKept):]
	go r.play(made, day)
	return *made, nil
}

// Rehearsal implements web.Rehearsals.
func (r *rehearsals) Rehearsal(_ context.Context, id string) (web.Rehearsal, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, made := range r.list {
		if made.ID == id {
			return *made, nil
		}
	}
	return web.Rehearsal{}, web.ErrNotFound
}

// dayFile is the day as `presszero rehearse --day` reads it. After-call work that the
// queue's settings bring is taken off the handling time, which has it already.
func (r *rehearsals) dayFile(d web.RehearsalDay) ([]byte, error) {
	for len(d.Callers) > 0 && d.Callers[len(d.Callers)-1] == 0 {
		d.Callers, d.Agents = d.Callers[:len(d.Callers)-1], d.Agents[:len(d.Agents)-1]
	}
	for len(d.Callers) > 0 && d.Callers[0] == 0 { // nothing happens before the first caller may come
		d.Callers, d.Agents = d.Callers[1:], d.Agents[1:]
	}
	q, _ := r.queue(d.Queue)
	handle := max(d.HandleS-q.WrapUp.Seconds(), d.HandleS/2)
	type shift struct {
		Agents      int
		From, Until string
		Skills      map[string]int `yaml:",omitempty"`
	}
	var shifts []shift
	for i := 0; i < len(d.Agents); {
		end := i + 1
		for end < len(d.Agents) && d.Agents[end] == d.Agents[i] {
			end++
		}
		if d.Agents[i] > 0 {
			s := shift{Agents: d.Agents[i], From: fmt.Sprintf("%dm", 30*i), Until: fmt.Sprintf("%dm", 30*end)}
			if q.Skill != "" {
				s.Skills = map[string]int{q.Skill: call.SettingCount(call.QueueSetting("level").Tag.Get("most"))}
			}
			shifts = append(shifts, s)
		}
		i = end
	}
	return yaml.Marshal(map[string]any{"every": "30m", "aht": fmt.Sprintf("%.3fs", handle), "patience": fmt.Sprintf("%.3fs", d.PatienceS),
		"queues": map[string]any{d.Queue: map[string]any{"calls": d.Callers}}, "shifts": shifts})
}

// play runs the process and follows it.
func (r *rehearsals) play(made *web.Rehearsal, day []byte) {
	result, err := r.run(day, func(progress float64) { r.change(func() { made.Progress = progress }) })
	if err != nil {
		r.log.Warn("a rehearsal has failed", "queue", made.Queue, "err", err)
		r.change(func() { made.State = "failed" })
		return
	}
	r.change(func() { made.State, made.Progress, made.Result = "done", 1, &result })
}

func (r *rehearsals) change(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

// run rehearses a day in a process that ends with ours.
func (r *rehearsals) run(day []byte, progress func(float64)) (result web.RehearsalResult, err error) {
	file, err := os.CreateTemp("", "presszero-rehearsal-*.yaml")
	if err != nil {
		return result, err
	}
	defer os.Remove(file.Name())
	_, err = file.Write(day)
	if e := file.Close(); err == nil {
		err = e
	}
	if err != nil {
		return result, err
	}
	args := append(append([]string{}, r.program[1:]...), "--json", "--progress", "--day", file.Name())
	if r.flow != "" {
		args = append(args, "--flow", r.flow)
	}
	ctx, cancel := context.WithTimeout(context.Background(), rehearsalLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.program[0], args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	// The kernel sends Pdeathsig when the thread that started the child ends, so that
	// thread is kept.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var out bytes.Buffer
	cmd.Stdout = &out
	told, err := cmd.StderrPipe()
	if err != nil {
		return result, err
	}
	if err := cmd.Start(); err != nil {
		return result, err
	}
	words := follow(told, progress)
	if err := cmd.Wait(); err != nil {
		return result, fmt.Errorf("%w: %s", err, words)
	}
	err = json.Unmarshal(out.Bytes(), &result)
	return result, err
}

// follow reads what the process tells: shares, and words, of which the last is returned.
func follow(told io.Reader, progress func(float64)) (words string) {
	lines := bufio.NewScanner(told)
	for lines.Scan() {
		if share, err := strconv.ParseFloat(strings.TrimSpace(lines.Text()), 64); err == nil {
			progress(share)
		} else {
			words = lines.Text()
		}
	}
	return words
}
