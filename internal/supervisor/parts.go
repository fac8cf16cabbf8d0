package supervisor

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"

	"presszero/asterisk/private"
	"presszero/internal/atomicfile"
	"presszero/internal/handover"
	"presszero/sql/cluster"
)

// Command starts one more process of the program in force, `presszero NAME ARGS`, beside
// those that are kept up. It is the caller's to stop.
func (sup *Supervisor) Command(name string, args ...string) (*child, error) {
	return startChild(sup.programs.current().path, sup.settings, nil, name, args...)
}

// kept is a part with its own end.
type kept struct {
	*keeper
	stop context.CancelFunc
}

// kept returns the part of that name.
func (sup *Supervisor) kept(name string) *keeper {
	i := slices.IndexFunc(sup.parts, func(k kept) bool { return k.part.name == name })
	return sup.parts[i].keeper
}

// postgres starts a private Postgres, unless the operator has one.
func (sup *Supervisor) postgres(ctx context.Context) error {
	if sup.settings.DatabaseURL != "" {
		return nil
	}
	sup.say("starting Postgres")
	return sup.keep(part{name: "postgres", start: func(ctx context.Context) (process, error) {
		c, err := cluster.Start(ctx, cluster.Config{Dir: sup.settings.Path("postgres"), Output: openLog(sup.settings, sup.settings.Path("postgres", "log"))})
		if err != nil {
			return nil, err
		}
		if sup.settings.DatabaseURL == "" { // the same after every restart
			sup.settings.DatabaseURL = c.URL()
		}
		return clusterProcess{c}, nil
	}})
}

type clusterProcess struct{ *cluster.Cluster }

func (c clusterProcess) Stop() { _ = c.Cluster.Stop() }

// asterisk installs and starts a private Asterisk, unless the operator has one.
func (sup *Supervisor) asterisk(ctx context.Context) error {
	if sup.settings.ARIURL != "" {
		return nil
	}
	root, err := private.Install(ctx, sup.settings.CacheDir, func(line string) { sup.say("%s", line) })
	if err != nil {
		return err
	}
	sup.settings.CoreSounds, sup.settings.Music = root.SoundsDir(), root.Music
	ari, err := sup.ports.free("127.0.0.1:0", "tcp")
	if err != nil {
		return err
	}
	sup.say("starting Asterisk %s", root.Version)
	err = sup.keep(part{name: "asterisk", alive: asteriskAlive, start: func(context.Context) (process, error) {
		book, trouble, err := sup.settings.GoodBook()
		if err != nil {
			return nil, err
		}
		if trouble != nil {
			sup.say("the file of trunks has errors; the last good trunks stay in force; correct the file and send SIGHUP: %s", trouble)
		}
		c := sup.settings.PrivateAsterisk(book, sup.keys.ARIPassword)
		c.Root, c.HTTPAddr, c.Output = root, ari, openLog(sup.settings, sup.settings.Path("asterisk", "log", "messages.log"))
		p, err := private.Start(context.Background(), c)
		if err != nil {
			return nil, err
		}
		if sup.ari == "" { // the same after every restart
			sup.ari = p.ARIURL()
		}
		return p, nil
	}})
	sup.settings.ARIURL = sup.ari
	if err == nil && sup.wire != nil {
		sup.settings.ARIURL, err = sup.wire(sup.ari)
	}
	return err
}

func (sup *Supervisor) media(ctx context.Context) error {
	return sup.keep(part{name: "media", alive: sup.mediaAlive, askEvery: time.Second, start: func(context.Context) (process, error) { return sup.child("media") }})
}

func (sup *Supervisor) serve(ctx context.Context) error {
	sup.say("starting the controller")
	if err := atomicfile.Write(sup.settings.Path("env"), []byte(sup.settings.EnvFile())); err != nil { // calls need it not
		sup.say("the settings in force cannot be written to the file env for scripts: %s", err)
	}
	return sup.keep(part{name: "serve", alive: sup.serveAlive, tells: true, start: func(context.Context) (process, error) {
		if sup.programs.goBack() {
			sup.say("the new program's controller ended soon after the upgrade; going back to the program before")
		}
		return sup.child("serve")
	}})
}

// child starts a process of the program in force.
func (sup *Supervisor) child(name string) (process, error) {
	var setup func(*exec.Cmd) error
	var hear, words *os.File
	var orders io.Writer
	if name == "serve" {
		var err error
		if hear, words, err = os.Pipe(); err != nil {
			return nil, err
		}
		defer words.Close() // the child has its own
		setup = func(cmd *exec.Cmd) (err error) {
			cmd.Stdout = words
			orders, err = handover.Pass(cmd, sup.pages)
			return err
		}
	}
	c, err := startChild(sup.programs.current().path, sup.settings, setup, name)
	if hear != nil {
		go func() {
			for w := range handover.Words(hear) {
				if w.Refused != "" {
					sup.refuse(w.Refused)
				}
			}
		}()
	}
	if err != nil {
		return nil, err // and no *child that is nil
	}
	if name == "serve" {
		c.orders, c.last = orders, &sup.last
	}
	return c, nil
}

// keep starts a part whose end is ours to order, not the terminal's.
func (sup *Supervisor) keep(p part) error {
	own, stop := context.WithCancel(context.Background())
	k, err := keep(own, p, sup.settings.Path("pids"), sup.say)
	if err != nil {
		stop()
		return fmt.Errorf("%s cannot be started: %w", p.name, err)
	}
	sup.parts = append(sup.parts, kept{k, stop})
	return nil
}
