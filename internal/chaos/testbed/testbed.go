// Package testbed runs a Press Zero for package chaos to break: in a folder of its
// own, on ports of its own, with a proxy between controller and Asterisk.
package testbed

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"presszero/internal/chaos"
	"presszero/internal/deskclient"
	"presszero/internal/nemesis"
	"presszero/internal/running"
	"presszero/internal/settings"
	"presszero/internal/supervisor"
)

// callersIP is where the callers come in, so that they cannot reach a program of
// the same machine that serves people.
const callersIP = "127.0.0.8"

// A Testbed is running from Start to Close.
type Testbed struct {
	dir     string
	keep    bool
	ground  *chaos.Ground
	program *supervisor.Supervisor
	wire    *nemesis.Proxy
	stack   *chaos.Stack
}

// Start starts a program to play these modes with. It begins with a copy of the
// state folder from, unless that is "". With keep its own folder stays after Close.
// The settings of the environment, except for the cache and the voice, are unset,
// and the default log goes to a file.
func Start(ctx context.Context, modes []chaos.Mode, from string, keep bool) (t *Testbed, err error) {
	t = &Testbed{keep: keep}
	defer func() {
		if err != nil {
			t.Close()
		}
	}()
	if t.dir, err = os.MkdirTemp("", "pz"); err != nil {
		return t, err
	}
	if from != "" {
		if err := chaos.CopyState(ctx, from, t.dir); err != nil {
			return t, err
		}
	}
	if t.ground, err = chaos.NewGround(t.dir, modes); err != nil {
		return t, err
	}
	s, err := t.ownSettings()
	if err != nil {
		return t, err
	}
	if err := t.startProgram(ctx, s); err != nil {
		return t, err
	}
	t.stack, err = t.openStack(ctx)
	return t, err
}

// startProgram starts the program, which logs into up.log in its folder.
func (t *Testbed) startProgram(ctx context.Context, s settings.Settings) error {
	log, err := os.Create(filepath.Join(t.dir, "up.log"))
	if err != nil {
		return err
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	t.program = supervisor.New(s, supervisor.Options{Say: func(format string, args ...any) { fmt.Fprintf(log, format+"\n", args...) }, Wire: t.between})
	fmt.Fprintln(os.Stderr, "presszero: starting a Press Zero to break; the first time takes a few minutes")
	if err := t.program.Start(ctx); err != nil {
		return err
	}
	return t.program.TakeOrders(ctx)
}

// between puts the proxy in front of Asterisk's interface.
func (t *Testbed) between(ari string) (through string, err error) {
	host, path, _ := strings.Cut(strings.TrimPrefix(ari, "http://"), "/")
	if t.wire, err = nemesis.New(host); err != nil {
		return "", err
	}
	return "http://" + t.wire.Addr() + "/" + path, nil
}

// ownSettings are those of a program of its own, whatever the environment says.
func (t *Testbed) ownSettings() (settings.Settings, error) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "PRESSZERO_") && name != "PRESSZERO_CACHE_DIR" && name != "PRESSZERO_SPEAK" {
			_ = os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{"STATE_DIR": t.dir, "HTTP_ADDR": "127.0.0.1:0", "SIP_ADDR": callersIP + ":0",
		"RTP_PORTS": "34200-39000", "FLOW": t.ground.Flow, "PROMPTS": t.ground.Prompts,
		"TRUNKS": t.ground.Trunks, "CALLERS_FROM": "127.0.0.1", "COUNTRY": t.ground.Country} {
		if err := os.Setenv("PRESSZERO_"+name, value); err != nil {
			return settings.Settings{}, err
		}
	}
	return settings.Load()
}

func (t *Testbed) openStack(ctx context.Context) (*chaos.Stack, error) {
	s := t.program.Settings()
	r := &running.Program{Settings: s, Transport: running.Transport(s)}
	admin, err := r.SignIn(ctx, "admin")
	if err != nil {
		return nil, err
	}
	return &chaos.Stack{Dir: t.dir, Web: s.WebURL(), SIP: s.SIPAddr, Database: s.DatabaseURL, Cache: s.CacheDir,
		ARI: t.program.ARI(), ARIUser: s.ARIUser, ARIPassword: s.ARIPassword, Wire: t.wire,
		Program: func(args ...string) (chaos.Process, error) {
			return t.program.Command(args[0], args[1:]...)
		},
		Employ: func(ctx context.Context, name string, queues ...string) (deskclient.Options, error) {
			word := settings.RandomPassword(20)
			return deskclient.Options{URL: s.WebURL(), Name: name, Password: word, Logger: slog.New(slog.DiscardHandler)}, admin.Employ(ctx, name, word, queues...)
		},
		CancelCallback: func(ctx context.Context, id string) error {
			_, err := admin.Send(ctx, http.MethodDelete, "/api/v1/callbacks/"+id, nil)
			return err
		}}, nil
}

// Close stops all that was started and clears it away.
func (t *Testbed) Close() {
	if t.stack != nil {
		_ = t.stack.Close()
	}
	if t.program != nil {
		for _, part := range []string{"serve", "media", "asterisk", "postgres"} {
			t.resume(part)
		}
		t.program.Stop()
	}
	if t.wire != nil {
		t.wire.Close()
	}
	if t.ground != nil {
		t.ground.Close()
	}
	if t.keep {
		fmt.Fprintln(os.Stderr, "presszero: kept is", t.dir)
		return
	}
	_ = os.RemoveAll(t.dir)
}

// resume resumes a part that a mode may have left standing still.
func (t *Testbed) resume(part string) {
	var pid int
	text, err := os.ReadFile(filepath.Join(t.dir, "pids", part))
	if _, bad := fmt.Sscan(string(text), &pid); err == nil && bad == nil {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}

// Play plays the modes (see chaos.Play).
func (t *Testbed) Play(ctx context.Context, modes []chaos.Mode, o chaos.Options, to chaos.Report) (green bool, err error) {
	return chaos.Play(ctx, t.ground, t.stack, modes, o, to)
}

// Settings returns the settings of the program that runs.
func (t *Testbed) Settings() settings.Settings { return t.program.Settings() }
