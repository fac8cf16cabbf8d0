package rehearsal

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

// Options are what the command line of `presszero rehearse` says.
type Options struct {
	Config
	Flow string // path of a flow whose queues are rehearsed; "" one plain queue
	JSON bool   // the report as JSON
	Tell bool   // how far it is, as a share on a line of its own of stderr, at each percent
}

// ParseFlags reads the arguments after `rehearse`. Help and complaints go to
// out; flag.ErrHelp says that only help was wanted.
func ParseFlags(args []string, out io.Writer) (Options, error) {
	o := Options{}
	f := flag.NewFlagSet("rehearse", flag.ContinueOnError)
	f.SetOutput(out)
	f.IntVar(&o.Agents, "agents", 10, "how many agents there are all day")
	f.Float64Var(&o.PerHour, "calls-per-hour", 150, "how many callers come in an hour")
	f.DurationVar(&o.Handle, "aht", 4*time.Minute, "how long a call takes in the mean")
	patience := f.String("patience", "5m", "how long a caller waits in the mean, or none: for ever")
	f.IntVar(&o.Calls, "calls", 10_000, "how many callers come")
	f.Uint64Var(&o.Seed, "seed", 1, "the same seed gives the same day")
	f.DurationVar(&o.Target, "target", 20*time.Second, "answered within this is service")
	f.BoolVar(&o.JSON, "json", false, "report as JSON")
	f.BoolVar(&o.Tell, "progress", false, "tell on stderr how far it is, a share on a line")
	f.StringVar(&o.Flow, "flow", "", "rehearse the queues of this flow file")
	day := f.String("day", "", "rehearse the day in this file: its calls, shifts and skills")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("rehearse: %q is not understood; every option begins with --", f.Arg(0))
	}
	if *patience != "none" {
		p, err := time.ParseDuration(*patience)
		if err != nil || p <= 0 {
			return o, fmt.Errorf("rehearse: --patience %s is neither a length of time, as 5m, nor none", *patience)
		}
		o.Patience = p
	}
	if *day != "" {
		text, err := os.ReadFile(*day)
		if err != nil {
			return o, fmt.Errorf("rehearse: the day cannot be read: %w", err)
		}
		if err := o.Config.ReadDay(text); err != nil {
			return o, fmt.Errorf("rehearse: %s: %w", *day, err)
		}
	}
	return o, nil
}
