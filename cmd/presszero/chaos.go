package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"presszero/internal/chaos"
	"presszero/internal/deskclient"
	"presszero/internal/nemesis"
	"presszero/internal/running"
	"presszero/internal/settings"
	"presszero/internal/supervisor"
)

// chaosIP is where the callers of `presszero chaos` come in, so that they
// cannot reach a program of the same machine that serves people.
const chaosIP = "127.0.0.8"

// chaosCommand breaks a Press Zero of its own in every way that we know, and
// prints what the callers noticed.
func chaosCommand(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("chaos", flag.ContinueOnError)
	all := fs.Bool("all", false, "play every mode")
	list := fs.Bool("list", false, "name the modes, with a sentence each")
	asJSON := fs.Bool("json", false, "one JSON object for each mode, instead of the table")
	detail := fs.Bool("detail", false, "say also who was there and what was done")
	from := fs.String("from", "", "begin with a copy of this state folder, of a program that does not run: its database, people and spoken prompts")
	keep := fs.Bool("keep", false, "keep the state folder, with logs and journal, and say where it is")
	seed := fs.Uint64("seed", 0, "who calls, what each does and when the blow falls; 0: another each time")
	callers := fs.Int("callers", 0, "how many callers; 0: as the mode likes")
	rounds := fs.Int("rounds", 0, "how often the deed is done; 0: as the mode likes")
	var names []string
	fs.Func("mode", "play this mode; may be given several times, or as a,b,c", func(s string) error {
		names = append(names, strings.Split(s, ",")...)
		return nil
	})
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *list {
		return listModes()
	}
	modes, err := chosenModes(*all, names)
	if err != nil {
		return err
	}
	if *callers < 0 || *callers > 1000 || *rounds < 0 {
		return errors.New("--callers is 0 to 1000 and --rounds is not negative")
	}
	*seed = cmp.Or(*seed, uint64(rand.Uint32()))
	h, err := newChaosHouse(ctx, modes, *from, *keep)
	if err != nil {
		return err
	}
	defer h.close()
	return h.play(ctx, modes, chaos.Options{Seed: *seed, Callers: *callers, Rounds: *rounds}, printerOf(*asJSON, *seed, *detail))
}

// chaosPrinter prints what came of the modes.
type chaosPrinter struct {
	row     func(chaos.Row) error
	skipped func(m chaos.Mode, why string)
}

func printerOf(asJSON bool, seed uint64, detail bool) chaosPrinter {
	if asJSON {
		return chaosJSON()
	}
	return chaosTable(seed, detail)
}

func chaosJSON() chaosPrinter {
	out := json.NewEncoder(os.Stdout)
	return chaosPrinter{func(r chaos.Row) error { return out.Encode(r) }, func(chaos.Mode, string) {}}
}

func chaosTable(seed uint64, detail bool) chaosPrinter {
	stdout, _ := os.Stdout.Stat()
	t := chaos.Table{Out: os.Stdout, Colour: stdout != nil && stdout.Mode()&os.ModeCharDevice != 0}
	t.Head(seed)
	return chaosPrinter{func(r chaos.Row) error {
		t.Row(r)
		if detail {
			t.Detail(r)
		}
		return nil
	}, t.Skipped}
}

// play plays the modes, one after another, and audits the books. A red mode is an
// error at the end, and so is a finding.
func (h *chaosHouse) play(ctx context.Context, modes []chaos.Mode, o chaos.Options, to chaosPrinter) error {
	green := true
	for _, m := range modes {
		if why := unfit(m); why != "" {
			to.skipped(m, why)
			continue
		}
		r, err := chaos.Run(ctx, h.ground, h.stack, m, o)
		if err != nil {
			return err
		}
		green = green && r.Green
		if err := to.row(r); err != nil {
			return err
		}
	}
	began := time.Now()
	x, hasKey, err := examine(ctx, h.program.Settings())
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, "audit: ")
	tell(os.Stderr, x, hasKey, time.Since(began))
	if err := unsound(x); err != nil {
		return err
	}
	if !green {
		return fmt.Errorf("%w; play it again with --seed %d", chaos.ErrRed, o.Seed)
	}
	return nil
}

func unfit(m chaos.Mode) string {
	if m.Unfit == nil {
		return ""
	}
	return m.Unfit()
}

func chosenModes(all bool, names []string) ([]chaos.Mode, error) {
	if all {
		return chaos.Modes(), nil
	}
	if len(names) == 0 {
		return nil, errors.New("say what to break: --all, or --mode NAME; --list names the modes")
	}
	var modes []chaos.Mode
	for _, name := range names {
		m, err := chaos.Find(name)
		if err != nil {
			return nil, err
		}
		modes = append(modes, m)
	}
	return modes, nil
}

func listModes() error {
	for _, m := range chaos.Modes() {
		fmt.Printf("%-26s%s\n", m.Name, m.Deed)
		if why := unfit(m); why != "" {
			fmt.Printf("%-26snot here: %s\n", "", why)
		}
	}
	fmt.Println("\nNot to be shown here:")
	for _, n := range chaos.Not {
		fmt.Printf("%-26s%s\n", n.Name, n.Why)
	}
	return nil
}

