package settings

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// leastFacts is for how many days facts are kept at least: callbacks, and what reports look
// back to, must be over.
const leastFacts = 62

// KeepIn is for how many days something of one queue is kept.
type KeepIn struct {
	Queue string
	Kind  string // messages, recordings, numbers
	Days  int    // 0: for ever
}

var keepIn = regexp.MustCompile(`^([^:=,]+):(messages|recordings|numbers)=(-1|[1-9][0-9]{0,4})$`)

// KeptIn returns for how long what is of some queues is kept. The error is a sentence.
func (s Settings) KeptIn() (list []KeepIn, err error) {
	for _, text := range s.KeepIn {
		m := keepIn.FindStringSubmatch(strings.TrimSpace(text))
		if m == nil {
			return nil, refused("KEEP_IN", text, "write QUEUE:KIND=DAYS with commas between, like support:recordings=365; KIND is messages, recordings or numbers, and -1 is for ever")
		}
		days, _ := strconv.Atoi(m[3]) // as the pattern says
		list = append(list, KeepIn{m[1], m[2], max(days, 0)})
	}
	return list, nil
}

// checkKeeping looks at for how long what is kept.
func (s Settings) checkKeeping() error {
	if s.DiskFull != "" && s.DiskFull != "unrecorded" && s.DiskFull != "refuse" {
		return refused("DISK_FULL", s.DiskFull, "write unrecorded (calls go on) or refuse (new calls are refused)")
	}
	if s.KeepFacts > 0 && s.KeepFacts < leastFacts {
		return refused("KEEP_FACTS", strconv.Itoa(s.KeepFacts), fmt.Sprintf("write %d (days) or more, or leave it unset for ever", leastFacts))
	}
	list, err := s.KeptIn()
	if err != nil || s.KeepFacts <= 0 {
		return err
	}
	longest := max(s.KeepRecordings, s.KeepMessages)
	for _, k := range list {
		longest = max(longest, k.Days)
	}
	if longest > s.KeepFacts {
		return fmt.Errorf("PRESSZERO_KEEP_FACTS is %d days, and something is kept for %d; facts tell whose it is, so they are kept at least as long", s.KeepFacts, longest)
	}
	return nil
}
