// Command presszero is Press Zero: the call-centre server, the processes
// around it, and the tools to look after it and to try it out.
//
//	presszero up ─┬─ postgres   a private one, unless DATABASE_URL is set
//	              ├─ asterisk   a private one, unless ARI_URL is set
//	              ├─ media      the agents' voice; outlives serve
//	              └─ serve      decides what happens to a caller
//
// Run it without arguments for the list of commands.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "presszero:", err)
		os.Exit(1)
	}
}

// command is one subcommand.
type command struct {
	name, args, does string
	run              func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"up", "", "run everything in the foreground until Ctrl-C", up},
		{"upgrade", "[--binary PATH] [--media]", "put another program in the place of the one that `up` runs; calls go on", upgradeCommand},
		{"serve", "", "run the controller; Asterisk, Postgres and media run elsewhere", serveCommand},
		{"archive", "keys | rotate | rekey [--key FILE] | recovery KEY | open [--key FILE] ID | verify", "look after what was recorded: who can open it, is all there, write one out", archiveCommand},
		{"keep", "[--from T --to T] ID", "take one captured talk into the archive; the controller does so by itself", keepCommand},
		{"media", "", "carry the agents' voice; the controller finds it at its socket", mediaCommand},
		{"check", "[--json] [--draw svg|mermaid] FILE", "check a flow file or trunks.yaml; prints findings with line and column, or draws the flow; --presets lists presets of trunks", checkCommand},
		{"user", "add|set NAME [--role ROLE --password-stdin] [--queue support=2] [--skill german=8]", "add a person who may sign in, or say what she serves and can do", userCommand},
		{"migrate", "", "bring the database's schema up to date", migrateCommand},
		{"audit", "[--json]", "look whether the books are sound: nothing missing or twice, every report what the facts amount to", auditCommand},
		{"backup", "DIR [--recipient KEY] [--keep N] | --check DIR [--identity FILE]", "copy all that is kept into a folder, beside a running program; or look whether backups are whole, and open with a key", backupCommand},
		{"restore", "DIR [--identity FILE | --without-secrets] [--erased DIR]", "put a backup into an empty PRESSZERO_STATE_DIR", restoreCommand},
		{"rebuild", "", "compute all that the facts amount to anew, also beside a running program", rebuildCommand},
		{"person", "export|forget NUMBER… [--out FILE] [--dry-run] [--why TEXT]", "give somebody all that is kept about them, or forget it; name all their numbers", personCommand},
		{"retain", "[--dry-run]", "remove what was kept long enough, as every night does, or tell what would go", retainCommand},
		{"robots", "--agents N [--talk 5s] [--wrap 1s] [--hold 20%] [--hand 5%] [--back 2%] [--ask 10%] [--pause 5%]", "headless agents, over the same protocol as the page, with tones", robotsCommand},
		{"rehearse", "--agents N --calls-per-hour R --aht D [--patience D] [--calls N] [--json]", "a simulated day through the very same line", rehearseCommand},
		{"demo", "[--days 60] [--calls 400] [--agents 8] [--seed S]", "fill an empty database with a simulated past, marked as one on every page", demoCommand},
		{"chaos", "--all | --mode NAME | --list [--from DIR] [--seed S] [--callers N] [--rounds N] [--detail] [--json]", "break a Press Zero of its own, with callers there, and tell what they noticed", chaosCommand},
		{"carrier", "[--demand register,digest,tls,srtp] [--port N] [--number N]", "a SIP carrier on this machine to try trunks with, until Ctrl-C", carrierCommand},
		{"call", "NUMBER [--press 0] [--after 3s] [--talk 20s]", "one test customer by SIP, with a voice", callCommand},
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return usage("say what to do")
	}
	for _, c := range commands() {
		if c.name == args[0] {
			err := c.run(ctx, args[1:])
			if errors.Is(err, flag.ErrHelp) {
				return nil
			}
			return err
		}
	}
	return usage(fmt.Sprintf("there is no command %q", args[0]))
}

func usage(what string) error {
	text := what + "; the commands are:\n"
	for _, c := range commands() {
		text += fmt.Sprintf("\n  presszero %s %s\n      %s\n", c.name, c.args, c.does)
	}
	return errors.New(text)
}
