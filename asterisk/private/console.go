package private

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Console runs one command on the console of the Asterisk whose folder is dir, by
// its control socket, and returns what it prints. It is for what ARI does not
// tell: registrations, and whether trunks answer. It takes 0.2 s more than the
// command, for Asterisk does not mark the end of what it prints.
func Console(ctx context.Context, dir, command string) (string, error) {
	return console(ctx, dir, command, 5*time.Second)
}

// order runs a command that prints nothing.
func order(ctx context.Context, dir, command string) error {
	_, err := console(ctx, dir, command, quiet)
	return err
}

// quiet is how long nothing comes from the console when it has said all.
const quiet = 200 * time.Millisecond

// console runs a command, whose first word comes within wait if there is any.
func console(ctx context.Context, dir, command string, wait time.Duration) (string, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, "run", "asterisk.ctl"))
	for errors.Is(err, syscall.EAGAIN) && ctx.Err() == nil { // few may wait at its door
		time.Sleep(10 * time.Millisecond)
		conn, err = (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, "run", "asterisk.ctl"))
	}
	if err != nil {
		return "", fmt.Errorf("asterisk's console: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	r := bufio.NewReader(conn)
	if _, err := r.ReadString('\n'); err != nil { // which Asterisk this is
		return "", fmt.Errorf("asterisk's console: %w", err)
	}
	if _, err := conn.Write([]byte(command + "\x00")); err != nil {
		return "", fmt.Errorf("asterisk's console: %w", err)
	}
	var said strings.Builder
	for {
		if err := conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
			return "", err
		}
		piece := make([]byte, 8192)
		n, err := r.Read(piece)
		said.Write(piece[:n])
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return strings.ReplaceAll(said.String(), "\x00", ""), nil
		case err != nil:
			return "", fmt.Errorf("asterisk's console %q: %w", command, errors.Join(ctx.Err(), err))
		}
		wait = quiet
	}
}

// TrunkStanding is how Asterisk stands with one trunk.
type TrunkStanding struct {
	Registration string // Registered, Rejected, Unregistered, Stopped…; "": it does not register
	Registered   bool   // now, and the registration has not run out
	Reach        string // Avail, Unavail, NonQual (it is not asked)…; "": calls do not leave over it
	RoundTrip    time.Duration
}

// TrunkStandings asks the Asterisk whose folder is dir how it stands with its
// trunks.
func TrunkStandings(ctx context.Context, dir string) (map[string]TrunkStanding, error) {
	registrations, err := Console(ctx, dir, "pjsip show registrations")
	if err != nil {
		return nil, err
	}
	contacts, err := Console(ctx, dir, "pjsip show contacts")
	if err != nil {
		return nil, err
	}
	return readStandings(registrations, contacts), nil
}

var (
	// flex/sip:127.0.0.1:5070     flex     Registered        (exp. 287s)
	registrationLine = regexp.MustCompile(`(?m)^\s*([A-Za-z0-9-]+)/sips?:\S*\s+\S+\s+([A-Z][A-Za-z]+)[^\S\n]*(?:\(exp\. (\d+)s( ago)?\))?`)
	// Contact:  flex/sip:127.0.0.1:5070     0e7bce3f51 Avail    1.234
	// Where there is no time, it is nan, or -nan, as the processor has it.
	contactLine = regexp.MustCompile(`(?m)^\s*Contact:\s+([A-Za-z0-9-]+)/\S+\s+\S+\s+([A-Z][A-Za-z]+)\s+([0-9.]+|-?nan)`)
)

func readStandings(registrations, contacts string) map[string]TrunkStanding {
	all := map[string]TrunkStanding{}
	for _, m := range registrationLine.FindAllStringSubmatch(registrations, -1) {
		s := all[m[1]]
		s.Registration = m[2]
		// Asterisk says "Registered (exp. 1s ago)" for as long as a registrar that
		// has gone silent does not answer the renewal.
		s.Registered = m[2] == "Registered" && m[4] == ""
		all[m[1]] = s
	}
	for _, m := range contactLine.FindAllStringSubmatch(contacts, -1) {
		s := all[m[1]]
		s.Reach = m[2]
		if ms, err := strconv.ParseFloat(m[3], 64); err == nil && ms == ms {
			s.RoundTrip = time.Duration(ms * float64(time.Millisecond))
		}
		all[m[1]] = s
	}
	return all
}
