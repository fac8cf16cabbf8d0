package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Stay is one caller's time in the fallback, where Asterisk serves alone. The
// dialplan writes a line when one comes and a line when one goes; and one line
// for a caller who gave up before anybody was told.
type Stay struct {
	Channel string // unique id
	Call    string // the controller's name for it, where the caller had been with the controller
	To      string // the number dialled
	From    string // the caller's number as claimed
	Came    time.Time
	Left    time.Time // in whole seconds; zero: is still there
	How     Going
	By      string // of Served: the member of the fallback queue
}

// Going is how a stay ended.
type Going string

// The ends of a stay.
const (
	Back   Going = "back"    // to the controller, which books what follows
	HungUp Going = "hung_up" // the caller gave up, or had left a message
	Served Going = "served"  // by a member of the fallback queue
	Cut    Going = "cut"     // Asterisk ended
	Early  Going = "early"   // the caller gave up while the call was coming in
)

// The fallback's log, and its older part, which is gone once all in it is booked.
const (
	stayLog = "log"
	oldLog  = "log.old"
)

// Stays returns the stays that the log in dir tells of, oldest first. A line
// that cannot be read is passed over: half of one may be all that a full disk
// took.
func Stays(dir string) ([]Stay, error) {
	var text strings.Builder
	for _, name := range []string{oldLog, stayLog} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("the log of Asterisk's fallback cannot be read: %w", err)
		}
		text.Write(b)
	}
	return staysIn(text.String()), nil
}

// staysIn reads the stays from the text of a log.
func staysIn(log string) (stays []Stay) {
	open := map[string]int{} // channel: its stay
	end := func(channel string, at time.Time, how Going, by string) {
		if i, ok := open[channel]; ok {
			stays[i].Left, stays[i].How, stays[i].By = at, how, by
			delete(open, channel)
		}
	}
	for line := range strings.Lines(log) {
		what, at, channel, more := stayLine(line)
		switch {
		case what == "start":
			for channel := range open {
				end(channel, at, Cut, "")
			}
		case channel == "":
		case what == "came":
			if _, ok := open[channel]; ok {
				continue
			}
			open[channel] = len(stays)
			stays = append(stays, Stay{Channel: channel, Call: more["call"], To: more["to"], From: more["from"], Came: at})
		case what == "early":
			stays = append(stays, Stay{Channel: channel, To: more["to"], From: more["from"], Came: at, Left: at, How: Early})
		case what == "back":
			end(channel, at, Back, "")
		case what == "left" && more["by"] != "":
			end(channel, at, Served, more["by"])
		case what == "left":
			end(channel, at, HungUp, "")
		}
	}
	return stays
}

// stayLine takes apart "came 1795303800 pz1-1795303800.12 to=100 from=+34600 call=".
func stayLine(line string) (what string, at time.Time, channel string, more map[string]string) {
	words := strings.Fields(line)
	if len(words) < 2 || !strings.HasSuffix(line, "\n") {
		return "", at, "", nil
	}
	seconds, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return "", at, "", nil
	}
	more = map[string]string{}
	if len(words) > 2 {
		channel = words[2]
		for _, w := range words[3:] {
			name, value, _ := strings.Cut(w, "=")
			more[name] = value
		}
	}
	return words[0], time.Unix(seconds, 0).UTC(), channel, more
}

// Booked tells that all stays that have ended are in the books, so that the log is
// needed no longer. First the log is put aside, which Asterisk does not notice: it
// opens the log for every line. It is removed when every stay in it is over.
func Booked(dir string) error {
	old := filepath.Join(dir, oldLog)
	text, err := os.ReadFile(old)
	if errors.Is(err, fs.ErrNotExist) {
		err := os.Rename(filepath.Join(dir, stayLog), old)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if err != nil {
		return err
	}
	stays, err := Stays(dir)
	if err != nil {
		return err
	}
	for _, s := range stays {
		came := fmt.Sprintf("came %d %s ", s.Came.Unix(), s.Channel)
		if s.Left.IsZero() && strings.Contains(string(text), came) {
			return nil
		}
	}
	return os.Remove(old)
}

// noteStart writes that Asterisk starts: the callers who were in the fallback are
// gone.
func noteStart(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, stayLog), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "\nstart %d\n", time.Now().Unix()) // also behind half a line
	return errors.Join(err, f.Close())
}