// chaosHouse is a Press Zero in a folder of its own, on ports of its own, with
// a proxy between controller and Asterisk.
type chaosHouse struct {
	dir     string
	keep    bool
	ground  *chaos.Ground
	program *supervisor.Supervisor
	wire    *nemesis.Proxy
	stack   *chaos.Stack
}

func newChaosHouse(ctx context.Context, modes []chaos.Mode, from string, keep bool) (h *chaosHouse, err error) {
	h = &chaosHouse{keep: keep}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if h.dir, err = os.MkdirTemp("", "pz"); err != nil {
		return h, err
	}
	if from != "" {
		if err := chaos.CopyState(ctx, from, h.dir); err != nil {
			return h, err
		}
	}
	if h.ground, err = chaos.NewGround(h.dir, modes); err != nil {
		return h, err
	}
	s, err := h.settings()
	if err != nil {
		return h, err
	}
	log, err := os.Create(filepath.Join(h.dir, "up.log"))
	if err != nil {
		return h, err
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	h.program = supervisor.New(s, supervisor.Options{Say: func(format string, args ...any) { fmt.Fprintf(log, format+"\n", args...) }, Wire: h.between})
	fmt.Fprintln(os.Stderr, "presszero: starting a Press Zero to break; the first time takes a few minutes")
	if err := h.program.Start(ctx); err != nil {
		return h, err
	}
	if err := h.program.TakeOrders(ctx); err != nil {
		return h, err
	}
	h.stack, err = h.openStack(ctx)
	return h, err
}

// between puts the proxy in front of Asterisk's interface.
func (h *chaosHouse) between(ari string) (through string, err error) {
	host, path, _ := strings.Cut(strings.TrimPrefix(ari, "http://"), "/")
	if h.wire, err = nemesis.New(host); err != nil {
		return "", err
	}
	return "http://" + h.wire.Addr() + "/" + path, nil
}

// settings are those of a program of its own, whatever the environment says.
func (h *chaosHouse) settings() (settings.Settings, error) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "PRESSZERO_") && name != "PRESSZERO_CACHE_DIR" && name != "PRESSZERO_SPEAK" {
			_ = os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{"STATE_DIR": h.dir, "HTTP_ADDR": "127.0.0.1:0", "SIP_ADDR": chaosIP + ":0",
		"RTP_PORTS": "34200-39000", "FLOW": h.ground.Flow, "PROMPTS": h.ground.Prompts,
		"TRUNKS": h.ground.Trunks, "CALLERS_FROM": "127.0.0.1", "COUNTRY": h.ground.Country} {
		if err := os.Setenv("PRESSZERO_"+name, value); err != nil {
			return settings.Settings{}, err
		}
	}
	return settings.Load()
}

func (h *chaosHouse) openStack(ctx context.Context) (*chaos.Stack, error) {
	s := h.program.Settings()
	r := &running.Program{Settings: s, Transport: running.Transport(s)}
	admin, err := r.SignIn(ctx, "admin")
	if err != nil {
		return nil, err
	}
	return &chaos.Stack{Dir: h.dir, Web: s.WebURL(), SIP: s.SIPAddr, Database: s.DatabaseURL, Cache: s.CacheDir,
		ARI: h.program.ARI(), ARIUser: s.ARIUser, ARIPassword: s.ARIPassword, Wire: h.wire,
		Program: func(args ...string) (chaos.Process, error) {
			return h.program.Command(args[0], args[1:]...)
		},
		Employ: func(ctx context.Context, name string) (deskclient.Options, error) {
			word := settings.RandomPassword(20)
			return deskclient.Options{URL: s.WebURL(), Name: name, Password: word, Logger: slog.New(slog.DiscardHandler)}, admin.Employ(ctx, name, word)
		},
		CancelCallback: func(ctx context.Context, id string) error {
			_, err := admin.Send(ctx, http.MethodDelete, "/api/v1/callbacks/"+id, nil)
			return err
		}}, nil
}

// close stops all that was started and clears it away.
func (h *chaosHouse) close() {
	if h.stack != nil {
		_ = h.stack.Close()
	}
	if h.program != nil {
		for _, part := range []string{"serve", "media", "asterisk", "postgres"} {
			h.letGoOn(part)
		}
		h.program.Stop()
	}
	if h.wire != nil {
		h.wire.Close()
	}
	if h.ground != nil {
		h.ground.Close()
	}
	if h.keep {
		fmt.Fprintln(os.Stderr, "presszero: kept is", h.dir)
		return
	}
	_ = os.RemoveAll(h.dir)
}

// letGoOn resumes a part that a mode may have left standing still.
func (h *chaosHouse) letGoOn(part string) {
	var pid int
	text, err := os.ReadFile(filepath.Join(h.dir, "pids", part))
	if _, bad := fmt.Sscan(string(text), &pid); err == nil && bad == nil {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
}
