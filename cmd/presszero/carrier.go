package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"presszero/internal/audio"
	"presszero/internal/carrier"
	"presszero/internal/carrier/console"
	"presszero/internal/customer"
	"presszero/internal/settings"
)

// carrierFlags are the flags of `presszero carrier`.
type carrierFlags struct {
	demand, number, dir string
	port                int
	ring                time.Duration
}

func parseCarrierFlags(args []string) (f carrierFlags, err error) {
	fs := flag.NewFlagSet("carrier", flag.ContinueOnError)
	fs.StringVar(&f.demand, "demand", "register,digest", "what the carrier demands, with commas: register, digest, tls, srtp, plain")
	fs.IntVar(&f.port, "port", 5070, "the port of 127.0.0.1 where it takes requests")
	fs.StringVar(&f.number, "number", "+4930555", "our number there, in E.164")
	fs.DurationVar(&f.ring, "ring", 2*time.Second, "how long its telephones ring before they answer")
	fs.StringVar(&f.dir, "dir", "", "its folder; empty: carrier in the state folder")
	if err := fs.Parse(args); err != nil {
		return f, err
	}
	if fs.NArg() > 0 {
		return f, fmt.Errorf("carrier takes no %q", fs.Arg(0))
	}
	return f, nil
}

// carrierCommand runs a carrier on this machine, for people who have no
// contract with one yet: what a trunk needs can be tried with it.
func carrierCommand(ctx context.Context, args []string) error {
	f, err := parseCarrierFlags(args)
	if err != nil {
		return err
	}
	wanted, err := carrier.ParseDemand(f.demand)
	if err != nil {
		return err
	}
	s, err := settings.Read()
	if err != nil {
		return err
	}
	if f.dir == "" {
		f.dir = s.Path("carrier")
	}
	if f.dir, err = filepath.Abs(f.dir); err != nil {
		return err
	}
	passwordFile := filepath.Join(f.dir, "password")
	password, err := carrier.KeptPassword(passwordFile)
	if err != nil {
		return err
	}
	out := console.New(os.Stdout)
	config := carrierConfig(ctx, s, f, wanted)
	config.Account.Password = password
	out.Listen(&config)
	c, err := carrier.Start(ctx, config)
	if err != nil {
		return err
	}
	defer c.Stop()
	out.Printf("%s", c.TrunkFile(passwordFile))
	out.Printf("the carrier is running; %s", console.Help)
	return out.Run(ctx, c, os.Stdin)
}

// carrierConfig describes the carrier, whose telephones answer with a person's voice.
func carrierConfig(ctx context.Context, s settings.Settings, f carrierFlags, wanted carrier.Demand) carrier.Config {
	peer := ""
	if !wanted.Register {
		peer = s.SIPAddr
	}
	return carrier.Config{
		Dir: f.dir, Cache: s.CacheDir, Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(f.port)), Peer: peer, Demand: wanted, Ring: f.ring,
		Account: carrier.Account{Number: f.number, AuthUser: "auth-" + strings.TrimPrefix(f.number, "+")},
		Sound: customer.Sound{Voice: asAPerson(ctx, "Hello?", "You have reached the test carrier. I can hear you, can you hear me?"),
			Loop: true, Pause: 3 * time.Second},
	}
}

// asAPerson says a word and waits for an answer, as persons do and machines do not.
func asAPerson(ctx context.Context, word, more string) []int16 {
	waits := make([]int16, 3*audio.SampleRate)
	return slices.Concat(customer.Speak(ctx, word), waits, customer.Speak(ctx, more))
}
